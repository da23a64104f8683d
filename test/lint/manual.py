#!/usr/bin/python3
# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""manual.py ROOT BUILD: the man pages in ROOT/doc/man say what the programs in BUILD say, no more and no less.

Commands, options, exit statuses: as --help prints them. Keys: those of the file that `cifractl init` writes, and those that
cifra names when it refuses one. Beyond that, mandoc finds nothing to warn of.
"""

import re
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

PROGRAMS = {"cifra": ("src/client/cifra", "cifra.1"), "cifrad": ("src/server/cifrad", "cifrad.8"),
            "cifractl": ("src/admin/cifractl", "cifractl.1"),
            "cifra-fuzz": (Path(__file__).resolve().parents[2] / "fuzz/cifra-fuzz", "cifra-fuzz.1")}  # which nobody builds
FLAG = re.compile(r"(?:(?<=^)|(?<=,))--?[a-z][a-z0-9-]*")


@dataclass
class Manual:
    """What a program says of itself, or its page of it. The command "" is the program without one."""
    options: dict[str, set[str]] = field(default_factory=lambda: {"": set()})
    statuses: set[str] = field(default_factory=set)


def sections(help_text: str) -> dict[str, list[str]]:
    """The indented lines below each "Heading:"."""
    found: dict[str, list[str]] = {}
    heading = ""
    for line in help_text.splitlines():
        if re.fullmatch(r"[A-Z][a-z]+:", line):
            heading = line[:-1]
        elif line.startswith("  ") and heading:
            found.setdefault(heading, []).append(line)
        else:
            heading = ""
    return found


def ask(program: Path, command: str, said: Manual) -> None:
    text = subprocess.run([program, *command.split(), "--help"], check=True, capture_output=True, text=True).stdout
    parts = sections(text)
    own = [line.split()[0] for line in parts.get("Options", []) if re.match(r"  -", line)]
    said.options[command] = {flag for names in own for flag in FLAG.findall(names)}
    statuses = re.search(r"^Exit status(?:es)?:? (.*(?:\n(?!\n|Usage).+)*)", text, re.M)
    said.statuses |= set(re.findall(r"\b(\d+) (?=[a-z])", statuses.group(1))) if statuses else set()
    verbs = [line.split()[0] for line in parts.get("Subcommands", []) if re.match(r"  \S", line)]
    for verb in verbs:
        ask(program, f"{command} {verb}".strip(), said)
    if verbs and command:
        del said.options[command]  # half a command, such as "device"


def read_page(page: Path) -> Manual:
    said = Manual()
    section, commands = "", [""]
    for line in page.read_text().splitlines():
        if line.startswith(".Sh "):
            section, commands = line[4:], [""]
        elif line.startswith(".Ss ") and section == "COMMANDS":
            commands = [command.strip() for command in line[4:].split(",")]
            said.options |= {command: set() for command in commands}
        elif line.startswith(".It Fl ") and section in ("OPTIONS", "COMMANDS"):
            for command in commands:
                said.options[command] |= {f"-{flag}" for flag in re.findall(r"\bFl (-?[a-z][a-z0-9-]*)", line)}
        elif section == "EXIT STATUS" and (status := re.fullmatch(r"\.It (\d+)", line)):
            said.statuses.add(status.group(1))
    return said


def differences(name: str, what: str, said: set[str], written: set[str]) -> list[str]:
    return ([f"{name}: {what} {one} is not in the page" for one in sorted(said - written)] +
            [f"{name}: {what} {one} is in the page alone" for one in sorted(written - said)])


def compare(name: str, said: Manual, page: Manual) -> list[str]:
    found = differences(name, "exit status", said.statuses, page.statuses)
    found += differences(name, "command", set(said.options) - {""}, set(page.options) - {""})
    common = page.options[""]
    found += differences(name, "option", set(), common - set().union(*said.options.values()))
    for command in sorted(set(said.options) & set(page.options)):
        written = page.options[command] | (common & said.options[command])
        found += differences(name, f"{command} option".strip(), said.options[command], written if command else written & said.options[""])
    return found


def flat(table: dict, section: str = "") -> set[str]:
    keys = set()
    for key, value in table.items():
        keys |= flat(value, f"{key}.") if isinstance(value, dict) else {section + key}
    return keys


def read_keys(page: Path) -> set[str]:
    keys, section = set(), ""
    for line in page.read_text().splitlines():
        if heading := re.match(r"\.S[hs] (?:\[(\w+)\])?", line):
            section = f"{heading.group(1)}." if heading.group(1) else ""
        elif key := re.match(r"\.It Ic (\w+) No =", line):
            keys.add(section + key.group(1))
    return keys


@dataclass
class Facts:
    """What the programs say."""
    manuals: dict[str, Manual]
    server_keys: set[str]
    client_keys: set[str]


def gather(build: Path) -> Facts:
    manuals = {}
    for name, (program, _) in PROGRAMS.items():
        manuals[name] = Manual()
        ask(build / program, "", manuals[name])
    with tempfile.TemporaryDirectory(prefix="cifra-manual-") as folder:
        made = Path(folder) / "made"
        subprocess.run([build / PROGRAMS["cifractl"][0], "init", "--dir", made, "--passphrase-fd", "0"], input=b"a\nb\nc\n", check=True,
                       capture_output=True)
        server_keys = flat(tomllib.loads((made / "server/cifrad.toml").read_text()))
        wrong = Path(folder) / "wrong.toml"
        wrong.write_text("wrong = 1\n")
        refusal = subprocess.run([build / PROGRAMS["cifra"][0], "--config", wrong, "list"], capture_output=True, text=True).stderr
    return Facts(manuals, server_keys, set(re.search(r"the keys are: (.*)", refusal).group(1).split(", ")))


def check(root: Path, facts: Facts) -> list[str]:
    pages, found = root / "doc/man", []
    for name, (_, page) in PROGRAMS.items():
        found += compare(page, facts.manuals[name], read_page(pages / page))
    found += differences("cifrad.toml.5", "key", facts.server_keys, read_keys(pages / "cifrad.toml.5"))
    found += differences("cifra.toml.5", "key", facts.client_keys, read_keys(pages / "cifra.toml.5"))
    for page in sorted(pages.iterdir()):
        lint = subprocess.run(["mandoc", "-Tlint", "-Wwarning", page], capture_output=True, text=True)
        found += [line for line in lint.stdout.splitlines() if " STYLE: " not in line]
    return found


def main() -> int:
    found = check(Path(sys.argv[1]), gather(Path(sys.argv[2])))
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
