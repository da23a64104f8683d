# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Certificates that others made: let in by an exact key or a rule, and by nothing else. The keys are in files here; cards have
tests of their own."""

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from outsider import CardAuthority, client, refused
from policy import Policy, key_hash

UNKNOWN, DISABLED = "nobody who is known here", "disabled here"


def hash_of(person) -> str:
    return key_hash(x509.load_der_x509_certificate(person.chain[0]))


class Cards(Policy):
    def setUp(self):
        super().setUp()
        self.state = CardAuthority()
        roots = self.shop.folder / "pki/server/card-roots.pem"
        roots.write_bytes(self.state.root.public_bytes(Encoding.PEM))
        self.state.publish(self.lists.folder)
        self.shop.configure(card_roots='"card-roots.pem"')
        self.server = self.serve(self.shop)
        self.ana, self.rui = self.state.card("Ana", "A1"), self.state.card("Rui", "B2")

    def enter(self, person):
        """(the client, by which name the person is known)"""
        visitor = client(self, self.shop, user=person)
        return visitor, visitor.login().person

    def no_entry(self, person, code: str, reason: str) -> None:
        known = len(self.server.records("certificate"))
        refused(self, code, client(self, self.shop, user=person).login)
        self.assertEqual([line["reason"] for line in self.server.records("certificate")[known:]], [reason])

    def decide(self, *people, rules=()) -> None:
        self.changed("people_reloaded", lambda: self.people(*people, rules=rules))

    def rule(self, **more) -> dict:
        return {"name": "readers", "issuer": self.state.hash} | more

    def test_a_path_alone_lets_nobody_in(self):
        self.no_entry(self.ana, "USER_REFUSED", UNKNOWN)
        self.decide({"name": "Ana", "disabled": False})
        self.no_entry(self.ana, "USER_REFUSED", UNKNOWN)

    def test_an_exact_key(self):
        self.decide({"name": "ana", "keys": [hash_of(self.ana)], "card": True})
        visitor, name = self.enter(self.ana)
        self.assertEqual(name, "ana")
        self.no_entry(self.rui, "USER_REFUSED", UNKNOWN)
        self.no_entry(self.state.card("Ana", "A1"), "USER_REFUSED", UNKNOWN)  # the same names on another card
        self.changed("withdrawn", lambda: self.people({"name": "ana", "keys": [hash_of(self.ana)], "card": True, "disabled": True}))
        refused(self, "REVOKED", visitor.receive)
        self.no_entry(self.ana, "DISABLED", DISABLED)

    def test_rules(self):
        for rule, first, second in ((self.rule(attribute="serialNumber", values=["A1", "C3"]), True, False),
                                    (self.rule(attribute="serialNumber"), True, True), (self.rule(), True, True),
                                    (self.rule(attribute="O"), False, False), (self.rule(issuer="0" * 64), False, False),
                                    (self.rule(attribute="serialNumber", values=["a1"]), False, False),
                                    (self.rule(attribute="CN", values=["Rui"]), False, True)):
            self.decide(rules=[rule])
            for person, fits, name in ((self.ana, first, "Ana [A1]"), (self.rui, second, "Rui [B2]")):
                if fits:
                    self.assertEqual(self.enter(person)[1], name)
                else:
                    self.no_entry(person, "USER_REFUSED", UNKNOWN)

    def test_a_rule_that_no_longer_fits_ends_sessions(self):
        self.decide(rules=[self.rule(attribute="serialNumber", values=["A1", "B2"])])
        ana, rui = self.enter(self.ana)[0], self.enter(self.rui)[0]
        line = self.changed("withdrawn", lambda: self.people(rules=[self.rule(attribute="serialNumber", values=["B2"])]))
        self.assertEqual((line["person"], line["reason"]), ("Ana [A1]", UNKNOWN))
        refused(self, "REVOKED", ana.receive)
        self.assertEqual(len(rui.list()), 1)
        self.changed("withdrawn", lambda: self.people({"name": "Rui [B2]", "disabled": True}, rules=[self.rule()]))
        refused(self, "REVOKED", rui.receive)
        self.no_entry(self.rui, "DISABLED", DISABLED)
        self.assertEqual(self.enter(self.ana)[1], "Ana [A1]")

    def test_rules_switched_off(self):
        self.decide({"name": "ana", "keys": [hash_of(self.ana)]}, rules=[self.rule()])
        ana, rui = self.enter(self.ana)[0], self.enter(self.rui)[0]
        self.shop.configure(rules="false")
        self.changed("withdrawn", self.hang_up)
        refused(self, "REVOKED", rui.receive)
        self.assertEqual(len(ana.list()), 1)
        self.no_entry(self.rui, "USER_REFUSED", UNKNOWN)

    def test_where_a_card_is_required(self):
        self.shop.configure(user='"card"')
        self.hang_up()
        self.decide(rules=[self.rule()])
        self.no_entry(self.ana, "CARD_REQUIRED", "not on a card, and one is required")
        self.decide(rules=[self.rule(card=True)])
        self.assertEqual(self.enter(self.ana)[1], "Ana [A1]")
        self.no_entry(None, "CARD_REQUIRED", "not on a card, and one is required")

    def test_issuers(self):
        self.decide(rules=[self.rule()])
        self.shop.configure(issuers='["Somewhere root"]')
        self.hang_up()
        self.enter(self.ana)
        self.denied("not issued by a CA that is accepted here", code="USER_REFUSED")

    def test_revoked_and_not_to_be_told(self):
        self.decide({"name": "ana", "keys": [hash_of(self.ana)]}, rules=[self.rule()])
        ana, rui = self.enter(self.ana)[0], self.enter(self.rui)[0]
        self.changed("withdrawn", lambda: self.state.publish(self.lists.folder, self.ana, number=2))
        refused(self, "REVOKED", ana.receive)
        self.no_entry(self.ana, "REVOKED", "revoked by its CA")
        # Whose key is trusted by itself is out, too, once it is known to be revoked.
        self.decide({"name": "ana", "keys": [hash_of(self.ana)], "trust": "key"})
        self.no_entry(self.ana, "REVOKED", "revoked by its CA")
        refused(self, "REVOKED", rui.receive)  # the rule went
        self.decide(rules=[self.rule()])
        self.changed("crls_reloaded", (self.lists.folder / "cards.crl").unlink)
        self.no_entry(self.rui, "NOT_CHECKED", "there is no revocation list of its CA here")
        self.succeed(self.shop, "list")  # whom we issued is not concerned

    def test_the_hint_at_issuers_has_its_limits(self):
        asked = lambda: (visitor := self.enter(self.ana)[0]) and len(visitor.issuers)  # noqa: E731
        self.decide({"name": "ana", "keys": [hash_of(self.ana)]})
        self.hang_up()
        self.assertEqual(asked(), 2)
        # A certificate of any CA may do.
        self.decide({"name": "ana", "keys": [hash_of(self.ana)], "trust": "key"})
        self.hang_up()
        self.assertEqual(asked(), 0)
        self.decide({"name": "ana", "keys": [hash_of(self.ana)]})
        with open(self.shop.folder / "pki/server/card-roots.pem", "ab") as roots:
            for number in range(70):
                roots.write(CardAuthority(f"Country {number}").root.public_bytes(Encoding.PEM))
        self.hang_up()
        self.assertEqual(asked(), 0)

    def test_somebody_elses_cards(self):
        self.decide(rules=[self.rule()])
        stranger = CardAuthority()  # of the same names
        self.no_entry(stranger.card("Ana", "A1"), "USER_REFUSED", "a signature on it does not verify")
        self.no_entry(CardAuthority("Elsewhere").card("Ana", "A1"), "USER_REFUSED", "not issued by a CA that is trusted for this role")
