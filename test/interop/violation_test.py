# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Records and requests that the real cifrad has to refuse.

Environment: CIFRAD, the path of the program.
"""

import hashlib
import os
import unittest

import cifra_wire as wire
from cifra_client import Client
from cifra_connection import Failed, Options
from cifra_wire import u16, u32, u64
from own_authority import CHUNK, WithServer


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
        c.send_raw(frames)
        self.assertEqual(c._record()[0], wire.PONG)
        c.send_raw(frames)
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

    def test_wrong_epoch(self):
        """R-25."""
        c = self.logged_in()
        c.tx.epoch = 2
        c.send(wire.PING, u64(1))
        self.assert_error(c, "BAD_RECORD")

    def test_rotation_with_a_bad_key(self):
        """R-6, R-33."""
        for what, epoch, key in (("zero", 2, bytes(32)), ("short", 2, bytes(31)), ("another epoch", 3, bytes(31) + b"\x09")):
            with self.subTest(what):
                c = self.logged_in()
                item = c.list("short")[0].id
                c._rotate = lambda _, c=c, epoch=epoch, key=key: c.send(wire.ROTATE_RESPONSE, u32(epoch) + wire.bytes16(key))
                self.assert_error(c, "PROTOCOL", lambda c=c, item=item: c.save(item))

    def test_request_ids_fall(self):
        c = self.logged_in()
        c.list()
        c._last_request = 0
        c.send(wire.LIST, c.list_body())
        self.assert_error(c, "PROTOCOL")


class Requests(WithServer):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        c = Client(cls.server.address, Options(server_name="music.example"), [cls.authority.root], cls.device, cls.user)
        with c:
            c.login()
            cls.item = c.list("short")[0].id

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
        for name in (".hidden", "a/b", "..", "", "line\nbreak", "right\u202eleft", "isolated\u2066", "a" * 256):
            with self.subTest(name):
                self.open_upload(c, name, 5)
                self.assert_request_error(c, "NAME_REFUSED", c._last_request)
        self.open_upload(c, "large.bin", 10 * CHUNK + 1)
        self.assert_request_error(c, "TOO_LARGE", c._last_request)
        with self.assertRaises(Failed) as caught:
            c.upload("wrong.bin", b"content", CHUNK, hashlib.sha256(b"other").digest())
        self.assertEqual((caught.exception.scope, caught.exception.name), (wire.STREAM_SCOPE, "HASH_MISMATCH"))
        self.assertEqual(c.list("wrong"), [])

    def test_too_many_streams(self):
        """R-44."""
        c = self.logged_in()
        item = c.list("short")[0].id
        for _ in range(4):
            self.open_item(c, item)
            c._opened(c._last_request)
        self.open_item(c, item)
        with self.assertRaises(Failed) as caught:
            c.receive()
        self.assertEqual(caught.exception.name, "LIMIT")

    @staticmethod
    def open_item(c, item):
        c.send(wire.OPEN, u32(c.next_request()) + wire.u8(wire.PLAY) + os.urandom(16) + item)

    def test_reads(self):
        """R-45: each of these, behind a READ that is right."""
        def read(stream, number, first, count):
            return u32(stream) + u32(number) + u64(first) + u32(count)

        for what, body in (("past the end", (1, 6, 1, 3)), ("lower read id", (1, 4, 0, 1)), ("another first", (1, 5, 1, 2)),
                           ("smaller count", (1, 5, 0, 0)), ("read id 0", (1, 0, 0, 1)), ("no such stream", (2, 6, 0, 1))):
            with self.subTest(what):
                c = self.logged_in()
                self.open_item(c, self.item)
                self.assertEqual(c._opened(1)[1].chunks, 3)
                c.send(wire.READ, read(1, 5, 0, 1))
                self.assertEqual(c.receive()[0], wire.DATA)
                c.send(wire.READ, read(*body))
                self.assert_error(c, "PROTOCOL")

    def test_data(self):
        """R-46: DATA that nobody asked for, or of a wrong length or place."""
        for what, index, length in (("outside the window", 9, CHUNK), ("a gap", 1, CHUNK), ("short", 0, CHUNK - 1), ("long", 0, CHUNK + 1)):
            with self.subTest(what):
                c = self.logged_in()
                self.open_upload(c, f"upload {what}.bin", 10 * CHUNK)
                c._opened(1)
                inner, r = c.receive()
                self.assertEqual((inner, r.uint(4)), (wire.READ, 1))
                c.send(wire.DATA, u32(1) + u32(r.uint(4)) + u64(index) + b"\x00" + bytes(length))
                self.assert_error(c, "PROTOCOL")

    def test_data_over_the_policy(self):
        """R-31: the fifth DATA of an epoch, from a client that answers no ROTATE."""
        c = self.logged_in()
        self.open_upload(c, "over.bin", 10 * CHUNK)
        c._opened(1)
        inner, r = c.receive()
        self.assertEqual((inner, r.uint(4)), (wire.READ, 1))
        number, first, count = r.uint(4), r.uint(8), r.uint(4)
        self.assertGreaterEqual(count, 5)
        for i in range(5):
            c.send(wire.DATA, u32(1) + u32(number) + u64(first + i) + b"\x00" + bytes(CHUNK))
        c._rotate = lambda _: None
        self.assert_error(c, "PROTOCOL")

    def test_close_before_the_end(self):
        """R-47: of an upload."""
        c = self.logged_in()
        self.open_upload(c, "early.bin", 10 * CHUNK)
        c._opened(1)
        c.send(wire.CLOSE, u32(1) + u64(0) + u64(0))
        with self.assertRaises(Failed) as caught:
            while True:
                self.assertEqual(c.receive()[0], wire.READ)
        self.assertEqual((caught.exception.scope, caught.exception.number, caught.exception.name),
                         (wire.STREAM_SCOPE, 1, "HASH_MISMATCH"))

    def test_close_with_other_numbers(self):
        """R-47: of an upload, though it is whole; what has arrived is kept."""
        content = bytes(CHUNK + 5)
        c = self.logged_in()
        c.send(wire.OPEN, u32(c.next_request()) + wire.u8(wire.UPLOAD) + bytes(16) + wire.bytes16(b"counted.bin")
               + u64(len(content)) + u32(CHUNK) + hashlib.sha256(content).digest())
        c._opened(1)
        inner, r = c.receive()
        self.assertEqual((inner, r.uint(4)), (wire.READ, 1))
        number = r.uint(4)
        for i in range(2):
            c.send(wire.DATA, u32(1) + u32(number) + u64(i) + b"\x00" + content[i * CHUNK:(i + 1) * CHUNK])
        c.send(wire.CLOSE, u32(1) + u64(3) + u64(0))
        self.assert_request_error(c, "HASH_MISMATCH", 1, wire.STREAM_SCOPE)
        self.assertEqual(c.list("counted"), [])
        c.upload("counted.bin", content, CHUNK)

    def test_data_of_a_download(self):
        c = self.logged_in()
        self.open_item(c, self.item)
        c._opened(1)
        c.send(wire.DATA, u32(1) + u32(1) + u64(0) + b"\x00" + bytes(CHUNK))
        self.assert_error(c, "PROTOCOL")

    def test_close_in_the_middle(self):
        """R-47: what the server has sent is what the client has got when the answer comes."""
        c = self.logged_in()
        self.open_item(c, self.item)
        c._opened(1)
        c.send(wire.READ, u32(1) + u32(1) + u64(0) + u32(3))
        received = 0
        while True:
            inner, r = c.receive()
            if inner != wire.DATA:
                break
            received += 1
            if received == 1:
                c.send(wire.CLOSE, u32(1) + u64(0) + u64(received))
        self.assertEqual((inner, r.uint(4), r.uint(8), r.uint(8)), (wire.CLOSE, 1, received, 0))
        self.assertEqual(len(c.list("short")), 1, "the session goes on")


if __name__ == "__main__":
    unittest.main(verbosity=2)
