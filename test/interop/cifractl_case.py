# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""A test case whose server and client have the certificates and keys that `cifractl init` makes.

Environment: CIFRAD, CIFRACTL, the paths of the programs.
"""

import hashlib
import os
import random
import shutil
import tempfile
import time
import unittest

from cifra_certificates import Identity, load_roots
from cifra_client import Client
from cifra_connection import Options
from fixtures import PASSPHRASE, Server, with_passphrases

CHUNK = 16384
RECORDING = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "media", "gunroar-0-part-2.mp3")
CLIENT_PASSPHRASE = b"the client's"


class WithServer(unittest.TestCase):
    """One server for the tests of a class."""
    config = ""
    folder = pki = None

    @classmethod
    def setUpClass(cls):
        client = os.path.join(cls.pki, "client")
        cls.roots = load_roots(os.path.join(client, "server-roots.pem"))
        cls.device, cls.user = [Identity.load(os.path.join(client, who + "-chain.pem"), os.path.join(client, who + "-key.pem"),
                                              CLIENT_PASSPHRASE) for who in ("device", "user")]
        cls.serve(cls.__name__, os.path.join(cls.pki, "server"))

    @classmethod
    def serve(cls, name, certificates):
        cls.server = Server(os.environ["CIFRAD"], os.path.join(cls.folder, name), certificates, PASSPHRASE, cls.config)
        cls.items = {"long.bin": random.randbytes(14 * CHUNK + 5), "short.bin": random.randbytes(5 * CHUNK), "empty.bin": b""}
        with open(RECORDING, "rb") as f:
            cls.items["tune.mp3"] = f.read()
        for item, data in cls.items.items():
            with open(os.path.join(cls.server.media, item), "wb") as f:
                f.write(data)
        cls.server.start()
        cls.addClassCleanup(cls.server.stop)

    def client(self, **options):
        c = Client(self.server.address, Options(**options), self.roots, self.device, self.user)
        self.addCleanup(c.sock.close)
        return c

    def logged_in(self, **options):
        c = self.client(**options)
        c.login()
        return c

    def save(self, c, name):
        entry = next(e for e in c.list() if e.name == name)
        manifest, data = c.save(entry.id)
        self.assertEqual((manifest.name, manifest.size, manifest.sha256),
                         (name, len(self.items[name]), hashlib.sha256(self.items[name]).digest()))
        self.assertEqual(data, self.items[name])

    def wait_listed(self, c, name, size):
        """An upload stands in the catalogue soon after its OK."""
        until = time.monotonic() + 5
        while time.monotonic() < until:
            found = [e for e in c.list(name) if e.name.endswith(name)]
            if found:
                self.assertEqual([e.size for e in found], [size])
                return found[0]
            time.sleep(0.05)
        self.fail(f"{name} is not listed")

    def upload_and_save(self, c, name, data):
        c.upload(name, data, CHUNK)
        entry = self.wait_listed(c, name, len(data))
        self.assertEqual(c.save(entry.id)[1], data)

    def every_message(self, c, name, data):
        self.assertEqual(c.list("long")[0].size, len(self.items["long.bin"]))
        before = c.rotations
        self.save(c, "long.bin")
        self.assertGreaterEqual(c.rotations - before, 3, "no rotations in a download of 15 chunks with N = 4")
        before = c.rotations
        c.upload(name, data, CHUNK)
        self.assertGreaterEqual(c.rotations - before, 2, "no rotations in an upload of 10 chunks with N = 4")
        self.wait_listed(c, name, len(data))
        c.goodbye()


def set_up():
    """For setUpModule."""
    WithServer.folder = tempfile.mkdtemp(prefix="cifra-interop-")
    unittest.addModuleCleanup(shutil.rmtree, WithServer.folder)
    WithServer.pki = os.path.join(WithServer.folder, "pki")
    init = with_passphrases([os.environ["CIFRACTL"], "init", "--dir", WithServer.pki, "--person", "listener", "--device", "device1"],
                            b"the CA's", PASSPHRASE, CLIENT_PASSPHRASE)
    output = init.communicate(timeout=60)[0]
    if init.returncode:
        raise AssertionError(output.decode())
