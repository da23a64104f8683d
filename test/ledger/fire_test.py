# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""kill -9 at every system call of a play, a lease and a settlement, and disks that are full or fail, with SQLite."""

import os
import unittest

from players import THOROUGH, SqliteCase, calls_behind_mark, inject, run

PLAY = "play ada 1 1"
# What is done behind "mark", and what was done before it in the same process.
SCENES = {
    "play": ([], [PLAY]),
    "lease": ([PLAY], ["lease 0 16"]),
    "settlement": ([PLAY, "lease 0 16"], ["end 5 1"]),
    "renewal": ([], ["renew ada 1"]),
}
TOUCHES_DISK = ("pwrite64", "write", "fdatasync", "fsync", "ftruncate", "unlink", "rename", "openat", "fcntl", "close")


class Fire(SqliteCase):
    def setUp(self):
        super().setUp()
        self.before = os.path.join(self.folder, "before")
        os.mkdir(self.before)
        self.assertEqual(run(self.place(self.before), ["issue ada 1 5 100"]), ["issued"])

    def kill_at_every_call(self, scene, *options):
        """Each time another call is the last one. Returns how many were."""
        first, then = SCENES[scene]
        commands = [*first, "mark", *then]
        calls = calls_behind_mark(self.place(self.copy("before")), commands, *options)
        self.assertGreater(len(calls), 20)
        for call, when in calls:
            folder = self.copy("before")
            place = self.place(folder)
            answers = run(place, commands, *options, strace=inject(call, "signal=KILL", when))
            with self.subTest(scene=scene, call=call, when=when):
                self.look_behind(folder, place, scene, answers)
        return len(calls)

    def look_behind(self, folder, place, scene, answers):
        """The server is back: what it said holds, and the listener's retry costs nothing more."""
        played = sum(answer.startswith("granted") for answer in answers)
        recovered = run(place, ["recover", "verify"])
        self.assertTrue(recovered[0].startswith("recovered"), recovered)
        self.whole(lambda sql: self.query(sql, folder), place, played)
        if scene == "renewal":
            return
        ended = scene == "settlement" and run(place, [PLAY]) == ["refused this play is over"]
        if not ended:
            self.assertTrue(run(place, [PLAY])[0].startswith("granted"))
        self.whole(lambda sql: self.query(sql, folder), place, 1)
        debited = self.query("SELECT plays, units FROM licences", folder)[0]
        self.assertEqual(debited[0], 1, "one play costs one")
        self.assertIn(debited[1], {"play": [0], "lease": [0, 16], "settlement": [5, 16]}[scene], "more than a lease is gone")
        self.assertEqual(self.query("SELECT count(*) FROM plays", folder)[0][0], 1)

    def test_play(self):
        self.kill_at_every_call("play")

    def test_lease(self):
        self.kill_at_every_call("lease")

    def test_settlement(self):
        self.kill_at_every_call("settlement")

    def test_renewal(self):
        self.kill_at_every_call("renewal")

    def test_control_split_transaction(self):
        """The same program with its transaction torn in two must not pass the same checks."""
        first, then = SCENES["play"]
        commands = [*first, "mark", *then]
        calls = calls_behind_mark(self.place(self.copy("before")), commands, "--split")
        caught = 0
        for call, when in [one for one in calls if one[0] in ("pwrite64", "fdatasync")]:
            folder = self.copy("before")
            place = self.place(folder)
            answers = run(place, commands, "--split", strace=inject(call, "signal=KILL", when))
            try:
                self.look_behind(folder, place, "play", answers)
            except AssertionError:
                caught += 1
        self.assertGreater(caught, 0, "nobody noticed a transaction in two")

    def starve(self, call, error, lasting):
        """From the n-th call on, or only then, the disk refuses. Nothing is granted that is not there."""
        commands = ["mark", PLAY, "lease 0 16", "end 5 0", PLAY]
        calls = [one for one in calls_behind_mark(self.place(self.copy("before")), commands) if one[0] == call]
        self.assertGreater(len(calls), 0, f"no {call} to starve")
        for _, when in calls if THOROUGH else calls[:12]:
            folder = self.copy("before")
            place = self.place(folder)
            answers = run(place, commands, strace=inject(call, f"error={error}", f"{when}+" if lasting else when))
            with self.subTest(call=call, error=error, when=when, lasting=lasting, answers=answers):
                self.assertEqual(len(answers), len(commands))
                for answer in answers:
                    self.assertRegex(answer, r"^(marked|granted|allowed|ended|error (no space left|the ledger's database|"
                                             r"the play is over|the ledger does not know))")
                self.whole(lambda sql: self.query(sql, folder), place, sum(a == "granted" for a in answers))
                self.assertTrue(run(place, [PLAY])[0].startswith("granted"))
                self.assertEqual(self.query("SELECT plays FROM licences", folder)[0][0], 1)

    def test_no_space(self):
        self.starve("pwrite64", "ENOSPC", True)
        self.starve("pwrite64", "ENOSPC", False)

    def test_failing_writes(self):
        self.starve("pwrite64", "EIO", True)
        self.starve("pwrite64", "EIO", False)

    def test_failing_sync(self):
        self.starve("fdatasync", "EIO", True)
        self.starve("fdatasync", "EIO", False)

    def test_full_is_said(self):
        """On a disk that is full, with the reason, and it serves again when there is room."""
        calls = [one for one in calls_behind_mark(self.place(self.copy("before")), ["mark", PLAY]) if one[0] == "pwrite64"]
        folder = self.copy("before")
        answers = run(self.place(folder), ["mark", PLAY, PLAY], strace=inject("pwrite64", "error=ENOSPC", calls[0][1]))
        self.assertTrue(answers[1].startswith("error no space left for the ledger"), answers)
        self.assertEqual(answers[2], "granted")


if __name__ == "__main__":
    unittest.main()
