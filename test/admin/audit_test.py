# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""cifractl audit: shown, exported, verified against somebody who writes to the database, accepted after it was set back."""
import os
import subprocess
import time
import unittest

from cifractl import PROGRAM, SERVER, environment
from lending import CHECKPOINT, LEDGER, Lending

NOW = int(time.time())


class Lent(Lending):
    def setUp(self):
        super().setUp()
        self.one = self.issue("--plays", "2")
        self.two = self.issue("--units", "10", person="device:device1", item="two.mp3")
        self.answers = self.play(("listener", self.one["item_id"], "play", NOW, 3, 4000, "end"),
                                 ("device:device1", self.two["item_id"], "play", NOW, 4, 0, "on"))


class Shown(Lent):
    def test_everything(self):
        self.assertEqual(self.answers, ["granted", "granted"])
        log = self.lend_json("audit", "show")
        self.assertEqual([one["seq"] for one in log], list(range(1, len(log) + 1)))
        self.assertEqual([one["event"] for one in log], ["created", "issue", "issue", "play", "end", "play", "lease"])
        self.assertEqual((log[3]["person"], log[3]["item_id"], log[3]["details"]["licence"]),
                         ("listener", self.one["item_id"], self.one["id"]))
        text = self.lend("audit", "show").splitlines()
        self.assertEqual(len(text), len(log))
        self.assertRegex(text[3], rf"^4  \d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ  play  listener  {self.one['item_id']}  .*licence={self.one['id']}")

    def test_selected(self):
        events = lambda *options: [one["event"] for one in self.lend_json("audit", "show", *options)]
        self.assertEqual(events("--last", "2"), ["play", "lease"])
        self.assertEqual(events("--person", "listener"), ["issue", "play", "end"])
        self.assertEqual(events("--item", "two.mp3"), ["issue", "play", "lease"])
        self.assertEqual(events("--until", "2020-01-01"), [])
        self.assertEqual(len(events("--from", time.strftime("%Y-%m-%d", time.gmtime(NOW)))), 7)
        self.refuse(2, "audit", "show", "--from", "2021-01-01", "--until", "2020-01-01", "--dir", "pki", says="end before it begins")

    def test_names_that_were_typed_are_shown(self):
        self.assertEqual({one["item"] for one in self.lend_json("audit", "show", "--item", "two.mp3")}, {"two.mp3"})


class Exported(Lent):
    def test_to_a_file(self):
        self.assertEqual(self.lend("audit", "export", "log.jsonl"), "log.jsonl\n")
        self.assertEqual(os.stat(self.path("log.jsonl")).st_mode & 0o777, 0o600)
        log = self.lines_of("log.jsonl")
        self.assertEqual([one["seq"] for one in log], [1, 2, 3, 4, 5, 6, 7])
        self.assertEqual(log[0]["previous"], "00" * 32)
        for before, after in zip(log, log[1:]):
            self.assertEqual(after["previous"], before["hash"])
        self.deny(4, "audit", "export", "log.jsonl", says="exists already")
        self.assertEqual(sorted(name for name in self.left_behind() if "log" in name), ["log.jsonl"])

    def test_to_standard_output(self):
        self.lend("audit", "export", "log.jsonl")
        for options in ((), ("-",)):
            self.assertEqual(self.lend("audit", "export", *options), self.text("log.jsonl"))

    def test_where_nothing_can_be_written(self):
        self.deny(10, "audit", "export", "none/log.jsonl", says="none/log.jsonl: No such file")
        with open("/dev/full", "wb") as full:
            done = subprocess.run([PROGRAM, "audit", "export", "--dir", "pki", "--passphrase-fd", "0"], input=(SERVER + "\n").encode(),
                                  stdout=full, stderr=subprocess.PIPE, cwd=self.folder, env=environment(), timeout=120, check=False)
        self.assertEqual(done.returncode, 10, done.stderr)


class Verified(Lent):
    def verify(self):
        status, out, words = self.run_it("audit", "verify", "--dir", "pki", lines=(SERVER,))
        return status, out

    def test_intact(self):
        self.assertEqual(self.verify(), (0, "intact: 7 entries, 2 licences, 2 plays\n"))
        self.assertEqual(self.lend_json("audit", "verify"), {"intact": True, "entries": 7, "licences": 2, "plays": 2, "findings": []})

    def test_whatever_is_changed_is_found(self):
        self.keep()
        for statements, says in (
                (("DELETE FROM audit WHERE seq = 4",), "entry 5"),
                (("DELETE FROM audit WHERE seq = 7",), "audit log"),
                (("UPDATE audit SET time = time + 1 WHERE seq = 4",), "entry 4"),
                (("UPDATE audit SET event = 'denial' WHERE seq = 4",), "entry 4"),
                (("UPDATE audit SET details = (SELECT details FROM audit WHERE seq = 5) WHERE seq = 4",), "entry 4"),
                (("UPDATE audit SET seq = 100 WHERE seq = 4", "UPDATE audit SET seq = 4 WHERE seq = 5",
                  "UPDATE audit SET seq = 5 WHERE seq = 100"), "entry"),
                (("UPDATE licences SET plays = 0",), "licence"),
                (("DELETE FROM plays",), "plays"),
                (("DELETE FROM licences",), "licences"),
                (("UPDATE head SET seq = 6",), "head"),
                (("INSERT INTO vouchers SELECT 1, id, 1, mac FROM licences LIMIT 1",), "voucher")):
            with self.subTest(statements):
                self.set_back()
                self.change(*statements)
                status, out = self.verify()
                self.assertEqual(status, 9, out)
                self.assertIn(says, out)
        self.set_back()
        self.assertEqual(self.verify()[0], 0)

    def test_nothing_is_done_on_what_was_changed(self):
        self.change("UPDATE licences SET plays = 0")
        for verb in (("licence", "issue", "listener", "one.mp3", "--anyway"), ("licence", "show")):
            self.deny(9, *verb, says="audit verify")
        self.lend("audit", "accept", "--yes")  # there is nothing to accept, and so that mends nothing
        self.deny(9, "licence", "show", says="audit verify")


class SetBack(Lent):
    def setUp(self):
        super().setUp()
        self.keep()
        self.three = self.issue("--plays", "9", item="three.mp3")

    def test_noticed_and_refused(self):
        self.set_back()
        for verb in (("licence", "show"), ("licence", "issue", "listener", "one.mp3", "--anyway"), ("audit", "show"), ("audit", "verify"),
                     ("report",), ("licence", "explain", "listener", "one.mp3")):
            with self.subTest(verb):
                self.deny(21, *verb, says=["set back", "cifractl audit accept"])

    def test_accepted(self):
        self.set_back()
        status, out, words = self.run_it("audit", "accept", "--dir", "pki", lines=(SERVER,))
        self.assertEqual((status, out), (21, ""))
        for part in ("can be had again", "--yes", "A newer backup is better"):
            self.assertIn(part, words)
        self.deny(21, "licence", "show", says="set back")
        self.assertEqual(self.lend_json("audit", "accept", "--yes"), {"accepted": True})
        self.assertEqual(self.lend_json("audit", "show", "--last", "1")[0]["event"], "acceptance")
        self.assertEqual([one["id"] for one in self.lend_json("licence", "show")], [self.one["id"], self.two["id"]])
        self.assertTrue(self.lend_json("audit", "verify")["intact"])

    def test_nothing_to_accept(self):
        self.assertEqual(self.lend_json("audit", "accept", "--yes"), {"accepted": False})
        self.assertEqual(self.lend_json("audit", "accept"), {"accepted": False})

    def test_gone(self):
        os.remove(self.path(LEDGER))
        self.deny(21, "audit", "accept", says="--yes")
        self.assertEqual(self.lend_json("audit", "accept", "--yes"), {"accepted": True})
        self.assertEqual(self.lend_json("licence", "show"), [])
        self.assertTrue(self.lend_json("audit", "verify")["intact"])

    def test_a_damaged_checkpoint(self):
        self.write(CHECKPOINT, '{"seq":1}')
        self.deny(9, "licence", "show", says="ledger.checkpoint")
        self.deny(9, "audit", "accept", says="--yes")
        self.assertEqual(self.lend_json("audit", "accept", "--yes"), {"accepted": True})
        self.assertEqual(len(self.lend_json("licence", "show")), 3)


if __name__ == "__main__":
    unittest.main()
