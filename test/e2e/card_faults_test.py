# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Cards that are pulled out, break or sign wrongly, at each step of a login: told as what it is, and no try is lost."""

import shlex
import unittest

import pexpect

from card_case import WHICHEVER, CardCase
from cards import PIN, wait_seen
from running import PATIENCE, PROGRAMS, environment
from terminals import end

REMOVED = ("the card was removed", "insert it again")


class Pulled(CardCase):
    def at_prompt(self) -> pexpect.spawn:
        """cifra on a terminal that has asked for the PIN."""
        words = [PROGRAMS["cifra"], "--config", str(self.shared.client_config), "--card", WHICHEVER, "list"]
        shell = pexpect.spawn("sh", ["-c", " ".join(map(shlex.quote, words)) + "; echo status=$?"], cwd=self.folder, env=environment(),
                              encoding="utf-8", timeout=PATIENCE, dimensions=(25, 200))
        self.addCleanup(end, shell)
        shell.expect_exact("PIN of ")
        shell.waitnoecho(timeout=PATIENCE)
        return shell

    def ends(self, shell: pexpect.spawn, status: int) -> str:
        shell.expect(r"\nstatus=(\d+)")
        self.assertEqual(int(shell.match.group(1)), status, shell.before)
        self.assertNotIn(PIN, shell.before)
        return shell.before

    def test_before_the_pin_is_sent(self):
        card = self.insert()
        shell = self.at_prompt()
        card.eject()
        shell.sendline(PIN)
        self.assertIn(REMOVED[0], self.ends(shell, 14))
        self.assertEqual(card.state()["tries"], 3)

    def test_out_and_in_again_before_the_pin_is_sent(self):
        card = self.insert()
        shell = self.at_prompt()
        card.eject()
        card.insert()
        shell.sendline(PIN)
        self.assertIn(REMOVED[0], self.ends(shell, 14))
        self.assertEqual((card.state()["tries"], card.state()["signatures"]), (3, 0))
        self.logs_in()

    def test_another_card_before_the_pin_is_sent(self):
        card = self.insert()
        other = self.authority.issue("grace", number="BI2")
        shell = self.at_prompt()
        card.eject()
        card.stop()
        second = self.insert(other, memory="second")
        shell.sendline(PIN)
        self.ends(shell, 14)
        self.assertEqual((second.state()["tries"], second.state()["signatures"]), (3, 0))

    def test_in_the_middle(self):
        for where in ("pin", "signing"):
            with self.subTest(where):
                card = self.insert(memory=where)
                card.tell(f"eject at {where}")
                error = self.denied(14, *REMOVED)
                self.assertNotIn("wrong PIN", error)
                self.assertEqual((card.state()["tries"], card.state()["signatures"]), (3, 0))
                card.stop()
                wait_seen(False)

    def test_behind_the_signature(self):
        card = self.insert()
        card.tell("eject at signed")
        self.logs_in()
        self.assertEqual(card.state()["signatures"], 1)

    def test_the_same_command_again(self):
        card = self.insert()
        card.tell("eject at signing")
        self.denied(14, *REMOVED)
        card.tell("behave")
        wait_seen(False)
        card.insert()
        self.logs_in()


class Broken(CardCase):
    def test_dies_in_the_middle_of_a_signature(self):
        card = self.insert()
        card.tell("die at signing")
        self.denied(14, *REMOVED)
        self.assertEqual(card.process.wait(PATIENCE), 9)

    def test_signs_wrongly(self):
        for kind in ("ec256", "rsa2048"):
            with self.subTest(kind):
                card = self.insert(self.authority.issue("ada", kind, number="BI1"), memory=kind)
                card.tell("bad signature")
                known = len(self.logins())
                self.denied(14, "its own certificate does not verify", "have the card looked at")
                self.assertEqual(len(self.logins()), known)
                card.eject()
                card.stop()


if __name__ == "__main__":
    unittest.main()
