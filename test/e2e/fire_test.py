# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Plays are metered exactly once, whatever happens to server, disk and listener: with SQLite. fire.py has the books' checks."""

import copy
import os
import unittest
from signal import SIGKILL

from fire import ALL, COUNTED, FREE, LEASE, Denied, Fire, Listener, calls_behind, check, counting, hash_of, some
from fire_scenes import POINTS, Killing, Play, Settlement, Stop, Upload
from proxy import DOWN, Proxy, Rule
from running import MEDIA, wait_until
from tracing import needs_strace, strace


@needs_strace
class Killed(Killing):
    """kill -9 of cifrad at each call of something that it does; then it is started again, and the listener goes on."""

    def test_play(self):
        self.everywhere(Play(self))

    def test_settlement(self):
        self.everywhere(Settlement(self))

    def test_upload(self):
        self.everywhere(Upload(self))

    def test_stop(self):
        self.everywhere(Stop(self), POINTS // 2)


@needs_strace
class KilledAgain(Killing):
    """And once more while it comes back from being killed in the middle of a play."""

    def left_behind(self) -> None:
        server = self.serve(self.shop)
        with Listener(self.shop) as listener:
            opened = listener.begin(self.items[COUNTED], os.urandom(16))
            listener.hear(opened, 0, 3)
            self.note(self.by_chunks, 0, listener.heard)
            server.stop(SIGKILL)

    def test_start(self):
        self.left_behind()
        trace = self.folder / "calls"
        server = self.burn(counting(trace))
        server.stop(SIGKILL)
        calls, died = calls_behind(trace, 0), 0
        chosen = some([call for call in calls if call[0] != "sendmsg"], POINTS // 2)
        for point in chosen:
            with self.subTest(point=point):
                self.left_behind()
                server = self.burn(strace("{}:signal=SIGKILL:when={}".format(*point)), wait=False)
                wait_until("it is there or gone", lambda: server.process.poll() is not None or " ready " in server.text())
                died += server.was_killed()
                server.stop(SIGKILL)
                server = self.start_again()
                self.warm()
                self.assertEqual(server.stop(), 0, server.text())
                taken = self.debited()
                self.assertEqual(taken[self.by_plays][0], self.least)
        self.assertGreater(died, len(chosen) // 2)
        self.tell(f"killed at {died} of {len(chosen)} chosen of {len(calls)} calls")


@needs_strace
class Starved(Fire):
    """A disk that is full or fails now and then: who plays is refused and asks again, or does not notice."""

    ROUNDS = 40 if ALL else 3

    def patiently(self, play: bytes) -> int:
        """The same play until it was heard to its end. Gives how often it was refused."""
        for refused in range(50):
            listener = Listener(self.shop)
            try:
                opened = listener.begin(self.items[COUNTED], play)
                listener.hear(opened, 0, self.chunks[COUNTED])
                listener.close(opened)
                listener.goodbye()
                return refused
            except Denied as failure:
                self.assertEqual(failure.name, "LEDGER_AWAY")
            finally:
                listener.sock.close()
                self.note(self.by_chunks, 0, listener.heard)
        raise AssertionError("refused for ever")

    def starve(self, call: str, error: str, when: str) -> None:
        server = self.burn(strace(f"{call}:error={error}:when={when}"))
        refused, plays, stored = 0, [0, 0], []
        for number in range(self.ROUNDS):
            refused += self.patiently(os.urandom(16))
            status, _, words = self.cifra(self.shop, "play", FREE, "-o", "file:played.raw")
            self.assertIn(status, (0, 8), words)
            self.assertTrue(status == 0 or "LEDGER_AWAY" in words, words)
            plays = [plays[0] + (status == 0), plays[1] + 1]
            name = f"{call}-{number}"
            (self.folder / name).write_bytes(os.urandom(50_000))
            status, _, words = self.cifra(self.shop, "put", name)
            self.assertIn(status, (0, 11), words)
            stored += [name] * (status == 0)
        self.assertEqual(server.stop(), 0, server.text())
        server = self.start_again()
        self.plays_whole(FREE, self.by_plays)
        for name in stored[:3]:
            self.succeed(self.shop, "info", name)
        self.assertEqual(server.stop(), 0, server.text())
        self.note(self.by_plays, plays[0], plays[0] * self.chunks[FREE])
        taken = self.debited()
        self.assertIn(taken[self.by_plays][0], range(self.heard[self.by_plays][0], plays[1] + 2))
        listed = [entry["name"] for entry in self.shop.admin_json("media", "list")]
        self.assertEqual(sorted(name for name in listed if name in stored), stored)
        self.assertIn(" 0 damaged", self.shop.admin("media", "verify"))
        self.tell(f"{call} {error}: {refused} of the plays were refused at first, {plays[1] - plays[0]} to the end, "
                  f"{self.ROUNDS - len(stored)} uploads")

    def test_full_vault(self):
        """In the middle of uploads, of which each has some writes of its own: cifra says so, and goes on when there is room."""
        server, data, refused = self.burn(strace("pwrite64:error=ENOSPC:when=9+9")), os.urandom(3_000_000), 0
        (self.folder / "mine").write_bytes(data)
        for number in range(self.ROUNDS):
            for _ in range(10):
                status, _, words = self.cifra(self.shop, "--retry-for", "5", "put", "mine", "--name", f"mine-{number}")
                if status == 0:
                    break
                self.assertEqual(status, 11, words)
                self.assertIn("NO_SPACE", words)
                refused += 1
            self.assertEqual(status, 0, words)
        self.assertGreater(refused, 0)
        self.assertEqual(server.stop(), 0, server.text())
        listed = [entry["name"] for entry in self.shop.admin_json("media", "list") if entry["size"] == len(data)]
        self.assertEqual(sorted(listed), [f"mine-{number}" for number in range(self.ROUNDS)])
        self.assertIn(" 0 damaged", self.shop.admin("media", "verify"))
        self.debited()
        self.tell(f"{refused} uploads were refused before they were taken")

    def test_full_writes_of_the_ledger(self):
        self.starve("pwrite64", "ENOSPC", "31+97")

    def test_failing_writes_of_the_ledger(self):
        self.starve("pwrite64", "EIO", "23+89")

    def test_failing_syncs_of_the_ledger(self):
        self.starve("fdatasync", "EIO", "2+5")

    def test_full_syncs_of_the_ledger(self):
        self.starve("fdatasync", "ENOSPC", "3+7")

    def test_failing_syncs_of_files(self):
        self.starve("fsync", "EIO", "3+5")

    def test_full_writes_of_files(self):
        self.starve("write", "ENOSPC", "12+5")


class Broken(Fire):
    """Listeners that are killed, cut off, and come back."""

    def setUp(self):
        super().setUp()
        self.server = self.serve(self.shop)
        self.proxy = Proxy(self.shop.port)
        self.addCleanup(self.proxy.close)
        self.shop.point_client(self.proxy.port)

    def killed_in_the_middle(self, after: int, *arguments) -> None:
        self.proxy.rules = [Rule(hold={DOWN: after})]
        known = len(self.proxy.passages)
        client = self.start(self.shop, *arguments)
        wait_until("the pause", lambda: sum(one.passed[DOWN] for one in self.proxy.passages[known:]) == after)
        client.send_signal(SIGKILL)
        client.wait()
        self.proxy.release()

    def finished(self) -> dict:
        self.assertEqual(self.server.stop(), 0, self.server.text())
        return self.debited()

    def test_a_player_that_is_killed_and_begun_again(self):
        """It has no memory of its play: that is another one, and each is one debit."""
        for after in (30_000, 100_000, 200_000):
            self.killed_in_the_middle(after, "play", FREE, "-o", "file:played.raw")
        self.succeed(self.shop, "play", FREE, "-o", "file:played.raw")
        self.note(self.by_plays, 4, 0)
        self.assertEqual(self.finished()[self.by_plays][0], 4)

    def test_a_save_that_is_killed_and_begun_again(self):
        for after in (100_000, 300_000):
            self.killed_in_the_middle(after, "get", COUNTED, "saved")
        self.succeed(self.shop, "get", COUNTED, "saved")
        self.assertTrue((self.folder / "saved").read_bytes() == (MEDIA / COUNTED).read_bytes())
        self.note(self.by_chunks, 0, self.chunks[COUNTED])
        debited = self.finished()[self.by_chunks][1]
        self.assertLessEqual(debited, 3 * self.chunks[COUNTED])

    def test_connections_that_are_cut_belong_to_one_play(self):
        self.proxy.rules = [Rule(cut={DOWN: 40_000 + 30_000 * i}) for i in range(4)]
        _, words = self.succeed(self.shop, "play", FREE, "-o", "file:played.raw")
        self.assertIn("reconnected", words)
        self.note(self.by_plays, 1, self.chunks[FREE])
        self.assertEqual(self.finished()[self.by_plays][0], 1)

    def test_the_same_play_over_many_connections_is_one(self):
        play, heard = os.urandom(16), 0
        for number in range(6):
            listener = Listener(self.shop)
            opened = listener.begin(self.items[FREE], play)
            listener.hear(opened, 3 * number, 3)
            heard += listener.heard
            if number == 2:  # and over a server that was killed
                self.server.stop(SIGKILL)
                self.server = self.start_again()
            listener.drop()
        self.note(self.by_plays, 1, heard)
        self.assertEqual(self.finished()[self.by_plays][0], 1)

    def test_the_same_play_on_two_connections_at_once(self):
        """Nobody gets twice what was debited: whoever came later has the play."""
        play = os.urandom(16)
        listeners = [Listener(self.shop) for _ in range(2)]
        streams = [listener.begin(self.items[COUNTED], play) for listener in listeners]
        codes = []
        for listener, opened in zip(reversed(listeners), reversed(streams)):
            try:
                listener.hear(opened, 0, self.chunks[COUNTED])
            except Denied as failure:
                codes.append(failure.name)
        for listener in listeners:
            listener.drop()
        heard = sum(listener.heard for listener in listeners)
        self.assertEqual(codes, ["SUPERSEDED"])
        self.note(self.by_chunks, 0, heard)
        self.finished()

    def test_no_more_chunks_than_were_granted(self):
        """However often the server is killed, and the play taken up again."""
        granted = 3 * LEASE
        licence = self.shop.issue("--units", str(granted), "--rights", "play", item=FREE)
        self.shop.admin("licence", "revoke", self.by_plays, "--reason", "the other one is to be used")
        heard, play, codes = 0, os.urandom(16), []
        for _ in range(8):
            listener = Listener(self.shop)
            try:
                opened = listener.begin(self.items[FREE], play)
                listener.hear(opened, 0, 5)
            except Denied as failure:
                codes.append(failure.name)
            except TimeoutError:
                codes.append("neither sound nor a word")
            heard += listener.heard
            self.server.stop(SIGKILL)
            listener.drop()
            self.server = self.start_again()
        self.assertEqual(set(codes), {"EXHAUSTED"})
        self.note(licence, 0, heard)
        taken = self.finished()
        self.assertEqual(taken[licence][1], granted)


class Controls(Fire):
    """No check that cannot fail: books that somebody has changed in one place are found out, by the checks alone."""

    def setUp(self):
        super().setUp()
        server = self.serve(self.shop)
        self.plays_whole(FREE, self.by_plays)
        self.plays_whole(FREE, self.by_plays)
        with Listener(self.shop) as listener:  # a lease that is not settled
            listener.hear(listener.begin(self.items[COUNTED], os.urandom(16)), 0, 5)
            self.note(self.by_chunks, 0, listener.heard)
            server.stop(SIGKILL)
        self.books = self.shop.books()

    def numbered(self, log: list) -> list:
        """A log whose chain is as good as that of the one that it was."""
        previous = "00" * 32
        for number, entry in enumerate(log, 1):
            entry.update(seq=number, previous=previous)
            previous = entry["hash"] = hash_of(entry)
        return log

    def of(self, books, licence: str) -> dict:
        return next(one for one in books.licences if one["id"] == licence)

    def caught(self, says: str, forge, heard=None) -> None:
        books = copy.deepcopy(self.books)
        forge(books)
        with self.subTest(says), self.assertRaisesRegex(AssertionError, says):
            check(books, heard or self.heard)

    def test_forgeries(self):
        taken = check(self.books, self.heard)
        self.assertEqual(taken[self.by_plays], (2, 0))
        self.assertEqual(taken[self.by_chunks][1], LEASE)
        play = next(number for number, entry in enumerate(self.books.log) if entry["event"] == "play")
        lease = next(number for number, entry in enumerate(self.books.log) if entry["event"] == "lease")

        def without(number):
            def forge(books):
                del books.log[number]
                self.numbered(books.log)
                books.verified["entries"] -= 1
            return forge

        def doubled(books):
            books.log.insert(play, copy.deepcopy(books.log[play]))
            self.numbered(books.log)
            books.verified["entries"] += 1

        def dearer(books):
            books.log[play]["details"]["cost"] = 2

        def used(more):
            def forge(books):
                self.of(books, self.by_plays)["plays_used"] += more
            return forge

        def left(licence, what, more):
            def forge(books):
                self.of(books, licence)[what]["left"] += more
            return forge

        def reported(more):
            def forge(books):
                for line in (books.report["total"], books.report["lines"][0]):
                    line["plays"] += more
            return forge

        self.caught("plays in the log|never began", without(play))
        self.caught("was debited|began twice", doubled)
        self.caught("was debited 2 plays, the log has 3", dearer)
        for more in (-1, 1):
            self.caught("was debited", used(more))
            self.caught("was debited", left(self.by_plays, "plays", more))
            self.caught("was debited", left(self.by_chunks, "units", more))
            self.caught("the report has", reported(more))
        self.caught("was debited", without(lease))
        self.caught("has", left(self.by_plays, "plays", -2 * self.plenty))
        self.caught("torn", lambda books: books.log[play].update(time=0))
        self.caught("entry", lambda books: books.log.pop(play))
        self.caught("verify", lambda books: books.verified.update(intact=False))
        self.caught("3 were heard", lambda books: None, self.heard | {self.by_plays: (3, 0)})
        self.caught(f"{LEASE + 1} were heard", lambda books: None, self.heard | {self.by_chunks: (0, LEASE + 1)})
        self.caught("unknown licence", lambda books: books.log[play]["details"].update(licence="00" * 16))


if __name__ == "__main__":
    unittest.main()
