# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Two processes race for the last play, round by round: one gets it. CIFRA_THOROUGH=1: 1,000 rounds instead of 200."""

import unittest

from players import THOROUGH, Case, SqliteCase, ask, player, run
from postgres import Postgres

ROUNDS = 1000 if THOROUGH else 200


def race(case, places, query, *options, rounds=ROUNDS):
    """How often both got it, or nobody."""
    case.assertEqual(run(places[0], [f"issue ada {number} 1 0" for number in range(rounds)]), ["issued"] * rounds)
    runners = [player(place, *options) for place in places]
    for runner in runners:
        case.addCleanup(runner.communicate)
        ask(runner, "held ada 0")
    wrong = 0
    for number in range(rounds):
        for play, runner in enumerate(runners):
            runner.stdin.write(f"play ada {number} {play}\n")
            runner.stdin.flush()
        answers = [runner.stdout.readline().strip() for runner in runners]
        for play, runner in enumerate(runners):
            # On a machine that is busy with other things: the same play, as a listener asks again.
            while answers[play].startswith("error the ledger's database does not answer"):
                answers[play] = ask(runner, f"play ada {number} {play}").replace("granted again", "granted")
        wrong += sorted(answers) != ["granted", "refused EXHAUSTED"]
    return wrong


class Sqlite(SqliteCase):
    def test_last_play(self):
        places = [self.place(server=name) for name in ("one", "two")]
        places[1] = (places[1][0], f"{self.folder}/two.checkpoint", "two")
        self.assertEqual(race(self, places, self.query), 0)
        self.whole(self.query, places[0], ROUNDS)


class Postgresql(Case):
    @classmethod
    def setUpClass(cls):
        cls.postgres = Postgres()
        cls.addClassCleanup(cls.postgres.close)

    def setUp(self):
        super().setUp()
        self.postgres.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        self.places = [(self.postgres.uri, f"{self.folder}/{name}.checkpoint", name) for name in ("one", "two")]

    def test_last_play(self):
        self.assertEqual(race(self, self.places, self.postgres.query), 0)
        self.whole(self.postgres.query, self.places[0], ROUNDS)

    def test_control_split_transaction(self):
        """Without the lock over the whole of it the checks must find something."""
        with self.assertRaises(AssertionError):
            self.assertEqual(race(self, self.places, self.postgres.query, "--split", rounds=100), 0)
            self.whole(self.postgres.query, self.places[0], 100)


if __name__ == "__main__":
    unittest.main()
