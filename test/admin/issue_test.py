# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""cifractl device and person: add and list."""
import json
import os
import resource
import shutil
import subprocess

from cifractl import CA, CLIENT, PROGRAM, SECRETS, Made, environment


class Issue(Made):
    def names(self, noun):
        return [entry["name"] for entry in json.loads(self.succeed(noun, "list", "--dir", "pki", "--json"))]

    def test_a_person_a_device_and_a_publisher(self):
        for noun, folder, role, number in (("person", "people", "user", 3), ("device", "devices", "device", 2),
                                           ("publisher", "publishers", "publisher", 4)):
            with self.subTest(noun):
                out = self.succeed(noun, "add", "second one", "--dir", "pki", lines=(CA, CLIENT))
                self.assertEqual(out, f"pki/{folder}/second one\n")
                chain = f"pki/{folder}/second one/{role}-chain.pem"
                key = f"pki/{folder}/second one/{role}-key.pem"
                self.openssl("verify", "-x509_strict", "-CAfile", "pki/ca/root.pem", "-untrusted", chain, chain)
                self.openssl("pkey", "-in", key, "-passin", "pass:" + CLIENT, "-noout")
                self.assertEqual(os.stat(self.path(key)).st_mode & 0o7777, 0o600)
                text = self.openssl("x509", "-in", chain, "-noout", "-subject", "-ext", "extendedKeyUsage")
                self.assertIn("CN = second one", text)
                self.assertIn(f"1.3.6.1.4.1.32473.1.{number}", text)
                self.assertIn("second one", self.names(noun))
        self.assertEqual(self.names("person"), ["listener", "second one"])
        self.assertEqual(self.names("device"), ["device1", "second one"])
        self.assertEqual(self.names("publisher"), ["publisher", "second one"])

    def test_json_and_days(self):
        made = json.loads(self.succeed("person", "add", "short", "--dir", "pki", "--days", "5", "--key", "ed25519",
                                       "--json", lines=(CA, CLIENT)))
        self.assertEqual(made["name"], "short")
        self.assertTrue(os.path.isfile(self.path(made["dir"], "user-key.pem")))
        self.openssl("x509", "-in", "pki/people/short/user-chain.pem", "-noout", "-checkend", str(5 * 86400), wanted=1)

    def test_no_certificate_outlives_its_ca(self):
        self.succeed("person", "add", "long", "--dir", "pki", "--days", "3650", lines=(CA, CLIENT))
        end = [self.openssl("x509", "-in", "pki/" + file, "-noout", "-enddate")
               for file in ("people/long/user-chain.pem", "ca/user-ca.pem")]
        self.assertEqual(*end)

    def test_serial_numbers_differ(self):
        entries = json.loads(self.succeed("person", "list", "--dir", "pki", "--json"))
        entries += json.loads(self.succeed("device", "list", "--dir", "pki", "--json"))
        self.assertEqual(len({entry["serial"] for entry in entries}), 2)
        self.assertTrue(all(len(entry["serial"]) >= 30 for entry in entries))

    def test_the_folder_from_the_environment(self):
        done = subprocess.run([PROGRAM, "person", "list"], env=environment() | {"CIFRA_DIR": self.path("pki")},
                              text=True, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"^\d{4}-\d\d-\d\d  \d{4}-\d\d-\d\d  listener\n$")

    def test_expired_ones_are_marked(self):
        with open(self.path("extensions"), "w", encoding="ascii") as file:
            file.write("basicConstraints=CA:FALSE\n")
        self.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "k",
                     "-subj", "/CN=old", "-out", "csr")
        self.openssl("x509", "-req", "-in", "csr", "-CA", "pki/ca/user-ca.pem", "-CAkey", "pki/ca/user-ca-key.pem",
                     "-passin", "pass:" + CA, "-days", "-1", "-extfile", "extensions", "-out",
                     "pki/ca/issued/people/old.pem")
        self.assertRegex(self.succeed("person", "list", "--dir", "pki"), r"  old  expired\n")

    def test_the_same_name_twice(self):
        self.refuse(4, "person", "add", "listener", "--dir", "pki", lines=(CA, CLIENT), says="exists already")
        shutil.rmtree(self.path("pki/people/listener"))  # handed over; the record stays
        self.refuse(4, "person", "add", "listener", "--dir", "pki", lines=(CA, CLIENT), says="exists already")
        self.succeed("device", "add", "listener", "--dir", "pki", lines=(CA, CLIENT))

    def test_wrong_passphrase(self):
        self.refuse(13, "person", "add", "second", "--dir", "pki", lines=("wrong", CLIENT), says="wrong passphrase")
        self.refuse(13, "person", "add", "second", "--dir", "pki", lines=(CA,), says="no (further) line")
        self.refuse(13, "person", "add", "second", "--dir", "pki", says="no terminal to ask")
        self.assertEqual(self.names("person"), ["listener"])
        self.assertEqual(os.listdir(self.path("pki/people")), ["listener"])

    def test_passphrases_as_credentials_of_a_service(self):
        os.mkdir(self.path("credentials"))
        for name, value in (("cifra-ca", CA), ("cifra-client", CLIENT)):
            with open(self.path("credentials", name), "w", encoding="ascii") as file:
                file.write(value)
        done = subprocess.run([PROGRAM, "person", "add", "second", "--dir", "pki"], cwd=self.folder, text=True,
                              env=environment() | {"CREDENTIALS_DIRECTORY": self.path("credentials")},
                              capture_output=True, start_new_session=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.names("person"), ["listener", "second"])

    def test_no_such_folder(self):
        self.refuse(3, "person", "list", "--dir", "nowhere", says=["nowhere: no folder that 'cifractl init' made",
                                                                  "cifractl init --dir nowhere"])
        self.refuse(3, "person", "add", "x", "--dir", "nowhere", lines=SECRETS, says="nowhere: no folder")

    def test_damaged_folders(self):
        os.rename(self.path("pki/ca/user-ca-key.pem"), self.path("away"))
        self.refuse(3, "person", "add", "x", "--dir", "pki", lines=(CA, CLIENT),
                    says="user-ca-key.pem: No such file or directory")
        shutil.copy(self.path("pki/ca/device-ca-key.pem"), self.path("pki/ca/user-ca-key.pem"))
        self.refuse(3, "person", "add", "x", "--dir", "pki", lines=(CA, CLIENT), says="is not the key of")
        shutil.copy(self.path("pki/ca/device-ca.pem"), self.path("pki/ca/user-ca.pem"))
        self.refuse(3, "person", "add", "x", "--dir", "pki", lines=(CA, CLIENT), says="not a CA for this role")
        with open(self.path("pki/ca/issued/people/odd.pem"), "w", encoding="ascii") as file:
            file.write("nonsense")
        self.refuse(3, "person", "list", "--dir", "pki", says="odd.pem: no certificate in it")

    def test_a_disk_that_cannot_be_written(self):
        self.refuse(10, "person", "add", "second", "--dir", "pki", lines=(CA, CLIENT), says="File too large",
                    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)))
        self.assertEqual(self.names("person"), ["listener"])
        self.assertEqual(os.listdir(self.path("pki/people")), ["listener"])

    def test_wrong_names(self):
        for name in ("a/b", "..", " x", "a\x1b[31m"):
            with self.subTest(name):
                self.refuse(2, "person", "add", "--dir", "pki", "--", name, lines=(), says="this name of a person")
        self.refuse(2, "person", "add", "--dir", "pki", says="name is required")
