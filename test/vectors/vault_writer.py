# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Writes what src/vault/FORMAT.md describes, from fixed keys and nonces, and anything that it forbids."""

import hashlib
import hmac

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PASSPHRASE = b"correct horse battery staple"


def fixed(label, length):
    return hashlib.shake_256(b"vault vectors " + label.encode()).digest(length)


KEY = fixed("vault key", 32)
KEY_FILE = fixed("key file", 32)


def u(value, length):
    return value.to_bytes(length, "big")


def hkdf(key, salt, info):
    return HKDF(hashes.SHA256(), 32, salt, info).derive(key)


def content(size):
    return bytes((i * 131 + i // 256 * 7 + i // 16384 * 29 + size) & 255 for i in range(size))


def mth(leaves):
    """RFC 6962, 2.1, of leaf hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return hashlib.sha256(b"\1" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def key_file(kind, salt, cost, wrapping):
    nonce = fixed(f"nonce of kind {kind}", 12)
    head = b"CIFRAKEY" + u(1, 2) + u(kind, 1) + u(0, 1) + salt + b"".join(u(part, 4) for part in cost) + nonce
    return head + AESGCM(wrapping).encrypt(nonce, KEY, head)


def passphrase_kind(memory, passes, lanes):
    salt = fixed("salt of a passphrase", 16)
    return key_file(1, salt, (memory, passes, lanes), hash_secret_raw(PASSPHRASE, salt, passes, memory, lanes, 32, Type.ID))


def key_file_kind():
    salt = fixed("salt of a key file", 16)
    return key_file(2, salt, (0, 0, 0), hkdf(KEY_FILE, salt, b"cifra vault key file"))


class Item:
    """container() with nothing asked for is right; what it is asked for by `wrong` is one thing that is not."""

    def __init__(self, name, size, note=b"", metadata=b'{"title":"A title"}'):
        self.name, self.size, self.note, self.metadata = name, size, note, metadata
        self.id = fixed(f"id of {name}", 16)
        self.item_key = fixed(f"item key of {name}", 32)
        self.text = content(size)
        self.chunks = [self.text[at:at + 16384] for at in range(0, size, 16384)]
        self.leaves = [hashlib.sha256(b"\0" + chunk).digest() for chunk in self.chunks]
        self.root = mth(self.leaves)

    def described(self, name):
        return {"file": f"{name}.vault", "item": self.id.hex(), "size": self.size, "root": self.root.hex(), "note": self.note.hex(),
                "metadata": self.metadata.hex()}

    def seal(self, kind, last, index, text):
        nonce = fixed(f"nonce of {self.name} {kind} {last} {index} {text[:64].hex()}", 12)
        key = hkdf(self.item_key, b"", b"cifra vault content")
        return nonce + AESGCM(key).encrypt(nonce, text, u(kind, 1) + u(last, 1) + u(index, 8))

    def parts(self, lasts=None, leaves=None, summary=None, metadata=None, note=None):
        """note, chunks, page, summary, metadata; `lasts`: which chunks are sealed as the last one."""
        lasts = {len(self.chunks) - 1} if lasts is None else lasts
        leaves = self.leaves if leaves is None else leaves
        summary = ([mth(self.leaves)] if self.leaves else []) if summary is None else summary
        return {"note": self.seal(3, 1, 0, self.note if note is None else note),
                "chunks": [self.seal(1, int(i in lasts), i, chunk) for i, chunk in enumerate(self.chunks)],
                "page": self.seal(2, 1, 0, b"".join(leaves)) if self.leaves else b"",
                "summary": self.seal(4, 1, 0, b"".join(summary)),
                "metadata": self.seal(5, 1, 0, self.metadata if metadata is None else metadata)}

    def header(self, parts, *, state=2, size=None, root=None, note_length=None, version=1, suite=1, chunk=16384, key=KEY, item_key=None, mac_key=None):
        salt = fixed(f"salt of {self.name} {state} {size}", 16)
        item_key = self.item_key if item_key is None else item_key
        head = b"CIFRAVLT" + u(version, 2) + u(suite, 1) + u(state, 1) + u(chunk, 4) + self.id + u(self.size if size is None else size, 8)
        head += (self.root if root is None else root) if state == 2 else bytes(32)
        head += u(len(self.note) if note_length is None else note_length, 4) + u(len(self.metadata) if state == 2 else 0, 4) + salt
        wrapping = hkdf(hkdf(key, b"", b"cifra vault items"), salt, b"cifra vault item")
        head += AESGCM(wrapping).encrypt(bytes(12), item_key, head)
        tags = parts["note"][-16:] + (parts["summary"][-16:] + parts["metadata"][-16:] if state == 2 else b"")
        return head + hmac.digest(hkdf(mac_key or item_key, b"", b"cifra vault header"), head + tags, "sha256")

    def container(self, header=None, **wrong):
        parts = self.parts(**wrong)
        return self.joined(parts, self.header(parts, **(header or {})))

    @staticmethod
    def joined(parts, header):
        return header + parts["note"] + b"".join(parts["chunks"]) + parts["page"] + parts["summary"] + parts["metadata"]

    def offsets(self):
        at, found = 176, {}
        parts = self.parts()
        for name in ("note", "chunks", "page", "summary", "metadata"):
            if name == "chunks":
                found["chunks"] = []
                for chunk in parts["chunks"]:
                    found["chunks"].append((at, len(chunk)))
                    at += len(chunk)
            else:
                found[name] = (at, len(parts[name]))
                at += len(parts[name])
        found["end"] = at
        return found
