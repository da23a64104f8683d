# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""The client of test/interop on a site of this folder: for what cifra would not say, or not twice."""

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
