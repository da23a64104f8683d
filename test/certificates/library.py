# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Makes the matrix and has a program judge it: library.py PROGRAM [--time]."""

import subprocess
import sys
import tempfile
from pathlib import Path

import make

with tempfile.TemporaryDirectory(prefix="cifra-matrix-") as folder:
    made = make.write(Path(folder) / "matrix")
    assert len(made) >= 3 * 80, len(made)
    sys.exit(subprocess.run([sys.argv[1], Path(folder) / "matrix", *sys.argv[2:]], check=False).returncode)
