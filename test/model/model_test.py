#!/usr/bin/python3
# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""model_test.py: every run holds, every planted fault is found, and every row of the table is taken. --figures prints states and times."""

import re
import sys
import tempfile
import unittest
from pathlib import Path

import runs
import table
from model import STATES, Model, Result, names_of

FIGURES = "--figures" in sys.argv
TEXT = STATES.read_text()


def edited(edit: runs.Edit) -> str:
    head, title, rest = TEXT.partition(f"### {edit.section}\n\n| ")
    if not title or edit.line + "\n" not in rest:
        raise ValueError(f"STATES.md has no {edit.line} below {edit.section}")
    return head + title + rest.replace(edit.line + "\n", edit.instead + "\n" if edit.instead else "", 1)


class Tables(unittest.TestCase):
    """The table is read as it is written, and a change of it is a change of the model."""

    def test_both_roles(self) -> None:
        read = table.parse(TEXT)
        self.assertEqual(read.rows[table.Key("phase", "client", "CONNECT", "tcp_up")], "NEGOTIATION")
        self.assertEqual(read.rows[table.Key("phase", "server", "OPEN", "recv_data")], "OPEN")
        self.assertEqual(read.rows[table.Key("phase", "client", "DH", "timeout")], "CLOSING")
        self.assertNotIn(table.Key("phase", "server", "CLOSING", "timeout"), read.rows)
        self.assertEqual(read.rows[table.Key("phase", "server", "CLOSING", "tcp_end")], "CLOSED")
        self.assertEqual({key.role for key in read.rows if key.region == "upload"}, set(table.ROLES))
        self.assertEqual(read.states("phase")[0], "CONNECT")
        self.assertEqual(read.states("rotation")[0], "STEADY")
        self.assertEqual(read.states("upload")[0], "NONE")

    def test_edits_change_the_model(self) -> None:
        for edit in runs.EDITS:
            with self.subTest(edit=edit):
                self.assertNotEqual(table.parse(edited(edit)).rows, table.parse(TEXT).rows)

    def test_what_cannot_be_read(self) -> None:
        line = "| HELD | `recv_rotate_response` | STEADY |\n"
        for old, new in (("### Rotation, server\n\n|", "### Turns, server\n\n|"), (line, line + line), (line, line.replace("`", "")),
                         ("Of these CLOSING knows", "Of these CLOSING likes")):
            with self.subTest(new=new):
                self.assertIn(old, TEXT)
                with self.assertRaises(ValueError):
                    table.parse(TEXT.replace(old, new))


class Searches(unittest.TestCase):
    model: Model
    taken: set[table.Key] = set()

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory(prefix="cifra-model-")
        cls.addClassCleanup(folder.cleanup)
        cls.model = Model(Path(folder.name), TEXT)
        cls.results = {name: cls.model.run(flags) for name, flags in runs.RUNS.items()}
        cls.results |= {name: cls.model.run(flags, progress=True) for name, flags in runs.PROGRESS.items()}
        for name, result in cls.results.items():
            cls.figures(name, result)

    @staticmethod
    def figures(name: str, result: Result) -> None:
        if FIGURES:
            print(f"{name:60} {result.states:9} states {result.seconds:6.1f} s {result.megabytes:5.0f} MB  {result.what}", flush=True)

    def test_runs_hold(self) -> None:
        for name, result in self.results.items():
            with self.subTest(name):
                self.assertEqual(result.errors, 0, result.output)

    def left(self, results: list[Result]) -> set[tuple[str, str, str, str]]:
        """The rows that none of them took."""
        taken = set().union(*(result.taken for result in results))
        return {(key.region, key.role, key.state, key.event) for key in set(self.model.table.rows) - taken}

    def test_every_row_is_taken(self) -> None:
        self.assertEqual(self.left(list(self.results.values())), runs.NEVER_TAKEN)

    def test_rows_that_strangers_lead_to(self) -> None:
        honest = [result for name, result in self.results.items() if not re.search("tamper|rogue", runs.RUNS.get(name, ""))]
        left = {row for row in self.left(honest) if row[3] not in runs.STRANGERS_CAUSE}
        self.assertEqual(left, runs.STRANGERS_LEAD_TO)

    def test_every_state_is_reached(self) -> None:
        taken = set().union(*(result.taken for result in self.results.values()))
        for region in table.REGIONS:
            for role in table.ROLES:
                rows = {key: to for key, to in self.model.table.rows.items() if (key.region, key.role) == (region, role)}
                reached = {to for key, to in rows.items() if key in taken} | {self.model.table.states(region)[0]}
                self.assertEqual(reached, {key.state for key in rows} | set(rows.values()), (region, role))

    def found(self, name: str, expected: str, run: str, **planted: str) -> None:
        if run in runs.PROGRESS:
            result = self.model.run(runs.PROGRESS[run], progress=True, **planted)
        else:
            result = self.model.run(runs.RUNS[run], **planted)
        self.figures(name, result)
        self.assertGreater(result.errors, 0, "nobody noticed")
        self.assertRegex(result.what, expected)

    def test_faults_are_found(self) -> None:
        self.assertEqual(set(runs.FAULTS), names_of(self.model.source, "FAULT"))
        for name, fault in runs.FAULTS.items():
            with self.subTest(name):
                self.found(name, fault.expected, fault.run, faults=name)

    def test_faults_of_the_table_are_found(self) -> None:
        for edit in runs.EDITS:
            instead = re.sub(r".*\n", "", edit.instead) or f"without {edit.line}"
            with self.subTest(edit.section + instead):
                self.found(f"{edit.section}: {instead}"[:60], edit.expected, edit.run, text=edited(edit))


if __name__ == "__main__":
    unittest.main(argv=[argument for argument in sys.argv if argument != "--figures"])
