# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
import functools
import subprocess

from broken import Broken
from proxy import DOWN, Rule
from running import MEDIA

SONG = MEDIA / "gunroar-2.mp3"


@functools.cache
def decoded() -> bytes:
    return subprocess.run(["mpg123", "-q", "-s", SONG], check=True, capture_output=True).stdout


class Play(Broken):
    def setUp(self):
        super().setUp()
        self.far.add_media(SONG.name, SONG)
        self.restart()

    def assert_played(self, count: int = 1) -> None:
        raw = (self.folder / "it.raw").read_bytes()
        self.assertEqual(len(raw), len(decoded()) * count)
        self.assertTrue(raw == decoded() * count)

    def test_cut_in_the_middle(self):
        for after in (40_000, 300_000, 600_000):
            with self.subTest(after=after):
                self.proxy.rules = [Rule(cut={DOWN: after})]
                _, error = self.succeed(self.far, "play", SONG.name, "-o", "file:it.raw")
                self.assertIn("reconnecting", error)
                self.assertIn("reconnected: ", error)
                self.assert_played()
        self.assertEqual(len(self.server.records("play")), 6)

    def test_cut_four_times_over_two_tracks(self):
        self.proxy.rules = [Rule(cut={DOWN: 250_000 + i}) for i in range(4)]
        self.succeed(self.far, "play", SONG.name, SONG.name, "-o", "file:it.raw")
        self.assert_played(2)

    def test_server_killed_and_started_again(self):
        client = self.held(DOWN, 300_000, "play", SONG.name, "-o", "file:it.raw")
        self.restart()
        self.proxy.release()
        self.finish(client)
        self.assert_played()

    def test_without_patience(self):
        self.proxy.rules = [Rule(cut={DOWN: 300_000})]
        self.give_up(8, "--retry-for", "0", "play", SONG.name, "-o", "file:it.raw", says="gave up after 0 s")
