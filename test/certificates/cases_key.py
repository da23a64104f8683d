# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Keys and signature algorithms outside of the profile, and at its edges."""

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import der
from der import Key, ec_public, integer, new_key, octets, oid, rsa_public, seq, tlv
from maker import Leaf, chain

P256 = oid("1.2.840.10045.3.1.7")
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
GX = 0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296
GY = 0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def number(value: int) -> bytes:
    return value.to_bytes(32, "big")


def explicit_parameters(prime: int = P) -> bytes:
    """P-256, or something else, written out."""
    curve = seq(octets(number(P - 3)), octets(number(B)))
    return seq(integer(1), seq(oid("1.2.840.10045.1.1"), integer(prime)), curve, octets(b"\x04" + number(GX) + number(GY)),
               integer(N), integer(1))


def with_public(public: bytes):
    """A leaf with this public key; nobody has the private one."""
    return lambda world, role: chain(Leaf(role, world.issuing, public=public), world.issuing)


def leaf_of(kind):
    return lambda world, role: chain(Leaf(role, world.issuing, key=new_key("p256"), public=new_key(kind).public), world.issuing)


def point(compressed: bool):
    def make(world, role):
        key = new_key("p256")
        form = PublicFormat.CompressedPoint if compressed else PublicFormat.UncompressedPoint
        public = key.private.public_key().public_bytes(Encoding.X962, form)
        return chain(Leaf(role, world.issuing, key=key, public=ec_public(P256, public)), world.issuing)
    return make


def modulus(size: int, odd: bool = True) -> int:
    return (1 << (size - 1)) | 0x5DEECE66D << 40 | (1 if odd else 2)


def signed_by(kind, hash_name, pss=False, mask=None):
    """The leaf's signature; the CA's own is good."""
    def make(world, role):
        key = new_key(kind)
        authority = world.below(world.root, f"weak {kind} {hash_name} {pss} {role}", key=key)
        return chain(Leaf(role, authority, signer=key.using(hash_name, pss, mask)), authority)
    return make


def ca_signed_by(hash_name):
    def make(world, role):
        authority = world.below(world.root, f"weakly signed {hash_name} {role}", signer=world.root.key.using(hash_name))
        return chain(Leaf(role, authority), authority)
    return make


def weak_ca(world, role):
    authority = world.below(world.root, f"weak CA {role}", kind="rsa1024")
    return chain(Leaf(role, authority), authority)


def root_weak_ca(kind):
    def make(world, role):
        authority = world.below(world.root, f"weak CA {kind} {role}", kind=kind, signer=world.root.key)
        return chain(Leaf(role, authority), authority)
    return make


def algorithm(text):
    return lambda world, role: chain(Leaf(role, world.issuing, algorithm=seq(oid(text))), world.issuing)


CASES = [
    ("rsa1024", "weak_key", leaf_of("rsa1024")),
    ("rsa2047", "weak_key", with_public(rsa_public(modulus(2047), 65537))),
    ("rsa4097", "weak_key", with_public(rsa_public(modulus(4097), 65537))),
    ("rsa8192", "weak_key", with_public(rsa_public(modulus(8192), 65537))),
    ("rsa16384", "weak_key", with_public(rsa_public(modulus(16384), 65537))),
    ("rsa exponent 1", "weak_key", with_public(rsa_public(modulus(2048), 1))),
    ("rsa exponent 2", "weak_key", with_public(rsa_public(modulus(2048), 2))),
    ("rsa exponent of 33 bits", "weak_key", with_public(rsa_public(modulus(2048), 2**32 + 1))),
    ("rsa exponent huge", "weak_key", with_public(rsa_public(modulus(2048), modulus(2047)))),
    ("rsa modulus even", "weak_key", with_public(rsa_public(modulus(2048, odd=False), 65537))),
    ("rsa modulus negative", "malformed", with_public(rsa_public(-modulus(2048), 65537))),
    ("rsa modulus zero", "malformed", with_public(rsa_public(0, 65537))),
    ("rsa without parameters", "malformed", with_public(rsa_public(modulus(2048), 65537, b""))),
    ("rsa of three numbers", "malformed",
     with_public(seq(seq(oid(der.RSA + "1"), der.NULL), der.bits(seq(integer(modulus(2048)), integer(3), integer(5)))))),
    ("rsa key for pss only", "weak_key", with_public(rsa_public(modulus(2048), 65537).replace(oid(der.RSA + "1"), oid(der.RSA + "10")))),
    ("p521", "weak_key", leaf_of("p521")),
    ("secp256k1", "weak_key", leaf_of("secp256k1")),
    ("brainpool", "weak_key", leaf_of("brainpool")),
    ("explicit curve, P-256", "weak_key", with_public(ec_public(explicit_parameters(), b"\x04" + number(GX) + number(GY)))),
    ("explicit curve, another", "weak_key", with_public(ec_public(explicit_parameters(2**255 - 19), b"\x04" + number(GX) + number(GY)))),
    ("explicit curve, huge", "weak_key",
     with_public(ec_public(explicit_parameters(2**16000 - 1), b"\x04" + number(GX) + number(GY)))),
    ("implicit curve", "weak_key", with_public(ec_public(der.NULL, b"\x04" + number(GX) + number(GY)))),
    ("point compressed", "weak_key", point(compressed=True)),
    ("point hybrid", "malformed", with_public(ec_public(P256, b"\x06" + number(GX) + number(GY)))),
    ("point at infinity", "malformed", with_public(ec_public(P256, b"\x00"))),
    ("point off the curve", "malformed", with_public(ec_public(P256, b"\x04" + number(GX) + number(GY + 1)))),
    ("point beyond the field", "malformed", with_public(ec_public(P256, b"\x04" + number(P + 1) + number(GY)))),
    ("ed25519 of 31 bytes", "malformed", with_public(seq(seq(oid("1.3.101.112")), der.bits(b"k" * 31)))),
    ("ed448", "weak_key", leaf_of("ed448")),
    ("x25519", "weak_key", leaf_of("x25519")),
    ("dsa", "weak_key", leaf_of("dsa")),
    ("key of an unknown kind", "weak_key", with_public(seq(seq(oid("1.2.3.4")), der.bits(b"k" * 32)))),
    ("CA of rsa1024", "weak_key", weak_ca),
    ("CA of p521", "weak_key", root_weak_ca("p521")),
    ("signed ecdsa sha1", "weak_signature", signed_by("p256", "sha1")),
    ("signed ecdsa sha224", "weak_signature", signed_by("p256", "sha224")),
    ("signed rsa sha1", "weak_signature", signed_by("rsa2048", "sha1")),
    ("signed rsa md5", "weak_signature", signed_by("rsa2048", "md5")),
    ("signed rsa sha224", "weak_signature", signed_by("rsa2048", "sha224")),
    ("signed pss sha1", "weak_signature", signed_by("rsa2048", "sha1", True)),
    ("signed pss two hashes", "weak_signature", signed_by("rsa2048", "sha256", True, "sha1")),
    ("signed dsa", "weak_signature", algorithm("2.16.840.1.101.3.4.3.2")),
    ("signed by an unknown algorithm", "weak_signature", algorithm("1.2.3.4")),
    ("CA signed sha1", "weak_signature", ca_signed_by("sha1")),
]
