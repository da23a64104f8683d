#!/usr/bin/python3
# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""tidy.py ROOT BUILD [FOLDER...]: clang-tidy on every project source (of those folders) that BUILD compiles (with clang-19
and Ninja, already built).

A source that passed is not looked at again until it, a header that it includes, its command or .clang-tidy changes:
BUILD/tidy/passed holds the hashes of what passed.
"""

import hashlib
import json
import os
import re
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


def output(unit: dict) -> str:
    return re.search(r" -o (\S+)", unit["command"]).group(1)


def key(unit: dict, needed: list[str], common: str) -> str:
    parts = [common, unit["command"], *(f"{path} {fingerprint(path)}" for path in sorted({unit["file"], *needed}) if "cmake_pch" not in path)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def run(build: Path, unit: dict) -> subprocess.CompletedProcess:
    return subprocess.run([TIDY, "-p", build / "tidy", "--quiet", unit["file"]], capture_output=True, text=True)


def main() -> int:
    root, build = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    version = subprocess.run([TIDY, "--version"], check=True, capture_output=True, text=True).stdout
    common = version + "".join((root / path).read_text() for path in tracked(root) if path.name == ".clang-tidy")
    needed = dependencies(build)
    passed_before = set()
    store = build / "tidy/passed"
    if store.exists():
        passed_before = set(store.read_text().split())

    places = tuple(f"{root}/{folder}" for folder in sys.argv[3:] or [""])
    commands = {}  # one a source: the fuzzers compile some a second time
    for unit in json.loads((build / "compile_commands.json").read_text()):
        name = unit["file"]
        if name.startswith(places) and name.endswith(".cpp") and not name.startswith(f"{build}/"):
            commands.setdefault(name, unit)
    if not commands:
        sys.exit("tidy.py: no sources found")
    (build / "tidy").mkdir(exist_ok=True)
    (build / "tidy/compile_commands.json").write_text(json.dumps(list(commands.values())))
    units = [(unit, key(unit, needed.get(output(unit), []), common)) for unit in commands.values()]
    due = [(unit, digest) for unit, digest in units if digest not in passed_before]
    # The largest first, so that no core idles at the end.
    due.sort(key=lambda entry: len(needed.get(output(entry[0]), [])), reverse=True)

    failed, good = 0, {digest for _, digest in units} & passed_before
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for (unit, digest), result in zip(due, pool.map(lambda entry: run(build, entry[0]), due)):
            if result.returncode == 0:
                good.add(digest)
            else:
                failed += 1
                print(result.stdout + result.stderr)
    store.write_text("\n".join(sorted(good | (passed_before if sys.argv[3:] else set()))))
    print(f"{len(units)} sources, {len(due)} looked at, {failed} with findings")
    return 1 if failed else 0


sys.exit(main())
