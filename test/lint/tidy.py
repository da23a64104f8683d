#!/usr/bin/python3
# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""tidy.py ROOT BUILD [FOLDER...]: clang-tidy on every project source (of those folders) that BUILD compiles (with clang-19
and Ninja, already built).

Sources that BUILD compiles as one are looked at as one: most of the time goes into headers. What passed is not looked at
again until a source of it, a header that it includes, its command or .clang-tidy changes: BUILD/tidy/passed holds the hashes.
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
    parts = [common, unit["command"], *(f"{path} {fingerprint(path)}" for path in sorted({unit["file"], *sources_of(unit), *needed}) if "cmake_pch" not in path)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def sources_of(unit: dict) -> list[str]:
    """Itself, or what CMake's file for several includes."""
    if "/Unity/unity_" not in unit["file"]:
        return [unit["file"]]
    return re.findall(r'#include "(.+)"', Path(unit["file"]).read_text())


def joined(build: Path, unit: dict) -> tuple[dict, list[tuple[str, int]]]:
    """The unit with a copy of all its sources in one file, and of each line of it where it is from. In what is only included,
    much is not looked at."""
    sources = sources_of(unit)
    if sources == [unit["file"]]:
        return unit, []
    lines, origins = [], []
    for source in sources:
        text = Path(source).read_text().splitlines()
        lines += text
        origins += [(source, number) for number in range(1, len(text) + 1)]
    path = build / "tidy" / (output(unit).replace("/", "+") + ".cpp")
    path.write_text("\n".join(lines) + "\n")
    beside = "".join(f"-iquote {folder} " for folder in sorted({os.path.dirname(source) for source in sources}))
    return unit | {"file": str(path), "command": unit["command"].replace(unit["file"], str(path)).replace(" -o ", f" {beside}-o ", 1)}, origins


def run(build: Path, unit: dict, origins: list[tuple[str, int]]) -> tuple[bool, str]:
    result = subprocess.run([TIDY, "-p", build / "tidy", "--quiet", unit["file"]], capture_output=True, text=True)
    path = re.escape(unit["file"])
    told = result.stdout + result.stderr
    if origins:
        told = re.sub(rf"{path}:(\d+)", lambda match: "{}:{}".format(*origins[min(int(match[1]), len(origins)) - 1]), told)
    return result.returncode == 0, told


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
    commands, covered = [], set()  # each source once: the fuzzers compile some a second time
    for unit in json.loads((build / "compile_commands.json").read_text()):
        sources = {name for name in sources_of(unit) if name.startswith(places) and name.endswith(".cpp") and not name.startswith(f"{build}/")}
        if sources - covered:
            commands.append(unit)
            covered |= sources
    if not commands:
        sys.exit("tidy.py: no sources found")
    (build / "tidy").mkdir(exist_ok=True)
    units = [(unit, key(unit, needed.get(output(unit), []), common)) for unit in commands]
    due = [(unit, digest) for unit, digest in units if digest not in passed_before]
    # The largest first, so that no core idles at the end.
    due.sort(key=lambda entry: len(needed.get(output(entry[0]), [])), reverse=True)
    tasks = [joined(build, unit) for unit, _ in due]
    (build / "tidy/compile_commands.json").write_text(json.dumps([unit for unit, _ in tasks]))

    failed, good = 0, {digest for _, digest in units} & passed_before
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for (_, digest), (passed, told) in zip(due, pool.map(lambda task: run(build, *task), tasks)):
            if passed:
                good.add(digest)
            else:
                failed += 1
                print(told)
    store.write_text("\n".join(sorted(good | (passed_before if sys.argv[3:] else set()))))
    print(f"{len(covered)} sources in {len(units)} units, {len(due)} looked at, {failed} with findings")
    return 1 if failed else 0


sys.exit(main())
