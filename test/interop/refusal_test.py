# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""What has to be refused, by the real cifrad and by the independent client.

Environment: CIFRAD, the path of the program.
"""

import hashlib
import os
import random
import shutil
import socket
import tempfile
import unittest

import cifra_wire as wire
from cifra_certificates import Untrusted, validate
from cifra_client import Client
from cifra_connection import Failed, Options, Refused, Truncated
from cifra_suites import SUITES
from cifra_wire import u16, u32, u64
from fixtures import PASSPHRASE, Authority, Server, write_identity

CHUNK = 16384
CONFIG = f"""
[protocol]
suites = {[s for s in SUITES if s != "3DES_CBC_SHA256"]}
chunk_limit = {CHUNK}
[uploads]
max_bytes = {10 * CHUNK}
"""
folder = None


def setUpModule():
    global folder
    folder = tempfile.mkdtemp(prefix="cifra-refusal-")
    unittest.addModuleCleanup(shutil.rmtree, folder)


class WithServer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.authority = Authority("an authority")
        cls.device, cls.user = cls.authority.issue("device", "desk"), cls.authority.issue("user", "reader")
        cls.server = cls.serve("main", cls.authority.issue("server", "music.example"))

    @classmethod
    def serve(cls, name, identity):
        where = os.path.join(folder, cls.__name__ + "-" + name)
        os.mkdir(where)
        write_identity(identity, where)
        for role in ("device", "user"):
            cls.authority.write_root(os.path.join(where, role + "-roots.pem"))
        server = Server(os.environ["CIFRAD"], os.path.join(where, "server"), where, PASSPHRASE, CONFIG)
        with open(os.path.join(server.media, "short.bin"), "wb") as f:
            f.write(random.randbytes(3 * CHUNK))
        server.start()
        cls.addClassCleanup(server.stop)
        return server

    def client(self, server=None, device=None, user=None, **options):
        options.setdefault("server_name", "music.example")
        c = Client((server or self.server).address, Options(**options), [self.authority.root], device or self.device,
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


class Names(WithServer):
    """The client refuses the server: R-19, R-20."""

    def test_other_name(self):
        c = self.client(server_name="other.example")
        with self.assertRaisesRegex(Untrusted, "not the certificate of other.example"):
            c.login()
        self.assert_closed(c)
        self.client(server_name="127.0.0.1").login()

    def test_other_root(self):
        c = Client(self.server.address, Options(server_name="music.example"), [Authority("an authority").root], self.device,
                   self.user)
        self.addCleanup(c.sock.close)
        with self.assertRaisesRegex(Untrusted, "signature of a certificate"):
            c.login()


class Certificates(unittest.TestCase):
    """The client's own look at a server's certificate."""

    def test_leaves(self):
        authority = Authority("an authority")

        def look(role="server", kind="p256", **options):
            chain = authority.issue(role, "music.example", kind, **options).chain
            return validate(chain, [authority.root], "server", "music.example")

        for kind in ("p256", "p384", "ed25519", "rsa2048"):
            look(kind=kind)
        for reason, options in (("dates", {"begins": -2, "ends": -1}), ("dates", {"begins": 1, "ends": 2}), ("role", {"role": "user"}),
                                ("role", {"role": "device"}), ("is a CA", {"ca": True}), ("critical", {"critical": True})):
            with self.subTest(**options), self.assertRaisesRegex(Untrusted, reason):
                look(**options)


class Login(WithServer):
    """The server refuses the client: R-17, R-23, section 4.6."""

    def assert_login_error(self, name, **options):
        c = self.client(**options)
        self.assert_error(c, name, c.login)

    def test_devices(self):
        stranger = Authority("an authority")
        for what, device in (("unknown", stranger.issue("device", "desk")),
                             ("expired", self.authority.issue("device", "desk", begins=-2, ends=-1)),
                             ("not yet", self.authority.issue("device", "desk", begins=1, ends=2)),
                             ("a CA", self.authority.issue("device", "desk", ca=True)),
                             ("unknown extension", self.authority.issue("device", "desk", critical=True)),
                             ("a user", self.user), ("a server", self.authority.issue("server", "music.example"))):
            with self.subTest(what):
                self.assert_login_error("AUTH_FAILED", device=device)

    def test_users(self):
        stranger = Authority("an authority")
        for what, user in (("unknown", stranger.issue("user", "reader")), ("a device", self.device),
                           ("expired", self.authority.issue("user", "reader", begins=-2, ends=-1))):
            with self.subTest(what):
                self.assert_login_error("USER_REFUSED", user=user)

    def test_another_key(self):
        """A chain without its key."""
        thief = self.authority.issue("device", "desk")
        thief.chain = self.device.chain
        self.assert_login_error("AUTH_FAILED", device=thief)

    def test_refused(self):
        self.assert_refused("SUITE", suites=("3DES_CBC_SHA256",))
        self.assert_refused("GROUP", groups=("ffdhe2048",))
        self.assert_refused("SCHEME", schemes=("ed25519",))

    def assert_refused(self, name, **options):
        c = self.client(**options)
        with self.assertRaisesRegex(Refused, name):
            c.login()
        self.assert_closed(c)

    def test_malformed_negotiation(self):
        good = self.negotiation()
        for what, payload in (("no JSON", b"{"), ("bytes behind", good + b" {}"), ("duplicate", good[:-1] + b', "padding": "none"}'),
                              ("type", good.replace(b'"none"', b"0")), ("nonce", good.replace(b'"nonce": "', b'"nonce": "G')),
                              ("missing", good.replace(b'"padding"', b'"other"')), ("depth", good[:-1] + b', "x": ' + b"[" * 8 + b"]" * 8 + b"}")):
            with self.subTest(what):
                self.assertEqual(self.answer(payload), b"\x07\x00\x00\x02\x00\x04")
        self.assertEqual(self.answer(good.replace(b"[1]", b"[2, 3]")), b"\x07\x00\x00\x02\x00\x01")
        self.assertEqual(self.answer(good[:-1] + b', "x": ' + b"[" * 7 + b"]" * 7 + b"}")[:1], b"\x02", "unknown members are ignored")

    def negotiation(self):
        c = self.client()
        kept = []
        c.send_raw = kept.append
        c.sock.shutdown(socket.SHUT_WR)
        with self.assertRaises((Truncated, ConnectionError)):
            c._exchange_keys()
        self.dh = kept[0][4 + int.from_bytes(kept[0][1:4], "big"):]
        return kept[0][4:-len(self.dh)]

    def answer(self, payload):
        """The first frame, when this is the NEGOTIATION."""
        c = self.client()
        c.send_raw(wire.frame(wire.NEGOTIATION, payload) + self.dh)
        head = c._exactly(4)
        return head + c._exactly(int.from_bytes(head[1:], "big"))

    def test_frames(self):
        """R-1, R-2: nothing is said to what is no frame."""
        for what, data in (("oversized", b"\x01\x00\x10\x01"), ("unknown", b"\x09\x00\x00\x00"), ("early", b"\x05\x00\x00\x10" + bytes(16)),
                           ("of the server", b"\x02\x00\x00\x02{}"), ("HTTP", b"GET / HTTP/1.1\r\n\r\n")):
            with self.subTest(what):
                c = self.client()
                c.send_raw(data)
                self.assert_closed(c)

    def test_bad_keys(self):
        """R-6."""
        for group, keys in (("X25519", (bytes(32), bytes(31), bytes(33))), ("P-256", (b"\x04" + bytes(64), b"\x02" + bytes(32)))):
            for key in keys:
                with self.subTest(group=group, key=key.hex()):
                    c = self.client(groups=(group,))
                    c._key_body = lambda pair, key=key: u16({"X25519": 0x1D, "P-256": 0x17}[group]) + wire.bytes16(key)
                    with self.assertRaises((Truncated, Refused, ConnectionError)):
                        c.login()


class Records(WithServer):
    def test_flipped_bit(self):
        """R-26, R-27: anywhere in a record, for each family, the same answer."""
        for suite in ("AES256_GCM_SHA384", "CHACHA20_POLY1305_SHA256", "AES256_CTR_SHA256", "AES256_CBC_SHA384", "CHACHA20_SHA256"):
            for place in (8, 20, -1):
                with self.subTest(suite, place=place):
                    c = self.logged_in(suites=(suite,))
                    frames = bytearray(c.seal(wire.LIST, c.list_body("a query")))
                    frames[place] ^= 1
                    c.send_raw(frames)
                    self.assert_error(c, "BAD_RECORD")

    def test_flipped_bit_in_login(self):
        """R-23."""
        c = self.client()
        authenticate = c._authenticate

        def flipped(*args):
            frames = bytearray(authenticate(*args))
            frames[50] ^= 1
            return bytes(frames)

        c._authenticate = flipped
        self.assert_error(c, "AUTH_FAILED", c.login)

    def test_replay(self):
        c = self.logged_in()
        frames = c.seal(wire.PING, u64(1))
        c.send_raw(frames + frames)
        self.assertEqual(c._record()[0], wire.PONG)
        self.assert_error(c, "BAD_RECORD")

    def test_padding_that_is_not_zero(self):
        """R-28."""
        for plaintext in (b"\x05\x00\x00\x01" + u64(1) + b"\x01", b"\x05\x00\x00\x09" + u64(0), b"\x05"):
            with self.subTest(plaintext=plaintext.hex()):
                c = self.logged_in()
                c.send_raw(c.tx.seal(c._sent_records, plaintext))
                self.assert_error(c, "BAD_RECORD")

    def test_violations(self):
        """R-33, R-37, R-43, R-44, R-48."""
        for what, inner, body in (("unknown type", 99, b""), ("reserved type", 0, b""), ("AUTHENTICATE late", wire.AUTHENTICATE, b""),
                                  ("bytes left over", wire.PING, bytes(9)), ("bytes missing", wire.PING, bytes(7)),
                                  ("no UTF-8", wire.LIST, u32(1) + u64(0) * 2 + u16(0) + wire.bytes16(b"\xff")),
                                  ("query too long", wire.LIST, u32(1) + u64(0) * 2 + u16(0) + wire.bytes16(b"a" * 257)),
                                  ("request id 0", wire.LIST, u32(0) + u64(0) * 2 + u16(0) + wire.bytes16(b"")),
                                  ("ROTATE of the client", wire.ROTATE, u32(2) + wire.bytes16(bytes(32))),
                                  ("ROTATE_RESPONSE unasked", wire.ROTATE_RESPONSE, u32(2) + wire.bytes16(bytes(32))),
                                  ("CATALOGUE of the client", wire.CATALOGUE, bytes(26)),
                                  ("READ of a stream to come", wire.READ, u32(1) + u32(1) + u64(0) + u32(1))):
            with self.subTest(what):
                c = self.logged_in()
                c.send(inner, body)
                self.assert_error(c, "PROTOCOL")

    def test_request_ids_fall(self):
        c = self.logged_in()
        c.list()
        c._last_request = 0
        c.send(wire.LIST, c.list_body())
        self.assert_error(c, "PROTOCOL")


class Requests(WithServer):
    def open_upload(self, c, name, size, chunk_size=CHUNK):
        c.send(wire.OPEN, u32(c.next_request()) + wire.u8(wire.UPLOAD) + bytes(16) + wire.bytes16(name.encode()) + u64(size)
               + u32(chunk_size) + bytes(32))

    def test_unknown_item(self):
        c = self.logged_in()
        for _ in range(2):
            c.send(wire.OPEN, u32(c.next_request()) + wire.u8(wire.SAVE) + os.urandom(32))
            self.assert_request_error(c, "UNAVAILABLE", c._last_request)
        self.assertEqual(len(c.list("short")), 1, "the session goes on")

    def test_stale_cursor(self):
        c = self.logged_in()
        c.send(wire.LIST, c.list_body(revision=2**63))
        self.assert_request_error(c, "STALE_CURSOR", 1)

    def test_uploads(self):
        c = self.logged_in()
        for name in (".hidden", "a/b", "..", "", "line\nbreak", "a" * 256):
            with self.subTest(name):
                self.open_upload(c, name, 5)
                self.assert_request_error(c, "NAME_REFUSED", c._last_request)
        self.open_upload(c, "large.bin", 10 * CHUNK + 1)
        self.assert_request_error(c, "TOO_LARGE", c._last_request)
        with self.assertRaises(Failed) as caught:
            c.upload("wrong.bin", b"content", CHUNK, hashlib.sha256(b"other").digest())
        self.assertEqual((caught.exception.scope, caught.exception.name), (wire.STREAM_SCOPE, "HASH_MISMATCH"))
        self.assertEqual(c.list("wrong"), [])

    def test_early_requests(self):
        """R-22: the fifth is one too many."""
        c = self.client()
        with self.assertRaises(Failed) as caught:
            c.login(*((wire.LIST, c.list_body()) for _ in range(5)))
            for _ in range(5):
                c.catalogue()
        self.assertIn(caught.exception.name, ("PROTOCOL", "LIMIT"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
