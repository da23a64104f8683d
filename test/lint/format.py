#!/usr/bin/python3
# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""format.py ROOT: every C++ source is as clang-format leaves it."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from sources import cpp


def main() -> int:
    root = Path(sys.argv[1])
    files = [str(path) for path in cpp(root)]
    if not files:
        sys.exit("format.py: no sources found")
    result = subprocess.run(["clang-format-19", "--dry-run", "-Werror", *files], cwd=root, capture_output=True, text=True)
    places = Counter(re.findall(r"^(.+?):\d+:\d+: error", result.stderr, re.M))
    for name, count in places.items():
        print(f"{name}: {count} places")
    if result.returncode and not places:
        print(result.stderr)
    if places:
        print(f"To mend: clang-format-19 -i {' '.join(places)}")
    return 1 if result.returncode else 0


sys.exit(main())
