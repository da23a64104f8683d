# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""A card that never answers does not hang the program. By itself, as it waits for as long as cifra does: half a minute."""

import subprocess
import unittest

from card_case import WHICHEVER, CardCase
from cards import PIN, Card
from running import PATIENCE, wait_until


class Hanging(CardCase):
    def hanging(self, card: Card) -> subprocess.Popen:
        """cifra, in the middle of a signature."""
        card.tell("hang")
        program = self.start(self.shared, "--card", WHICHEVER, "--pin-fd", "0", "list")
        program.stdin.write(PIN.encode() + b"\n")
        program.stdin.flush()
        wait_until("the card to hang", lambda: card.state()["hanging"])
        return program

    def test_hangs(self):
        card = self.insert()
        card.tell("hang")
        self.denied(14, "the card does not answer", "take it out")
        self.assertTrue(card.state()["hanging"])

    def test_an_interrupt_is_heard_while_it_hangs(self):
        card = self.insert()
        program = self.hanging(card)
        program.send_signal(2)
        self.assertEqual(program.wait(PATIENCE), 130)

    def test_the_service_ends_in_the_middle(self):
        card = self.insert()
        program = self.hanging(card)
        self.pcsc.process.kill()
        error = program.communicate(timeout=PATIENCE)[1].decode()
        self.assertEqual(program.returncode, 14, error)
        self.assertNotIn("wrong PIN", error)


if __name__ == "__main__":
    unittest.main()
