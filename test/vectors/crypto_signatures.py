# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Signatures of PROTOCOL.md sections 3 and 4.3, with everything random replaced by fixed bytes, and what has to be refused."""

import hashlib

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from crypto_groups import CURVE, ORDER
from crypto_reference import fixed, u

CODES = {
    "ecdsa_p256_sha256": ("P-256", "sha256"),
    "ecdsa_p384_sha384": ("P-384", "sha384"),
    "ed25519": ("Ed25519", None),
    "rsa_pss_sha256": ("RSA", "sha256"),
    "rsa_pss_sha384": ("RSA", "sha384"),
    "rsa_pss_sha512": ("RSA", "sha512"),
    "rsa_pkcs1_sha256": ("RSA", "sha256"),
    "rsa_pkcs1_sha384": ("RSA", "sha384"),
    "rsa_pkcs1_sha512": ("RSA", "sha512"),
}
# DigestInfo without the digest (RFC 8017, 9.2, note 1).
DIGEST_INFO = {
    "sha1": "3021300906052b0e03021a05000414",
    "sha256": "3031300d060960864801650304020105000420",
    "sha384": "3041300d060960864801650304020205000430",
    "sha512": "3051300d060960864801650304020305000440",
}


def signed_content(party, transcript):
    return b" " * 64 + b"cifra/1 " + party.encode() + b"\0" + transcript


def is_prime(n):
    if any(n % p == 0 for p in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)):
        return n < 38
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for i in range(24):
        x = pow(int.from_bytes(fixed(f"witness {i}", 64), "big"), odd, n)
        if x in (1, n - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def prime(label, bits):
    n = int.from_bytes(fixed(label, bits // 8), "big") | 3 << (bits - 2) | 1
    while not (is_prime(n) and n % 65537 != 1):
        n += 2
    return n


class Rsa:
    def __init__(self, bits):
        p, q = prime(f"rsa {bits} p", bits // 2), prime(f"rsa {bits} q", bits // 2)
        self.n, self.size = p * q, bits // 8
        self.d = pow(65537, -1, (p - 1) * (q - 1))
        self.public = rsa.RSAPublicNumbers(65537, self.n).public_key()

    def power(self, encoded):
        return u(pow(int.from_bytes(encoded, "big"), self.d, self.n), self.size)

    def pkcs1(self, name, content):
        info = bytes.fromhex(DIGEST_INFO[name]) + hashlib.new(name, content).digest()
        return self.power(b"\0\1" + b"\xff" * (self.size - 3 - len(info)) + b"\0" + info)

    def pss(self, name, content, salt_length=None, mask_hash=None):
        """RFC 8017, 9.1.1."""
        digest = hashlib.new(name, content).digest()
        salt = fixed("salt", len(digest) if salt_length is None else salt_length)
        h = hashlib.new(name, bytes(8) + digest + salt).digest()
        room = self.size - len(h) - 1
        block = bytes(room - len(salt) - 1) + b"\1" + salt
        mask = b"".join(hashlib.new(mask_hash or name, h + u(i, 4)).digest() for i in range(room // 20 + 1))[:room]
        masked = bytes(a ^ b for a, b in zip(block, mask))
        return self.power(u(masked[0] & 0x7F, 1) + masked[1:] + h + b"\xbc")


def der_integer(value):
    body = u(value, value.bit_length() // 8 + 1)
    return b"\2" + u(len(body), 1) + body


def der_pair(r, s):
    return der_sequence(der_integer(r) + der_integer(s))


def der_sequence(body):
    return b"\x30" + (u(len(body), 1) if len(body) < 128 else b"\x81" + u(len(body), 1)) + body


class Ecdsa:
    def __init__(self, curve, label="signer"):
        self.curve, self.n = curve, ORDER[curve]
        self.d = int.from_bytes(fixed(f"ecdsa {curve} {label}", 48), "big") % (self.n - 1) + 1
        self.public = ec.derive_private_key(self.d, CURVE[curve]).public_key()

    def pair(self, name, content):
        k = int.from_bytes(fixed(f"k {self.curve} {content.hex()}", 48), "big") % (self.n - 1) + 1
        r = ec.derive_private_key(k, CURVE[self.curve]).public_key().public_numbers().x % self.n
        digest = hashlib.new(name, content).digest()
        z = int.from_bytes(digest, "big") >> max(0, 8 * len(digest) - self.n.bit_length())
        return r, pow(k, -1, self.n) * (z + r * self.d) % self.n

    def sign(self, name, content):
        return der_pair(*self.pair(name, content))


class Ed25519:
    def __init__(self):
        self.private = ed25519.Ed25519PrivateKey.from_private_bytes(fixed("ed25519", 32))
        self.public = self.private.public_key()

    def sign(self, _, content):
        return self.private.sign(content)


KEYS = {"P-256": Ecdsa("P-256"), "P-384": Ecdsa("P-384"), "Ed25519": Ed25519(), "RSA": Rsa(2048)}


def sign(scheme, content):
    kind, name = CODES[scheme]
    key = KEYS[kind]
    if scheme.startswith("rsa_pss"):
        return key.pss(name, content)
    if scheme.startswith("rsa_pkcs1"):
        return key.pkcs1(name, content)
    return key.sign(name, content)


def case(why, scheme, party, content, signature, valid, kind=None):
    return {"why": why, "key": kind or CODES[scheme][0], "scheme": scheme, "party": party, "content": content, "signature": signature, "valid": valid}


def good_cases(transcript):
    for scheme in CODES:
        for party in ("server", "device", "user"):
            content = signed_content(party, transcript)
            allowed = party == "user" or not scheme.startswith("rsa_pkcs1")
            yield case("good" if allowed else "rsa_pkcs1 is for users", scheme, party, content, sign(scheme, content), allowed)


def wrong_key_cases(content):
    """A signature that is right, but under the name of another scheme."""
    for scheme in CODES:
        for named in CODES:
            if named != scheme:
                yield case(f"made by {scheme}", named, "user", content, sign(scheme, content), False, CODES[scheme][0])


def rsa_cases(content):
    key = KEYS["RSA"]
    good = key.pss("sha256", content)
    pkcs1 = key.pkcs1("sha256", content)
    for why, scheme, signature in (
        ("PSS, salt of 20", "rsa_pss_sha256", key.pss("sha256", content, 20)),
        ("PSS, no salt", "rsa_pss_sha256", key.pss("sha256", content, 0)),
        ("PSS, salt of 48", "rsa_pss_sha256", key.pss("sha256", content, 48)),
        ("PSS, MGF1 with SHA-1", "rsa_pss_sha256", key.pss("sha256", content, None, "sha1")),
        ("PSS, a byte short", "rsa_pss_sha256", good[:-1]),
        ("PSS, a zero byte in front", "rsa_pss_sha256", b"\0" + good),
        ("PSS, plus n", "rsa_pss_sha256", u(int.from_bytes(good, "big") + key.n, key.size + 1)),
        ("PKCS#1 with SHA-1", "rsa_pkcs1_sha256", key.pkcs1("sha1", content)),
        ("PKCS#1, a byte long", "rsa_pkcs1_sha256", pkcs1 + b"\0"),
        ("zero", "rsa_pkcs1_sha256", bytes(key.size)),
        ("one", "rsa_pss_sha256", u(1, key.size)),
        ("empty", "rsa_pss_sha256", b""),
    ):
        yield case(why, scheme, "user", content, signature, False)


def ecdsa_cases(content):
    for scheme, curve, name in (("ecdsa_p256_sha256", "P-256", "sha256"), ("ecdsa_p384_sha384", "P-384", "sha384")):
        key = KEYS[curve]
        r, s = key.pair(name, content)
        good, size = der_pair(r, s), ORDER[curve].bit_length() // 8
        yield case("the other s of the same r", scheme, "server", content, der_pair(r, key.n - s), True)
        for why, signature in (
            ("fixed length in place of DER", u(r, size) + u(s, size)),
            ("a byte behind", good + b"\0"),
            ("a byte short", good[:-1]),
            ("long length", b"\x30\x82" + u(len(good) - 2, 2) + good[2:]),
            ("a third number", der_sequence(good[2:] + b"\2\1\1")),
            ("a needless zero", der_sequence(b"\2" + u(len(der_integer(r)) - 1, 1) + b"\0" + der_integer(r)[2:] + der_integer(s))),
            ("r = 0", der_pair(0, s)),
            ("s = 0", der_pair(r, 0)),
            ("both 0", der_pair(0, 0)),
            ("s + n", der_pair(r, s + key.n)),
            ("r + n", der_pair(r + key.n, s)),
            ("negative s", der_sequence(der_integer(r) + b"\2" + u(size + 1, 1) + u(2 ** (8 * size + 8) - s, size + 1))),
            ("s = n", der_pair(r, key.n)),
            ("empty", b""),
            ("empty sequence", b"\x30\0"),
            ("by another key", Ecdsa(curve, "stranger").sign(name, content)),
        ):
            yield case(why, scheme, "server", content, signature, False)


def ed25519_cases(content):
    good = sign("ed25519", content)
    order = 2**252 + 27742317777372353535851937790883648493
    s = int.from_bytes(good[32:], "little")
    for why, signature in (
        ("s + L", good[:32] + (s + order).to_bytes(32, "little")),
        ("a byte short", good[:-1]),
        ("a byte long", good + b"\0"),
        ("zero", bytes(64)),
        ("empty", b""),
    ):
        yield case(why, "ed25519", "device", content, signature, False)


def vectors():
    transcript = fixed("transcript", 48)
    content = signed_content("user", transcript)
    cases = [*good_cases(transcript), *wrong_key_cases(content), *rsa_cases(content)]
    cases += [*ecdsa_cases(signed_content("server", transcript)), *ed25519_cases(signed_content("device", transcript))]
    spki = {name: key.public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) for name, key in KEYS.items()}
    return {"transcript": transcript, "keys": spki, "cases": cases}
