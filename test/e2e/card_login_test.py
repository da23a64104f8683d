# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Logins with a card, by real pcscd and OpenSC: who is let in, and which card is used."""

import unittest

from cryptography import x509

from card_case import SONG, CardCase
from cards import PIN
from policy import Lists, crl, replace
from running import environment, wait_until


class Login(CardCase):
    def test_each_kind_of_key(self):
        for kind in ("ec256", "ec384", "rsa2048"):
            with self.subTest(kind):
                card = self.insert(self.authority.issue("ada", kind, number="BI1"), memory=kind)
                self.assertIn(SONG.name, self.logs_in())
                self.assertEqual(self.logins()[-1], "ada [BI1]")
                # One signature, and the PIN once.
                self.assertEqual((card.state()["signatures"], card.state()["tries"]), (1, 3))
                card.eject()
                card.stop()

    def test_plays(self):
        self.insert()
        self.logs_in("play", SONG.name, "-o", "file:" + str(self.folder / "played.wav"))
        self.assertGreater((self.folder / "played.wav").stat().st_size, 1_000_000)

    def test_a_key_that_wants_the_pin_for_each_use(self):
        card = self.insert(reference="9c")
        self.logs_in()
        self.assertEqual(card.state()["signatures"], 1)

    def test_a_slow_card(self):
        card = self.insert()
        card.tell("slow 0.02")
        self.logs_in()

    def test_somebody_unknown(self):
        self.insert(self.authority.issue("eve", number="BI3"))
        self.denied(6, "[USER_REFUSED]", "operator")
        self.assertNotIn("eve [BI3]", self.logins())

    def test_a_card_of_a_stranger(self):
        stranger = type(self.authority)(self.folder, "Somebody's cards")
        self.insert(stranger.issue("ada", number="BI1"))
        self.denied(6, "[USER_REFUSED]", "operator")

    def test_a_ca_that_the_card_lacks(self):
        below = type(self.authority)(self.folder, "Cards of a town", self.authority)
        known, town = len(self.server.records("crls_reloaded")), self.shared.folder / "pki/server/crls/town.pem"
        self.addCleanup(town.unlink)
        replace(town, crl(below.certificate, below.key))
        wait_until("the new list", lambda: len(self.server.records("crls_reloaded")) > known)
        self.insert(below.issue("ada", number="BI1"))
        self.denied(6, "[USER_REFUSED]", "operator")
        config = self.shared.client_config.with_name("with-ca.toml")
        config.write_text(f'card = "pkcs11:"\nuser_chain = "{below.root}"\n' + self.shared.client_config.read_text())
        self.addCleanup(config.unlink)
        status, out, error = self.run_program("cifra", "--config", config, "--pin-fd", "0", "list", lines=(PIN,))
        self.assertEqual(status, 0, error)
        self.assertIn(SONG.name, out)
        below.root.rename(self.folder / "elsewhere.pem")
        self.told(3, *self.run_program("cifra", "--config", config, "--pin-fd", "0", "list", lines=(PIN,)), "card-ca.pem",
                  "check the paths")

    def test_a_new_card_while_the_ticket_is_of_the_old_one(self):
        """Whatever is said of the person: the ticket is forgotten, and she logs in by her card."""
        env = environment(XDG_RUNTIME_DIR=str(self.folder))
        card = self.insert()
        self.logs_in("login", env=env)
        tickets = self.folder / "cifra"
        self.assertEqual(len(list(tickets.iterdir())), 1)
        self.assertEqual(self.logs_in(env=env, pin=""), self.logs_in(env=env, pin=""))
        self.assertEqual(card.state()["signatures"], 1)
        path = self.shared.folder / "pki/server/people.json"
        before = path.read_bytes()
        self.addCleanup(self.people, before)
        self.people(before.replace(b'"BI1", ', b""))
        card.eject()
        card.stop()
        self.insert(self.authority.issue("ada", number="BI2"), memory="new")
        self.logs_in(env=env)
        self.assertEqual(self.logins()[-1], "ada [BI2]")
        self.assertEqual(list(tickets.iterdir()), [])

    def people(self, text: bytes) -> None:
        known = len(self.server.records("people_reloaded"))
        replace(self.shared.folder / "pki/server/people.json", text)
        wait_until("people.json read", lambda: len(self.server.records("people_reloaded")) > known)

    def test_an_expired_card_costs_no_pin(self):
        card = self.insert(self.authority.issue("ada", number="BI1", begins=-7200, ends=-3600))
        self.denied(14, "expired", "ask the operator")
        self.assertEqual(card.state()["signatures"], 0)

    def test_no_card(self):
        self.denied(14, "no card is in the reader", "insert your card")

    def test_no_service(self):
        self.pcsc.stop()
        self.denied(14, "pcscd) does not run", "systemctl")

    def test_no_personal_key_and_no_card_named(self):
        self.insert()
        self.denied(6, "no personal key is configured", "--card", card=None)


class OnlyCards(CardCase):
    """The server wants a card: then whichever is there is used, without being named."""

    @classmethod
    def prepare(cls, site):
        site.configure(login__user='"card"')

    def test_card(self):
        self.insert()
        self.logs_in(card=None)

    def test_key_in_a_file(self):
        client = self.shared.folder / "pki/client"
        config = self.folder / "file.toml"
        text = self.shared.client_config.read_text()
        for name in ("server_roots", "device_chain", "device_key"):
            text = text.replace(f'{name} = "', f'{name} = "{client}/')
        config.write_text(f'{text}\nuser_chain = "{client}/user-chain.pem"\nuser_key = "{client}/user-key.pem"\n')
        status, out, error = self.run_program("cifra", "--config", config, "--pin-fd", "0", "list", lines=("",))
        self.told(14, status, out, error, "no card is in the reader", "insert your card")


class TwoReaders(CardCase):
    readers = 2

    def test_a_choice_is_asked_for_and_a_uri_makes_it(self):
        first = self.insert()
        second = self.insert(self.authority.issue("grace", "rsa2048", number="BI2"), reader=1, memory="second")
        error = self.denied(14, "several certificates could be meant", "--card URI")
        uris = [line.split(": ", 1)[1] for line in error.splitlines() if line.startswith("  ") and "pkcs11:" in line]
        self.assertEqual(len(uris), 2, error)
        self.assertEqual(first.state()["signatures"] + second.state()["signatures"], 0)
        for uri, name in zip(uris, ("ada [BI1]", "grace [BI2]"), strict=True):
            self.logs_in(card=uri)
            self.assertEqual(self.logins()[-1], name)
        self.logs_in(card="grace")
        self.assertEqual((first.state()["signatures"], second.state()["signatures"]), (1, 2))

    def test_another_holder_than_the_one_chosen(self):
        card = self.insert(self.authority.issue("grace", number="BI2"), reader=1)
        self.denied(14, "no certificate matches", "cifra card", card="pkcs11:token=ada")
        self.assertEqual((card.state()["signatures"], card.state()["tries"]), (0, 3))


class Revoked(CardCase):
    @classmethod
    def prepare(cls, site):
        cls.lists = Lists(site)
        cls.write()

    @classmethod
    def write(cls, *revoked: x509.Certificate) -> None:
        serials = [certificate.serial_number for certificate in revoked]
        cls.number = getattr(cls, "number", 0) + 1
        replace(cls.lists.folder / "cards.pem", crl(cls.authority.certificate, cls.authority.key, revoked=serials, number=cls.number))

    def certificate(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.ada.certificate.read_bytes())

    def test_before_and_after(self):
        self.insert()
        self.logs_in()
        known = len(self.server.records("crls_reloaded"))
        self.write(self.certificate())
        wait_until("the new list", lambda: len(self.server.records("crls_reloaded")) > known)
        self.denied(6, "[REVOKED]", "operator")


if __name__ == "__main__":
    unittest.main()
