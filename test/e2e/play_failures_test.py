# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Items that fail in the middle of a list: the others are played, and what failed is told."""
import functools
import json
import subprocess
import unittest

from broken import Broken
from proxy import DOWN
from running import MEDIA

LONG, SHORT = MEDIA / "gunroar-2.mp3", MEDIA / "gunroar-0-part-2.mp3"


@functools.cache
def decoded(song) -> bytes:
    return subprocess.run(["mpg123", "-q", "-s", song], check=True, capture_output=True).stdout


class Playlist(Broken):
    def setUp(self):
        super().setUp()
        for name, song in (("a.mp3", LONG), ("b.mp3", LONG), ("c.mp3", SHORT)):
            self.far.add_media(name, song)
        self.restart()

    def start_list(self, *names, after=300_000):
        return self.held(DOWN, after, "--json", "play", *names, "-o", "file:it.raw")

    def end(self, client, *says):
        """The samples, after a release."""
        self.proxy.release()
        out, error = client.communicate(timeout=120)
        error = error.decode()
        self.assertEqual(client.returncode, 11, error)
        for part in says:
            self.assertEqual(error.count(part), 1, error)
        if len(says) > 1:
            self.assertEqual(json.loads(out)["name"], "3 tracks" if "b.mp3" in error else "2 tracks")
        return (self.folder / "it.raw").read_bytes()

    def test_an_item_that_is_refused(self):
        client = self.start_list("a.mp3", "b.mp3", "c.mp3")
        (self.far.media / "b.mp3").unlink()
        self.assertTrue(self.end(client, "cifra: b.mp3: ", "cifra: not everything could be played\n")
                        == decoded(LONG) + decoded(SHORT))

    def start_long(self, *more):
        """One of which only a part is asked for at once, and may be in buffers on the way."""
        self.far.add_media("long.mp3", LONG.read_bytes() * 10)
        self.restart()
        return self.start_list("long.mp3", *more)

    def end_long(self, client, *says):
        raw = self.end(client, *says, "cifra: not everything could be played\n")
        self.assertTrue(raw.startswith(decoded(LONG)[:500_000]))
        self.assertTrue(raw.endswith(decoded(SHORT)))

    def test_an_item_that_is_written_over_while_it_is_played(self):
        client = self.start_long("c.mp3")
        (self.far.media / "long.mp3").write_bytes(bytes(LONG.stat().st_size * 10))
        self.end_long(client, "cifra: long.mp3: ", "[CHANGED]")

    def test_an_item_that_is_another_one_after_a_reconnection(self):
        for others, says in ((("c.mp3",), "cifra: long.mp3: the item changed on the server\n"),
                             ((), "cifra: the item changed on the server\n")):
            with self.subTest(others=others):
                client = self.start_long(*others)
                self.restart(lambda: self.far.add_media("long.mp3", SHORT.read_bytes() * 3))
                self.end_long(client, says) if others else self.end(client, says)

    def test_chunks_of_another_size_after_a_reconnection(self):
        for size in (65536, 16384):
            with self.subTest(size=size):
                client = self.start_list("a.mp3", "c.mp3")
                self.restart(chunk_limit=str(size))
                self.proxy.release()
                self.finish(client)
                self.assertTrue((self.folder / "it.raw").read_bytes() == decoded(LONG) + decoded(SHORT))


if __name__ == "__main__":
    unittest.main()
