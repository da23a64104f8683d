# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Suites, key schedule and records of PROTOCOL.md sections 3, 4.3, 4.4 and 5, written from that text alone, over python3-cryptography
and hashlib. The C++ library shares no line and no cryptographic code with it."""

import hashlib
import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305


@dataclass(frozen=True)
class Suite:
    name: str
    key: int
    hash: str
    family: str
    block: int = 0

    @property
    def hash_length(self):
        return hashlib.new(self.hash).digest_size

    @property
    def aead(self):
        return self.family in ("GCM", "POLY1305")


SUITES = [
    Suite("CHACHA20_POLY1305_SHA256", 32, "sha256", "POLY1305"),
    Suite("AES256_GCM_SHA384", 32, "sha384", "GCM"),
    Suite("AES128_GCM_SHA256", 16, "sha256", "GCM"),
    Suite("AES256_CTR_SHA256", 32, "sha256", "CTR"),
    Suite("AES128_CBC_SHA256", 16, "sha256", "CBC", 16),
    Suite("AES256_CBC_SHA384", 32, "sha384", "CBC", 16),
    Suite("AES256_CBC_SHA512", 32, "sha512", "CBC", 16),
    Suite("AES256_CBC_BLAKE2B", 32, "blake2b", "CBC", 16),
    Suite("CHACHA20_SHA256", 32, "sha256", "CHACHA20"),
    Suite("CHACHA20_SHA384", 32, "sha384", "CHACHA20"),
    Suite("3DES_CBC_SHA256", 24, "sha256", "CBC", 8),
]


def fixed(label, length):
    """Bytes that look random and are the same in every run."""
    return hashlib.shake_256(b"cifra test vectors " + label.encode()).digest(length)


def u(value, length):
    return value.to_bytes(length, "big")


def digest(suite, *parts):
    return hashlib.new(suite.hash, b"".join(parts)).digest()


def mac(suite, key, data):
    return hmac.new(key, data, suite.hash).digest()


def extract(suite, salt, ikm):
    return mac(suite, salt, ikm)


def expand(suite, secret, label, context, length):
    full = b"cifra/1 " + label.encode()
    information = u(length, 2) + u(len(full), 1) + full + u(len(context), 1) + context
    out, block, counter = b"", b"", 0
    while len(out) < length:
        counter += 1
        block = mac(suite, secret, block + information + u(counter, 1))
        out += block
    return out[:length]


def derive(suite, secret, label, context=b""):
    return expand(suite, secret, label, context, suite.hash_length)


class Schedule:
    def __init__(self, suite, dh, transcript):
        self.suite = suite
        zero = bytes(suite.hash_length)
        early = extract(suite, zero, zero)
        handshake = extract(suite, derive(suite, early, "derived"), dh)
        self.client = derive(suite, handshake, "client handshake", transcript)
        self.server = derive(suite, handshake, "server handshake", transcript)
        self.finished_keys = {
            "client": derive(suite, self.client, "finished"),
            "server": derive(suite, self.server, "finished"),
        }
        self.salt = derive(suite, handshake, "derived")

    def finished(self, sender, transcript):
        return mac(self.suite, self.finished_keys[sender], transcript)

    def _enter(self, ikm, th):
        main = extract(self.suite, self.salt, ikm)
        self.th = th
        self.client = derive(self.suite, main, "client traffic", th)
        self.server = derive(self.suite, main, "server traffic", th)
        self.salt = derive(self.suite, main, "derived")

    def start(self, transcript):
        self._enter(bytes(self.suite.hash_length), transcript)

    def rotate(self, dh, rotate, response):
        self._enter(dh, digest(self.suite, self.th, rotate, response))


def keys(suite, secret):
    return {
        "key": expand(suite, secret, "key", b"", suite.key),
        "iv": expand(suite, secret, "iv", b"", 12),
        "mac": expand(suite, secret, "mac", b"", suite.hash_length),
    }


def encrypt(cipher, mode, text):
    encryptor = Cipher(cipher, mode).encryptor()
    return encryptor.update(text) + encryptor.finalize()


class Sealer:
    """One direction of one epoch."""

    def __init__(self, suite, secret, epoch, ratchet):
        self.suite, self.secret, self.epoch = suite, secret, epoch
        self.ratchet = ratchet and epoch >= 1

    def seal(self, number, inner_type, body, padding, explicit_iv=b""):
        """The SECURE_X frame and the MAC's bytes (empty for an AEAD)."""
        suite, k = self.suite, keys(self.suite, self.secret)
        if suite.block:
            padding += -(4 + len(body) + padding) % suite.block
        text = u(inner_type, 1) + u(padding, 3) + body + bytes(padding)
        length = 4 + suite.block + len(text) + (16 if suite.aead else 0)
        start = u(5, 1) + u(length, 3) + u(self.epoch, 4)
        ad = u(number, 8) + start
        nonce = bytes(a ^ b for a, b in zip(k["iv"], bytes(4) + u(number, 8)))
        sealed, tag = self._protect(k, nonce, ad, text, explicit_iv), b""
        if not suite.aead:
            tag = mac(suite, k["mac"], ad + sealed)
        if self.ratchet:
            self.secret = derive(suite, self.secret, "ratchet")
        return start + sealed, tag

    def _protect(self, k, nonce, ad, text, explicit_iv):
        family = self.suite.family
        if family == "GCM":
            return AESGCM(k["key"]).encrypt(nonce, text, ad)
        if family == "POLY1305":
            return ChaCha20Poly1305(k["key"]).encrypt(nonce, text, ad)
        if family == "CTR":
            return encrypt(algorithms.AES(k["key"]), modes.CTR(nonce + bytes(4)), text)
        if family == "CHACHA20":
            return encrypt(algorithms.ChaCha20(k["key"], bytes(4) + nonce), None, text)
        block_cipher = algorithms.TripleDES if self.suite.block == 8 else algorithms.AES
        return explicit_iv + encrypt(block_cipher(k["key"]), modes.CBC(explicit_iv), text)
