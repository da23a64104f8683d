# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""A test case whose server and clients have certificates of an authority made here, not by cifractl."""

import os
import random
import shutil
import tempfile
import unittest

import cifra_wire as wire
from cifra_client import Client
from cifra_connection import Failed, Options, Truncated
from cifra_suites import SUITES
from fixtures import PASSPHRASE, Authority, Server, write_identity

CHUNK = 16384
CONFIG = f"""
[protocol]
suites = {[s for s in SUITES if s != "3DES_CBC_SHA256"]}
groups = ["X25519", "P-256", "ffdhe2048"]
chunk_limit = {CHUNK}
[rotation]
chunks = 4
[uploads]
max_bytes = {10 * CHUNK}
"""

class WithServer(unittest.TestCase):
    config = CONFIG

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="cifra-interop-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.authority = Authority("an authority")
        cls.device, cls.user = cls.authority.issue("device", "desk"), cls.authority.issue("user", "reader")
        write_identity(cls.authority.issue("server", "music.example"), cls.folder)
        for role in ("device", "user"):
            cls.authority.write_root(os.path.join(cls.folder, role + "-roots.pem"))
        cls.server = Server(os.environ["CIFRAD"], os.path.join(cls.folder, "server"), cls.folder, PASSPHRASE, cls.config)
        with open(os.path.join(cls.server.media, "short.bin"), "wb") as f:
            f.write(random.randbytes(3 * CHUNK))
        cls.server.start()
        cls.addClassCleanup(cls.server.stop)

    def client(self, device=None, user=None, **options):
        options.setdefault("server_name", "music.example")
        c = Client(self.server.address, Options(**options), [self.authority.root], device or self.device,
                   user or self.user)
        self.addCleanup(c.sock.close)
        return c

    def logged_in(self, **options):
        c = self.client(**options)
        c.login()
        return c

    def assert_error(self, c, name, action=None):
        """The session ends with this ERROR, and then the connection."""
        with self.assertRaises(Failed) as caught:
            (action or c.receive)()
        self.assertEqual((caught.exception.scope, caught.exception.number, caught.exception.name), (wire.SESSION_SCOPE, 0, name))
        self.assert_closed(c)

    def assert_closed(self, c):
        try:
            while True:
                c._exactly(1)
        except (Truncated, ConnectionError):
            pass

    def assert_request_error(self, c, name, number, scope=wire.REQUEST_SCOPE):
        with self.assertRaises(Failed) as caught:
            c.receive()
        self.assertEqual((caught.exception.scope, caught.exception.number, caught.exception.name), (scope, number, name))
