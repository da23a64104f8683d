# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Plays are metered exactly once, with PostgreSQL as the ledger of two servers: they are killed and race, and it is taken away."""

import copy
import os
import shutil
import sys
import threading
import time
import unittest
from pathlib import Path

from fire import ALL, COUNTED, FREE, LEASE, Denied, Fire, Listener
from fire_scenes import POINTS, Killing, Play, Settlement
from running import free_port
from tracing import needs_strace

sys.path.append(str(Path(__file__).resolve().parents[1] / "ledger"))

from postgres import PROGRAMS, Postgres  # noqa: E402

AWAY = 60 if ALL else 5  # seconds
ROUNDS = 1000 if ALL else 25
server = None  # of all the tests here


def setUpModule():
    global server
    if not os.path.exists(f"{PROGRAMS}/postgres"):
        raise unittest.SkipTest("no PostgreSQL")
    server = Postgres()
    unittest.addModuleCleanup(server.close)


class _Shared:
    def prepare(self):
        server.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        self.shop.configure(database=f'"{server.uri}"')


@needs_strace
class Killed(_Shared, Killing):
    def test_play(self):
        self.everywhere(Play(self), POINTS // 2)

    def test_settlement(self):
        self.everywhere(Settlement(self), POINTS // 2)


class Away(_Shared, Fire):
    """New plays are refused, those that go on wait for the next lease, and when it is back all is as it should be."""

    def setUp(self):
        super().setUp()
        self.cifrad = self.serve(self.shop)

    def hear_all(self, listener, opened, said: list) -> None:
        try:
            listener.hear(opened, 0, self.chunks[COUNTED])
            listener.close(opened)
        except Exception as failure:  # noqa: BLE001: told in the test's own thread
            said.append(failure)

    def refused(self, play: bytes) -> str:
        """By which code; empty: it is granted."""
        with Listener(self.shop, timeout=30) as listener:
            try:
                listener.begin(self.items[FREE], play)
            except Denied as failure:
                return failure.name
            self.note(self.by_plays, 1, 0)
            return ""

    def taken_away(self, away, back, *, at_once: bool) -> None:
        going_on = Listener(self.shop, timeout=30 + 2 * AWAY)
        self.addCleanup(going_on.sock.close)
        running = going_on.begin(self.items[COUNTED], os.urandom(16))
        going_on.hear(running, 0, 3)
        ending = Listener(self.shop)
        self.addCleanup(ending.sock.close)
        finished = ending.begin(self.items[COUNTED], os.urandom(16))
        ending.hear(finished, 0, 2)
        before, said, plays, codes = going_on.heard, [], [], []
        away()
        try:
            end = time.monotonic() + AWAY
            ending.close(finished)
            hearing = threading.Thread(target=self.hear_all, args=(going_on, running, said))
            hearing.start()
            patient = self.start(self.shop, "--retry-for", "600", "play", FREE, "-o", "file:patiently.raw")
            while time.monotonic() < end or not codes:
                plays.append(os.urandom(16))
                codes.append(self.refused(plays[-1]))
                if not at_once:
                    break
                status, _, error = self.cifra(self.shop, "--retry-for", "0", "play", FREE, "-o", "file:played.raw")
                self.assertEqual(status, 8, error)
                self.assertIn("LEDGER_AWAY", error)
                time.sleep(1)
            if at_once:
                self.assertEqual(set(codes), {"LEDGER_AWAY"})
                self.assertIn(going_on.heard, range(before, LEASE + 1), "no more than was leased")
            time.sleep(max(0, end - time.monotonic()))
        finally:
            back()
        hearing.join(60)
        self.assertFalse(hearing.is_alive() or said, f"the play that went on has stopped: {said}")
        self.assertEqual(going_on.heard, 3 + self.chunks[COUNTED])
        _, error = patient.communicate(timeout=60)
        self.assertEqual(patient.returncode, 0, error.decode())
        self.note(self.by_plays, 1, self.chunks[FREE])
        codes = [self.refused(play) for play in plays]
        self.assertEqual(set(codes), {""}, "not granted although it is back")
        self.note(self.by_chunks, 0, going_on.heard + ending.heard)
        for listener in (going_on, ending):
            listener.drop()
        time.sleep(2)  # what ended meanwhile is settled within a second; without it the test is weaker, and still true
        self.assertEqual(self.cifrad.stop(), 0, self.cifrad.text())
        taken = self.debited()
        self.assertEqual(taken[self.by_plays][0], len(plays) + 1, "one debit for each play that was granted in the end")
        self.assertIn(taken[self.by_chunks][1] - going_on.heard - ending.heard, (0, LEASE - ending.heard))

    def test_stopped(self):
        self.taken_away(server.stop, server.start, at_once=True)

    def test_killed(self):
        self.taken_away(server.kill, server.start, at_once=True)

    def test_frozen(self):
        """It hangs, and takes connections all the same: who asks waits some seconds at most."""
        self.taken_away(server.freeze, server.thaw, at_once=False)


class Race(_Shared, Fire):
    """Two servers on one ledger, and one play that is left."""

    def second(self):
        """The same shop at another port, with a state of its own."""
        folder = self.folder / "pki/second"
        shutil.copytree(self.folder / "pki/server", folder)
        other = copy.copy(self.shop)
        other.config, other.port = folder / "cifrad.toml", free_port()
        other.configure(listen=f'["127.0.0.1:{other.port}"]')
        return other

    def test_the_last_play(self):
        self.shop.admin("licence", "revoke", self.by_plays, "--reason", "the other one is to be used")
        licence = self.shop.issue("--plays", "1", item=FREE)
        shops = [self.shop, self.second()]
        servers = [self.serve(shop) for shop in shops]
        listeners = [Listener(shop) for shop in shops]
        for listener in listeners:
            self.addCleanup(listener.sock.close)
        start, wins = threading.Barrier(2), [0, 0]

        def run(number, said):
            listener, before = listeners[number], listeners[number].heard
            start.wait(60)
            try:
                opened = listener.begin(self.items[FREE], os.urandom(16))
            except Denied as failure:
                said[number] = failure.name
                return
            listener.hear(opened, 0, 1)
            listener.close(opened)
            said[number] = "granted" if listener.heard == before + 1 else "nothing came"

        for turn in range(ROUNDS):
            if turn:
                self.shop.admin("licence", "renew", licence, "--plays", "1")
            said = ["", ""]
            runners = [threading.Thread(target=run, args=(number, said)) for number in range(2)]
            for runner in runners:
                runner.start()
            for runner in runners:
                runner.join()
            self.assertEqual(sorted(said), ["EXHAUSTED", "granted"], f"in turn {turn}")
            wins[said.index("granted")] += 1
        for listener, one in zip(listeners, servers):
            listener.drop()
            self.assertEqual(one.stop(), 0, one.text())
        self.note(licence, ROUNDS, 0)
        self.assertEqual(self.debited()[licence], (ROUNDS, 0))
        self.tell(f"{wins[0]} to {wins[1]}")


if __name__ == "__main__":
    unittest.main()
