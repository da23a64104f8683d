# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""The model of a session, translated and compiled once; what a run lets loose, plants or changes in the table is said to the program."""

import os
import re
import resource
import subprocess
from dataclasses import dataclass
from pathlib import Path

import table

HERE = Path(__file__).resolve().parent
STATES = HERE.parent.parent / "states/STATES.md"
MEGABYTES = 800


def switches(model: str) -> str:
    """The variables behind FLAG(x) and FAULT(x), set from the environment; rows that another table has, read from a file; and at the
    end the rows that were taken, for a file too."""
    names = [(f"{kind.lower()}_{name}") for kind in ("FLAG", "FAULT") for name in sorted(names_of(model, kind))]
    known = ", ".join(f'{{"{name}", &{name}}}' for name in names)
    return f"""c_decl {{
	static int {", ".join(names)};
	static const struct {{ const char *name; int *value; }} switches[] = {{{known}}};
	static void __attribute__((constructor)) begin(void) {{
		const char *rows = getenv("CIFRA_ROWS");
		FILE *file = rows ? fopen(rows, "r") : 0;
		unsigned place[4], to, i;
		for (i = 0; i < sizeof switches / sizeof switches[0]; ++i) *switches[i].value = getenv(switches[i].name) != 0;
		while (file && fscanf(file, "[%u][%u][%u][%u] %u\\n", place, place + 1, place + 2, place + 3, &to) == 5)
			after[place[0]][place[1]][place[2]][place[3]] = (unsigned char)to;
		if (file) fclose(file);
	}}
	static void __attribute__((destructor)) finish_report(void) {{
		const char *path = getenv("CIFRA_TAKEN");
		FILE *file = path ? fopen(path, "w") : 0;
		unsigned char *one = (unsigned char *)taken;
		unsigned long i;
		for (i = 0; file && i < sizeof taken; ++i) if (one[i]) fprintf(file, "%lu\\n", i);
		if (file) fclose(file);
	}}
}}
"""


def names_of(model: str, kind: str) -> set[str]:
    return set(re.findall(rf"\b{kind}\((\w+)\)", model)) - {"x"}


@dataclass
class Result:
    errors: int
    what: str  # the first error, in pan's words
    states: int
    seconds: float
    megabytes: float
    taken: set[table.Key]
    output: str


class Model:
    def __init__(self, folder: Path, text: str) -> None:
        self.folder = folder
        self.table = table.parse(text)
        self.source = (HERE / "session.pml").read_text()
        (folder / "table.pml").write_text(table.promela(self.table))
        (folder / "switches.pml").write_text(switches(self.source))
        (folder / "session.pml").write_text(self.source)
        self.places = self.offsets()
        self.command(["spin", "-a", "session.pml"])
        common = ["gcc", "-w", "-DVECTORSZ=512", f"-DMEMLIM={MEGABYTES}", "pan.c", "-o"]
        self.command([*common, "safety", "-O1", "-DSAFETY"])
        self.command([*common, "progress", "-DNP", "-DNFAIR=3"])

    def command(self, words: list[str]) -> None:
        done = subprocess.run(words, cwd=self.folder, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)}: {done.stdout}{done.stderr}")

    def offsets(self) -> dict[int, table.Key]:
        most = max(len(self.table.states(region)) for region in table.REGIONS)
        events = len(self.table.events())
        found = {}
        for key in self.table.rows:
            region, role, state, event = (int(n) for n in re.findall(r"\d+", table.cell(self.table, key)))
            found[((region * len(table.ROLES) + role) * most + state) * events + event] = key
        return found

    def changed(self, text: str) -> str:
        """What is different in the table of that text, as the program reads it. It has the same states and events."""
        other = table.parse(text)
        lines = []
        for key in sorted(set(self.table.rows) | set(other.rows)):
            if self.table.rows.get(key) != other.rows.get(key):
                to = other.rows.get(key)
                value = 0 if to is None else 1 + self.table.states(key.region).index(to)
                lines.append(f"{table.cell(self.table, key)} {value}")
        return "".join(f"{line}\n" for line in lines)

    def run(self, flags: str, faults: str = "", text: str = "", progress: bool = False) -> Result:
        environment = {f"flag_{name}": "1" for name in flags.split()} | {f"fault_{name}": "1" for name in faults.split()}
        rows, taken = self.folder / "rows", self.folder / "taken"
        rows.write_text(self.changed(text) if text else "")
        unknown = environment.keys() - {f"{kind.lower()}_{name}" for kind in ("FLAG", "FAULT") for name in names_of(self.source, kind)}
        if unknown:
            raise ValueError(f"the model knows no {unknown}")
        program = ["./progress", "-l", "-f", "-m400000", "-w20"] if progress else ["./safety", "-m400000", "-w20"]
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(program, cwd=self.folder, capture_output=True, text=True,
                              env=os.environ | environment | {"CIFRA_ROWS": str(rows), "CIFRA_TAKEN": str(taken)})
        now = resource.getrusage(resource.RUSAGE_CHILDREN)
        output = done.stdout + done.stderr
        errors = re.search(r"errors: (\d+)", output)
        states = re.search(r"(\d+) states, stored", output)
        memory = re.search(r"([\d.]+)\s+total actual memory usage", output)
        if not errors or not states or not memory or "max search depth too small" in output or "Search not completed" in output and int(errors[1]) == 0:
            raise RuntimeError(f"the search did not come to its end: {output}")
        first = re.search(r"pan:1: (.*?) \(at depth", output)
        return Result(int(errors[1]), first[1] if first else "", int(states[1]), now.ru_utime - used.ru_utime, float(memory[1]),
                      {self.places[int(line)] for line in taken.read_text().split()}, output)
