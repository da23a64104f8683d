#!/usr/bin/python3
# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""direction.py ROOT: includes and links between the libraries go one way only, and the core stays free of input and output.

proto <- crypto <- states <- net <- server, client. A library may use those on its own line of LAYERS and nothing else; src/base
(headers for the programs) uses none.
"""

import os.path
import re
import sys
from pathlib import Path

from sources import cpp, tracked

LAYERS = {  # folder: the folders that it may include, besides itself
    "proto": [],
    "src/base": [],
    "src/crypto": ["proto"],
    "src/people": ["proto", "src/crypto"],
    "states": ["proto", "src/crypto"],
    "src/media": ["proto", "src/crypto"],
    "src/vault": ["proto", "src/crypto"],
    "src/licence": ["proto", "src/crypto"],
    "src/net": ["proto", "src/crypto", "states"],
    "src/server": ["src/base", "proto", "src/crypto", "states", "src/net", "src/people", "src/media", "src/vault", "src/licence"],
    "src/client": ["src/base", "proto", "src/crypto", "states", "src/net", "src/client/playback", "src/client/token"],
    "src/client/playback": ["proto", "src/crypto", "src/media"],
    "src/client/token": ["proto", "src/crypto"],
    "src/admin": ["src/base", "proto", "src/crypto", "src/people", "src/media", "src/vault", "src/licence"],
}

# proto and states hold no socket, clock, thread, file or global random source: these come in as parameters.
SANS_IO = ["proto", "states"]
FORBIDDEN_HEADERS = re.compile(
    r"(boost/)?asio(\.hpp|/)|boost/(beast|filesystem|thread|process|random)|"
    r"(thread|mutex|shared_mutex|condition_variable|future|stop_token|semaphore|latch|barrier|"
    r"fstream|iostream|filesystem|cstdio|stdio\.h|random|unistd\.h|fcntl\.h|time\.h|poll\.h|pthread\.h)$|"
    r"(sys|netinet|arpa)/|botan/(auto_rng|system_rng|hmac_drbg|rdrand_rng)\.h|openssl/rand\.h|spdlog/")
FORBIDDEN_CODE = re.compile(
    r"\b\w*clock::now\b|\bClock::now\b|\brandom_device\b|\bstd::rand\b|\b(std::)?(time|gettimeofday|clock_gettime|getenv)\s*\(|"
    r"\bthread_local\b|\bstd::(this_thread|jthread|async)\b")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
TARGET = re.compile(r"\bcifra_([a-z_]+)\b")
NO_LAYER = {"library", "test", "options", "program", "test_main"}  # cifra_... names in CMake that are no library of a layer


def layer_of(path: str) -> str | None:
    """The longest layer that holds this path; None outside all of them."""
    holders = [layer for layer in LAYERS if path.startswith(layer + "/")]
    return max(holders, key=len, default=None)


def included(root: Path, source: Path, name: str) -> str | None:
    """The path below root that an include names; None when it is a system header."""
    for base in (source.parent, Path("."), Path("src")):
        candidate = os.path.normpath(base / name)
        if (root / candidate).is_file():
            return candidate
    return None


def strip(text: str) -> str:
    """Without comments and string literals (include lines are matched on the raw text)."""
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', " ", text, flags=re.S)


def check_source(root: Path, source: Path) -> list[str]:
    found = []
    text = (root / source).read_text()
    layer = layer_of(str(source))
    if layer is None:
        return [f"{source}: its folder is in no layer (LAYERS in test/lint/direction.py)"]
    for _, name in INCLUDE.findall(text):
        target = included(root, source, name)
        if target is None:
            if layer in SANS_IO and FORBIDDEN_HEADERS.match(name):
                found.append(f"{source}: {layer}/ may not include <{name}>")
        elif layer_of(target) not in (layer, *LAYERS[layer]):
            found.append(f"{source}: {layer}/ may not include {target}")
    if layer in SANS_IO:
        found += [f"{source}: {layer}/ may not use {match.group(0).strip('( ')}" for match in FORBIDDEN_CODE.finditer(strip(text))]
    return found


def check_links(root: Path, listing: Path) -> list[str]:
    """A CMakeLists.txt of a layer names only the libraries that its layer may use."""
    layer = layer_of(str(listing))
    if layer is None:
        return []
    allowed = {Path(name).name for name in (layer, *LAYERS[layer])}
    text = re.sub(r"#[^\n]*", "", (root / listing).read_text())
    names = {name for name in TARGET.findall(text) if name not in NO_LAYER}
    known = {Path(name).name for name in LAYERS}
    return [f"{listing}: {layer}/ may not link cifra_{name}" for name in sorted(names & known - allowed)]


def main() -> int:
    root = Path(sys.argv[1])
    found = []
    for source in cpp(root):
        if source.parts[0] in ("proto", "states", "src"):
            found += check_source(root, source)
    for listing in tracked(root):
        if listing.name == "CMakeLists.txt":
            found += check_links(root, listing)
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
