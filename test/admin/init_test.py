# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""cifractl init: what it makes, and what it refuses without leaving anything behind."""
import json
import os
import resource
import signal
import subprocess
import time
import tomllib
import unittest

from cifractl import CA, CLIENT, PROGRAM, SECRETS, SERVER, Case, environment


class Init(Case):
    def test_what_is_made(self):
        self.assertEqual(self.init(), "pki\n")
        self.assertEqual(self.left_behind(), ["pki"])
        for file in ("ca/root.pem", "server/chain.pem", "server/device-roots.pem", "server/user-roots.pem",
                     "server/publisher-chain.pem", "client/publisher-roots.pem", "ca/issued/publishers/publisher.pem",
                     "client/cifra.toml", "client/server-roots.pem", "client/device-chain.pem",
                     "devices/device1/device-chain.pem", "people/listener/user-chain.pem",
                     "ca/issued/people/listener.pem"):
            self.assertTrue(os.path.isfile(self.path("pki", file)), file)
        for folder in ("server/vault/items", "server/vault/incoming", "server/state"):
            self.assertTrue(os.path.isdir(self.path("pki", folder)), folder)
        self.assertEqual(os.stat(self.path("pki/ca")).st_mode & 0o777, 0o700)

    def test_every_key_is_encrypted_and_private(self):
        self.init()
        keys = {"ca/root-key.pem": CA, "ca/server-ca-key.pem": CA, "ca/device-ca-key.pem": CA,
                "ca/user-ca-key.pem": CA, "ca/publisher-ca-key.pem": CA, "server/key.pem": SERVER,
                "server/publisher-key.pem": SERVER, "client/device-key.pem": CLIENT,
                "client/user-key.pem": CLIENT, "devices/device1/device-key.pem": CLIENT,
                "people/listener/user-key.pem": CLIENT}
        found = {os.path.relpath(os.path.join(at, name), self.path("pki"))
                 for at, _, names in os.walk(self.path("pki")) for name in names if name.endswith("key.pem")}
        self.assertEqual(found, set(keys))
        for file, passphrase in keys.items():
            with self.subTest(file):
                self.assertEqual(os.stat(self.path("pki", file)).st_mode & 0o7777, 0o600)
                self.openssl("pkey", "-in", "pki/" + file, "-passin", "pass:" + passphrase, "-check", "-noout")
                self.openssl("pkey", "-in", "pki/" + file, "-passin", "pass:wrong", "-noout", wanted=1)

    def test_rounds_of_the_key_derivation(self):
        usual = {key: value for key, value in environment().items() if key != "CIFRA_PBKDF2_ROUNDS"}
        for rounds, given in ((300000, {}), (1000, {"CIFRA_PBKDF2_ROUNDS": "1000"}), (500001, {"CIFRA_PBKDF2_ROUNDS": "500001"})):
            with self.subTest(rounds):
                done = subprocess.run([PROGRAM, "init", "--dir", str(rounds), "--passphrase-fd", "0"], cwd=self.folder, env=usual | given,
                                      input="\n".join(SECRETS).encode(), capture_output=True, timeout=60, check=False)
                self.assertEqual(done.returncode, 0, done.stderr)
                for key in ("ca/root-key.pem", "server/key.pem", "client/user-key.pem"):
                    self.assertRegex(self.openssl("asn1parse", "-in", f"{rounds}/{key}"), f"INTEGER +:{rounds:06X}\n|INTEGER +:{rounds:04X}\n")
        for wrong in ("", "999", "100000001", "1000x", "-1000", " 1000", "many"):
            with self.subTest(wrong):
                done = subprocess.run([PROGRAM, "init", "--dir", "wrong", "--passphrase-fd", "0"], cwd=self.folder,
                                      env=usual | {"CIFRA_PBKDF2_ROUNDS": wrong}, input="\n".join(SECRETS).encode(),
                                      capture_output=True, timeout=60, check=False)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(b"CIFRA_PBKDF2_ROUNDS is no number from 1000 to 100000000\n  unset it for as many as usual\n", done.stderr)
                self.assertFalse(os.path.exists(self.path("wrong/server")))

    def test_openssl_verifies_the_chains(self):
        self.init("--name", "music.example", "--name", "192.0.2.7", "--name", "2001:db8::7")
        for chain in ("server/chain.pem", "client/device-chain.pem", "client/user-chain.pem", "server/publisher-chain.pem"):
            self.openssl("verify", "-x509_strict", "-CAfile", "pki/ca/root.pem", "-untrusted", "pki/" + chain,
                         "pki/" + chain)
        names = self.openssl("x509", "-in", "pki/server/chain.pem", "-noout", "-ext", "subjectAltName")
        self.assertIn("DNS:music.example, IP Address:192.0.2.7, IP Address:2001:DB8:0:0:0:0:0:7", names)
        usages = self.openssl("x509", "-in", "pki/client/user-chain.pem", "-noout", "-ext", "extendedKeyUsage")
        self.assertIn("TLS Web Client Authentication, 1.3.6.1.4.1.32473.1.3", usages)
        for chain in ("server/publisher-chain.pem", "ca/publisher-ca.pem"):
            usages = self.openssl("x509", "-in", "pki/" + chain, "-noout", "-ext", "extendedKeyUsage")
            self.assertIn("Code Signing, 1.3.6.1.4.1.32473.1.4", usages)
            self.assertNotIn("Authentication", usages)

    def test_kinds_of_keys(self):
        for kind, says in (("p384", "secp384r1"), ("ed25519", "ED25519"), ("rsa2048", "2048 bit")):
            with self.subTest(kind):
                self.succeed("init", "--dir", kind, "--key", kind, lines=SECRETS)
                text = self.openssl("x509", "-in", kind + "/server/chain.pem", "-noout", "-text")
                self.assertIn(says, text)
                self.openssl("verify", "-CAfile", kind + "/ca/root.pem", "-untrusted", kind + "/server/chain.pem",
                             kind + "/server/chain.pem")

    def test_configurations(self):
        os.mkdir(self.path('mu"sic\\'))
        self.init("--media", 'mu"sic\\', "--name", "::1", "--name", "localhost", "--listen", "[::1]:7999",
                  "--listen", "127.0.0.1:7999")
        with open(self.path("pki/server/cifrad.toml"), "rb") as file:
            server = tomllib.load(file)
        self.assertEqual(server["media_dir"], os.path.realpath(self.path('mu"sic\\')))
        self.assertEqual(server["listen"], ["[::1]:7999", "127.0.0.1:7999"])
        self.assertEqual(server["protocol"]["suites"],
                         ["AES256_GCM_SHA384", "AES128_GCM_SHA256", "CHACHA20_POLY1305_SHA256"])
        for key in ("chain", "key", "device_roots", "user_roots"):
            self.assertTrue(os.path.isfile(self.path("pki/server", server["certificates"][key])))
        self.assertTrue(os.path.isdir(self.path("pki/server", server["state_dir"])))
        self.assertEqual((server["vault"]["dir"], server["ledger"]["database"]), ("", ""))
        with open(self.path("pki/client/cifra.toml"), "rb") as file:
            client = tomllib.load(file)
        self.assertEqual(client.pop("server"), "[::1]:7999")
        self.assertEqual(sorted(client), ["device_chain", "device_key", "server_roots", "user_chain", "user_key"])
        for file in client.values():
            self.assertTrue(os.path.isfile(self.path("pki/client", file)), file)

    def test_a_vault_unless_plain_files_are_lent(self):
        self.init()
        with open(self.path("pki/server/cifrad.toml"), "rb") as file:
            server = tomllib.load(file)
        self.assertEqual(server["media_dir"], "")
        self.assertEqual((server["vault"]["dir"], server["ledger"]["database"]), ("vault", "sqlite:ledger.db"))
        with open(self.path("pki/client/cifra.toml"), "rb") as file:
            client = tomllib.load(file)
        self.assertTrue(os.path.isfile(self.path("pki/client", client["publisher_roots"])))

    @unittest.skipUnless("CIFRAD" in os.environ, "cifrad is not built")
    def test_cifrad_takes_its_configuration(self):
        self.init()
        done = subprocess.run([os.environ["CIFRAD"], "-t", "--config", "pki/server/cifrad.toml", "--passphrase-fd",
                               "0"], input=SERVER + "\n", text=True, capture_output=True, cwd=self.folder,
                              env=environment(), timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_json(self):
        made = json.loads(self.init("--json", "--person", "Jürgen", "--device", "reading room", "--publisher", "a label",
                                    "--days", "10"))
        self.assertEqual(made["dir"], "pki")
        self.assertEqual(made["person"]["name"], "Jürgen")
        self.assertEqual(made["device"]["name"], "reading room")
        self.assertEqual(made["publisher"]["name"], "a label")
        self.assertEqual(made["server"]["hosts"], ["localhost", "127.0.0.1", "::1"])
        self.assertFalse(made["server"]["expired"])
        self.assertTrue(os.path.isfile(self.path(made["client_config"])))
        print_of = self.openssl("x509", "-in", "pki/client/user-chain.pem", "-noout", "-fingerprint", "-sha256")
        self.assertEqual(print_of.strip().split("=")[1].replace(":", "").lower(), made["person"]["fingerprint"])
        # Ten days, and the hour by which it begins early.
        self.openssl("x509", "-in", "pki/client/user-chain.pem", "-noout", "-checkend", str(10 * 86400 - 600))
        self.openssl("x509", "-in", "pki/client/user-chain.pem", "-noout", "-checkend", str(10 * 86400), wanted=1)


class Refusals(Case):
    def test_nothing_is_overwritten(self):
        self.init()
        with open(self.path("pki/ca/root.pem"), encoding="ascii") as file:
            before = file.read()
        self.refuse(4, "init", "--dir", "pki", lines=SECRETS, says=["pki exists already", "nothing is ever overwritten"])
        self.refuse(4, "init", "--dir", "pki/", lines=SECRETS, says="exists already")
        with open(self.path("pki/ca/root.pem"), encoding="ascii") as file:
            self.assertEqual(file.read(), before)
        os.symlink("nowhere", self.path("link"))
        self.refuse(4, "init", "--dir", "link", lines=SECRETS, says="link exists already")
        self.assertEqual(self.left_behind(), ["link", "pki"])

    def test_places_that_do_not_do(self):
        self.refuse(3, "init", "--dir", "no/pki", lines=SECRETS, says=["no: there is no such folder", "mkdir -p no"])
        with open(self.path("file"), "w", encoding="ascii"):
            pass
        self.refuse(3, "init", "--dir", "file/pki", lines=SECRETS, says="file")
        self.refuse(3, "init", "--media", "no-music", lines=SECRETS, says="no-music: there is no such folder of media")
        self.assertEqual(self.left_behind(), ["file"])

    def test_without_permission(self):
        os.mkdir(self.path("shut"))
        os.chmod(self.path("shut"), 0o555)
        os.chmod(self.folder, 0o755)

        def somebody():
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)

        if os.geteuid() == 0:
            try:
                self.assertEqual(subprocess.run([PROGRAM, "--version"], preexec_fn=somebody, check=False,
                                                 stdout=subprocess.DEVNULL).returncode, 0)
            except PermissionError:
                self.skipTest("the build folder is closed to other users")
        self.refuse(10, "init", "--dir", "shut/pki", lines=SECRETS, preexec_fn=somebody,
                    says=["shut: Permission denied", "choose a folder that you may write to"])
        self.assertEqual(os.listdir(self.path("shut")), [])

    def test_a_file_that_cannot_be_written_whole(self):
        with open(PROGRAM, "rb") as program:
            writes_before_main = b"__tsan_init" in program.read()  # a file of the sanitizer's own

        def limit(size):
            if writes_before_main:
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

        for size in (0, 700):
            self.refuse(10, "init", "--dir", "pki", lines=SECRETS, says="File too large", preexec_fn=lambda n=size: limit(n))
            self.assertEqual(self.left_behind(), [])

    def test_a_full_disk(self):
        inside = 'mount -t tmpfs -o size=64k none small && cd small && "$0" init --dir pki --passphrase-fd 0; ' \
                 's=$?; ls -A; exit $s'
        os.mkdir(self.path("small"))
        probe = ["unshare", "-rm", "sh", "-c", "mount -t tmpfs none small"]
        if subprocess.run(probe, cwd=self.folder, stderr=subprocess.DEVNULL, check=False).returncode != 0:
            self.skipTest("no mount namespaces here")
        done = subprocess.run(["unshare", "-rm", "sh", "-c", inside, PROGRAM], input="a\nb\nc\n", text=True,
                              capture_output=True, cwd=self.folder, env=environment(), timeout=60, check=False)
        self.assertEqual(done.returncode, 10, done.stderr)
        self.assertIn("No space left on device: the disk is full", done.stderr)
        self.assertEqual(done.stdout, "")

    def test_passphrases(self):
        self.refuse(13, "init", lines=SECRETS[:2], says="descriptor 0 of --passphrase-fd has no (further) line")
        self.refuse(13, "init", lines=("a", "", "c"), says="must not be empty")
        self.refuse(13, "init", "--passphrase-fd", "77", says="descriptor 77 of --passphrase-fd")
        self.refuse(13, "init", says=["no terminal to ask for a passphrase on", "--passphrase-fd", "\"cifra-ca\""])
        self.assertEqual(self.left_behind(), [])

    def test_interrupted_in_the_middle(self):
        with subprocess.Popen([PROGRAM, "init", "--dir", "pki", "--key", "rsa3072", "--passphrase-fd", "0"],
                              stdin=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.folder, env=environment()) as run:
            run.stdin.write(b"a\nb\nc\n")
            run.stdin.flush()
            while not self.left_behind():
                time.sleep(0.005)
            run.send_signal(signal.SIGINT)
            words = run.communicate(timeout=120)[1].decode()
        self.assertEqual(run.returncode, 130, words)
        self.assertIn("interrupted", words)
        self.assertEqual(self.left_behind(), [])

    def test_wrong_names(self):
        for name in ("", "a/b", ".", "..", "-x", " x", "x" * 65, "a\nb", "a\u202eb"):
            with self.subTest(name):
                given = ("--person=" + name,) if name else ("--person", name)
                self.refuse(2, "init", *given, lines=SECRETS, says="this name of a person")
        self.refuse(2, "init", "--device=a/b", lines=SECRETS, says="this name of a device contains '/'")
        for host in ("", "a b", "music.example:7411", "*.example", "-a.example", "1.2.3", "[::1]", "a..b", "müsik"):
            with self.subTest(host):
                given = ("--name=" + host,) if host else ("--name", host)
                self.refuse(2, "init", *given, lines=SECRETS, says="neither a host name nor an address")
        for listen in ("7411", "localhost:7411", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000", "::1:7411"):
            with self.subTest(listen):
                self.refuse(2, "init", "--listen", listen, lines=SECRETS, says="no address to listen on")
        self.assertEqual(self.left_behind(), [])

    def test_wrong_usage(self):
        self.refuse(2, says="A subcommand is required")
        self.refuse(2, "innit", says=["there is no use for 'innit'", "did you mean 'init'?"])
        self.refuse(2, "init", "--persn", "x", says=["there is no option '--persn'", "did you mean '--person'?"])
        self.refuse(2, "init", "--key", "dsa", says="p256")
        self.refuse(2, "init", "--days", "0", says="--days")
        self.refuse(2, "init", "extra", says="there is no use for 'extra'")
        # There is no way to give a passphrase on the command line.
        self.refuse(2, "init", "--passphrase", "x", says="there is no option '--passphrase'")
        self.assertEqual(self.left_behind(), [])

    def test_output_that_goes_nowhere(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([PROGRAM, "init", "--dir", "pki", "--passphrase-fd", "0"], input=b"a\nb\nc\n",
                                  stdout=full, stderr=subprocess.PIPE, cwd=self.folder, env=environment(), check=False)
        self.assertEqual(done.returncode, 10)
        self.assertIn(b"standard output cannot be written", done.stderr)


class Help(Case):
    def test_examples_come_first(self):
        for verb in ((), ("init",), ("device",), ("device", "add"), ("person", "list")):
            text = self.succeed(*verb, "--help")
            self.assertLess(text.index("Examples:"), text.index("Usage:"))
            self.assertIn("Exit status: 0 done", text)

    def test_version(self):
        self.assertRegex(self.succeed("--version"), r"^cifractl \d+\.\d+\.\d+\n$")


if __name__ == "__main__":
    unittest.main()
