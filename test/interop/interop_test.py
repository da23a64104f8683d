# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""The real cifrad and cifractl against the independent client: every suite, every group, rotation, ratchet, padding.

Environment: CIFRAD, CIFRACTL, the paths of the programs.
"""

import os
import random
import time
import unittest

import cifra_wire as wire
from cifra_certificates import Untrusted
from cifra_connection import Failed
from cifra_suites import GROUPS, SUITES
from cifra_wire import u32, u64
from cifractl_case import CHUNK, WithServer, set_up
from fixtures import Authority, write_identity

EVERYTHING = f"""
[protocol]
suites = {list(SUITES)}
groups = {list(GROUPS)}
allow_legacy = true
chunk_limit = {CHUNK}
[rotation]
chunks = 4
"""
HIDDEN = f"""
[protocol]
suites = {list(SUITES)}
groups = ["P-384"]
allow_legacy = true
chunk_limit = {CHUNK}
padding = "full"
[rotation]
chunks = 4
ratchet = true
"""
BY_BYTES_AND_TIME = f"""
[protocol]
chunk_limit = {CHUNK}
[rotation]
chunks = 0
bytes = {6 * CHUNK}
seconds = 1
"""
NO_USER = """
[login]
user = "none"
"""


def setUpModule():
    set_up()


class Everything(WithServer):
    config = EVERYTHING

    def test_suites(self):
        for suite in SUITES:
            with self.subTest(suite):
                c = self.client(suites=(suite,))
                login = c.login()
                self.assertEqual((login.device, login.person), ("device1", "listener"))
                self.assertLess(abs(login.time / 1000 - time.time()), 60)
                self.assertEqual(c.policy.suite, suite)
                self.every_message(c, f"by-{suite}.bin", random.randbytes(9 * CHUNK + 100))
        self.assertIn("3DES_CBC_SHA256", self.server.logged(), "each use of a legacy suite is logged")

    def test_groups(self):
        for group in GROUPS:
            with self.subTest(group):
                c = self.logged_in(groups=(group,))
                self.save(c, "short.bin")
                self.assertGreaterEqual(c.rotations, 1)
                c.goodbye()

    def test_terms(self):
        """R-61, R-62: this server licenses nothing."""
        c = self.logged_in()
        entry = c.list()[0]
        for terms in (entry.terms, c.licence(entry.id)):
            self.assertEqual((terms.state, terms.renewal), (0, 0))
            self.assertEqual({terms.plays, terms.units, terms.seconds, terms.not_after}, {wire.NO_LIMIT})
        for item, action, code in ((entry.id, 1, "NOT_RENEWABLE"), (entry.id, 2, "NOT_RENEWABLE"), (bytes(16), 0, "UNAVAILABLE")):
            with self.assertRaises(Failed) as failed:
                c.licence(item, action)
            self.assertEqual((failed.exception.scope, wire.ERRORS[failed.exception.code]), (wire.REQUEST_SCOPE, code))
        c.save(entry.id)
        self.assertEqual((c.signed, c.terms.state), (0, 0))
        c.goodbye()

    def test_nothing_unsigned_with_roots_of_publishers(self):
        """R-59."""
        c = self.logged_in()
        c.publishers = c.roots
        with self.assertRaises(Untrusted):
            c.save(c.list()[0].id)
        c.sock.close()

    def test_without_aes(self):
        """R-15."""
        c = self.logged_in(suites=("CHACHA20_POLY1305_SHA256", "AES256_GCM_SHA384"))
        self.assertEqual(c.policy.suite, "CHACHA20_POLY1305_SHA256")

    def test_pipelined_requests(self):
        """R-22: four requests behind AUTHENTICATE, answered in epoch 1."""
        c = self.client()
        early = [(wire.LIST, c.list_body("long" if i % 2 else "")) for i in range(4)]
        c.login(*early)
        totals = {}
        for _ in early:
            request, _, _, total, _ = c.catalogue()
            totals[request] = total
        self.assertEqual(sorted(totals), [1, 2, 3, 4])
        self.assertEqual((totals[2], totals[4]), (1, 1))
        self.assertGreaterEqual(totals[1], 3)

    def test_pages(self):
        c = self.logged_in()
        self.assertEqual(sorted(e.name for e in c.list("bin", limit=1)), sorted(e.name for e in c.list("BIN")))

    def test_empty_items(self):
        c = self.logged_in()
        self.save(c, "empty.bin")
        self.upload_and_save(c, "nothing.bin", b"")

    def test_ping(self):
        c = self.logged_in()
        c.send(wire.PING, b"a token ")
        inner, r = c._record()
        self.assertEqual((inner, r.rest()), (wire.PONG, b"a token "))

    def test_seek(self):
        """R-45, R-46, R-47: a higher read id replaces the window; what was on its way is discarded, and counted."""
        c = self.logged_in()
        data = self.items["long.bin"]
        item = c.list("long")[0]
        stream = c.next_request()
        c.send(wire.OPEN, u32(stream) + wire.u8(wire.PLAY) + os.urandom(16) + item.id)
        c._opened(stream)
        c.send(wire.READ, u32(stream) + u32(7) + u64(0) + u32(8))
        received, kept = 0, []
        while len(kept) < 4:
            inner, r = c.receive()
            self.assertEqual((inner, r.uint(4)), (wire.DATA, stream))
            read, index, path, chunk = r.uint(4), r.uint(8), r.uint(1), r.rest()
            self.assertEqual((path, chunk), (0, data[index * CHUNK:(index + 1) * CHUNK]))
            received += 1
            if read == 9:
                kept.append(index)
            elif received == 2:
                c.send(wire.READ, u32(stream) + u32(9) + u64(10) + u32(2))
                c.send(wire.READ, u32(stream) + u32(9) + u64(10) + u32(4))
        self.assertEqual(kept, [10, 11, 12, 13])
        c.send(wire.CLOSE, u32(stream) + u64(0) + u64(received))
        inner, r = c.receive()
        self.assertEqual((inner, r.rest()), (wire.CLOSE, u32(stream) + u64(received) + u64(0)))

    def test_audio(self):
        """Section 8.2: what the manifest says of a recording."""
        c = self.logged_in()
        entry = c.list("tune.mp3")[0]
        manifest, data = c.save(entry.id, wire.PLAY)
        self.assertEqual(data, self.items["tune.mp3"])
        self.assertEqual((entry.kind, manifest.kind, manifest.duration), (1, 1, entry.duration))
        self.assertTrue(10_000 < manifest.duration < 300_000, manifest.duration)
        self.assertIn(manifest.sample_rate, (44100, 48000))
        self.assertIn(manifest.channels, (1, 2))
        self.assertGreater(manifest.step, 0)
        self.assertEqual(manifest.offsets, sorted(set(manifest.offsets)))
        self.assertLess(manifest.offsets[-1], manifest.size)

    def test_resumed_upload(self):
        """R-50. An orderly end loses nothing that was sent before it."""
        data = random.randbytes(20 * CHUNK)
        c = self.logged_in()
        self.assertEqual(c.upload("resumed.bin", data, CHUNK, stop_at=8), (0, 8))
        c.goodbye()
        again = self.logged_in()
        had, sent = again.upload("resumed.bin", data, CHUNK)
        self.assertLessEqual(had, 8)
        self.assertEqual(had + sent, 20)
        self.assertEqual(again.save(self.wait_listed(again, "resumed.bin", len(data)).id)[1], data)


class Hidden(WithServer):
    """Wrong guess, ratchet and full padding together, for a suite of each family."""
    config = HIDDEN

    def test_families(self):
        for suite in ("AES256_GCM_SHA384", "AES256_CTR_SHA256", "CHACHA20_SHA256", "AES256_CBC_BLAKE2B", "3DES_CBC_SHA256"):
            with self.subTest(suite):
                c = self.logged_in(suites=(suite,), groups=("X25519", "P-384"))
                self.assertTrue(c.wrong_guess)
                self.assertTrue(c.policy.ratchet)
                self.every_message(c, f"hidden-{suite}.bin", random.randbytes(9 * CHUNK + 100))
                full = -(-(4 + 17 + CHUNK) // SUITES[suite].block) * SUITES[suite].block
                sizes = {(inner, size) for sent, inner, size in c.trace if not sent and inner != wire.AUTHENTICATE}
                self.assertEqual({size for inner, size in sizes if inner == wire.DATA}, {full})
                self.assertEqual({size % 1024 for inner, size in sizes if inner != wire.DATA}, {0})


class ByBytesAndTime(WithServer):
    config = BY_BYTES_AND_TIME

    def test_rotations(self):
        """R-29, R-30."""
        c = self.logged_in()
        self.save(c, "long.bin")
        self.assertGreaterEqual(c.rotations, 2)
        c.upload("by-bytes.bin", random.randbytes(14 * CHUNK + 1), CHUNK)
        before = c.rotations
        c.list()
        while c.rotations < before + 1:
            self.assertIsNone(c.step())
        self.save(c, "short.bin")


class PaddingOnRequest(WithServer):
    config = NO_USER

    def test_padding(self):
        """`full` if the client asks for it; and no user where none is asked for."""
        c = self.client(padding="full", chunk_limit=CHUNK)
        login = c.login()
        self.assertEqual((c.policy.padding, login.person), ("full", ""))
        self.save(c, "long.bin")
        self.assertEqual({size % 1024 for sent, inner, size in c.trace if not sent and inner in (wire.OK, wire.CATALOGUE)}, {0})


class OtherKeys(WithServer):
    """Keys and certificates of other kinds, and of another origin than cifractl."""

    @classmethod
    def setUpClass(cls):
        pass

    def test_kinds(self):
        for kind, scheme in (("p384", "ecdsa_p384_sha384"), ("ed25519", "ed25519"), ("rsa2048", "rsa_pss_sha384")):
            with self.subTest(kind):
                self.check(kind, scheme)

    def check(self, kind, scheme):
        authority = Authority("an authority", kind)
        where = os.path.join(self.folder, "OtherKeys-" + kind)
        os.mkdir(where)
        write_identity(authority.issue("server", "music.example", kind), where)
        for role in ("device", "user"):
            authority.write_root(os.path.join(where, role + "-roots.pem"))
        self.serve("OtherKeys-server-" + kind, where)
        self.roots = [authority.root]
        self.device, self.user = authority.issue("device", "desk", kind), authority.issue("user", "reader", kind)
        c = self.client(schemes=(scheme,), server_name="music.example")
        login = c.login()
        self.assertEqual((login.device, login.person), ("desk", "reader"))
        self.save(c, "short.bin")
        c.goodbye()


if __name__ == "__main__":
    unittest.main(verbosity=2)
