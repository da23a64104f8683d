# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Which files a lint looks at."""

import os
import subprocess
from pathlib import Path


def tracked(root: Path) -> list[Path]:
    """Paths below root, relative to it: what git tracks or would track; without git, everything but build folders."""
    try:
        listing = subprocess.run(
            ["git", "-c", f"safe.directory={root.resolve()}", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            check=True, capture_output=True, text=True).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        listing = []
    if not any(listing):
        listing = [os.path.relpath(os.path.join(folder, name), root) for folder, _, names in os.walk(root) for name in names]
        listing = [name for name in listing if not name.startswith(("build", ".git/", "out/"))]
    names = sorted({name for name in listing if name})
    return [Path(name) for name in names if (root / name).is_file() and not (root / name).is_symlink()]


def cpp(root: Path) -> list[Path]:
    return [path for path in tracked(root) if path.suffix in (".cpp", ".hpp")]
