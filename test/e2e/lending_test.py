# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Plays by licence, through the real programs: what is granted, what is left, what is refused and why."""

import json
import time
import unittest

from lending import SONG, Lender, LendingCase
from running import MEDIA

LICENCE = 17  # exit status


class ByOperator(LendingCase):
    def test_who_has_no_licence_gets_nothing(self):
        for verb in (("play", SONG, "--output", "null"), ("get", SONG)):
            self.refuse(11, self.shop, *verb, says="UNAVAILABLE")
        self.assertEqual(self.left()["state"], "none")
        self.assertEqual(self.server.records("play"), [])

    def test_plays_are_counted_once_each_and_then_refused(self):
        self.shop.issue("--plays", "2", "--renewal", "free", "--renewals", "1")
        self.assertEqual(self.left()["plays"], 2)
        self.play()
        self.assertEqual(self.left()["plays"], 1)
        self.play()
        error = self.play(LICENCE)
        self.assertIn("EXHAUSTED", error)
        self.assertIn("cifra renew", error)
        self.assertEqual(self.left()["state"], "exhausted")
        self.succeed(self.shop, "renew", SONG)
        self.play()
        self.assertEqual(self.left()["plays"], 1)
        self.assertEqual(self.plays(), 3)
        self.refuse(LICENCE, self.shop, "renew", SONG, says="NOT_RENEWABLE")
        self.assertTrue(self.shop.admin("audit", "verify").startswith("intact: "))

    def test_saving_needs_its_right_and_costs_no_play(self):
        self.shop.issue("--plays", "1")
        self.refuse(LICENCE, self.shop, "get", SONG, says="RIGHT_MISSING")
        self.shop.issue("--plays", "1", "--rights", "play,save")
        self.succeed(self.shop, "get", SONG, "-o", "saved.mp3")
        self.assertEqual((self.folder / "saved.mp3").read_bytes(), (MEDIA / SONG).read_bytes())
        self.assertEqual(self.plays(), 0)

    def test_each_other_denial(self):
        licence = self.shop.issue("--from", "2100-01-01")
        self.assertIn("NOT_YET", self.play(LICENCE))
        self.shop.admin("licence", "cancel", licence, "--reason", "too late")
        licence = self.shop.issue("--plays", "3")
        self.play()
        self.shop.admin("licence", "revoke", licence, "--reason", "overdue")
        self.assertIn("LICENCE_REVOKED", self.play(LICENCE))
        self.shop.issue("--after-first-play", "1s")
        self.play()
        time.sleep(2)
        self.assertIn("EXPIRED", self.play(LICENCE))
        licence = self.shop.issue("--plays", "3")
        self.shop.admin("licence", "cancel", licence, "--reason", "by mistake")
        self.play(LICENCE)

    def test_giving_back(self):
        self.shop.issue("--plays", "3")
        self.play()
        self.succeed(self.shop, "return", SONG, "--yes")
        self.assertEqual(self.left()["state"], "returned")
        self.assertIn("RETURNED", self.play(LICENCE))

    def test_a_voucher_renews_once(self):
        self.shop.issue("--plays", "1", "--renewal", "voucher")
        self.play()
        code = self.shop.admin("licence", "voucher", "--plays", "2").split()[0]
        self.refuse(LICENCE, self.shop, "renew", SONG, "--voucher", code[:-1] + ("0" if code[-1] != "0" else "1"),
                    says="VOUCHER_REFUSED")
        self.succeed(self.shop, "renew", SONG, "--voucher", code)
        self.assertEqual(self.left()["plays"], 2)
        self.refuse(LICENCE, self.shop, "renew", SONG, "--voucher", code, says="VOUCHER_REFUSED")

    def test_chunks_are_reserved_and_the_rest_is_given_back(self):
        chunks = -(-(MEDIA / SONG).stat().st_size // 16384)
        self.shop.issue("--units", str(chunks + 5))
        self.play()
        self.assertEqual(self.left()["units"], 5)
        error = self.play(LICENCE)
        self.assertIn("EXHAUSTED", error)
        self.assertEqual(self.left()["units"], 0)

    def test_a_ledger_that_was_set_back_is_refused_until_it_is_accepted(self):
        self.shop.issue("--plays", "3")
        ledger = self.shop.folder / "pki/server/ledger.db"
        self.assertEqual(self.server.stop(), 0)
        old = ledger.read_bytes()
        self.server = self.serve(self.shop)
        self.play()
        self.assertEqual(self.server.stop(), 0)
        ledger.write_bytes(old)
        server = self.serve(self.shop, wait=False)
        self.assertEqual(server.process.wait(60), 3)
        self.assertIn("cifractl audit accept", server.text())
        self.shop.admin("audit", "accept", "--yes")
        self.server = self.serve(self.shop)
        self.play()


class ByPolicy(LendingCase):
    first = "3-plays"

    def test_the_first_licence_comes_by_itself(self):
        self.assertEqual(self.left()["plays"], 3)
        for left in (2, 1, 0):
            self.play()
            self.assertEqual(self.left()["plays"], left)
        self.assertIn("EXHAUSTED", self.play(LICENCE))
        shown = self.succeed(self.shop, "list")[0].decode()
        self.assertIn("used up", shown)
        self.assertIn("renew it by voucher", self.shop.admin("licence", "explain", "listener", SONG, status=11))

    def test_what_is_in_the_vault_is_not_on_the_disk(self):
        song = (MEDIA / SONG).read_bytes()
        upload = b"nobody may find this on the disk " * 4000
        (self.folder / "mine.txt").write_bytes(upload)
        self.succeed(self.shop, "put", "mine.txt")
        (self.folder / "mine.txt").unlink()
        pieces = [song[i:i + 64] for i in range(4096, len(song) - 64, len(song) // 50)] + [b"nobody may find", b"gunroar", b"mine.txt"]
        for path in (self.folder / "pki/server").rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                for piece in pieces:
                    self.assertNotIn(piece, content, path)
        names = [entry["name"] for entry in self.shop.admin_json("media", "list")]
        self.assertEqual(names, [SONG, "mine.txt"])
        self.assertIn("0 damaged", self.shop.admin("media", "verify"))


class Lies(LendingCase):
    first = "5-plays"

    def test_a_container_that_was_altered(self):
        container = next((self.folder / "pki/server/vault/items").iterdir())
        content = bytearray(container.read_bytes())
        content[len(content) // 2] ^= 1
        container.write_bytes(content)
        error = self.play(11)
        self.assertIn("READ_FAILED", error)
        self.shop.admin("media", "verify", status=9)

    def test_a_publisher_that_is_not_trusted(self):
        other = self.folder / "other"
        other.mkdir()
        Lender(other)
        roots = self.folder / "pki/client/publisher-roots.pem"
        roots.write_bytes((other / "pki/client/publisher-roots.pem").read_bytes())
        self.refuse(7, self.shop, "play", SONG, "--output", "null", says="publisher")

    def test_what_is_added_while_it_runs_is_lent(self):
        self.shop.put_in(MEDIA / "gunroar-2.mp3")
        end = time.monotonic() + 60
        while "gunroar-2.mp3" not in self.succeed(self.shop, "list")[0].decode():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.2)
        self.play(item="gunroar-2.mp3")
        listed = json.loads(self.succeed(self.shop, "--json", "list")[0])
        entries = listed if isinstance(listed, list) else listed["items"]
        self.assertEqual({entry["name"] for entry in entries}, {SONG, "gunroar-2.mp3"})


if __name__ == "__main__":
    unittest.main()
