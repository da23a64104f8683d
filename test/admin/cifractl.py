# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Runs cifractl the way a user does, with passphrases on a descriptor."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "support"))
from tracing import strace

PROGRAM = os.environ["CIFRACTL"]
CA, SERVER, CLIENT = "ca secret one", "server secret two", "client secret three"
SECRETS = (CA, SERVER, CLIENT)


def environment():
    kept = {key: value for key, value in os.environ.items() if key not in ("CIFRA_DIR", "CREDENTIALS_DIRECTORY")}
    return kept | {"LC_ALL": "C.UTF-8", "CIFRA_PBKDF2_ROUNDS": "1000"}  # the usual ones were most of what the tests took


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="cifractl-test-")
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def run_it(self, *arguments, lines=(), **options):
        """Gives (status, stdout, stderr); `lines` are what --passphrase-fd reads from standard input."""
        given = [PROGRAM, *arguments] + (["--passphrase-fd", "0"] if lines else [])
        done = subprocess.run(given, input="".join(line + "\n" for line in lines), text=True, capture_output=True,
                              cwd=self.folder, env=environment(), timeout=120, check=False,
                              start_new_session=True, **options)
        for secret in SECRETS:
            self.assertNotIn(secret, done.stdout + done.stderr)
        return done.returncode, done.stdout, done.stderr

    def succeed(self, *arguments, **options):
        status, out, words = self.run_it(*arguments, **options)
        self.assertEqual(status, 0, words)
        return out

    def refuse(self, wanted, *arguments, says, **options):
        status, out, words = self.run_it(*arguments, **options)
        self.assertEqual(status, wanted, words)
        self.assertEqual(out, "")
        self.assertTrue(words.startswith("cifractl: "), words)
        for part in [says] if isinstance(says, str) else says:
            self.assertIn(part, words)
        return words

    def init(self, *arguments):
        return self.succeed("init", "--dir", "pki", *arguments, lines=SECRETS)

    def openssl(self, *arguments, wanted=0):
        done = subprocess.run(["openssl", *arguments], cwd=self.folder, text=True, capture_output=True, timeout=60,
                              check=False)
        self.assertEqual(done.returncode == 0, wanted == 0, done.stderr)
        return done.stdout

    def left_behind(self):
        return sorted(os.listdir(self.folder))


class Made(Case):
    """Cases that begin with what init made: made once, and copied for each."""

    @classmethod
    def setUpClass(cls):
        cls.made = tempfile.mkdtemp(prefix="cifractl-test-")
        cls.addClassCleanup(shutil.rmtree, cls.made)
        subprocess.run([PROGRAM, "init", "--dir", "pki", "--passphrase-fd", "0"], cwd=cls.made, env=environment(),
                       input="".join(line + "\n" for line in SECRETS), text=True, capture_output=True, check=True)

    def setUp(self):
        super().setUp()
        shutil.copytree(os.path.join(self.made, "pki"), self.path("pki"))

    def text(self, *parts):
        with open(self.path(*parts), encoding="utf-8") as file:
            return file.read()

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return name

    def json(self, *arguments, wanted=0, **options):
        status, out, words = self.run_it(*arguments, "--dir", "pki", "--json", **options)
        self.assertEqual(status, wanted, words)
        return json.loads(out)

    def serial(self, certificate):
        return self.openssl("x509", "-in", certificate, "-noout", "-serial").strip().split("=")[1].lower()

    def verify(self, chain, *more, wanted=0):
        """By OpenSSL, against the root and the CRLs that cifractl wrote for the server."""
        crls = b""
        for name in ("root", "server-ca", "device-ca", "user-ca", "publisher-ca"):
            with open(self.path("pki/server/crls", name + ".pem"), "rb") as file:
                crls += file.read()
        self.write("crls.pem", crls)
        return self.openssl("verify", "-x509_strict", "-crl_check_all", "-CRLfile", "crls.pem", "-CAfile", "pki/ca/root.pem",
                            "-untrusted", chain, *more, chain, wanted=wanted)

    def killed_at(self, call, number, *arguments, lines=()):
        """Runs it until the given call of this sort; gives whether it came to that."""
        done = subprocess.run([*strace(f"{call}:signal=SIGKILL:when={number}"), PROGRAM, *arguments, "--passphrase-fd", "0"],
                              input="".join(line + "\n" for line in lines), text=True, capture_output=True,
                              cwd=self.folder, env=environment(), timeout=120, check=False)
        return done.returncode == -9 or done.returncode == 137
