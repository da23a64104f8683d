#!/usr/bin/python3
# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""tidy.py ROOT BUILD: clang-tidy on every project source that BUILD compiles (with clang-19 and Ninja, already built).

A source that passed is not looked at again until it, a header that it includes, its command or .clang-tidy changes:
BUILD/tidy.cache holds the hashes of what passed.
"""

import hashlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from sources import tracked

TIDY = "clang-tidy-19"


@cache
def fingerprint(path: str) -> str:
    """Of a project file its content; of a system header, size and time are enough and quicker."""
    try:
        status = os.stat(path)
        if path.startswith("/usr/"):
            return f"{status.st_size}:{status.st_mtime_ns}"
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return "absent"


def dependencies(build: Path) -> dict[str, list[str]]:
    """Object file (as Ninja names it) to what it was compiled from."""
    listing = subprocess.run(["ninja", "-C", build, "-t", "deps"], check=True, capture_output=True, text=True).stdout
    result: dict[str, list[str]] = {}
    current: list[str] = []
    for line in listing.splitlines():
        if line.startswith("    "):
            current.append(os.path.normpath(build / line.strip()))
        elif ": #deps" in line:
            current = result[line.split(": #deps")[0]] = []
    return result


def key(unit: dict, needed: list[str], common: str) -> str:
    parts = [common, unit["command"], *(f"{path} {fingerprint(path)}" for path in sorted({unit["file"], *needed}) if "cmake_pch" not in path)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def run(build: Path, unit: dict) -> subprocess.CompletedProcess:
    return subprocess.run([TIDY, "-p", build, "--quiet", unit["file"]], capture_output=True, text=True)


def main() -> int:
    root, build = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    version = subprocess.run([TIDY, "--version"], check=True, capture_output=True, text=True).stdout
    common = version + "".join((root / path).read_text() for path in tracked(root) if path.name == ".clang-tidy")
    needed = dependencies(build)
    passed_before = set()
    store = build / "tidy.cache"
    if store.exists():
        passed_before = set(store.read_text().split())

    units = []
    for unit in json.loads((build / "compile_commands.json").read_text()):
        name = unit["file"]
        if name.startswith(f"{root}/") and name.endswith(".cpp") and not name.startswith(f"{build}/"):
            units.append((unit, key(unit, needed.get(unit["output"], []), common)))
    if not units:
        sys.exit("tidy.py: no sources found")
    due = [(unit, digest) for unit, digest in units if digest not in passed_before]
    # The largest first, so that no core idles at the end.
    due.sort(key=lambda entry: len(needed.get(entry[0]["output"], [])), reverse=True)

    failed, good = 0, {digest for _, digest in units} & passed_before
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for (unit, digest), result in zip(due, pool.map(lambda entry: run(build, entry[0]), due)):
            if result.returncode == 0:
                good.add(digest)
            else:
                failed += 1
                print(result.stdout + result.stderr)
    store.write_text("\n".join(sorted(good)))
    print(f"{len(units)} sources, {len(due)} looked at, {failed} with findings")
    return 1 if failed else 0


sys.exit(main())
