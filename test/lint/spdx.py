#!/usr/bin/python3
# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""spdx.py ROOT: every source, script and CMake file says in its first lines whose it is and under which licence."""

import sys
from pathlib import Path

from sources import tracked

SUFFIXES = {".cpp", ".hpp", ".py", ".sh", ".cmake", ".lua", ".pml", ".pv", ".toml", ".dict"}
NAMES = {"CMakeLists.txt", ".clang-format", ".clang-tidy"}
HEADER = ("SPDX-FileCopyrightText: The Cifra developers", "SPDX-License-Identifier: Apache-2.0")


def needs_header(path: Path, text: str) -> bool:
    return path.suffix in SUFFIXES or path.name in NAMES or text.startswith("#!")


def has_header(text: str) -> bool:
    lines = text.split("\n")[:3]
    first = 1 if lines[0].startswith("#!") else 0
    return len(lines) >= first + 2 and all(lines[first + i].lstrip("/#- ") == wanted for i, wanted in enumerate(HEADER))


def main() -> int:
    root = Path(sys.argv[1])
    bad = []
    for path in tracked(root):
        text = (root / path).read_bytes()[:400].decode(errors="replace")
        if needs_header(path, text) and not has_header(text):
            bad.append(path)
    for path in bad:
        print(f"{path}: the two SPDX lines are missing from its head")
    return 1 if bad else 0


sys.exit(main())
