# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Authorities, certificates of the three roles and revocation lists, good unless told otherwise."""

import itertools

import der
from der import Key, bits, common_name, extension, integer, new_key, octets, oid, seq, time, tlv

ARC = "1.3.6.1.4.1.32473.1."
SERVER_AUTH, CLIENT_AUTH = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"
ROLES = {"server": (SERVER_AUTH, ARC + "1"), "device": (CLIENT_AUTH, ARC + "2"), "user": (CLIENT_AUTH, ARC + "3")}
HOST = "localhost"
HOUR, DAY = 3600, 86400
serials = itertools.count(1000)


def certificate(issuer: bytes, subject: bytes, public: bytes, extensions, signer: Key, *, begins=-HOUR, ends=DAY, serial=None,
                version=tlv(0xA0, integer(2)), algorithm=None, inner=None, unique=b"", dates=None, tail=b"", sign=None) -> bytes:
    """Of RFC 5280. `inner`: another algorithm inside than outside; `extensions`: None leaves the field out."""
    outer = algorithm or signer.algorithm()
    listed = b"" if extensions is None else tlv(0xA3, seq(*extensions))
    body = seq(version, serial or integer(next(serials)), inner or outer, issuer, dates or seq(time(begins), time(ends)), subject,
               public, unique, listed, tail)
    return seq(body, outer, bits((sign or signer.sign)(body)))


class Authority:
    """A CA: a root, or below `above`. `lists` is what its revocation lists are, one unless told otherwise."""

    def __init__(self, title: str, above: "Authority | None" = None, *, kind="p256", key=None, signer=None, path_length=None,
                 usages=("keyCertSign", "cRLSign"), role_usages=(), ca=True, extra=(), basic=None, usage=None, crl=True, public=None,
                 **options):
        self.title, self.above, self.key = title, above, key or new_key(kind)
        self.name = common_name(title)
        self.serial = next(serials)
        parts = [der.basic_constraints(ca, path_length) if basic is None else basic,
                 der.key_usage(*usages) if usage is None else usage]
        if role_usages:
            parts.append(der.extended_usage(*role_usages))
        signed_by = signer or (above.key if above else self.key)
        self.der = certificate(above.name if above else self.name, self.name, public or self.key.public, [*parts, *extra], signed_by,
                               serial=integer(self.serial), **options)
        self.lists = [self.list()] if crl else []

    def list(self, revoked=(), *, number=10, base=None, begins=-HOUR, ends=DAY, extra=(), signer=None, version=True) -> bytes:
        """`revoked`: serial numbers, or pairs of one and its extensions."""
        signer = signer or self.key
        entries = [seq(integer(serial), time(-HOUR), *([seq(*parts)] if parts else [])) for serial, parts in
                   ((one if isinstance(one, tuple) else (one, ())) for one in revoked)]
        parts = [*extra, extension("2.5.29.20", integer(number))]
        if base is not None:
            parts.append(extension("2.5.29.27", integer(base), True))
        body = seq(integer(1) if version else b"", signer.algorithm(), self.name, time(begins), b"" if ends is None else time(ends),
                   seq(*entries) if entries else b"", tlv(0xA0, seq(*parts)) if version else b"")
        return seq(body, signer.algorithm(), bits(signer.sign(body)))


def reason(code: int) -> bytes:
    return extension("2.5.29.21", tlv(0x0A, bytes([code])))


class Leaf:
    """A certificate with its key, and the serial number that a list would name."""

    def __init__(self, role: str, by: Authority, *, kind="p256", key=None, subject=None, title="somebody", usages=("digitalSignature",),
                 usage=None, role_usages=None, basic=None, names=(HOST, "127.0.0.1"), extra=(), public=None, signer=None, issuer=None,
                 extensions=(), **options):
        self.key = key or new_key(kind)
        self.serial = next(serials)
        parts = [der.basic_constraints(False) if basic is None else basic, der.key_usage(*usages) if usage is None else usage]
        wanted = ROLES[role] if role_usages is None else role_usages
        if wanted:
            parts.append(der.extended_usage(*wanted))
        if role == "server" and names:
            parts.append(der.alternative_names(*names))
        self.name = common_name(title) if subject is None else subject
        parts = [part for part in parts if part] + list(extra)
        options = {"serial": integer(self.serial)} | options
        self.der = certificate(issuer or by.name, self.name, public or self.key.public, parts if extensions == () else extensions,
                               signer or by.key, **options)


class World:
    """All that the cases share, and what they add: trusted roots and revocation lists."""

    def __init__(self):
        self.roots, self.authorities = [], []
        self.root = self.trust(Authority("root"))
        self.issuing = self.below(self.root, "issuing")

    def trust(self, root: Authority) -> Authority:
        self.roots.append(root)
        self.authorities.append(root)
        return root

    def below(self, above: Authority, title: str, **options) -> Authority:
        made = Authority(title, above, **options)
        self.authorities.append(made)
        return made

    def lists(self):
        return [one for authority in self.authorities for one in authority.lists]


class Chain:
    """What is shown, leaf first; `key` signs the handshake."""

    def __init__(self, certificates, key: Key):
        self.certificates, self.key = list(certificates), key


def chain(leaf: Leaf, *authorities: Authority) -> Chain:
    return Chain([leaf.der, *(one.der for one in authorities)], leaf.key)
