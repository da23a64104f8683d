# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the player at every system call with PostgreSQL; PostgreSQL itself killed in the middle, and away."""

import threading
import time
import unittest

from players import Case, ask, calls_behind_mark, inject, player, run
from postgres import Postgres


class Fire(Case):
    @classmethod
    def setUpClass(cls):
        cls.postgres = Postgres()
        cls.addClassCleanup(cls.postgres.close)

    def setUp(self):
        super().setUp()
        self.postgres.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public")

    def place(self, server="one"):
        return self.postgres.uri, f"{self.folder}/{server}.checkpoint", server

    def kill_at_every_call(self, first, then, units):
        """Each time with another person, whose one play it is."""
        def commands(number):
            return [line.replace("ada", f"ada{number}") for line in [*first, "mark", *then]]

        run(self.place(), ["issue ada0 1 5 100"])
        calls = calls_behind_mark(self.place(), commands(0))
        self.assertGreater(len(calls), 20)
        run(self.place(), [f"issue ada{number} 1 5 100" for number in range(1, len(calls) + 1)])
        for number, (call, when) in enumerate(calls, 1):
            answers = run(self.place(), commands(number), strace=inject(call, "signal=KILL", when))
            back = run(self.place(), ["recover", f"play ada{number} 1 1", f"held ada{number} 1"])
            with self.subTest(call=call, when=when, answers=answers, back=back):
                self.assertTrue(back[0].startswith("recovered"))
                self.assertRegex(back[1], "^(granted|refused this play is over)")
                self.assertRegex(back[2], f"^plays 1 units ({units}) of 1$")
        self.whole(self.postgres.query, self.place())

    def test_play(self):
        self.kill_at_every_call([], ["play ada 1 1"], "0")

    def test_lease(self):
        self.kill_at_every_call(["play ada 1 1"], ["lease 0 16"], "0|16")

    def test_settlement(self):
        self.kill_at_every_call(["play ada 1 1", "lease 0 16"], ["end 5 1"], "5|16")

    def break_in_the_middle(self, stop):
        """Plays go on while it happens; each is retried with its id until it is answered."""
        rounds = 60
        run(self.place(), [f"issue ada 1 {rounds} 0"])
        process = player(self.place())
        self.addCleanup(process.communicate)
        refused, first_trouble = [], threading.Event()

        def disturb():
            for _ in range(2):
                time.sleep(0.3)
                stop()
                first_trouble.wait(10)
                self.postgres.start()
                first_trouble.clear()

        disturber = threading.Thread(target=disturb)
        disturber.start()
        number = 1
        while number <= rounds or disturber.is_alive():
            answer = ask(process, f"play ada 1 {min(number, rounds)}")
            if answer.startswith("error"):
                self.assertRegex(answer, "^error the ledger's database (does not answer|failed)")
                refused.append(answer)
                first_trouble.set()
                time.sleep(0.05)
                continue
            self.assertTrue(answer.startswith("granted"), answer)
            number += 1
            time.sleep(0.01)
        disturber.join()
        self.assertGreater(len(refused), 0, "nobody noticed")
        self.assertEqual(ask(process, "held ada 1"), f"plays {rounds} units 0 of 1")
        self.whole(self.postgres.query, self.place(), rounds)

    def test_killed(self):
        self.break_in_the_middle(self.postgres.kill)

    def test_immediate_shutdown(self):
        self.break_in_the_middle(self.postgres.stop)

    def test_stopped_is_noticed(self):
        """A server that hangs, as one whose disk does: no grant, and no waiting for ever."""
        run(self.place(), ["issue ada 1 5 0"])
        process = player(self.place())
        self.addCleanup(process.communicate)
        self.assertEqual(ask(process, "play ada 1 1"), "granted")
        self.postgres.freeze()
        try:
            self.assertTrue(ask(process, "play ada 1 2").startswith("error the ledger's database does not answer"))
        finally:
            self.postgres.thaw()
        self.assertTrue(ask(process, "play ada 1 2").startswith("granted"))
        self.assertEqual(ask(process, "held ada 1"), "plays 2 units 0 of 1")
        self.whole(self.postgres.query, self.place(), 2)


if __name__ == "__main__":
    unittest.main()
