# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""A card that is pulled while its person listens: a pause, and only the same card goes on. With virtual readers."""
import json
import shutil
import tempfile
from pathlib import Path

from authority import Authority
from cards import PIN, Card, Readers
from policy import SONG, key_hash, leaf_of, replace
from running import Case, wait_until


class Watch(Case):
    @classmethod
    def setUpClass(cls):
        cls.base = Path(tempfile.mkdtemp(prefix="cifra-e2e-"))
        cls.addClassCleanup(shutil.rmtree, cls.base, ignore_errors=True)
        cls.readers = Readers(cls.base)
        cls.addClassCleanup(cls.readers.stop)

    def setUp(self):
        super().setUp()
        self.shop = self.site()
        self.shop.add_media(SONG.name, SONG)
        client = self.shop.folder / "pki/client"
        user = leaf_of(client / "user-chain.pem")
        entry = {"name": "listener", "disabled": False, "reason": "", "keys": [key_hash(user)], "trust": "path", "card": True}
        replace(self.shop.folder / "pki/server/people.json", json.dumps({"version": 1, "people": [entry], "rules": []}).encode())
        self.shop.configure(people__file='"people.json"', user='"card"')
        self.card = Card(self.folder, ("9A", client / "user-key.pem", client / "user-chain.pem"))
        self.addCleanup(self.card.stop)
        text = self.shop.client_config.read_text()
        self.shop.client_config.write_text("".join(line + "\n" for line in text.splitlines() if not line.startswith("user_key")) +
                                           'card = "pkcs11:"\n')
        self.server = self.serve(self.shop)
        self.words = self.folder / "words"

    def play(self, *options, pin=PIN):
        with self.words.open("wb") as words:
            player = self.start(self.shop, *options, "--pin-fd", "0", "play", SONG.name, "-o", "null", stderr=words)
        player.stdin.write(f"{pin}\n".encode())
        player.stdin.flush()
        self.says(player, "playing ")
        return player

    def says(self, player, what: str, count: int = 1) -> None:
        wait_until(what, lambda: self.words.read_text().count(what) >= count or player.poll() is not None)
        self.assertGreaterEqual(self.words.read_text().count(what), count, self.words.read_text())

    def test_the_same_card_comes_back(self):
        player = self.play()
        for count in (1, 2):
            self.card.eject()
            self.says(player, "the card was removed: paused until it is back", count)
            self.card.insert()
            self.says(player, "the card is back", count)
        self.assertIsNone(player.poll())

    def test_another_card(self):
        player = self.play()
        self.card.eject()
        self.says(player, "the card was removed")
        self.card.stop()
        key, chain = self.folder / "other.key", self.folder / "other.pem"

        Authority(self.shop, "user").issue("user", chain, key, name="somebody")
        other = Card(self.folder, ("9A", key, chain), memory="other")
        self.addCleanup(other.stop)
        self.assertEqual(player.wait(60), 14)
        self.says(player, "another card was inserted than the one that was logged in with")

    def test_a_card_that_comes_late(self):
        """Whoever has said that she wants to wait is told to insert it, and the same command goes on."""
        self.card.eject()
        with self.words.open("wb") as words:
            late = self.start(self.shop, "--wait-card", "--pin-fd", "0", "list", stderr=words)
        late.stdin.write(f"{PIN}\n".encode())
        late.stdin.flush()
        self.says(late, "insert your card")
        self.card.insert()
        self.assertEqual(late.wait(60), 0, self.words.read_text())

    def test_by_policy_only(self):
        self.server.stop()
        self.shop.configure(card_removal='"ignore"')
        self.server = self.serve(self.shop)
        player = self.play()
        self.card.eject()
        # Somebody who begins now notices that there is no card; who plays goes on.
        status, _, error = self.cifra(self.shop, "--pin-fd", "0", "list", input=f"{PIN}\n".encode())
        self.assertEqual(status, 14, error)
        self.assertIn("no card is in the reader", error)
        self.assertIsNone(player.poll())
        self.assertNotIn("removed", self.words.read_text())
