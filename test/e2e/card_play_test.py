# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""A card that is taken out while something plays: by the server's policy, silence until the same card is back."""

import signal
import unittest

from card_case import SONG, WHICHEVER, CardCase
from cards import PIN, wait_seen
from running import PATIENCE, wait_until

PAUSED, BACK = "the card was removed: paused until it is back", "the card is back"


class Playing(CardCase):
    def play(self):
        known = len(self.server.records("play"))
        self.words = self.folder / "words"
        with self.words.open("wb") as words:
            player = self.start(self.shared, "--card", WHICHEVER, "--pin-fd", "0", "play", SONG.name, "-o", "null", stderr=words)
        player.stdin.write(PIN.encode() + b"\n")
        player.stdin.flush()
        wait_until("the song", lambda: len(self.server.records("play")) > known or player.poll() is not None)
        return player

    def told_so(self, words: str, player) -> None:
        wait_until(words, lambda: words in self.words.read_text() or player.poll() is not None)
        self.assertIn(words, self.words.read_text())


class Pause(Playing):
    def test_the_same_card_goes_on(self):
        card = self.insert()
        player = self.play()
        card.eject()
        self.told_so(PAUSED, player)
        card.insert()
        self.told_so(BACK, player)
        self.assertIsNone(player.poll())
        # One signature, one PIN: coming back costs none.
        self.assertEqual((card.state()["signatures"], card.state()["tries"]), (1, 3))
        player.send_signal(signal.SIGINT)
        self.assertEqual(player.wait(PATIENCE), 130)

    def test_another_card_ends_it(self):
        card = self.insert()
        player = self.play()
        card.eject()
        self.told_so(PAUSED, player)
        card.stop()
        other = self.insert(self.authority.issue("grace", number="BI2"), memory="second")
        self.assertEqual(player.wait(PATIENCE), 14)
        self.assertIn("another card was inserted", self.words.read_text())
        self.assertEqual((other.state()["signatures"], other.state()["tries"]), (0, 3))

    def test_an_interrupt_is_heard_while_it_is_out(self):
        card = self.insert()
        player = self.play()
        card.eject()
        self.told_so(PAUSED, player)
        player.send_signal(signal.SIGINT)
        self.assertEqual(player.wait(PATIENCE), 130)


class Ignore(Playing):
    @classmethod
    def prepare(cls, site):
        site.configure(card_removal='"ignore"')

    def test_it_goes_on_without(self):
        card = self.insert()
        player = self.play()
        card.eject()
        card.insert()
        card.eject()
        wait_seen(False)
        self.assertIsNone(player.poll())
        player.send_signal(signal.SIGINT)
        self.assertEqual(player.wait(PATIENCE), 130)
        self.assertNotIn(PAUSED, self.words.read_text())


if __name__ == "__main__":
    unittest.main()
