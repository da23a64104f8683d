# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""A reader of vaults, written from src/vault/FORMAT.md alone; paragraphs in comments are that text's."""
import hashlib
import hmac
import struct
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CHUNK, PAGE, OVERHEAD, HEADER, KEY_FILE = 16384, 512, 28, 176, 100
KINDS = {"chunk": 1, "page": 2, "note": 3, "summary": 4, "metadata": 5}
MAX_SIZE, MAX_NOTE, MAX_METADATA = 1 << 42, 4096, 65536


class Refused(Exception):
    """Its text is the name of the error."""


def demand(condition, error):
    if not condition:
        raise Refused(error)


def hkdf(key, salt, info):
    return HKDF(hashes.SHA256(), 32, salt, info.encode()).derive(key)


def sub_key(vault_key, label):
    return hkdf(vault_key, b"", "cifra " + label)


def decrypt(key, nonce, text, bound, error="not_authentic"):
    try:
        return AESGCM(key).decrypt(nonce, text, bound)
    except InvalidTag:
        raise Refused(error) from None


def tree(leaf_hashes):
    if not leaf_hashes:
        return hashlib.sha256(b"").digest()
    if len(leaf_hashes) == 1:
        return leaf_hashes[0]
    split = 1 << (len(leaf_hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + tree(leaf_hashes[:split]) + tree(leaf_hashes[split:])).digest()


def leaf(chunk):
    return hashlib.sha256(b"\0" + chunk).digest()


def split(hashes_together):
    return [hashes_together[at:at + 32] for at in range(0, len(hashes_together), 32)]


def argon2id(passphrase, salt, memory, passes, lanes):
    from argon2.low_level import Type, hash_secret_raw  # here, as key files do without
    return hash_secret_raw(passphrase, salt, passes, memory, lanes, 32, Type.ID)


def vault_key(data, *, passphrase=None, key_file=None, weak=False):
    demand(len(data) == KEY_FILE, "wrong_length")
    magic, version, kind, zero, salt, memory, passes, lanes, nonce = struct.unpack(">8sHBB16sIII12s", data[:52])
    demand(magic == b"CIFRAKEY", "bad_form")
    demand(version == 1, "unknown_version")
    demand(kind in (1, 2) and zero == 0, "bad_form")
    if kind == 1:  # K-1
        demand((32 if weak else 65536) <= memory <= 1 << 20 and (1 if weak else 3) <= passes <= 16 and 1 <= lanes <= 4, "out_of_bounds")
        demand(passphrase is not None, "no_key")
        wrapping = argon2id(passphrase, salt, memory, passes, lanes)
    else:
        demand(memory == passes == lanes == 0, "bad_form")
        demand(key_file is not None, "no_key")
        demand(len(key_file) == 32, "wrong_length")
        wrapping = hkdf(key_file, salt, "cifra vault key file")
    return decrypt(wrapping, nonce, data[52:], data[:52], "wrong_key")


class Container:
    """A whole container. Reads nothing that it was not asked for, so that it may be as large as it likes."""

    def __init__(self, path: Path, key: bytes):
        self.file = path.open("rb")
        try:
            self._open(path.stat().st_size, key)
        except Exception:
            self.file.close()
            raise

    def close(self):
        self.file.close()

    def _open(self, length, key):
        demand(length >= HEADER, "wrong_length")
        header = self.file.read(HEADER)
        self._parse(header)
        self._lay_out()
        demand(length == self.metadata_at + OVERHEAD + self.metadata_length, "wrong_length")
        wrapping = hkdf(sub_key(key, "vault items"), header[80:96], "cifra vault item")
        item_key = decrypt(wrapping, bytes(12), header[96:144], header[:96])
        self.content = hkdf(item_key, b"", "cifra vault content")
        self.note, note_tag = self._section("note", 1, 0, HEADER, self.note_length)
        summary, summary_tag = self._section("summary", 1, 0, self.summary_at, 32 * self.pages)
        self.metadata, metadata_tag = self._section("metadata", 1, 0, self.metadata_at, self.metadata_length)
        mac = hmac.digest(hkdf(item_key, b"", "cifra vault header"), header[:144] + note_tag + summary_tag + metadata_tag, "sha256")
        self.summary = split(summary)
        demand(hmac.compare_digest(mac, header[144:]) and tree(self.summary) == self.root, "not_authentic")

    def _parse(self, header):
        magic, version, suite, state, chunk, self.item, self.size, self.root, self.note_length, self.metadata_length = struct.unpack(
            ">8sHBBI16sQ32sII", header[:80])
        demand(magic == b"CIFRAVLT", "bad_form")
        demand(version == 1, "unknown_version")
        demand(suite == 1, "unknown_suite")
        demand(state in (1, 2) and chunk == CHUNK, "bad_form")
        demand(state == 2 or (self.root == bytes(32) and self.metadata_length == 0), "bad_form")
        demand(self.size <= MAX_SIZE and self.note_length <= MAX_NOTE and self.metadata_length <= MAX_METADATA, "out_of_bounds")
        demand(state == 2, "incomplete")

    def _lay_out(self):  # 3.1
        self.chunks = -(-self.size // CHUNK)
        self.pages = -(-self.chunks // PAGE)
        self.first = HEADER + OVERHEAD + self.note_length
        self.summary_at = self.first
        if self.pages:
            self.summary_at = self._page_at(self.pages - 1) + OVERHEAD + 32 * self._leaves(self.pages - 1)
        self.metadata_at = self.summary_at + OVERHEAD + 32 * self.pages

    def _chunk_at(self, index):
        return self.first + (index + index // PAGE) * (CHUNK + OVERHEAD)

    def _chunk_length(self, index):
        return min(CHUNK, self.size - index * CHUNK)

    def _leaves(self, page):
        return min(PAGE, self.chunks - page * PAGE)

    def _page_at(self, page):
        last = page * PAGE + self._leaves(page) - 1
        return self._chunk_at(last) + OVERHEAD + self._chunk_length(last)

    def _section(self, kind, last, index, at, length):
        self.file.seek(at)
        sealed = self.file.read(length + OVERHEAD)
        demand(len(sealed) == length + OVERHEAD, "wrong_length")
        bound = struct.pack(">BBQ", KINDS[kind], last, index)
        return decrypt(self.content, sealed[:12], sealed[12:], bound), sealed[-16:]

    def chunk(self, index):
        return self._section("chunk", int(index == self.chunks - 1), index, self._chunk_at(index), self._chunk_length(index))[0]

    def page(self, page):
        leaves = split(self._section("page", int(page == self.pages - 1), page, self._page_at(page), 32 * self._leaves(page))[0])
        demand(tree(leaves) == self.summary[page], "not_authentic")
        return leaves

    def verify(self):
        leaves = []
        for page in range(self.pages):
            for index, expected in enumerate(self.page(page), page * PAGE):
                demand(leaf(self.chunk(index)) == expected, "not_authentic")
                leaves.append(expected)
        demand(tree(leaves) == self.root, "not_authentic")

    def read(self):
        return b"".join(self.chunk(index) for index in range(self.chunks))
