# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""cifractl report: plays, people and time, by item, person and period; as a table, CSV and JSON."""
import calendar
import csv
import io
import os
import sys
import time
import unittest

from cifractl import SERVER
from lending import Lending

sys.path.append(os.path.join(os.path.dirname(__file__), "../ledger"))
from postgres import Postgres  # noqa: E402


def at(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%d"))


class Played(Lending):
    """One play of each day."""

    def setUp(self):
        super().setUp()
        self.first = self.issue(item="one.mp3")["item_id"]
        self.second = self.issue("--rights", "play,save", person='a "quoted", person', item="two.mp3")["item_id"]
        self.issue(person='a "quoted", person', item="one.mp3")
        self.play(*self.plays())

    def plays(self):
        other = 'a "quoted", person'
        return (("listener", self.first, "play", at("2026-01-31"), 10, 61_500, "end"),
                ("listener", self.first, "play", at("2026-02-01"), 20, 3_600_000, "end"),
                (other, self.first, "play", at("2026-02-02"), 5, 1_000, "end"),
                (other, self.second, "save", at("2026-02-03"), 7, 0, "end"))

    def lines(self, by, *options):
        return {line[by]: line for line in self.lend_json("report", "--by", by, *options)["lines"]}


class Reported(Played):
    def test_by_item(self):
        lines = self.lines("item")
        self.assertEqual(lines, {
            self.first: {"item": self.first, "plays": 3, "saves": 0, "people": 2, "items": 1, "seconds": 3662, "chunks": 35},
            self.second: {"item": self.second, "plays": 0, "saves": 1, "people": 1, "items": 1, "seconds": 0, "chunks": 7}})
        self.assertEqual(self.lend_json("report")["total"],
                         {"plays": 3, "saves": 1, "people": 2, "items": 2, "seconds": 3662, "chunks": 42})

    def test_by_person(self):
        lines = self.lines("person")
        self.assertEqual({name: (line["plays"], line["saves"], line["items"]) for name, line in lines.items()},
                         {"listener": (2, 0, 1), 'a "quoted", person': (1, 1, 2)})

    def test_by_period(self):
        plays = lambda *options: {name: line["plays"] for name, line in self.lines("period", *options).items()}
        self.assertEqual(plays(), {"2026-01": 1, "2026-02": 2})
        self.assertEqual(plays("--every", "year"), {"2026": 3})
        self.assertEqual(plays("--every", "week"), {"2026-W05": 2, "2026-W06": 1})
        self.assertEqual(plays("--every", "day"), {"2026-01-31": 1, "2026-02-01": 1, "2026-02-02": 1, "2026-02-03": 0})

    def test_selected(self):
        total = lambda *options: self.lend_json("report", *options)["total"]["plays"]
        self.assertEqual(total("--from", "2026-02-01"), 2)
        self.assertEqual(total("--until", "2026-02-01"), 2)
        self.assertEqual(total("--from", "2026-02-01", "--until", "2026-02-01"), 1)
        self.assertEqual(total("--person", "listener"), 2)
        self.assertEqual(total("--item", "two.mp3"), 0)
        self.assertEqual(total("--item", "one.mp3", "--person", "nobody"), 0)

    def test_table(self):
        self.assertEqual(self.lend("report", "--by", "person").splitlines(), [
            "plays  saves  people  items     time  person",
            '    1      1       1      2  0:00:01  a "quoted", person',
            "    2      0       1      1  1:01:01  listener",
            "    3      1       2      2  1:01:02  total"])

    def test_csv(self):
        rows = list(csv.reader(io.StringIO(self.lend("report", "--by", "person", "--csv"))))
        self.assertEqual(rows, [["person", "plays", "saves", "people", "items", "seconds", "chunks"],
                                ['a "quoted", person', "1", "1", "1", "2", "1", "12"],
                                ["listener", "2", "0", "1", "1", "3661", "30"]])
        self.refuse(2, "report", "--csv", "--json", "--dir", "pki", says="--json")

    def test_nothing(self):
        status, out, words = self.run_it("report", "--until", "2020-01-01", "--dir", "pki", lines=(SERVER,))
        self.assertEqual((status, words), (0, "nothing was played\n"))
        self.assertEqual(out, "plays  saves  people  items     time  item\n    0      0       0      0  0:00:00  total\n")
        self.refuse(2, "report", "--by", "genre", "--dir", "pki", says="--by")


class OnPostgres(Played):
    """The same ledger on the other database, through all verbs once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.postgres = Postgres()
        cls.addClassCleanup(cls.postgres.close)
        cls.number = 0

    def configure(self, more=""):
        OnPostgres.number += 1
        name = f"ledger{self.number}"
        self.postgres.query(f"CREATE DATABASE {name}")
        self.database = f"postgresql://postgres@/{name}?host={self.postgres.folder}"
        self.write("pki/server/cifrad.toml", f'state_dir = "state"\n[vault]\ndir = "vault"\n[ledger]\ndatabase = "{self.database}"\n' + more)

    def test_all_verbs(self):
        self.assertEqual(self.lend_json("report")["total"]["plays"], 3)
        held = self.lend_json("licence", "show", "listener")
        self.assertEqual(len(held), 1)
        self.lend("licence", "revoke", held[0]["id"], "--reason", "late")
        self.assertEqual(self.lend_json("licence", "explain", "listener", "one.mp3", wanted=11)["licences"][0]["reason"], "LICENCE_REVOKED")
        self.assertEqual(self.lend_json("audit", "show", "--last", "1")[0]["event"], "revocation")
        self.assertTrue(self.lend_json("audit", "verify")["intact"])

    def test_stopped(self):
        self.postgres.stop()
        self.addCleanup(self.postgres.start)
        self.deny(5, "licence", "show", says="give the same command again when it answers")


if __name__ == "__main__":
    unittest.main()
