# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Certificates that cifractl would not make, and servers to run with them."""

import datetime
import ipaddress
import os
import socket
import subprocess
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from cifra_certificates import ROLES, Identity

PASSPHRASE = b"interop server"
KINDS = {"p256": lambda: ec.generate_private_key(ec.SECP256R1()), "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
         "ed25519": ed25519.Ed25519PrivateKey.generate, "rsa2048": lambda: rsa.generate_private_key(65537, 2048)}


class Authority:
    """A root CA of its own."""

    def __init__(self, name, kind="p256"):
        self.key = KINDS[kind]()
        self.root = self._certificate(name, self.key, None, {})

    def _certificate(self, name, key, role, o):
        now = datetime.datetime.utcnow()
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        issuer = self.root.subject if role else subject
        ca = not role or o.get("ca", False)
        b = (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
             .serial_number(x509.random_serial_number())
             .not_valid_before(now + datetime.timedelta(hours=o.get("begins", -1)))
             .not_valid_after(now + datetime.timedelta(hours=o.get("ends", 24)))
             .add_extension(x509.BasicConstraints(ca, None), True)
             .add_extension(x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False), True)
             .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False))
        if role:
            usages = [x509.ObjectIdentifier(u) for u in sorted(ROLES[role])]
            b = b.add_extension(x509.ExtendedKeyUsage(usages), False)
            b = b.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False)
        if role == "server":
            names = [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            b = b.add_extension(x509.SubjectAlternativeName(names), False)
        if o.get("critical"):
            b = b.add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.32473.9"), b"\x05\x00"), True)
        kind = self.key
        digest = None if isinstance(kind, ed25519.Ed25519PrivateKey) else hashes.SHA256()
        if isinstance(kind, ec.EllipticCurvePrivateKey) and kind.curve.name == "secp384r1":
            digest = hashes.SHA384()
        return b.sign(self.key, digest)

    def issue(self, role, name, kind="p256", **options):
        key = KINDS[kind]()
        leaf = self._certificate(name, key, role, options)
        return Identity([leaf.public_bytes(Encoding.DER)], key)

    def write_root(self, path):
        with open(path, "wb") as f:
            f.write(self.root.public_bytes(Encoding.PEM))


def write_identity(identity, folder):
    """chain.pem and key.pem, encrypted, of a server."""
    with open(os.path.join(folder, "chain.pem"), "wb") as f:
        for der in identity.chain:
            f.write(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM))
    path = os.path.join(folder, "key.pem")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as f:
        f.write(identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSPHRASE)))


def with_passphrases(command, *lines):
    """Start a program that reads passphrases, a line each, from --passphrase-fd."""
    read, write = os.pipe()
    os.write(write, b"".join(line + b"\n" for line in lines))
    os.close(write)
    try:
        return subprocess.Popen([*command, "--passphrase-fd", str(read)], pass_fds=(read,), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    finally:
        os.close(read)


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


class Server:
    """cifrad in a folder of its own, with the certificates of another folder."""

    def __init__(self, cifrad, folder, certificates, passphrase, config):
        self.address = ("127.0.0.1", _free_port())
        self.media = os.path.join(folder, "media")
        self.log = os.path.join(folder, "log")
        for name in (self.media, os.path.join(folder, "state")):
            os.makedirs(name, mode=0o700, exist_ok=True)
        path = os.path.join(folder, "cifrad.toml")
        with open(path, "w", encoding="ascii") as f:
            f.write(f'listen = ["127.0.0.1:{self.address[1]}"]\nmedia_dir = "media"\nstate_dir = "state"\n')
            f.write("[certificates]\n")
            for key, name in (("chain", "chain.pem"), ("key", "key.pem"), ("device_roots", "device-roots.pem"),
                              ("user_roots", "user-roots.pem")):
                f.write(f'{key} = "{os.path.join(certificates, name)}"\n')
            f.write(config + f'\n[log]\nlevel = "debug"\nfile = "{self.log}"\n')
        self._command, self._passphrase = [cifrad, "--config", path], passphrase

    def start(self):
        self._process = with_passphrases(self._command, self._passphrase)
        until = time.monotonic() + 20
        while time.monotonic() < until and self._process.poll() is None:
            try:
                socket.create_connection(self.address).close()
                return self
            except ConnectionRefusedError:
                time.sleep(0.02)
        raise AssertionError(f"cifrad did not start: {self.stop()}")

    def stop(self):
        """What it printed."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            return self._process.communicate(timeout=10)[0].decode()
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            raise

    def logged(self):
        with open(self.log, encoding="utf-8") as f:
            return f.read()
