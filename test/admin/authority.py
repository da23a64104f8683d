# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Certificates that cifractl does not make: of other CAs, and of its own CAs with other dates. Needs python3-cryptography."""
import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


def now():
    return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0, tzinfo=None)


def pem(certificate):
    return certificate.public_bytes(Encoding.PEM)


def der(certificate):
    return certificate.public_bytes(Encoding.DER)


class CardAuthority:
    """A CA for cards, as a state has one: no extended key usages of ours."""

    def __init__(self, name="Authentication 0018"):
        self.key = ec.generate_private_key(ec.SECP384R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._sign(self.name, self.key, 3650, True)

    def _sign(self, subject, key, days, ca):
        return (x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).public_key(key.public_key())
                .serial_number(x509.random_serial_number()).not_valid_before(now() - 400 * DAY).not_valid_after(now() + days * DAY)
                .add_extension(x509.BasicConstraints(ca, None), True)
                .add_extension(x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False), True)
                .sign(self.key, hashes.SHA256()))

    def card(self, name="MARIA", number="A1", days=365, key=None, ca=False):
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.SERIAL_NUMBER, number)])
        return self._sign(subject, key or ec.generate_private_key(ec.SECP256R1()), days, ca)


def _ca(folder, ca):
    with open(f"{folder}/ca/{ca}-ca-key.pem", "rb") as file:
        key = load_pem_private_key(file.read(), b"ca secret one")
    with open(f"{folder}/ca/{ca}-ca.pem", "rb") as file:
        return x509.load_pem_x509_certificate(file.read()), key


def aged_crl(folder, ca, age, life):
    """Number 7 of ca/NAME-ca, made `age` days ago for `life` days."""
    certificate, key = _ca(folder, ca)
    identifier = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    crl = (x509.CertificateRevocationListBuilder().issuer_name(certificate.subject).last_update(now() - age * DAY)
           .next_update(now() + (life - age) * DAY).add_extension(x509.CRLNumber(7), False)
           .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), False))
    return crl.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def redated(folder, ca, record, begins, ends):
    """The certificate in `record` again, signed by ca/NAME-ca of this folder, with dates in days from now."""
    with open(f"{folder}/ca/{ca}-ca-key.pem", "rb") as file:
        key = load_pem_private_key(file.read(), b"ca secret one")
    with open(record, "rb") as file:
        former = x509.load_pem_x509_certificate(file.read())
    builder = (x509.CertificateBuilder().subject_name(former.subject).issuer_name(former.issuer).public_key(former.public_key())
               .serial_number(x509.random_serial_number()).not_valid_before(now() + begins * DAY).not_valid_after(now() + ends * DAY))
    for extension in former.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    return pem(builder.sign(key, hashes.SHA256()))
