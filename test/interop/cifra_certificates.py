# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Keys, signatures and the server's chain, as PROTOCOL.md sections 3, 4.3 and 4.5 have them."""

import datetime
import ipaddress
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

_ARC = "1.3.6.1.4.1.32473.1."
ROLES = {"server": {ExtendedKeyUsageOID.SERVER_AUTH.dotted_string, _ARC + "1"},
         "device": {ExtendedKeyUsageOID.CLIENT_AUTH.dotted_string, _ARC + "2"},
         "user": {ExtendedKeyUsageOID.CLIENT_AUTH.dotted_string, _ARC + "3"},
         "publisher": {ExtendedKeyUsageOID.CODE_SIGNING.dotted_string, _ARC + "4"}}
SCHEMES = {"ecdsa_p256_sha256": 0x0403, "ecdsa_p384_sha384": 0x0503, "ed25519": 0x0807,
           "rsa_pss_sha256": 0x0804, "rsa_pss_sha384": 0x0805, "rsa_pss_sha512": 0x0806,
           "rsa_pkcs1_sha256": 0x0401, "rsa_pkcs1_sha384": 0x0501, "rsa_pkcs1_sha512": 0x0601}
SERVER_SCHEMES = tuple(n for n in SCHEMES if not n.startswith("rsa_pkcs1"))
_HASHES = {"sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}
_RSA_PSS = "1.2.840.113549.1.1.10"
_KNOWN_EXTENSIONS = {"2.5.29.19", "2.5.29.15", "2.5.29.37", "2.5.29.17", "2.5.29.14", "2.5.29.35"}


class Untrusted(Exception):
    """The other side's certificate or signature does not hold."""


@dataclass
class Identity:
    """A chain, leaf first, and the key of its leaf."""
    chain: list
    key: object

    @classmethod
    def load(cls, chain_path, key_path, passphrase=None):
        with open(chain_path, "rb") as f:
            chain = [c.public_bytes(Encoding.DER) for c in _read_pem(f.read())]
        with open(key_path, "rb") as f:
            return cls(chain, load_pem_private_key(f.read(), passphrase))


def _read_pem(data):
    end = b"-----END CERTIFICATE-----"
    return [x509.load_pem_x509_certificate(part[part.index(b"-----BEGIN"):] + end + b"\n")
            for part in data.split(end) if b"-----BEGIN CERTIFICATE" in part]


def load_roots(path):
    with open(path, "rb") as f:
        return _read_pem(f.read())


def fits(name, public_key, user=False):
    """R-8."""
    if name.startswith("ecdsa"):
        return isinstance(public_key, ec.EllipticCurvePublicKey) and (
            public_key.curve.name == {"ecdsa_p256_sha256": "secp256r1", "ecdsa_p384_sha384": "secp384r1"}[name])
    if name == "ed25519":
        return isinstance(public_key, ed25519.Ed25519PublicKey)
    return (isinstance(public_key, rsa.RSAPublicKey) and 2048 <= public_key.key_size <= 4096
            and (user or not name.startswith("rsa_pkcs1")))


def choose_scheme(key, offered, user):
    """The first code offered that the key can do."""
    names = {code: name for name, code in SCHEMES.items()}
    for code in offered:
        if code in names and fits(names[code], key.public_key(), user):
            return names[code]
    raise Untrusted("no scheme offered fits the key")


def _rsa_padding(name, digest):
    if name.startswith("rsa_pkcs1"):
        return padding.PKCS1v15()
    return padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)


def sign(key, name, message):
    if name == "ed25519":
        return key.sign(message)
    digest = _HASHES[name.rsplit("_", 1)[1]]()
    if name.startswith("ecdsa"):
        return key.sign(message, ec.ECDSA(digest))
    return key.sign(message, _rsa_padding(name, digest), digest)


def verify(public_key, name, signature, message):
    if not fits(name, public_key, user=True):
        raise Untrusted("scheme does not fit the key")
    try:
        if name == "ed25519":
            public_key.verify(signature, message)
            return
        digest = _HASHES[name.rsplit("_", 1)[1]]()
        if name.startswith("ecdsa"):
            public_key.verify(signature, message, ec.ECDSA(digest))
        else:
            public_key.verify(signature, message, _rsa_padding(name, digest), digest)
    except InvalidSignature as e:
        raise Untrusted("signature") from e


def signed_text(context, transcript_hash):
    return b"\x20" * 64 + context.encode("ascii") + b"\x00" + transcript_hash


# Paths, section 4.5

def _verify_issued(certificate, issuer):
    key = issuer.public_key()
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(certificate.signature, certificate.tbs_certificate_bytes)
        elif isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in ("secp256r1", "secp384r1"):
            _modern(certificate.signature_hash_algorithm)
            key.verify(certificate.signature, certificate.tbs_certificate_bytes, ec.ECDSA(certificate.signature_hash_algorithm))
        elif isinstance(key, rsa.RSAPublicKey) and 2048 <= key.key_size <= 4096:
            _verify_rsa(certificate, key)
        else:
            raise Untrusted("key of an issuer")
    except (InvalidSignature, UnsupportedAlgorithm) as e:
        raise Untrusted("signature of a certificate") from e


def _modern(algorithm):
    if algorithm is None or algorithm.name not in _HASHES:
        raise Untrusted("hash in a certificate's signature")


def _verify_rsa(certificate, key):
    if certificate.signature_algorithm_oid.dotted_string != _RSA_PSS:
        digest = certificate.signature_hash_algorithm
        _modern(digest)
        key.verify(certificate.signature, certificate.tbs_certificate_bytes, padding.PKCS1v15(), digest)
        return
    for digest in _HASHES.values():  # this library version does not parse the parameters of PSS
        try:
            key.verify(certificate.signature, certificate.tbs_certificate_bytes, _rsa_padding("rsa_pss", digest()), digest())
            return
        except InvalidSignature:
            continue
    raise Untrusted("signature of a certificate")


def _extension(certificate, kind):
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound as e:
        raise Untrusted(f"a certificate without {kind.__name__}") from e


def _check_any(certificate, now):
    if not certificate.not_valid_before <= now <= certificate.not_valid_after:
        raise Untrusted("dates")
    for e in certificate.extensions:
        if e.critical and e.oid.dotted_string not in _KNOWN_EXTENSIONS:
            raise Untrusted("unknown critical extension")


def _check_issuer(certificate, below):
    basic = _extension(certificate, x509.BasicConstraints)
    if not basic.ca or not _extension(certificate, x509.KeyUsage).key_cert_sign:
        raise Untrusted("an issuer that is no CA")
    if basic.path_length is not None and below > basic.path_length:
        raise Untrusted("path too long")


def _check_leaf(certificate, role):
    usages = {u.dotted_string for u in _extension(certificate, x509.ExtendedKeyUsage)}
    if not ROLES[role] <= usages:
        raise Untrusted("role")
    if any(e.value.ca for e in certificate.extensions if isinstance(e.value, x509.BasicConstraints)):
        raise Untrusted("a leaf that is a CA")
    if not _extension(certificate, x509.KeyUsage).digital_signature:
        raise Untrusted("a leaf without digitalSignature")


def _check_name(certificate, dialled):
    """R-20."""
    names = _extension(certificate, x509.SubjectAlternativeName)
    try:
        known = ipaddress.ip_address(dialled) in names.get_values_for_type(x509.IPAddress)
    except ValueError:
        known = dialled.lower() in (n.lower() for n in names.get_values_for_type(x509.DNSName))
    if not known:
        raise Untrusted(f"not the certificate of {dialled}")


def validate(chain, roots, role, dialled=None):
    """R-19, R-20: the leaf's certificate, if the path holds."""
    try:
        path = [x509.load_der_x509_certificate(c) for c in chain]
    except ValueError as e:
        raise Untrusted("malformed certificate") from e
    if not any(r == path[-1] for r in roots):
        anchors = [r for r in roots if r.subject == path[-1].issuer]
        if not anchors:
            raise Untrusted("no trusted root")
        path.append(anchors[0])
    if len(path) < 2:
        raise Untrusted("a leaf that is a root")
    now = datetime.datetime.utcnow()
    for i, certificate in enumerate(path):
        _check_any(certificate, now)
        if i + 1 < len(path):
            if certificate.issuer != path[i + 1].subject:
                raise Untrusted("order of the chain")
            _verify_issued(certificate, path[i + 1])
        if i:
            _check_issuer(certificate, i - 1)
    _check_leaf(path[0], role)
    if dialled is not None:
        _check_name(path[0], dialled)
    return path[0]
