# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Certificates as the issuers of cards make them: of several key types, without this project's extended key usages."""

import datetime
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

MAKERS = {"ec256": lambda: ec.generate_private_key(ec.SECP256R1()), "ec384": lambda: ec.generate_private_key(ec.SECP384R1()),
          "rsa2048": lambda: rsa.generate_private_key(65537, 2048)}


def name_of(common_name: str, number: str = "") -> x509.Name:
    number = [x509.NameAttribute(NameOID.SERIAL_NUMBER, number)] if number else []
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "PT"), *number, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


@dataclass
class Person:
    key: Path
    certificate: Path
    public_key: object

    def pem(self) -> str:
        return self.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


class CardAuthority:
    """A root, or a CA below another, that issues persons' certificates for cards."""

    def __init__(self, folder: Path, name: str = "Cards of the State", above: "CardAuthority | None" = None):
        self.folder, self.name = folder, name_of(name)
        self.key = ec.generate_private_key(ec.SECP384R1())
        self.root = folder / ("card-ca.pem" if above else "card-roots.pem")
        self.certificate = (above or self).sign(self.name, self.key, True, -86400, 86400, ())
        self.root.write_bytes(self.certificate.public_bytes(Encoding.PEM))
        self.made = 0

    def sign(self, subject: x509.Name, key, authority: bool, begins: float, ends: float, more: tuple) -> x509.Certificate:
        now = datetime.datetime.utcnow()
        builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).public_key(key.public_key())
                   .serial_number(x509.random_serial_number())
                   .not_valid_before(now + datetime.timedelta(seconds=begins)).not_valid_after(now + datetime.timedelta(seconds=ends))
                   .add_extension(x509.BasicConstraints(authority, None), True)
                   .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
                   .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False))
        for extension, critical in more or ((self.usage(sign=not authority, authority=authority), True),):
            builder = builder.add_extension(extension, critical)
        return builder.sign(self.key, hashes.SHA384())

    @staticmethod
    def usage(*, sign: bool = False, repudiation: bool = False, authority: bool = False) -> x509.KeyUsage:
        return x509.KeyUsage(sign, repudiation, False, False, False, authority, authority, False, False)

    def issue(self, name: str, kind: str = "ec256", *, number: str = "", begins: float = -3600, ends: float = 3600, more: tuple = ()):
        """Key and certificate as files."""
        self.made += 1
        key = MAKERS[kind]()
        certificate = self.sign(name_of(name, number), key, False, begins, ends, more)
        person = Person(self.folder / f"card-{self.made}.key", self.folder / f"card-{self.made}.pem", key.public_key())
        person.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
        with open(os.open(person.key, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return person
