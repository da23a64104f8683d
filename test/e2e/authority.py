# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Certificates that cifractl does not make: expired ones, of strangers, for other roles. Needs python3-cryptography."""

import datetime
import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from running import CA

_ARC = "1.3.6.1.4.1.32473.1."
_USAGES = {"server": (ExtendedKeyUsageOID.SERVER_AUTH.dotted_string, _ARC + "1"),
           "device": (ExtendedKeyUsageOID.CLIENT_AUTH.dotted_string, _ARC + "2"),
           "user": (ExtendedKeyUsageOID.CLIENT_AUTH.dotted_string, _ARC + "3")}


def _builder(subject: str, issuer: x509.Name, key, begins: float, ends: float, ca: bool):
    now = datetime.datetime.utcnow()
    return (x509.CertificateBuilder().subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
            .issuer_name(issuer).public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now + datetime.timedelta(seconds=begins)).not_valid_after(now + datetime.timedelta(seconds=ends))
            .add_extension(x509.BasicConstraints(ca, None), True)
            .add_extension(x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False))


class Authority:
    """Of a site, the CA for the role `party`; without a site a stranger who is a root of its own."""

    def __init__(self, site=None, party: str = "device"):
        if site:
            folder = site.folder / "pki/ca"
            self.certificate = x509.load_pem_x509_certificate((folder / f"{party}-ca.pem").read_bytes())
            self.key = load_pem_private_key((folder / f"{party}-ca-key.pem").read_bytes(), CA.encode())
            self.above = [self.certificate]
            return
        self.key, self.above = ec.generate_private_key(ec.SECP256R1()), []
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a stranger")])
        self.certificate = _builder("a stranger", name, self.key, -3600, 3600, True).sign(self.key, hashes.SHA256())

    def issue(self, party: str, chain: Path, key: Path, *, name: str = "somebody", begins: float = -3600, ends: float = 3600):
        """Writes the chain and the unencrypted key of a new certificate; times in seconds from now."""
        own = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(name, self.certificate.subject, own, begins, ends, False).add_extension(
            x509.ExtendedKeyUsage([x509.ObjectIdentifier(usage) for usage in _USAGES[party]]), False)
        if party == "server":
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        subject_key = self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(subject_key), False)
        leaf = builder.sign(self.key, hashes.SHA256())
        chain.write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in [leaf, *self.above]))
        with open(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
