#!/usr/bin/python3
# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""unity.py SOURCE...: which sources can be compiled as one, to include each header once: "GROUP SOURCE" a line.

Not together: two of which one declares in an anonymous namespace a name that the other has anywhere. No C++ is parsed for
it: too many names are taken for declared, which costs a group; a name that is missed is an error of the compiler.
"""

import re
import sys
from pathlib import Path

LARGEST = 8  # sources; more would leave a core idle

NOT_CODE = re.compile(r'R"(\w*)\(.*?\)\1"|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'', re.S)
DECLARED = re.compile(r"\b([A-Za-z_]\w*)\s*(?=[({=;\[])|\b(?:using|struct|class|namespace)\s+([A-Za-z_]\w*)")


def anonymous(code: str) -> str:
    """What stands in anonymous namespaces, without what stands in braces there."""
    found = []
    for start in re.finditer(r"\bnamespace \{", code):
        depth = 1
        for character in code[start.end():]:
            depth += (character == "{") - (character == "}")
            if depth == 0:
                break
            if depth == 1 or (depth == 2 and character == "{"):
                found.append(character)
        found.append("\n")
    return "".join(found)


class Source:
    def __init__(self, path: str):
        code = NOT_CODE.sub(" ", Path(path).read_text())
        self.path = path
        self.names = set(re.findall(r"[A-Za-z_]\w*", code))
        self.declared = {first or second for first, second in DECLARED.findall(anonymous(code))}

    def fits(self, other: "Source") -> bool:
        return not (self.declared & other.names or other.declared & self.names)


def main() -> None:
    groups: list[list[Source]] = []
    for source in map(Source, sorted(sys.argv[1:])):
        group = next((group for group in groups if len(group) < LARGEST and all(map(source.fits, group))), None)
        if group is None:
            groups.append(group := [])
        group.append(source)
    for number, group in enumerate(groups):
        for source in group:
            print(number, source.path)


main()
