# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""The same with SoftHSM, a token without a reader: any PKCS#11 module does."""

import re
import subprocess
import unittest
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from card_authority import Person
from card_case import CardCase
from cards import PIN
from running import environment

OFFICER = "48151623"
LISTED = Path("/usr/share/p11-kit/modules/softhsm2.module")
MODULE = re.search(r"(?m)^module: *(\S+)", LISTED.read_text()).group(1)


class SoftToken(CardCase):
    """No pcscd runs: nothing here needs one."""

    def setUp(self):
        super().setUp()
        self.pcsc.stop()
        tokens = self.folder / "tokens"
        tokens.mkdir()
        self.settings = self.folder / "softhsm2.conf"
        self.settings.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")

    def tool(self, program: str, *arguments) -> None:
        done = subprocess.run([program, *arguments], env=environment(SOFTHSM2_CONF=str(self.settings)), capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())

    def token(self, label: str, *people: Person) -> None:
        """With a key and a certificate of each."""
        self.tool("softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", OFFICER, "--pin", PIN)
        for number, person in enumerate(people, 1):
            name = f"{number:02}"
            self.tool("softhsm2-util", "--import", person.key, "--token", label, "--pin", PIN, "--id", name, "--label", name)
            certificate = self.folder / f"{label}-{name}.der"
            pem = x509.load_pem_x509_certificate(person.certificate.read_bytes())
            certificate.write_bytes(pem.public_bytes(Encoding.DER))
            self.tool("pkcs11-tool", "--module", MODULE, "--token-label", label, "--login", "--pin", PIN, "--write-object",
                      certificate, "--type", "cert", "--id", name, "--label", f"certificate {number}")

    def by_card(self, *arguments, module: str = "softhsm2", **options):
        return super().by_card("--card-module", module, *arguments, env=environment(SOFTHSM2_CONF=str(self.settings)), **options)

    def test_each_kind_of_key_in_one_token(self):
        people = [self.authority.issue(f"ada {kind}", kind, number="BI1") for kind in ("ec256", "ec384", "rsa2048")]
        self.token("mine", *people)
        error = self.denied(14, "several certificates could be meant", "--card URI", "list")
        self.assertEqual(error.count("pkcs11:"), 3, error)
        for number, kind in enumerate(("ec256", "ec384", "rsa2048"), 1):
            self.logs_in("list", card=f"certificate {number}")
            self.assertEqual(self.logins()[-1], f"ada {kind} [BI1]")
            self.logs_in("list", card=f"pkcs11:token=mine;id=%{number:02}")

    def test_wrong_pin(self):
        self.token("mine", self.ada)
        self.denied(14, "wrong PIN", "think twice", "list", pin="000000")
        self.logs_in("list")

    def test_the_module_by_its_path(self):
        self.token("mine", self.ada)
        self.logs_in("list", module=MODULE)

    def test_two_tokens(self):
        self.token("mine", self.ada)
        self.token("hers", self.authority.issue("grace", number="BI2"))
        self.denied(14, "several certificates could be meant", "--card URI", "list")
        self.logs_in("list", card="hers")
        self.assertEqual(self.logins()[-1], "grace [BI2]")

    def test_somebody_unknown(self):
        self.token("mine", self.authority.issue("eve", number="BI3"))
        self.denied(6, "[USER_REFUSED]", "operator", "list")

    def test_expired(self):
        self.token("mine", self.authority.issue("ada", number="BI1", begins=-7200, ends=-3600))
        self.denied(14, "expired", "ask the operator", "list")

    def test_no_token(self):
        self.denied(14, "there is nothing on it", "operator", "list")

    def test_a_key_that_is_not_the_certificate_s(self):
        other = self.authority.issue("ada", number="BI1")
        self.token("mine", Person(other.key, self.ada.certificate, self.ada.public_key))
        self.denied(14, "its own certificate does not verify", "card", "list")


if __name__ == "__main__":
    unittest.main()
