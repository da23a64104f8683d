# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""cifractl needs-renewal and renew: from cron, again and again, and stopped in the middle."""
import os
import subprocess
import unittest

import authority
from cifractl import CA, CLIENT, PROGRAM, Made, environment
from tracing import needs_strace, strace

LEAVES = (("server", "localhost", "pki/server/chain.pem"), ("device", "device1", "pki/client/device-chain.pem"),
          ("person", "listener", "pki/client/user-chain.pem"), ("publisher", "publisher", "pki/server/publisher-chain.pem"))


class Renewal(Made):
    def due(self, *arguments):
        return {(one["kind"], one["name"]) for one in self.json("needs-renewal", *arguments, wanted=20)}

    def key_of(self, chain):
        return self.openssl("x509", "-in", chain, "-noout", "-pubkey")

    def make_old(self, role, folder, name):
        """As if it had been issued two years ago: ten days are left."""
        record = self.path("pki/ca/issued", folder, name + ".pem")
        old = authority.redated(self.path("pki"), role, record, -720, 10)
        with open(record, "wb") as file:
            file.write(old)
        return old

    def test_nothing_to_do_is_said_by_silence(self):
        for verb in ("needs-renewal", "renew"):
            self.assertEqual(self.run_it(verb, "--dir", "pki"), (0, "", ""))
            self.assertEqual(self.succeed(verb, "--dir", "pki", "--json"), "[]\n")

    def test_what_ends_soon_is_renewed_once(self):
        self.make_old("device", "devices", "device1")
        self.assertEqual(self.due(), {("device", "device1")})
        self.assertEqual(self.run_it("needs-renewal", "--dir", "pki", "--within", "9"), (0, "", ""))
        key, serial = self.key_of("pki/client/device-chain.pem"), self.serial("pki/client/device-chain.pem")
        made = self.json("renew", lines=(CA,))
        self.assertIn(("device", "device1"), {(one["kind"], one["name"]) for one in made})
        for chain in ("pki/client/device-chain.pem", "pki/devices/device1/device-chain.pem"):
            self.assertEqual(self.key_of(chain), key)
            self.assertNotEqual(self.serial(chain), serial)
            self.verify(chain)
        self.openssl("x509", "-in", "pki/client/device-chain.pem", "-noout", "-checkend", str(700 * 86400))
        self.assertEqual(self.run_it("renew", "--dir", "pki"), (0, "", ""))

    def test_all_of_them(self):
        before = {chain: (self.key_of(chain), self.serial(chain)) for _, _, chain in LEAVES}
        cas = {name: self.serial(f"pki/ca/{name}.pem")
               for name in ("root", "server-ca", "device-ca", "user-ca", "publisher-ca")}
        self.succeed("renew", "--all", "--dir", "pki", lines=(CA,))
        for chain, (key, serial) in before.items():
            self.assertEqual(self.key_of(chain), key)
            self.assertNotEqual(self.serial(chain), serial)
            self.verify(chain)
            self.openssl("pkey", "-in", chain.replace("-chain", "-key").replace("chain.pem", "key.pem"), "-passin",
                         "pass:" + ("server secret two" if "server" in chain else CLIENT), "-noout")
        for name, serial in cas.items():
            self.assertEqual(self.serial(f"pki/ca/{name}.pem") == serial, name == "root", name)
        names = self.openssl("x509", "-in", "pki/server/chain.pem", "-noout", "-ext", "subjectAltName")
        self.assertIn("DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1", names)
        self.assertEqual(self.run_it("needs-renewal", "--dir", "pki"), (0, "", ""))

    def test_one_by_name(self):
        for noun, name, chain in LEAVES:
            with self.subTest(noun):
                key, serial = self.key_of(chain), self.serial(chain)
                out = self.succeed(noun, "renew", name, "--days", "5", "--dir", "pki", lines=(CA,))
                self.assertIn(chain + "\n", out)
                self.assertEqual(self.key_of(chain), key)
                self.assertNotEqual(self.serial(chain), serial)
                self.openssl("x509", "-in", chain, "-noout", "-checkend", str(6 * 86400), wanted=1)
                self.verify(chain)
                self.assertEqual(self.run_it("renew", "--within", "1", "--dir", "pki"), (0, "", ""))

    def test_the_same_life_as_before(self):
        self.succeed("person", "add", "short", "--days", "10", "--dir", "pki", lines=(CA, CLIENT))
        self.assertEqual(self.run_it("needs-renewal", "--dir", "pki"), (0, "", ""))  # not each day of its ten
        self.succeed("renew", "--within", "11", "--dir", "pki", lines=(CA,))
        self.openssl("x509", "-in", "pki/people/short/user-chain.pem", "-noout", "-checkend", str(11 * 86400), wanted=1)
        self.openssl("x509", "-in", "pki/people/short/user-chain.pem", "-noout", "-checkend", str(9 * 86400))

    def test_an_issuing_ca_that_ends(self):
        old = authority.redated(self.path("pki"), "user", self.path("pki/ca/issued/people/listener.pem"), -1, 20)
        self.write("pki/ca/issued/people/listener.pem", old)
        self.write("pki/people/listener/user-chain.pem", old + self.text("pki/ca/user-ca.pem").encode())
        self.shorten_ca("user", 20)
        self.assertEqual(self.due("--within", "25"), {("ca", "user-ca"), ("person", "listener")} | self.files_due())
        ca_key = self.key_of("pki/ca/user-ca.pem")
        self.succeed("renew", "--within", "25", "--dir", "pki", lines=(CA,))
        self.assertEqual(self.key_of("pki/ca/user-ca.pem"), ca_key)
        for chain in ("pki/people/listener/user-chain.pem", "pki/client/user-chain.pem"):
            self.verify(chain)
        self.openssl("x509", "-in", "pki/ca/user-ca.pem", "-noout", "-checkend", str(3000 * 86400))
        self.assertEqual(self.run_it("needs-renewal", "--within", "15", "--dir", "pki"), (0, "", ""))

    def files_due(self):
        return {one for one in self.due("--within", "25") if one[0] == "file"}

    def shorten_ca(self, role, days):
        path = self.path(f"pki/ca/{role}-ca.pem")
        os.rename(self.path("pki/ca/root-key.pem"), self.path("pki/ca/root-ca-key.pem"))
        short = authority.redated(self.path("pki"), "root", path, -3000, days)
        os.rename(self.path("pki/ca/root-ca-key.pem"), self.path("pki/ca/root-key.pem"))
        with open(path, "wb") as file:
            file.write(short)

    def test_the_rest_does_not_wait_for_the_key_of_the_root(self):
        os.rename(self.path("pki/ca/root-key.pem"), self.path("elsewhere"))
        serial = self.serial("pki/client/user-chain.pem")
        status, out, words = self.run_it("renew", "--all", "--dir", "pki", lines=(CA,))
        self.assertEqual(status, 3, words)
        self.assertIn("root-key.pem: No such file", words)
        self.assertIn("person  listener", out)
        self.assertNotEqual(self.serial("pki/client/user-chain.pem"), serial)

    def test_lists_in_the_last_third_of_their_life(self):
        for age, due in ((50, False), (70, True), (100, True)):
            with self.subTest(age):
                aged = authority.aged_crl(self.path("pki"), "user", age, 90)
                for folder in ("ca/crl", "server/crls"):
                    self.write(f"pki/{folder}/user-ca.pem", aged)
                if not due:
                    self.assertEqual(self.run_it("needs-renewal", "--dir", "pki"), (0, "", ""))
                    continue
                self.assertEqual(self.due(), {("crl", "user-ca")})
                self.succeed("renew", "--dir", "pki", lines=(CA,))
                self.verify("pki/client/user-chain.pem")
                text = self.openssl("crl", "-in", "pki/server/crls/user-ca.pem", "-noout", "-crlnumber", "-text")
                self.assertIn("X509v3 CRL Number: \n                8", text)

    def test_lists_and_chains_that_went_missing_come_back(self):
        os.remove(self.path("pki/server/crls/user-ca.pem"))
        self.assertEqual(self.due(), {("file", "pki/server/crls/user-ca.pem")})
        self.assertEqual(self.json("renew")[0]["name"], "pki/server/crls/user-ca.pem")  # no passphrase
        os.remove(self.path("pki/ca/crl/device-ca.pem"))
        os.remove(self.path("pki/server/crls/device-ca.pem"))
        self.assertEqual(self.due(), {("crl", "device-ca")})
        self.succeed("renew", "--dir", "pki", lines=(CA,))
        self.verify("pki/client/device-chain.pem")

    def test_a_chain_that_somebody_renewed_by_other_means_stays(self):
        longer = authority.redated(self.path("pki"), "server", self.path("pki/ca/issued/servers/localhost.pem"), -1, 900)
        self.write("pki/server/chain.pem", longer + self.text("pki/ca/server-ca.pem").encode())
        self.assertEqual(self.run_it("renew", "--dir", "pki"), (0, "", ""))
        self.assertTrue(self.text("pki/server/chain.pem").startswith(longer.decode()))

    def test_modes_are_kept(self):
        os.chmod(self.path("pki/server/chain.pem"), 0o640)
        self.succeed("renew", "--all", "--dir", "pki", lines=(CA,))
        self.assertEqual(os.stat(self.path("pki/server/chain.pem")).st_mode & 0o777, 0o640)

    def test_refusals(self):
        self.refuse(3, "server", "renew", "localhos", "--dir", "pki", lines=(CA,), says="did you mean 'localhost'?")
        self.refuse(13, "renew", "--all", "--dir", "pki", lines=("wrong",), says="wrong passphrase")
        self.refuse(13, "renew", "--all", "--dir", "pki", says="no terminal to ask")
        self.refuse(3, "needs-renewal", "--dir", "nowhere", says="nowhere: no folder")
        self.refuse(2, "renew", "--within", "x", "--dir", "pki", says="--within")

    @needs_strace
    def test_killed_anywhere_it_goes_on(self):
        keys = {chain: self.key_of(chain) for _, _, chain in LEAVES}
        number, kills = 1, 0
        while self.killed_at("rename", number, "renew", "--all", "--dir", "pki", lines=(CA,)):
            kills += 1
            with self.subTest(number):
                for chain in keys:  # whole, old or new
                    self.openssl("verify", "-CAfile", "pki/ca/root.pem", "-untrusted", chain, chain)
                self.succeed("renew", "--dir", "pki", lines=(CA,))
                self.assertEqual(self.run_it("needs-renewal", "--dir", "pki"), (0, "", ""))
                for chain, key in keys.items():
                    self.verify(chain)
                    self.assertEqual(self.key_of(chain), key)
            number += 4
        self.assertGreater(kills, 3)
        # What never got its name went with the first run that changed something.
        self.assertEqual([name for name in os.listdir(self.path("pki/ca")) if name.startswith(".")], [".lock"])

    @needs_strace
    def test_a_disk_that_fills(self):
        for number in (3, 12, 30):
            with self.subTest(number):
                done = subprocess.run([*strace(f"fsync:error=ENOSPC:when={number}+"), PROGRAM, "renew", "--all", "--dir", "pki",
                                       "--passphrase-fd", "0"], input=CA + "\n", text=True, capture_output=True, cwd=self.folder,
                                      env=environment(), timeout=120, check=False)
                self.assertEqual(done.returncode, 10, done.stderr)
                self.assertIn("the disk is full", done.stderr)
                self.run_it("renew", "--dir", "pki", lines=(CA,))
                for _, _, chain in LEAVES:
                    self.verify(chain)

    def test_two_at_a_time_wait_for_each_other(self):
        runs = [subprocess.Popen([PROGRAM, "person", "add", f"listener {i}", "--dir", "pki", "--passphrase-fd", "0"],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.folder,
                                 env=environment(), text=True) for i in range(4)]
        renewal = subprocess.Popen([PROGRAM, "renew", "--all", "--dir", "pki", "--passphrase-fd", "0"], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.folder, env=environment(), text=True)
        for run in runs:
            self.assertEqual(run.communicate(f"{CA}\n{CLIENT}\n", timeout=120)[0][:11], "pki/people/")
        self.assertEqual((renewal.communicate(CA + "\n", timeout=120), renewal.returncode)[1], 0)
        self.assertEqual(self.run_it("renew", "--dir", "pki", lines=(CA,))[0], 0)
        for i in range(4):
            self.verify(f"pki/people/listener {i}/user-chain.pem")


if __name__ == "__main__":
    unittest.main()
