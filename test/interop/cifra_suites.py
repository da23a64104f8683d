# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Suites, groups, the key schedule and the protection of records, as PROTOCOL.md sections 3, 4.4 and 5.2 have them.

Nothing here comes from the C++ sources: this module exists to find out whether the text alone suffices.
"""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


class BadRecord(Exception):
    """R-27: a record that fails, for whatever cause."""


class BadKey(Exception):
    """R-6: a public key or shared secret that has to be refused."""


@dataclass(frozen=True)
class Suite:
    name: str
    cipher: str
    mode: str
    key_length: int
    hash_name: str
    block: int = 1

    @property
    def aead(self):
        return self.mode == "AEAD"

    @property
    def iv_length(self):
        return self.block if self.mode == "CBC" else 0

    @property
    def hash_length(self):
        return hashlib.new(self.hash_name).digest_size

    def hash(self, data):
        return hashlib.new(self.hash_name, data).digest()

    def hmac(self, key, data):
        return hmac.new(key, data, self.hash_name).digest()


SUITES = {s.name: s for s in (
    Suite("AES256_GCM_SHA384", "AES", "AEAD", 32, "sha384"),
    Suite("AES128_GCM_SHA256", "AES", "AEAD", 16, "sha256"),
    Suite("CHACHA20_POLY1305_SHA256", "CHACHA20", "AEAD", 32, "sha256"),
    Suite("AES256_CTR_SHA256", "AES", "CTR", 32, "sha256"),
    Suite("AES128_CBC_SHA256", "AES", "CBC", 16, "sha256", 16),
    Suite("AES256_CBC_SHA384", "AES", "CBC", 32, "sha384", 16),
    Suite("AES256_CBC_SHA512", "AES", "CBC", 32, "sha512", 16),
    Suite("AES256_CBC_BLAKE2B", "AES", "CBC", 32, "blake2b", 16),
    Suite("CHACHA20_SHA256", "CHACHA20", "STREAM", 32, "sha256"),
    Suite("CHACHA20_SHA384", "CHACHA20", "STREAM", 32, "sha384"),
    Suite("3DES_CBC_SHA256", "3DES", "CBC", 24, "sha256", 8),
)}
DEFAULT_SUITES = ("AES256_GCM_SHA384", "AES128_GCM_SHA256", "CHACHA20_POLY1305_SHA256")


# Key schedule, section 4.4

def extract(suite, salt, ikm):
    return suite.hmac(salt, ikm)


def expand(suite, secret, label, context, length):
    name = b"cifra/1 " + label.encode("ascii")
    info = length.to_bytes(2, "big") + bytes([len(name)]) + name + bytes([len(context)]) + context
    out, block, i = b"", b"", 1
    while len(out) < length:
        block = suite.hmac(secret, block + info + bytes([i]))
        out, i = out + block, i + 1
    return out[:length]


def derive(suite, secret, label, context=b""):
    return expand(suite, secret, label, context, suite.hash_length)


class Schedule:
    """Epoch 0 from the key exchange, epoch 1 from the login, each later epoch from a rotation."""

    def __init__(self, suite, dh, transcript_hash):
        self.suite = suite
        zero = bytes(suite.hash_length)
        early = extract(suite, zero, zero)
        handshake = extract(suite, derive(suite, early, "derived"), dh)
        self.client = derive(suite, handshake, "client handshake", transcript_hash)
        self.server = derive(suite, handshake, "server handshake", transcript_hash)
        self.client_finished = derive(suite, self.client, "finished")
        self.server_finished = derive(suite, self.server, "finished")
        self.salt = derive(suite, handshake, "derived")
        self.epoch = 0

    def login(self, transcript_hash):
        self._enter(bytes(self.suite.hash_length), transcript_hash)

    def rotate(self, dh, rotate_body, response_body):
        self._enter(dh, self.suite.hash(self.th + rotate_body + response_body))

    def _enter(self, ikm, transcript_hash):
        main = extract(self.suite, self.salt, ikm)
        self.th, self.epoch = transcript_hash, self.epoch + 1
        self.client = derive(self.suite, main, "client traffic", self.th)
        self.server = derive(self.suite, main, "server traffic", self.th)
        self.salt = derive(self.suite, main, "derived")


# Records, section 5.2

class Traffic:
    """One direction in one epoch."""

    def __init__(self, suite, secret, epoch, ratchet=False):
        self.suite, self.epoch, self.ratchet = suite, epoch, ratchet and epoch >= 1
        self._use(secret)

    def _use(self, secret):
        self.secret = secret
        self.key = expand(self.suite, secret, "key", b"", self.suite.key_length)
        self.iv = expand(self.suite, secret, "iv", b"", 12)
        self.mac_key = None if self.suite.aead else derive(self.suite, secret, "mac")

    def _step(self):
        if self.ratchet:
            self._use(derive(self.suite, self.secret, "ratchet"))

    def _nonce(self, number):
        return bytes(a ^ b for a, b in zip(self.iv, bytes(4) + number.to_bytes(8, "big")))

    def _cipher(self, number, iv):
        s = self.suite
        if s.mode == "CBC":
            algorithm = algorithms.TripleDES(self.key) if s.cipher == "3DES" else algorithms.AES(self.key)
            return Cipher(algorithm, modes.CBC(iv))
        if s.mode == "CTR":
            return Cipher(algorithms.AES(self.key), modes.CTR(self._nonce(number) + bytes(4)))
        return Cipher(algorithms.ChaCha20(self.key, bytes(4) + self._nonce(number)), None)

    def _aead(self):
        return AESGCM(self.key) if self.suite.cipher == "AES" else ChaCha20Poly1305(self.key)

    def seal(self, number, plaintext):
        """The frames of one record: SECURE_X and, unless the suite is an AEAD, MAC."""
        s = self.suite
        epoch = self.epoch.to_bytes(4, "big")
        length = 4 + s.iv_length + len(plaintext) + (16 if s.aead else 0)
        header = b"\x05" + length.to_bytes(3, "big")
        ad = number.to_bytes(8, "big") + header + epoch
        if s.aead:
            frames = header + epoch + self._aead().encrypt(self._nonce(number), plaintext, ad)
        else:
            iv = os.urandom(s.iv_length)
            encryptor = self._cipher(number, iv).encryptor()
            body = iv + encryptor.update(plaintext) + encryptor.finalize()
            mac = s.hmac(self.mac_key, ad + body)
            frames = header + epoch + body + b"\x06" + len(mac).to_bytes(3, "big") + mac
        self._step()
        return frames

    def open(self, number, header, payload, mac):
        s = self.suite
        ad = number.to_bytes(8, "big") + header + payload[:4]
        body = payload[4:]
        if s.aead:
            try:
                plaintext = self._aead().decrypt(self._nonce(number), body, ad)
            except (InvalidTag, ValueError) as e:
                raise BadRecord from e
        else:
            if not hmac.compare_digest(s.hmac(self.mac_key, ad + body), mac):
                raise BadRecord
            iv, text = body[:s.iv_length], body[s.iv_length:]
            if len(text) % s.block or len(iv) != s.iv_length:
                raise BadRecord
            decryptor = self._cipher(number, iv).decryptor()
            plaintext = decryptor.update(text) + decryptor.finalize()
        self._step()
        return plaintext


# Groups, section 3

def _euler(bits):
    """floor(e * 2**bits), for the primes of RFC 7919."""
    guard = 64
    term, total, n = 1 << (bits + guard), 0, 0
    while term:
        total, n = total + term, n + 1
        term //= n
    return total >> guard


def _ffdhe(bits, x):
    return 2**bits - 2**(bits - 64) + (_euler(bits - 130) + x) * 2**64 - 1


FFDHE = {"ffdhe2048": _ffdhe(2048, 560316), "ffdhe3072": _ffdhe(3072, 2625351), "ffdhe4096": _ffdhe(4096, 5736041)}
GROUPS = {"X25519": 0x001D, "P-256": 0x0017, "P-384": 0x0018, "ffdhe2048": 0x0100, "ffdhe3072": 0x0101, "ffdhe4096": 0x0102}
CURVES = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1}


class KeyPair:
    """An ephemeral key pair (R-7)."""

    def __init__(self, group):
        self.group = group
        if group == "X25519":
            self._private = x25519.X25519PrivateKey.generate()
            self.public = self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        elif group in CURVES:
            self._private = ec.generate_private_key(CURVES[group]())
            self.public = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        else:
            p = FFDHE[group]
            self._private = secrets.randbelow(2**512) + 2
            self.public = pow(2, self._private, p).to_bytes(p.bit_length() // 8, "big")

    def shared(self, peer):
        """R-6."""
        if len(peer) != len(self.public):
            raise BadKey("length")
        try:
            if self.group == "X25519":
                return self._private.exchange(x25519.X25519PublicKey.from_public_bytes(peer))
            if self.group in CURVES:
                if peer[0] != 4:
                    raise BadKey("compressed point")
                return self._private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVES[self.group](), peer))
        except ValueError as e:
            raise BadKey(str(e)) from e
        p, y = FFDHE[self.group], int.from_bytes(peer, "big")
        if not 1 < y < p - 1:
            raise BadKey("range")
        return pow(y, self._private, p).to_bytes(len(peer), "big")
