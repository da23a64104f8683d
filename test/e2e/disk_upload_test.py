# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Uploads whose resumption means hours of reading: who else is served, and what ends it."""
import hashlib
import json
import re
import struct
import sys
from pathlib import Path
from signal import SIGKILL

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from disk_test import has_open
from running import Case, Server, wait_until

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "interop"))

import cifra_wire as wire  # noqa: E402
from cifra_certificates import Identity  # noqa: E402
from cifra_client import Client  # noqa: E402
from cifra_connection import Options  # noqa: E402

OWNER, NAME, CHUNK = b"person:listener", b"endless.bin", 262144
SIZE = 1 << 42  # bytes; a file of that many zeros takes no place, and hours to read
DIGEST = bytes(32)


def certificates(path: Path) -> list:
    whole = rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----"
    return [x509.load_pem_x509_certificate(pem) for pem in re.findall(whole, path.read_bytes(), re.S)]


class Endless(Case):
    def setUp(self):
        super().setUp()
        self.far = self.site()
        self.far.configure(max_bytes="0", quota_bytes="0")
        self.plant()
        self.server = Server(self.far)
        self.addCleanup(self.kill)

    def kill(self):
        if self.server.process.poll() is None:
            self.server.process.send_signal(SIGKILL)
            self.server.process.wait()

    def plant(self):
        """A partial upload in which all but the last chunk is there."""
        identity = struct.pack(">Q", len(OWNER)) + OWNER + struct.pack(">Q", len(NAME)) + NAME
        identity += struct.pack(">QQ", SIZE, CHUNK) + DIGEST
        folder = self.far.folder / "pki/server/state/uploads" / hashlib.sha256(identity).hexdigest()
        folder.mkdir(parents=True)
        self.partial = folder / "data"
        with self.partial.open("wb") as data:
            data.truncate(SIZE - CHUNK)
        (folder / "meta.json").write_text(json.dumps({
            "owner": OWNER.decode(), "name": NAME.decode(), "size": SIZE, "chunk_size": CHUNK, "sha256": DIGEST.hex(),
            "durable": SIZE // CHUNK - 1}))

    def resume(self, times=1) -> Client:
        """Somebody whose upload is being begun."""
        folder = self.far.folder / "pki/client"

        def identity(kind):
            chain = [each.public_bytes(Encoding.DER) for each in certificates(folder / f"{kind}-chain.pem")]
            return Identity(chain, load_pem_private_key((folder / f"{kind}-key.pem").read_bytes(), None))

        client = Client(("127.0.0.1", self.far.port), Options(timeout=60), certificates(folder / "server-roots.pem"),
                        identity("device"), identity("user"))
        self.addCleanup(client.sock.close)
        client.login()
        for _ in range(times):
            stream = client.next_request()
            client.send(wire.OPEN, wire.u32(stream) + wire.u8(wire.UPLOAD) + bytes(16) + wire.bytes16(NAME)
                        + wire.u64(SIZE) + wire.u32(CHUNK) + DIGEST)
        wait_until("the partial upload is read", self.is_read)
        return client

    def is_read(self) -> bool:
        return has_open(self.server.process.pid, self.partial)

    def test_nothing_is_read_for_who_has_left(self):
        for _ in range(3):
            self.resume(times=4).sock.close()
        (self.folder / "mine.txt").write_bytes(b"mine")
        self.succeed(self.far, "put", "mine.txt")
        self.assertEqual((self.far.media / "mine.txt").read_bytes(), b"mine")
        wait_until("the partial upload is let alone", lambda: not self.is_read())
        self.assertTrue(self.partial.exists())
        self.assertEqual(self.server.stop(), 0)

    def test_downloads_and_the_list_go_on(self):
        self.far.add_media("late.txt", b"hello")
        self.resume()
        self.server.send(1)
        self.server.wait_log("added=1")
        self.succeed(self.far, "get", "late.txt")
        self.assertEqual((self.folder / "late.txt").read_bytes(), b"hello")

    def test_a_signal_ends_it(self):
        self.resume()
        self.assertEqual(self.server.stop(), 0)
        self.assertTrue(self.partial.exists())
        self.assertEqual(self.partial.stat().st_size, SIZE - CHUNK)
