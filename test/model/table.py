#!/usr/bin/python3
# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""table.py STATES.md: prints the transition table of both roles as Promela, for session.pml to stand on."""

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

REGIONS = ("phase", "rotation", "download", "upload")
ROLES = ("client", "server")
ANY = "Any phase but CLOSING and CLOSED, both sides"


@dataclass(frozen=True, order=True)
class Key:
    region: str
    role: str
    state: str
    event: str

    def __str__(self) -> str:
        return f"{self.region} {self.role} {self.state} {self.event}"


@dataclass
class Table:
    rows: dict[Key, str] = field(default_factory=dict)

    def states(self, region: str) -> list[str]:
        """Of a region, in the order in which they stand there: its first one is where every session begins."""
        names: dict[str, None] = {}
        for key, to in self.rows.items():
            if kind(key.region) == kind(region):
                names.setdefault(key.state)
                names.setdefault(to)
        return list(names)

    def events(self) -> list[str]:
        return sorted({key.event for key in self.rows})


def kind(region: str) -> str:
    return "stream" if region in ("download", "upload") else region


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def events_of(cell: str) -> list[str]:
    events = re.findall(r"`(\w+)`", cell)
    if not events or re.sub(r"`\w+`|\s", "", cell):
        raise ValueError(f"no list of events: {cell}")
    return events


def add(table: Table, key: Key, to: str) -> None:
    if key in table.rows:
        raise ValueError(f"twice in the table: {key}")
    table.rows[key] = to


def sections(text: str) -> dict[str, list[list[str]]]:
    """The rows of the tables below each third heading, without their heads."""
    found: dict[str, list[list[str]]] = {}
    for part in re.split(r"(?m)^### ", text[text.index("## Tables"):])[1:]:
        title, _, body = part.partition("\n")
        lines = [cells(line) for line in body.splitlines() if line.startswith("|")]
        found[title.strip()] = lines[2:]
    return found


def parse(text: str) -> Table:
    table = Table()
    found = sections(text)
    wanted = {f"{region.capitalize()}, {role}" for region in REGIONS for role in ROLES} | {ANY}
    if set(found) != wanted:
        raise ValueError(f"sections missing or new: {sorted(set(found) ^ wanted)}")
    for region in REGIONS:
        for role in ROLES:
            for state, events, to in found[f"{region.capitalize()}, {role}"]:
                for event in events_of(events):
                    add(table, Key(region, role, state, event), state if to == "·" else to)
    kept = re.search(r"(?m)^Of these CLOSING knows `(\w+)` only\.$", text)
    if not kept:
        raise ValueError("what CLOSING knows of the events of any phase is not said")
    for role in ROLES:
        rows = {key: to for key, to in table.rows.items() if key.region == "phase" and key.role == role}
        own = ({key.state for key in rows} | set(rows.values())) - {"CLOSED"}
        for events, to in found[ANY]:
            for event in events_of(events):
                for state in sorted(own):
                    if state != "CLOSING" or event == kept[1]:
                        add(table, Key("phase", role, state, event), to)
    return table


def cell(table: Table, key: Key) -> str:
    """The place of a row in the array `after`, as C."""
    region, role = REGIONS.index(key.region), ROLES.index(key.role)
    return f"[{region}][{role}][{table.states(key.region).index(key.state)}][{table.events().index(key.event)}]"


def promela(table: Table) -> str:
    """Constants for states and events, and the array `after`: 0 where there is no row, else one above the new state. Beside it
    `taken` notes which rows a search went through; it is no part of a state. As C, for both would be too large for one."""
    events = table.events()
    most = max(len(table.states(region)) for region in REGIONS)
    lines = [f"#define {event} {i}" for i, event in enumerate(events)]
    for prefix, region in (("P", "phase"), ("R", "rotation"), ("S", "download")):
        lines += [f"#define {prefix}_{name} {i}" for i, name in enumerate(table.states(region))]
    arrivals = [event for event in events if event.startswith("recv_")]
    lines.append("#define ANY_ARRIVAL(x) if " + " ".join(f":: x = {event}" for event in arrivals) + " fi")
    size = f"[{len(REGIONS)}][{len(ROLES)}][{most}][{len(events)}]"
    lines += ["c_decl {", f"\tstatic unsigned char after{size} = {{"]
    for key, to in table.rows.items():
        lines.append(f"\t\t{cell(table, key)} = {1 + table.states(key.region).index(to)}, /* {key} */")
    lines += ["\t};", f"\tstatic unsigned char taken{size};", "}"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(promela(parse(Path(sys.argv[1]).read_text())), end="")
