# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""DER by hand, so that any part of a certificate can be wrong; keys and signatures by python3-cryptography."""

import datetime
import functools
import ipaddress
import subprocess

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat, load_pem_private_key


def tlv(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 + len(octets)]) + octets + content


def seq(*parts: bytes) -> bytes:
    return tlv(0x30, *parts)


def integer(value: int) -> bytes:
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def oid(text: str) -> bytes:
    first, second, *rest = (int(part) for part in text.split("."))
    content = b""
    for value in [first * 40 + second, *rest]:
        octets = [value & 0x7F]
        while value := value >> 7:
            octets.insert(0, 0x80 | value & 0x7F)
        content += bytes(octets)
    return tlv(0x06, content)


def bits(content: bytes, unused: int = 0) -> bytes:
    return tlv(0x03, bytes([unused]), content)


def octets(content: bytes) -> bytes:
    return tlv(0x04, content)


NULL, TRUE = tlv(0x05), tlv(0x01, b"\xff")


def name(*attributes: tuple[str, str]) -> bytes:
    return seq(*(tlv(0x31, seq(oid(kind), tlv(0x0C, value.encode("utf-8", "surrogateescape")))) for kind, value in attributes))


def common_name(value: str) -> bytes:
    return name(("2.5.4.3", value))


def time(seconds: float) -> bytes:
    """Of X.509; seconds from now."""
    moment = datetime.datetime.utcnow() + datetime.timedelta(seconds=seconds)
    if 1950 <= moment.year < 2050:
        return tlv(0x17, moment.strftime("%y%m%d%H%M%SZ").encode())
    return tlv(0x18, moment.strftime("%Y%m%d%H%M%SZ").encode())


# Extensions

def extension(kind: str, value: bytes, critical: bool = False) -> bytes:
    return seq(oid(kind), TRUE if critical else b"", octets(value))


def basic_constraints(ca: bool, path_length: int | None = None) -> bytes:
    return extension("2.5.29.19", seq(TRUE if ca else b"", b"" if path_length is None else integer(path_length)), True)


USAGES = ("digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign", "cRLSign")


def key_usage(*usages: str, critical: bool = True) -> bytes:
    value = sum(0x80 >> USAGES.index(usage) for usage in usages)
    unused = (value & -value).bit_length() - 1 if value else 0
    return extension("2.5.29.15", bits(bytes([value]) if value else b"", unused), critical)


def extended_usage(*usages: str) -> bytes:
    return extension("2.5.29.37", seq(*(oid(usage) for usage in usages)))


def alternative_names(*names: str) -> bytes:
    """Host names and addresses; what holds an @ is an e-mail address."""
    parts = []
    for one in names:
        try:
            parts.append(tlv(0x87, ipaddress.ip_address(one).packed))
        except ValueError:
            parts.append(tlv(0x81 if "@" in one else 0x82, one.encode()))
    return extension("2.5.29.17", seq(*parts))


# Keys

ECDSA, RSA = "1.2.840.10045.4.", "1.2.840.113549.1.1."
SHA = {"sha1": hashes.SHA1, "sha224": hashes.SHA224, "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512,
       "md5": hashes.MD5}
ECDSA_OIDS = {"sha1": ECDSA + "1", "sha224": ECDSA + "3.1", "sha256": ECDSA + "3.2", "sha384": ECDSA + "3.3", "sha512": ECDSA + "3.4"}
RSA_OIDS = {"md5": RSA + "4", "sha1": RSA + "5", "sha224": RSA + "14", "sha256": RSA + "11", "sha384": RSA + "12", "sha512": RSA + "13"}
HASH_OIDS = {"sha256": "2.16.840.1.101.3.4.2.1", "sha384": "2.16.840.1.101.3.4.2.2", "sha512": "2.16.840.1.101.3.4.2.3",
             "sha1": "1.3.14.3.2.26"}


class Key:
    """A private key; `public` is its SubjectPublicKeyInfo."""

    def __init__(self, private, hash_name: str = "sha256", pss: bool = False, mask: str | None = None):
        self.private, self.hash, self.pss, self.mask = private, hash_name, pss, mask or hash_name
        self.public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def using(self, hash_name: str, pss: bool = False, mask: str | None = None) -> "Key":
        return Key(self.private, hash_name, pss, mask)

    def algorithm(self) -> bytes:
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return seq(oid("1.3.101.112"))
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            return seq(oid(ECDSA_OIDS[self.hash]))
        if not self.pss:
            return seq(oid(RSA_OIDS[self.hash]), NULL)
        if self.hash == "sha1":
            return seq(oid(RSA + "10"), seq())  # all of it by default
        digest, mask = (seq(oid(HASH_OIDS[kind]), NULL) for kind in (self.hash, self.mask))
        return seq(oid(RSA + "10"), seq(tlv(0xA0, digest), tlv(0xA1, seq(oid(RSA + "8"), mask)),
                                        tlv(0xA2, integer(SHA[self.hash].digest_size))))

    def sign(self, content: bytes) -> bytes:
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return self.private.sign(content)
        digest = SHA[self.hash]()
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            return self.private.sign(content, ec.ECDSA(digest))
        way = padding.PSS(padding.MGF1(SHA[self.mask]()), digest.digest_size) if self.pss else padding.PKCS1v15()
        return self.private.sign(content, way, digest)

    def pem(self) -> bytes:
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


CURVES = {"p256": ec.SECP256R1, "p384": ec.SECP384R1, "p521": ec.SECP521R1, "secp256k1": ec.SECP256K1, "brainpool": ec.BrainpoolP256R1}


def new_key(kind: str) -> Key:
    if kind in CURVES:
        return Key(ec.generate_private_key(CURVES[kind]()))
    return {"ed25519": lambda: Key(ed25519.Ed25519PrivateKey.generate()), "ed448": lambda: Key(ed448.Ed448PrivateKey.generate()),
            "x25519": lambda: Key(x25519.X25519PrivateKey.generate()), "dsa": lambda: Key(dsa.generate_private_key(1024)),
            }.get(kind, lambda: kept_rsa(kind))()


@functools.lru_cache(maxsize=None)
def kept_rsa(kind: str) -> Key:
    """rsa2048, rsa2048e3, …: slow to make, so one of a kind does for all."""
    size, _, exponent = kind.removeprefix("rsa").partition("e")
    if exponent not in ("", "3"):
        made = subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{size}", "-pkeyopt",
                               f"rsa_keygen_pubexp:{exponent}"], check=True, capture_output=True).stdout
        return Key(load_pem_private_key(made, None))
    return Key(rsa.generate_private_key(int(exponent or 65537), int(size)))


def rsa_public(modulus: int, exponent: int, parameters: bytes = NULL) -> bytes:
    return seq(seq(oid(RSA + "1"), parameters), bits(seq(integer(modulus), integer(exponent))))


def ec_public(curve: bytes, point: bytes) -> bytes:
    return seq(seq(oid("1.2.840.10045.2.1"), curve), bits(point))
