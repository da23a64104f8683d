# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""A person's signature, as a card makes it, recorded in one session and played back in another: refused, as it covers the
server, the device and the nonces of its own session (section 4.3).

Environment: CIFRAD, the path of the program.
"""

import os
import shutil
import tempfile
import unittest

import cifra_certificates as certificates
import cifra_wire as wire
from cifra_client import Client
from cifra_connection import Options
from cifra_wire import u16
from fixtures import PASSPHRASE, Server, write_identity
from own_authority import CONFIG, WithServer


class Recorder(Client):
    """Keeps the person's signature, or gives another in its place."""

    recorded = None
    played = None

    def _signed(self, role, key, body):
        if role != "user":
            return super()._signed(role, key, body)
        scheme = certificates.choose_scheme(key, self._schemes, True)
        fresh = certificates.sign(key, scheme, certificates.signed_text("cifra/1 user", self._hash()))
        self.recorded = fresh
        signature = fresh if self.played is None else self.played
        return self._finished(body + self._item(wire.SIGNATURE, u16(certificates.SCHEMES[scheme]) + wire.bytes16(signature)))


class Replay(WithServer):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_folder = tempfile.mkdtemp(prefix="cifra-interop-")
        cls.addClassCleanup(shutil.rmtree, cls.other_folder)
        write_identity(cls.authority.issue("server", "music.example"), cls.other_folder)
        for role in ("device", "user"):
            cls.authority.write_root(os.path.join(cls.other_folder, role + "-roots.pem"))
        cls.other_server = Server(os.environ["CIFRAD"], os.path.join(cls.other_folder, "server"), cls.other_folder, PASSPHRASE,
                                  CONFIG)
        cls.other_server.start()
        cls.addClassCleanup(cls.other_server.stop)

    def recorder(self, server=None, device=None):
        c = Recorder((server or self.server).address, Options(server_name="music.example"), [self.authority.root],
                     device or self.device, self.user)
        self.addCleanup(c.sock.close)
        return c

    def test_replayed(self):
        other_device = self.authority.issue("device", "another desk")
        for what, c in (("session", self.recorder()), ("device", self.recorder(device=other_device)),
                        ("server", self.recorder(server=self.other_server))):
            with self.subTest("of another " + what):
                self.assertEqual(c.login().person, "reader")
                replaying = self.recorder()
                replaying.played = c.recorded
                self.assert_error(replaying, "USER_REFUSED", replaying.login)

    def test_control(self):
        """What is played back is what decides: the fresh signature in its place is let in."""
        c = self.recorder()
        c.played = None
        self.assertEqual(c.login().person, "reader")


if __name__ == "__main__":
    unittest.main()
