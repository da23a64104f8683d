# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Chains that the command line of OpenSSL makes, as an operator would who has a PKI already (certs/README.md)."""

import subprocess
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from der import Key
from maker import HOST, ROLES, Chain

KINDS = {"ecdsa": (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], ["-sha256"]),
         "ecdsa p384": (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"], ["-sha384"]),
         "ed25519": (["-algorithm", "ED25519"], []),
         "rsa": (["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], ["-sha256"]),
         "rsa pss": (["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], ["-sha256", "-sigopt", "rsa_padding_mode:pss"])}
AUTHORITY = """basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
"""
DATABASE = """[ca]
default_ca = here
[here]
database = {folder}/{name}.index
crlnumber = {folder}/{name}.number
default_md = {digest}
"""


class OpenSsl:
    def __init__(self, folder: Path, name: str):
        self.folder, self.name = folder, name
        self.key_options, self.sign_options = KINDS[name]
        folder.mkdir(exist_ok=True)

    def run(self, *arguments):
        return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True).stdout

    def path(self, *parts: str) -> Path:
        return self.folder / "-".join([self.name.replace(" ", "-"), *parts])

    def make(self, title: str, extensions: str, by: str | None) -> bytes:
        """The certificate's DER."""
        key, request, given, out = (self.path(title, end) for end in ("key", "csr", "ext", "pem"))
        self.run("genpkey", *self.key_options, "-out", key)
        self.run("req", "-new", "-key", key, "-subj", f"/CN=openssl {self.name} {title}", "-out", request)
        given.write_text(extensions)
        signer = ["-signkey", key] if by is None else ["-CA", self.path(by, "pem"), "-CAkey", self.path(by, "key"), "-CAcreateserial"]
        self.run("x509", "-req", "-in", request, *signer, "-days", 2, "-extfile", given, "-out", out, *self.sign_options)
        return self.run("x509", "-in", out, "-outform", "DER")

    def list(self, title: str) -> bytes:
        """An empty revocation list."""
        config, out = self.path(title, "conf"), self.path(title, "crl")
        name = out.name
        digest = "default" if not self.sign_options else self.sign_options[0].removeprefix("-")
        config.write_text(DATABASE.format(folder=self.folder, name=name, digest=digest))
        (self.folder / f"{name}.index").write_text("")
        (self.folder / f"{name}.number").write_text("01\n")
        options = self.sign_options[1:]
        self.run("ca", "-config", config, "-gencrl", "-crldays", 2, "-keyfile", self.path(title, "key"), "-cert",
                 self.path(title, "pem"), "-out", out, *options)
        return self.run("crl", "-in", out, "-outform", "DER")


class Made:
    """For World.roots and World.authorities."""

    def __init__(self, der: bytes, lists: list[bytes]):
        self.der, self.lists = der, lists


def leaf_extensions(role: str) -> str:
    usages = ", ".join(ROLES[role])
    names = f"subjectAltName = DNS:{HOST}, IP:127.0.0.1\n" if role == "server" else ""
    return (f"basicConstraints = critical, CA:FALSE\nkeyUsage = critical, digitalSignature\nextendedKeyUsage = {usages}\n{names}"
            "subjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid\n")


def openssl_cases(world, folder: Path):
    """(case, role, chain); adds its roots and lists to the world."""
    for name in KINDS:
        openssl = OpenSsl(folder / "openssl", name)
        root = Made(openssl.make("root", AUTHORITY, None), [])
        issuing = Made(openssl.make("issuing", AUTHORITY.replace("TRUE", "TRUE, pathlen:0") + "authorityKeyIdentifier = keyid\n",
                                    "root"), [])
        root.lists, issuing.lists = [openssl.list("root")], [openssl.list("issuing")]
        world.roots.append(root)
        world.authorities += [root, issuing]
        for role in ROLES:
            leaf = openssl.make(role, leaf_extensions(role), "issuing")
            key = Key(load_pem_private_key(openssl.path(role, "key").read_bytes(), None))
            yield f"openssl {name}", role, Chain([leaf, issuing.der], key)
