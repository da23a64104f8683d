# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Certificates that are wrong in one thing, of a CA of our own or, with its keys, of the site's."""

import datetime
import warnings

from cifra_certificates import ROLES, Identity
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding

HOUR = datetime.timedelta(hours=1)
KEYS = {"p256": lambda: ec.generate_private_key(ec.SECP256R1()), "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
        "secp256k1": lambda: ec.generate_private_key(ec.SECP256K1()), "rsa1024": lambda: rsa.generate_private_key(65537, 1024),
        "ed25519": ed25519.Ed25519PrivateKey.generate}
UNKNOWN = x509.ObjectIdentifier("1.3.6.1.4.1.32473.9")


def _extensions(role, key, issuer_key, o):
    """(extension, critical), of a leaf that is right but for what `o` says."""
    ca = o.get("ca", False)
    signs = o.get("signs", True)
    yield x509.BasicConstraints(ca, None), True
    yield x509.KeyUsage(signs, False, not signs, False, False, o.get("cert_sign", ca), False, False, False), True
    if o.get("usages", True) is not None:
        usages = o.get("usages", True)
        yield x509.ExtendedKeyUsage([x509.ObjectIdentifier(u) for u in (sorted(ROLES[role]) if usages is True else usages)]), False
    yield x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False
    yield x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False
    if o.get("critical"):
        yield x509.UnrecognizedExtension(UNKNOWN, b"\5\0"), True
    if o.get("constrained"):
        yield x509.NameConstraints([x509.DNSName("example")], None), False
    for number in range(o.get("extensions", 0)):
        yield x509.UnrecognizedExtension(x509.ObjectIdentifier(f"1.3.6.1.4.1.32473.9.{number}"), b"\5\0"), False


def issue(role, name, issuer, issuer_key, **o):
    """An Identity; the chain ends with the issuer."""
    key = KEYS[o.get("kind", "p256")]()
    names = [x509.NameAttribute(x509.NameOID.COMMON_NAME, one) for one in o.get("names", [name])]
    now = datetime.datetime.utcnow()
    b = (x509.CertificateBuilder().subject_name(x509.Name(names)).issuer_name(issuer.subject).public_key(key.public_key())
         .serial_number(x509.random_serial_number())
         .not_valid_before(now + o.get("begins", -1) * HOUR).not_valid_after(now + o.get("ends", 24) * HOUR))
    for extension, critical in _extensions(role, key, issuer_key, o):
        b = b.add_extension(extension, critical)
    digest = None if isinstance(issuer_key, ed25519.Ed25519PrivateKey) else o.get("digest", hashes.SHA256())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library knows that SHA-1 is no good
        leaf = b.sign(issuer_key, digest)
    return Identity([one.public_bytes(Encoding.DER) for one in (leaf, issuer)], key)


def own_ca(like):
    """(certificate, key) of a CA with the name of another."""
    key = KEYS["p256"]()
    now = datetime.datetime.utcnow()
    b = (x509.CertificateBuilder().subject_name(like.subject).issuer_name(like.subject).public_key(key.public_key())
         .serial_number(x509.random_serial_number()).not_valid_before(now - HOUR).not_valid_after(now + 24 * HOUR)
         .add_extension(x509.BasicConstraints(True, None), True)
         .add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), True)
         .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False))
    return b.sign(key, hashes.SHA256()), key


def self_signed(role, name):
    """A leaf that is its own root."""
    key = KEYS["p256"]()
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.utcnow()
    b = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
         .serial_number(x509.random_serial_number()).not_valid_before(now - HOUR).not_valid_after(now + 24 * HOUR))
    for extension, critical in _extensions(role, key, key, {}):
        b = b.add_extension(extension, critical)
    return Identity([b.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)], key)


def request(name="somebody's desk", digest=None, sign=True):
    """(key, PKCS#10 request in DER)"""
    key = KEYS["p256"]()
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, digest or hashes.SHA256())
    der = made.public_bytes(Encoding.DER)
    return key, der if sign else der[:-1] + bytes((der[-1] ^ 1,))
