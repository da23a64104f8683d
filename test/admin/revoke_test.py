# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""cifractl revoke and crl: what OpenSSL reads in the lists, their numbers, and what a kill in the middle leaves."""
import json
import os
import re
import shutil
import unittest

from cifractl import CA, CLIENT, Made
from tracing import needs_strace

CHAINS = {"server": "pki/server/chain.pem", "device": "pki/client/device-chain.pem", "person": "pki/client/user-chain.pem",
          "publisher": "pki/server/publisher-chain.pem"}


class Lists(Made):
    def crl(self, name):
        return self.openssl("crl", "-in", f"pki/server/crls/{name}.pem", "-noout", "-text")

    def number(self, name):
        return int(re.search(r"CRL Number: \n\s+(\d+)", self.crl(name)).group(1))

    def test_init_makes_lists_that_openssl_takes(self):
        for chain in CHAINS.values():
            self.verify(chain)
        for name, issuer in (("root", "root"), ("user-ca", "user-ca"), ("device-ca", "device-ca"), ("server-ca", "server-ca"),
                             ("publisher-ca", "publisher-ca")):
            text = self.openssl("crl", "-in", f"pki/server/crls/{name}.pem", "-noout", "-text", "-CAfile", f"pki/ca/{issuer}.pem")
            self.assertIn("No Revoked Certificates", text)
            self.assertIn("X509v3 Authority Key Identifier", text)
            self.assertEqual(self.number(name), 1)

    def test_every_kind_of_key_signs_lists(self):
        for kind in ("p384", "ed25519", "rsa2048"):
            with self.subTest(kind):
                self.succeed("init", "--dir", kind, "--key", kind, lines=(CA, "b", "c"))
                self.succeed("person", "revoke", "listener", "--dir", kind, lines=(CA,))
                self.openssl("crl", "-in", f"{kind}/server/crls/user-ca.pem", "-noout", "-CAfile", f"{kind}/ca/user-ca.pem")

    def test_revoked(self):
        for noun, name, reason, words in (("person", "listener", "keyCompromise", "Key Compromise"),
                                          ("device", "device1", "cessationOfOperation", "Cessation Of Operation"),
                                          ("server", "localhost", "superseded", "Superseded"),
                                          ("publisher", "publisher", "affiliationChanged", "Affiliation Changed")):
            with self.subTest(noun):
                role = {"person": "user"}.get(noun, noun)
                chain = shutil.copy(self.path(CHAINS[noun]), self.path("chain.pem"))
                serial = self.serial(chain)
                out = self.succeed(noun, "revoke", name, "--dir", "pki", "--reason", reason, lines=(CA,))
                self.assertEqual(out, f"pki/server/crls/{role}-ca.pem\n")
                text = self.crl(role + "-ca")
                self.assertIn(serial.upper(), text)
                self.assertIn(words, text)
                self.verify("chain.pem", wanted=1)
                listed = json.loads(self.succeed(noun, "list", "--dir", "pki", "--json"))
                self.assertEqual([(one["name"], one["revoked"], one["reason"]) for one in listed], [(name, True, reason)])
                self.assertRegex(self.succeed(noun, "list", "--dir", "pki"), rf"  {name}  revoked \d{{4}}-\d\d-\d\d {reason}\n")

    def test_without_a_reason_none_is_written(self):
        self.succeed("person", "revoke", "listener", "--dir", "pki", lines=(CA,))
        self.assertIn("Revocation Date", self.crl("user-ca"))
        self.assertNotIn("Reason Code", self.crl("user-ca"))

    def test_twice_is_once(self):
        made = self.json("person", "revoke", "listener", lines=(CA,))
        self.assertEqual(len(made["serials"]), 1)
        again = self.json("person", "revoke", "listener", lines=(CA,))
        self.assertEqual(again["serials"], [])
        self.assertEqual(again["crl_number"], made["crl_number"])

    def test_the_same_name_again(self):
        first = self.serial("pki/people/listener/user-chain.pem")
        self.refuse(4, "person", "add", "listener", "--dir", "pki", lines=(CA, CLIENT), says="exists already")
        self.succeed("person", "revoke", "listener", "--dir", "pki", lines=(CA,))
        self.assertEqual(os.listdir(self.path("pki/people")), [])
        self.assertTrue(os.path.isfile(self.path("pki/ca/revoked/people", first, "user-key.pem")))
        self.succeed("person", "add", "listener", "--dir", "pki", lines=(CA, CLIENT))
        second = self.serial("pki/people/listener/user-chain.pem")
        self.assertNotEqual(first, second)
        self.verify("pki/people/listener/user-chain.pem")
        self.succeed("person", "revoke", "listener", "--dir", "pki", lines=(CA,))
        for serial in (first, second):
            self.assertIn(serial.upper(), self.crl("user-ca"))

    def test_what_was_renewed_is_revoked_too(self):
        first = self.serial("pki/client/device-chain.pem")
        self.succeed("device", "renew", "device1", "--dir", "pki", lines=(CA,))
        second = self.serial("pki/client/device-chain.pem")
        self.succeed("device", "revoke", "device1", "--dir", "pki", lines=(CA,))
        for serial in (first, second):
            self.assertIn(serial.upper(), self.crl("device-ca"))

    def test_a_revoked_one_is_never_renewed(self):
        self.succeed("device", "revoke", "device1", "--dir", "pki", lines=(CA,))
        self.refuse(3, "device", "renew", "device1", "--dir", "pki", lines=(CA,), says="there is no device 'device1'")
        out = self.succeed("renew", "--all", "--dir", "pki", lines=(CA,))
        self.assertNotIn("device1", out)
        self.assertFalse(os.path.exists(self.path("pki/ca/issued/devices/device1.pem")))

    def test_deltas(self):
        self.json("crl", "--days", "20", lines=(CA,))
        base = self.number("user-ca")
        self.succeed("person", "add", "second", "--dir", "pki", lines=(CA, CLIENT))
        serial = self.serial("pki/people/second/user-chain.pem")
        shutil.copy(self.path("pki/server/crls/user-ca.pem"), self.path("base.pem"))
        self.succeed("person", "revoke", "second", "--dir", "pki", lines=(CA,))
        # As if the base had not come along with it.
        shutil.copy(self.path("base.pem"), self.path("pki/ca/crl/user-ca.pem"))
        made = self.json("crl", "--delta", "--days", "2", lines=(CA,))
        delta = [one for one in made if one["file"].endswith("user-ca-delta.pem")][0]
        self.assertEqual((delta["base"], delta["number"], delta["revoked"]), (base, base + 1, 1))
        text = self.crl("user-ca-delta")
        self.assertIn("X509v3 Delta CRL Indicator: critical", text)
        self.assertIn(serial.upper(), text)
        self.openssl("crl", "-in", "pki/server/crls/user-ca-delta.pem", "-noout", "-CAfile", "pki/ca/user-ca.pem")
        self.json("crl", lines=(CA,))
        self.assertFalse(os.path.exists(self.path("pki/server/crls/user-ca-delta.pem")))
        self.assertGreater(self.number("user-ca"), delta["number"])
        self.assertIn(serial.upper(), self.crl("user-ca"))

    def test_the_root_key_may_be_elsewhere(self):
        os.rename(self.path("pki/ca/root-key.pem"), self.path("root-key.pem"))
        status, out, words = self.run_it("crl", "--dir", "pki", lines=(CA,))
        self.assertEqual(status, 0, words)
        self.assertNotIn("root.pem", out)
        self.assertIn("The list of the root stays as it is", words)
        os.remove(self.path("pki/ca/crl/root.pem"))
        self.refuse(3, "crl", "--dir", "pki", lines=(CA,), says="root-key.pem: No such file")

    def test_refusals(self):
        self.refuse(3, "person", "revoke", "listner", "--dir", "pki", lines=(CA,),
                    says=["there is no person 'listner'", "did you mean 'listener'?"])
        self.refuse(2, "person", "revoke", "listener", "--reason", "boredom", "--dir", "pki", says="keyCompromise")
        self.refuse(13, "person", "revoke", "listener", "--dir", "pki", lines=("wrong",), says="wrong passphrase")
        self.assertFalse(os.path.exists(self.path("pki/ca/revoked.json")))
        self.refuse(3, "crl", "--dir", "nowhere", lines=(CA,), says="nowhere: no folder")
        self.write("pki/ca/revoked.json", '{"version":1,"revoked":[{"serial":"zz"}]}')
        self.refuse(3, "person", "revoke", "listener", "--dir", "pki", lines=(CA,), says=["revoked.json: revoked[0]", "backup"])
        os.remove(self.path("pki/ca/revoked.json"))
        self.write("pki/ca/crl/user-ca.pem", "nonsense")
        self.refuse(3, "crl", "--dir", "pki", lines=(CA,), says="user-ca.pem: not a CRL")

    @needs_strace
    def test_killed_anywhere_it_is_made_up_for(self):
        serial = self.serial("pki/client/user-chain.pem")
        for call in ("rename", "fsync"):
            number = 1
            while self.killed_at(call, number, "person", "revoke", "listener", "--dir", "pki", lines=(CA,)):
                with self.subTest(call=call, number=number):
                    before = self.number("user-ca")
                    self.succeed("person", "revoke", "listener", "--dir", "pki", lines=(CA,))
                    self.assertIn(serial.upper(), self.crl("user-ca"))
                    self.assertGreaterEqual(self.number("user-ca"), before)
                    self.assertEqual(os.listdir(self.path("pki/ca/issued/people")), [])
                    self.assertEqual(os.listdir(self.path("pki/people")), [])
                    self.verify("pki/server/chain.pem")
                shutil.rmtree(self.path("pki"))
                shutil.copytree(os.path.join(self.made, "pki"), self.path("pki"))
                number += 1 if call == "rename" else 4
            self.assertGreater(number, 3, "it was never killed")
            shutil.rmtree(self.path("pki"))
            shutil.copytree(os.path.join(self.made, "pki"), self.path("pki"))


if __name__ == "__main__":
    unittest.main()
