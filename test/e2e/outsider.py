# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""The client of test/interop on a site of this folder: for what cifra would not say, or not twice. And a CA of somebody else,
whose cards know nothing of Cifra."""

import datetime
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "interop"))

from cifra_certificates import Identity, load_roots  # noqa: E402
from cifra_client import Client  # noqa: E402
from cifra_connection import Failed, Options, Truncated  # noqa: E402, F401
from cryptography import x509  # noqa: E402
from cryptography.hazmat.primitives import hashes  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402
from cryptography.hazmat.primitives.serialization import Encoding  # noqa: E402
from policy import crl, key_hash, replace  # noqa: E402


def identity(folder: Path, party: str) -> Identity:
    return Identity.load(folder / f"{party}-chain.pem", folder / f"{party}-key.pem")


def client(case, site, *, port: int | None = None, device: Identity | None = None, user: Identity | None = None) -> Client:
    """Not logged in yet; its connection ends with the test."""
    folder = site.folder / "pki/client"
    made = Client(("127.0.0.1", port or site.port), Options(timeout=60), load_roots(folder / "server-roots.pem"),
                  device or identity(folder, "device"), user or identity(folder, "user"))
    case.addCleanup(made.sock.close)
    return made


def refused(case, code: str, action, *arguments, **options) -> None:
    """The server answers action(…) with this ERROR."""
    with case.assertRaises(Failed) as caught:
        action(*arguments, **options)
    case.assertEqual((caught.exception.scope, caught.exception.name), (0, code))


def new_request(name: str = "somebody's desk"):
    """A key, and a PKCS#10 request for it in DER."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    return key, x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


class CardAuthority:
    """A root and a CA below it, as they stand behind national cards."""

    def __init__(self, name: str = "Somewhere"):
        self.root_key, self.key = ec.generate_private_key(ec.SECP384R1()), ec.generate_private_key(ec.SECP256R1())
        self.root = self._certificate([("CN", f"{name} root")], self.root_key, None, self.root_key)
        self.certificate = self._certificate([("CN", f"{name} cards")], self.key, self.root, self.root_key)
        self.hash = key_hash(self.certificate)

    @staticmethod
    def _certificate(attributes, key, issuer, signer, ca: bool = True) -> x509.Certificate:
        oids = {"CN": x509.NameOID.COMMON_NAME, "serialNumber": x509.NameOID.SERIAL_NUMBER, "O": x509.NameOID.ORGANIZATION_NAME}
        subject = x509.Name([x509.NameAttribute(oids[kind], value) for kind, value in attributes])
        now = datetime.datetime.utcnow()
        builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer.subject if issuer else subject)
                   .public_key(key.public_key()).serial_number(x509.random_serial_number())
                   .not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(days=1))
                   .add_extension(x509.BasicConstraints(ca, None), True)
                   .add_extension(x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False), True)
                   .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False))
        return builder.sign(signer, hashes.SHA384() if signer.key_size == 384 else hashes.SHA256())

    def card(self, name: str, number: str = "") -> Identity:
        """Somebody's certificate, without any extended key usage, and the key that would be on the card."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = [("CN", name)] + ([("serialNumber", number)] if number else [])
        leaf = self._certificate(names, key, self.certificate, self.key, ca=False)
        return Identity([one.public_bytes(Encoding.DER) for one in (leaf, self.certificate)], key)

    def publish(self, folder: Path, *revoked: Identity, number: int = 1) -> None:
        serials = [x509.load_der_x509_certificate(one.chain[0]).serial_number for one in revoked]
        for name, certificate, key, some in (("cards-root", self.root, self.root_key, []), ("cards", self.certificate, self.key, serials)):
            replace(folder / f"{name}.crl", crl(certificate, key, revoked=some, number=number))
