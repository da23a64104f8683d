# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""cifractl person: by the certificate of a card, by rule, disabled and enabled; and people.json as the server reads it."""
import hashlib
import json
import os
import unittest

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import authority
from cifractl import CA, CLIENT, Made


def key_hash(certificate):
    return hashlib.sha256(certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


class People(Made):
    def setUp(self):
        super().setUp()
        self.authority = authority.CardAuthority()
        self.card = self.authority.card()
        self.write("card.pem", authority.pem(self.card))
        self.write("ca.pem", authority.pem(self.authority.certificate))

    def people(self):
        return json.loads(self.text("pki/server/people.json"))

    def listed(self):
        return {one["name"]: one for one in self.json("person", "list")}

    def test_by_the_certificate_of_a_card(self):
        out = self.succeed("person", "add", "maria", "--certificate", "card.pem", "--card", "--dir", "pki")
        self.assertEqual(out, "pki/server/people.json\n")
        self.assertEqual(self.people()["people"], [{"name": "maria", "disabled": False, "reason": "", "keys": [key_hash(self.card)],
                                                    "trust": "path", "card": True}])
        listed = self.listed()["maria"]
        self.assertEqual((listed["known_by"], listed["card"], listed["expired"]), ("certificate", True, False))
        self.assertRegex(self.succeed("person", "list", "--dir", "pki"), r"\d  maria  by card\n")
        again = self.json("person", "add", "maria", "--certificate", "card.pem", "--card")
        self.assertFalse(again["entered"])

    def test_der_and_key_alone(self):
        self.write("card.der", authority.der(self.card))
        made = self.json("person", "add", "maria", "--certificate", "card.der", "--trust-key")
        self.assertEqual(made["key"], key_hash(self.card))
        self.assertIn("MARIA", made["subject"])
        self.assertEqual(self.people()["people"][0]["trust"], "key")
        self.assertIn("maria  by certificate, key alone", self.succeed("person", "list", "--dir", "pki"))

    def test_a_second_card(self):
        self.write("second.pem", authority.pem(self.authority.card()))
        self.succeed("person", "add", "maria", "--certificate", "card.pem", "--dir", "pki")
        self.refuse(4, "person", "add", "maria", "--certificate", "second.pem", "--dir", "pki", says=["exists already", "--another"])
        self.refuse(4, "person", "add", "maria", "--certificate", "second.pem", "--card", "--another", "--dir", "pki",
                    says="trusted in another way")
        self.succeed("person", "add", "maria", "--certificate", "second.pem", "--another", "--dir", "pki")
        self.assertEqual(len(self.people()["people"][0]["keys"]), 2)
        self.refuse(4, "person", "add", "bob", "--certificate", "card.pem", "--dir", "pki", says="that of person 'maria' already")

    def test_names_that_are_on_record(self):
        self.refuse(4, "person", "add", "listener", "--certificate", "card.pem", "--dir", "pki", says="exists already")
        self.succeed("person", "add", "maria", "--certificate", "card.pem", "--dir", "pki")
        self.refuse(4, "person", "add", "maria", "--dir", "pki", lines=(CA, CLIENT), says="by a certificate that others made")

    def test_certificates_that_do_not_do(self):
        weak = self.authority.card(key=rsa.generate_private_key(65537, 1024))
        for name, content, says in (("old.pem", authority.pem(self.authority.card(days=-1)), "expired"),
                                    ("ca.pem", authority.pem(self.authority.certificate), "CA"),
                                    ("weak.pem", authority.pem(weak), "key"),
                                    ("text.pem", "nonsense", "text.pem: "),
                                    ("empty.pem", "", "empty.pem: "),
                                    ("cut.pem", authority.pem(self.card)[:200], "cut.pem: certificate 1: damaged PEM")):
            with self.subTest(name):
                self.write(name, content)
                self.refuse(3, "person", "add", "maria", "--certificate", name, "--dir", "pki", says=says)
        self.refuse(3, "person", "add", "maria", "--certificate", "none.pem", "--dir", "pki", says="none.pem: No such file")
        self.refuse(2, "person", "add", "maria", "--card", "--dir", "pki", says="--certificate")
        self.assertEqual(self.people()["people"], [])

    def test_rules(self):
        self.write("numbers", "# who may\nA1\n\n  A2 \r\n")
        made = self.json("person", "add-rule", "readers", "--issuer", "ca.pem", "--card", "--attribute", "serialNumber",
                         "--value", "A0", "--values-file", "numbers")
        self.assertEqual(made["values"], ["A0", "A1", "A2"])
        self.assertEqual(made["issuer"], key_hash(self.authority.certificate))
        self.assertEqual(made["issuer_name"], "Authentication 0018")
        self.succeed("person", "add-rule", "all", "--issuer", "ca.pem", "--dir", "pki")
        self.assertEqual([one["name"] for one in self.json("person", "rules")], ["readers", "all"])
        self.assertRegex(self.succeed("person", "rules", "--dir", "pki"),
                         r"^readers  issued by 'Authentication 0018' \(\w{16}\), serialNumber = A0 or one of 2 more, by card\nall  issued by")
        self.succeed("person", "disable", "readers", "--rule", "--dir", "pki")
        self.assertTrue(self.people()["rules"][0]["disabled"])
        self.succeed("person", "enable", "readers", "--rule", "--dir", "pki")
        self.assertFalse(self.people()["rules"][0]["disabled"])
        self.succeed("person", "remove", "readers", "--rule", "--dir", "pki")
        self.assertEqual([one["name"] for one in self.people()["rules"]], ["all"])

    def test_rules_that_do_not_do(self):
        self.refuse(3, "person", "add-rule", "r", "--issuer", "card.pem", "--dir", "pki", says=["card.pem: ", "the CA that issues"])
        self.refuse(2, "person", "add-rule", "r", "--issuer", "ca.pem", "--value", "A1", "--dir", "pki", says="values of which attribute")
        self.refuse(2, "person", "add-rule", "r", "--issuer", "ca.pem", "--attribute", "serial", "--dir", "pki", says="serialNumber")
        self.refuse(2, "person", "add-rule", "a/b", "--issuer", "ca.pem", "--dir", "pki", says="this name of a rule")
        self.write("numbers", "\n# none\n")
        self.refuse(3, "person", "add-rule", "r", "--issuer", "ca.pem", "--attribute", "CN", "--values-file", "numbers", "--dir", "pki",
                    says="no value in it")
        self.write("numbers", "x" * 300)
        self.refuse(3, "person", "add-rule", "r", "--issuer", "ca.pem", "--attribute", "CN", "--values-file", "numbers", "--dir", "pki",
                    says="rules[0].values[0]: longer")
        self.succeed("person", "add-rule", "r", "--issuer", "ca.pem", "--dir", "pki")
        self.refuse(4, "person", "add-rule", "r", "--issuer", "ca.pem", "--dir", "pki", says="rule 'r' exists already")
        self.assertEqual(len(self.people()["rules"]), 1)

    def test_disabled_and_enabled(self):
        self.succeed("person", "disable", "listener", "--reason", "card reported lost", "--dir", "pki")
        self.assertEqual(self.people()["people"], [{"name": "listener", "disabled": True, "reason": "card reported lost", "keys": [],
                                                    "trust": "path", "card": False}])
        self.assertIn("  listener  disabled: card reported lost\n", self.succeed("person", "list", "--dir", "pki"))
        self.assertEqual((self.listed()["listener"]["disabled"], self.listed()["listener"]["known_by"]), (True, "issued"))
        self.succeed("person", "disable", "listener", "--dir", "pki")
        self.refuse(3, "person", "remove", "listener", "--dir", "pki", says=["no certificate that others made", "person revoke"])
        self.succeed("person", "enable", "listener", "--dir", "pki")
        self.succeed("person", "enable", "listener", "--dir", "pki")
        self.assertEqual(self.people()["people"], [])

    def test_a_disabled_name_is_not_issued_again(self):
        self.succeed("person", "disable", "listener", "--dir", "pki")
        self.succeed("person", "revoke", "listener", "--dir", "pki", lines=(CA,))
        self.refuse(4, "person", "add", "listener", "--dir", "pki", lines=(CA, CLIENT), says=["is disabled", "person enable"])
        self.succeed("person", "enable", "listener", "--dir", "pki")
        self.succeed("person", "add", "listener", "--dir", "pki", lines=(CA, CLIENT))

    def test_removed(self):
        self.succeed("person", "add", "maria", "--certificate", "card.pem", "--dir", "pki")
        self.succeed("person", "disable", "maria", "--dir", "pki")
        status, _, words = self.run_it("person", "remove", "maria", "--dir", "pki")
        self.assertEqual(status, 0, words)
        self.assertIn("stays disabled", words)
        self.assertEqual(self.people()["people"][0]["keys"], [])
        self.succeed("person", "enable", "maria", "--dir", "pki")
        self.assertEqual(self.people()["people"], [])
        self.refuse(3, "person", "remove", "maria", "--dir", "pki", says="there is no person 'maria'")

    def test_names_nobody_has(self):
        self.refuse(3, "person", "disable", "listner", "--dir", "pki", says=["there is no person 'listner'", "did you mean 'listener'?"])
        self.refuse(3, "person", "disable", "nobody at all", "--dir", "pki", says="see: cifractl person list")
        self.succeed("person", "add-rule", "readers", "--issuer", "ca.pem", "--dir", "pki")
        self.refuse(3, "person", "disable", "readers", "--dir", "pki", says=["but a rule", "--rule"])
        self.refuse(3, "person", "disable", "reader", "--rule", "--dir", "pki", says="did you mean 'readers'?")
        self.refuse(3, "person", "disable", "MARIA [A1]", "--dir", "pki", says="--by-rule")
        self.succeed("person", "disable", "MARIA [A1]", "--by-rule", "--dir", "pki")
        self.assertIn("MARIA [A1]  no certificate here  disabled\n", self.succeed("person", "list", "--dir", "pki"))
        self.refuse(2, "person", "disable", "listener", "--reason", "a\nb", "--dir", "pki", says="plain text")

    def test_damaged_files_are_told_with_their_place(self):
        self.write("pki/server/people.json", '{"version":1,"people":[{"nmae":"x"}],"rules":[]}')
        for verb in (("list",), ("rules",), ("disable", "listener"), ("add", "maria", "--certificate", "card.pem"),
                     ("add-rule", "r", "--issuer", "ca.pem")):
            self.refuse(3, "person", *verb, "--dir", "pki", says="people.json: people[0].nmae: there is no such member")
        os.remove(self.path("pki/server/people.json"))  # of an older cifractl
        self.succeed("person", "disable", "listener", "--dir", "pki")
        self.assertTrue(self.people()["people"][0]["disabled"])


if __name__ == "__main__":
    unittest.main()
