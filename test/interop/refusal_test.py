# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Who is refused at the login: by the independent client, and by the real cifrad.

Environment: CIFRAD, the path of the program.
"""

import socket
import time
import unittest

import cifra_wire as wire
from cifra_certificates import Untrusted, validate
from cifra_client import Client
from cifra_connection import Options, Refused, Truncated
from cifra_suites import FFDHE, GROUPS
from cifra_wire import u16
from fixtures import Authority
from own_authority import CONFIG, WithServer


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
        authorities = {kind: Authority("an authority", kind) for kind in ("p256", "p384", "ed25519", "rsa2048")}

        def look(role="server", kind="p256", **options):
            chain = authorities[kind].issue(role, "music.example", kind, **options).chain
            return validate(chain, [authorities[kind].root], "server", "music.example")

        for kind in authorities:
            look(kind=kind)
        for reason, options in (("dates", {"begins": -2, "ends": -1}), ("dates", {"begins": 1, "ends": 2}),
                                ("role", {"role": "user"}), ("role", {"role": "device"}), ("is a CA", {"ca": True}), ("critical", {"critical": True})):
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
        for what, user, code in (("unknown", stranger.issue("user", "reader"), "USER_REFUSED"), ("a device", self.device, "USER_REFUSED"),
                                 ("expired", self.authority.issue("user", "reader", begins=-2, ends=-1), "USER_EXPIRED")):
            with self.subTest(what):
                self.assert_login_error(code, user=user)

    def test_user_left_out(self):
        """R-17: in place of the user's AUTHENTICATE a record of epoch 1, or another message of epoch 0."""
        for code, message in (("BAD_RECORD", lambda c: b""), ("PROTOCOL", lambda c: c.seal(wire.PING, bytes(8)))):
            with self.subTest(code):
                c = self.client()
                authenticate = c._authenticate
                c._authenticate = lambda role, identity, c=c, authenticate=authenticate, message=message: (
                    authenticate(role, identity) if role == "device" else message(c))
                self.assert_error(c, code, lambda c=c: c.login((wire.LIST, c.list_body())))

    def test_violations_of_a_stranger(self):
        """R-23: one code for everything, once there are keys."""
        for what, data in (("unknown", b"\x09\x00\x00\x00"), ("oversized", b"\x05\xff\xff\xff"), ("late", b"\x01\x00\x00\x02{}"),
                           ("no record", b"\x05\x00\x00\x20" + bytes(32))):
            with self.subTest(what):
                c = self.client()
                c._authenticate = lambda role, _, data=data: data if role == "device" else b""
                self.assert_error(c, "AUTH_FAILED", c.login)

    def test_log(self):
        """Why a connection ended stands in its last line, by name, and nothing where there is nothing to say."""
        c = self.logged_in()
        c.goodbye()
        self.assert_logged(c, 'ended .* how=clean device=desk person=reader chunks_sent=0 .*')
        c = self.client(suites=("3DES_CBC_SHA256",))
        with self.assertRaises(Refused):
            c.login()
        self.assert_logged(c, 'refused .* how=login_failed code=SUITE fault="not[^"]*" device="" .*')
        c = self.client(device=self.user)
        self.assert_error(c, "AUTH_FAILED", c.login)
        self.assert_logged(c, 'refused .* how=login_failed code=AUTH_FAILED fault="bad certificate" device="" .*')
        c = self.logged_in()
        c.send(wire.PING, bytes(9))
        self.assert_error(c, "PROTOCOL")
        self.assert_logged(c, 'ended .* how=violation code=PROTOCOL fault="bytes left over" device=desk .*')
        c = self.logged_in()
        c.send_error(1)
        self.assert_logged(c, 'ended .* how=client_error code=BAD_RECORD device=desk .*')
        c = self.logged_in()
        c.sock.shutdown(socket.SHUT_RDWR)
        self.assert_logged(c, 'ended .* how=truncated device=desk .*')

    def setUp(self):
        self.ports = {}

    def client(self, *args, **options):
        c = super().client(*args, **options)
        self.ports[c] = c.sock.getsockname()[1]
        return c

    def assert_logged(self, c, line):
        until = time.monotonic() + 5
        while True:
            ours = [x for x in self.server.logged().splitlines() if f"address=127.0.0.1:{self.ports[c]} how=" in x]
            if ours or time.monotonic() > until:
                break
            time.sleep(0.02)
        self.assertEqual(len(ours), 1)
        self.assertRegex(ours[0], "^[^ ]+ [a-z]+ +" + line + "$")

    def test_another_key(self):
        """A chain without its key."""
        thief = self.authority.issue("device", "desk")
        thief.chain = self.device.chain
        self.assert_login_error("AUTH_FAILED", device=thief)

    def test_refused(self):
        self.assert_refused("SUITE", suites=("3DES_CBC_SHA256",))
        self.assert_refused("GROUP", groups=("ffdhe4096",))
        self.assert_refused("SCHEME", schemes=("ed25519",))

    def assert_refused(self, name, **options):
        c = self.client(**options)
        with self.assertRaisesRegex(Refused, name):
            c.login()
        self.assert_closed(c)

    def test_malformed_negotiation(self):
        good = self.negotiation()
        more = good[:-1] + b", "
        for what, payload in (("no JSON", b"{"), ("bytes behind", good + b" {}"), ("space behind", good + b" "), ("space before", b" " + good), ("duplicate", more + b'"padding": "none"}'),
                              ("type", good.replace(b'"none"', b"0")), ("nonce", good.replace(b'"nonce": "', b'"nonce": "G')),
                              ("missing", good.replace(b'"padding"', b'"other"')),
                              ("depth", more + b'"x": ' + b"[" * 8 + b"]" * 8 + b"}")):
            with self.subTest(what):
                self.assertEqual(self.answer(payload), b"\x07\x00\x00\x02\x00\x04")
        self.assertEqual(self.answer(good.replace(b"[1]", b"[2, 3]")), b"\x07\x00\x00\x02\x00\x01")
        self.assertEqual(self.answer(more + b'"x": ' + b"[" * 7 + b"]" * 7 + b"}")[:1], b"\x02", "unknown members are ignored")

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
        """R-1, R-2, section 4.6."""
        for what, data in (("oversized", b"\x01\x00\x10\x01"), ("unknown", b"\x09\x00\x00\x00"), ("HTTP", b"GET / HTTP/1.1\r\n\r\n"),
                           ("early", b"\x05\x00\x00\x10" + bytes(16)), ("of the server", b"\x02\x00\x00\x02{}")):
            with self.subTest(what):
                c = self.client()
                c.send_raw(data)
                self.assertEqual(c._exactly(6), b"\x07\x00\x00\x02\x00\x04")
                self.assert_closed(c)

    def test_bad_keys(self):
        """R-6."""
        p = FFDHE["ffdhe2048"]
        for group, keys in (("X25519", (bytes(32), bytes(31), bytes(33))), ("P-256", (b"\x04" + bytes(64), b"\x02" + bytes(32))),
                            ("ffdhe2048", ((1).to_bytes(256, "big"), (p - 1).to_bytes(256, "big"), b"\x02"))):
            for key in keys:
                with self.subTest(group=group, key=key.hex()):
                    c = self.client(groups=(group,))
                    c._key_body = lambda _, key=key: u16(GROUPS[group]) + wire.bytes16(key)
                    with self.assertRaisesRegex(Refused, "MALFORMED"):
                        c.login()
                    self.assert_closed(c)


class Waiting(WithServer):
    config = CONFIG + """
[login]
device_timeout_s = 1
user_timeout_s = 1
"""

    def test_no_device(self):
        """Section 9, R-23."""
        c = self.client()
        c._authenticate = lambda *_: b""
        self.assert_error(c, "AUTH_FAILED", c.login)

    def test_no_user(self):
        c = self.client()
        authenticate = c._authenticate
        c._authenticate = lambda role, identity: authenticate(role, identity) if role == "device" else b""
        self.assert_error(c, "TIMEOUT", c.login)

    def test_silence(self):
        self.assert_closed(self.client())


if __name__ == "__main__":
    unittest.main(verbosity=2)
