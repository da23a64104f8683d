# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Where the peer under test is, and who we are there."""

import os
import random
import tomllib
from pathlib import Path

import cifra_certificates as certificates
import cifra_wire as wire
from cifra_certificates import Identity
from cifra_connection import Failed, Options
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from .peer import Peer, Skip

FEW_CHUNKS = 3  # of which an item has to have more, to be of use


class Unusable(Exception):
    """Credentials that are missing or do not fit."""


def read_passphrases(descriptor):
    if descriptor is None:
        return []
    with open(descriptor, "rb", closefd=False) as f:
        return f.read().splitlines()


class Target:
    """An address with credentials. Each connection that is made here is closed by `close()`."""

    def __init__(self, address, name, roots, device, user, *, timeout=10.0, item=""):
        self.address, self.name, self.roots, self.device, self.user = address, name, roots, device, user
        self.timeout, self.item_name = timeout, item
        self.authority = None
        self.open_ones = []
        self._entry = None
        self.play = os.urandom(16)

    @classmethod
    def load(cls, folder, connect=None, passphrases=(), **options):
        folder = Path(folder)
        try:
            host, port = _split(connect or tomllib.loads((folder / "cifra.toml").read_text())["server"])
            words = list(passphrases) or [None]
            identities = []
            for number, party in enumerate(("device", "user")):
                if party == "user" and not (folder / "user-key.pem").exists():
                    identities.append(None)
                    continue
                identities.append(_load(folder, party, words[min(number, len(words) - 1)]))
            roots = certificates.load_roots(folder / "server-roots.pem")
        except (OSError, ValueError, TypeError, KeyError) as e:
            raise Unusable(f"{folder}: {e}") from e
        return cls((host, port), options.pop("name", None) or host, roots, *identities, **options)

    def options(self, **options):
        return Options(server_name=self.name, timeout=self.timeout, **options)

    def peer(self, **options):
        made = Peer(self, **options)
        self.open_ones.append(made)
        return made

    def close(self):
        for one in self.open_ones:
            one.sock.close()
        self.open_ones.clear()

    def honest(self):
        """A session as it should be; raises what went wrong."""
        c = self.peer()
        c.login()
        c.send(wire.LIST, c.list_body(limit=1))
        c.catalogue()
        c.goodbye()

    # Items

    def entry(self):
        """An item that this person may open, with chunks enough."""
        if self._entry is None:
            c = self.peer()
            c.login()
            found = [e for e in c.list(self.item_name) if e.size > FEW_CHUNKS * 16384 and getattr(e, "terms", None) is not None
                     and e.terms.state in (0, 1, 2)]
            found.sort(key=lambda e: (e.terms.state != 0, -e.size))
            c.sock.close()
            if not found:
                raise Skip("no item that may be opened, of more than three chunks")
            self._entry = found[0]
        return self._entry

    def opened(self, c, mode=wire.PLAY):
        """(stream, number of its chunks): an open download."""
        entry = self.entry()
        stream = c.next_request()
        c.send(wire.OPEN, wire.u32(stream) + wire.u8(mode) + self.play + entry.id)
        try:
            manifest = c._opened(stream)[1]
        except Failed as e:
            if e.scope != wire.REQUEST_SCOPE:
                raise
            self.play = os.urandom(16)
            raise Skip(f"the item cannot be opened: {e}") from e
        return stream, manifest.chunks

    def upload(self, c, chunks, name=None, digest=None):
        """(stream, its first READ): an open upload of so many whole chunks."""
        name = name or f"cifra-fuzz-{random.getrandbits(64):016x}.bin"
        stream = c.next_request()
        size = chunks * 16384
        c.send(wire.OPEN, wire.u32(stream) + wire.u8(wire.UPLOAD) + bytes(16) + wire.bytes16(name.encode()) + wire.u64(size)
               + wire.u32(16384) + (digest or os.urandom(32)))
        try:
            c._opened(stream)
            inner, r = c.receive()
        except Failed as e:
            if e.scope != wire.REQUEST_SCOPE:
                raise
            raise Skip(f"no uploads: {e}") from e
        if inner != wire.READ or r.uint(4) != stream:
            raise wire.Violation("no READ for an upload")
        return stream, (r.uint(4), r.uint(8), r.uint(4))


class Authority:
    """The CAs' keys, as `cifractl init` writes them: for certificates that are wrong in one thing only."""

    def __init__(self, folder, passphrase):
        self.folder, self.passphrase, self._read = Path(folder), passphrase, {}

    def ca(self, role):
        """(certificate, key) of the CA of devices or users."""
        if role not in self._read:
            certificate = x509.load_pem_x509_certificate((self.folder / f"{role}-ca.pem").read_bytes())
            data = (self.folder / f"{role}-ca-key.pem").read_bytes()
            self._read[role] = certificate, load_pem_private_key(data, self.passphrase if b"ENCRYPTED" in data else None)
        return self._read[role]


def _load(folder, party, passphrase):
    encrypted = b"ENCRYPTED" in (folder / f"{party}-key.pem").read_bytes()
    return Identity.load(folder / f"{party}-chain.pem", folder / f"{party}-key.pem", passphrase if encrypted else None)


def _split(text):
    host, separator, port = text.rpartition(":")
    if not separator:
        host, port = text, "7411"
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"{text}: no HOST:PORT")
    return host.strip("[]"), int(port)
