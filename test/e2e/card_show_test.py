# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""`cifra card` with real pcscd and OpenSC: readers, cards, certificates, and each thing that may be missing. No server."""

import json
import shutil
import tempfile
import unittest
from pathlib import Path

from card_authority import CardAuthority
from cards import PIN, PUK, Card, Readers, isolate
from refusals import Refusals

SLOT_A, SLOT_B = "Reader A 00 00", "Reader B 00 00"


class Show(Refusals):
    serving = False

    @classmethod
    def setUpClass(cls):
        isolate()
        cls.base = Path(tempfile.mkdtemp(prefix="cifra-e2e-"))
        cls.addClassCleanup(shutil.rmtree, cls.base, ignore_errors=True)
        cls.authority = CardAuthority(cls.base)
        cls.ada = cls.authority.issue("ada", number="BI123456789")

    def readers(self, count: int = 1) -> Readers:
        readers = Readers(self.folder, count)
        self.addCleanup(readers.stop)
        return readers

    def card(self, *keys, **options) -> Card:
        card = Card(self.folder, *((reference, person.key, person.certificate) for reference, person in keys), **options)
        self.addCleanup(card.stop)
        return card

    def show(self, *arguments):
        """(status, standard output, standard error) of a cifra that has no configuration and no keys."""
        status, out, error = self.run_program("cifra", "card", *arguments)
        self.assertNotIn(PIN, out + error)
        return status, out, error

    def data(self, *arguments, status: int = 0) -> dict:
        got, out, error = self.show("--json", *arguments)
        self.assertEqual(got, status, error)
        return json.loads(out)

    def misses(self, fault: str, says: str, remedy: str, *arguments, status: int = 14) -> str:
        """The exit status, the words, what to do; and that JSON says the same."""
        got, out, error = self.show(*arguments)
        self.assertEqual(got, status, error)
        self.assertIn(says, error)
        self.assertIn(remedy, error.splitlines()[-1])
        self.assertEqual(self.data(*arguments, status=status)["fault"], fault)
        return out + error


class Missing(Show):
    def test_service(self):
        out = self.misses("no_service", "pcscd) does not run", "systemctl enable --now pcscd.socket")
        self.assertIn("does not run", out.splitlines()[0])

    def test_reader(self):
        self.readers(0)
        self.misses("no_reader", "no card reader is connected", "connect the reader")

    def test_card(self):
        self.readers()
        out = self.misses("no_card", "no card is in the reader", "insert your card")
        self.assertIn(SLOT_A + ": empty", out)

    def test_card_that_went(self):
        self.readers()
        card = self.card(("9a", self.ada))
        self.assertEqual(self.data()["fault"], None)
        card.eject()
        self.assertEqual(self.data(status=14)["fault"], "no_card")
        card.insert()
        self.assertEqual(self.data()["fault"], None)

    def test_card_of_an_unknown_kind(self):
        self.readers()
        self.card(unknown=True)
        out = self.misses("unknown_card", "does not know this card", "card_module")
        self.assertIn(SLOT_A + ": card, ATR 3b", out)

    def test_certificate(self):
        self.readers()
        self.card()
        self.misses("no_certificate", "there is no certificate on the card", "ask the operator")

    def test_module(self):
        self.misses("no_module", "there is no PKCS#11 module /nowhere.so", "opensc-pkcs11", "--card-module", "/nowhere.so", status=3)
        self.misses("no_module", "p11-kit knows no module 'nonsense'", "opensc-pkcs11", "--card-module", "nonsense", status=3)
        mine = self.folder / "module.so"
        mine.write_bytes(b"no module")
        mine.chmod(0o644)
        self.misses("bad_module", "does not load", "install it again", "--card-module", mine, status=3)
        mine.chmod(0o666)
        self.misses("bad_module", "may be written by others", "only root or you", "--card-module", mine, status=3)


class OneCard(Show):
    def test_what_the_server_will_see(self):
        self.readers()
        sign = self.authority.issue("ada", more=((CardAuthority.usage(repudiation=True), True),))
        self.card(("9a", self.ada), ("9c", sign))
        data = self.data()
        self.assertEqual([reader["card"] for reader in data["readers"] if reader["name"] == SLOT_A], [True])
        self.assertEqual([token["reader"] for token in data["tokens"]], [SLOT_A])
        login, other = data["certificates"]
        self.assertEqual((login["holder"], login["verdict"], login["chosen"]), ("ada", "chosen", True))
        self.assertEqual((login["subject_serial_numbers"], login["schemes"]), (["BI123456789"], ["ecdsa_p256_sha256"]))
        self.assertIn("Cards of the State", login["issuer"])
        self.assertRegex(login["not_after"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual((other["verdict"], other["chosen"]), ("key_usage", False))
        _, out, error = self.show()
        self.assertEqual(error, "")
        for part in ("Certificate for PIV Authentication: chosen", login["uri"], login["subject"], "keyUsage without", other["uri"]):
            self.assertIn(part, out)

    def test_keys(self):
        self.readers()
        for kind, schemes in (("ec384", ["ecdsa_p384_sha384"]), ("rsa2048", ["rsa_pss_sha256", "rsa_pkcs1_sha256"])):
            with self.subTest(kind):
                card = self.card(("9a", self.authority.issue("ada", kind)), memory=kind)
                self.assertEqual(self.data()["certificates"][0]["schemes"], schemes)
                card.eject()

    def test_expired(self):
        self.readers()
        self.card(("9a", self.authority.issue("ada", begins=-7200, ends=-3600)))
        self.misses("no_certificate", "Certificate for PIV Authentication: expired", "ask the operator")

    def test_not_yet_valid(self):
        self.readers()
        self.card(("9a", self.authority.issue("ada", begins=3600, ends=7200)))
        self.misses("no_certificate", "not yet valid", "ask the operator")

    def test_no_pin_is_spent(self):
        self.readers()
        card = self.card(("9a", self.ada))
        self.show()
        self.assertEqual((card.state()["tries"], card.state()["signatures"]), (3, 0))

    def test_pin_state(self):
        self.readers()
        card = self.card(("9a", self.ada))
        for tries, words in ((3, "not told"), (1, "one left")):
            card.tell(f"tries {tries}")
            self.assertIn(words, self.data()["tokens"][0]["pin_tries"])
        card.tell("tries 0")
        out = self.misses("pin_locked", "the PIN of this card is locked", "PUK")
        self.assertIn("tries left: none left, locked", out)


class TwoCards(Show):
    def test_both_are_listed_and_a_uri_chooses(self):
        self.readers(2)
        self.card(("9a", self.ada))
        self.card(("9a", self.authority.issue("grace", "rsa2048")), reader=1, memory="second")
        words = self.misses("ambiguous", "several certificates could be meant", "--card URI")
        both = self.data(status=14)["certificates"]
        self.assertEqual(sorted(one["holder"] for one in both), ["ada", "grace"])
        for one in both:
            self.assertIn(one["uri"], words)
            chosen = [other["holder"] for other in self.data("--card", one["uri"])["certificates"] if other["chosen"]]
            self.assertEqual(chosen, [one["holder"]])
        # OpenSC calls a PIV card by the name in its certificate.
        chosen = [other["holder"] for other in self.data("--card", "grace")["certificates"] if other["chosen"]]
        self.assertEqual(chosen, ["grace"])

    def test_wrong_choices(self):
        self.readers()
        self.card(("9a", self.ada))
        self.misses("no_match", "no certificate matches", "copy one", "--card", "pkcs11:token=nobody")
        self.misses("bad_selector", "attribute that is not known", "copy a URI", "--card", "pkcs11:colour=red", status=3)
        status, out, error = self.run_program("cifra", "card", "--card", f"pkcs11:token=ada?pin-value={PUK}")
        self.assertEqual(status, 3)
        self.assertIn("does not belong into a URI", error)
        self.assertNotIn(PUK, out + error)

    def test_configuration_chooses_too(self):
        self.readers()
        self.card(("9a", self.ada))
        config = self.folder / "cifra.toml"
        config.write_text('card = "pkcs11:token=nobody"\n')
        self.assertEqual(self.data("--config", config, status=14)["fault"], "no_match")
        config.write_text('card = "ada"\n')
        self.assertEqual(self.data("--config", config)["fault"], None)


if __name__ == "__main__":
    unittest.main()
