# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Enrolment with all three programs: the listener asks, the operator compares and approves, the listener listens; the
certificates are renewed, and the person is locked out again. No private key leaves the folder it was made in."""

import json

from refusals import Refusals
from running import CA

WORDS = "words of mine"


class WithTheOperator(Refusals):
    @classmethod
    def prepare(cls, site):
        site.configure(enrolment="true")

    def ctl(self, *arguments, lines=(CA,), wanted=0) -> str:
        noun = arguments[:2] if arguments[0] in ("person", "device", "server") else arguments[:1]
        asked = ("--passphrase-fd", "0") if lines else ()
        status, out, error = self.run_program("cifractl", *noun, "--dir", self.shared.folder / "pki", *asked, *arguments[len(noun):],
                                              lines=lines)
        self.assertEqual(status, wanted, error)
        return out + error

    def enroll(self, wanted: int, *arguments) -> str:
        status, out, error = self.run_program("cifra", "--passphrase-fd", "0", "enroll", f"localhost:{self.shared.port}", "--dir",
                                              self.folder / "mine", *arguments, lines=(WORDS,))
        self.assertEqual(status, wanted, error)
        return out + error

    def listen(self, wanted: int) -> str:
        status, out, error = self.run_program("cifra", "--config", self.folder / "mine/cifra.toml", "--passphrase-fd", "0", "-v", "list",
                                              lines=(WORDS, WORDS))
        self.assertEqual(status, wanted, error)
        return out + error

    def fingerprint(self) -> str:
        status, out, error = self.run_program("cifractl", "fingerprint", "--dir", self.shared.folder / "pki", "--json")
        self.assertEqual(status, 0, error)
        return json.loads(out)["fingerprint"]

    def test_from_nothing_to_listening_and_out_again(self):
        told = self.enroll(16, "--fingerprint", self.fingerprint(), "--name", "ada")
        shown = told.split("request")[1].split()[0]
        status, out, error = self.run_program("cifractl", "person", "requests", "--dir", self.shared.folder / "pki")
        self.assertEqual(status, 0, error)
        self.assertIn(shown, out)
        self.assertIn("ada", out)
        self.ctl("person", "approve", shown, "--name", "ada", "--device", "ada's radio")
        self.enroll(0, "--fingerprint", self.fingerprint())
        self.assertIn("ada", self.listen(0))
        private = [path.read_bytes() for path in (self.folder / "mine").glob("*-key.pem")]
        self.assertEqual(len(private), 2)
        for path in self.shared.folder.rglob("*"):
            if path.is_file():
                self.assertNotIn(path.read_bytes(), private)
        # Renewed by the operator, fetched by the same command; the same keys.
        before = (self.folder / "mine/user-chain.pem").read_bytes()
        self.ctl("person", "renew", "ada")
        self.enroll(0)
        self.assertNotEqual((self.folder / "mine/user-chain.pem").read_bytes(), before)
        self.assertEqual([path.read_bytes() for path in (self.folder / "mine").glob("*-key.pem")], private)
        self.listen(0)
        self.ctl("person", "disable", "ada", lines=())
        self.server.wait_log("people_reloaded")
        self.assertIn("DISABLED", self.listen(6))

    def test_refused(self):
        told = self.enroll(16, "--fingerprint", self.fingerprint(), "--name", "somebody")
        shown = told.split("request")[1].split()[0]
        self.ctl("person", "refuse", shown, "--text", "come by in person", lines=())
        self.assertIn("come by in person", self.enroll(6))
