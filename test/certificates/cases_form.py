# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Bytes that are no certificate of the profile (R-21)."""

import der
from cases_good import issued_with
from der import bits, extension, integer, octets, seq, tlv
from maker import Chain, Leaf, chain, certificate


def plain(**options):
    return lambda world, role: chain(Leaf(role, world.issuing, **options), world.issuing)


def altered(change):
    """A good certificate whose bytes are changed by change(der)."""
    def make(world, role):
        leaf = Leaf(role, world.issuing)
        return Chain([change(leaf.der), world.issuing.der], leaf.key)
    return make


def content_of(whole: bytes) -> bytes:
    return whole[4:]  # all certificates here are longer than 255 bytes and shorter than 65536


def nested(levels: int, indefinite: bool = False) -> bytes:
    value = b""
    for _ in range(levels):
        value = b"\x30\x80" + value + b"\x00\x00" if indefinite else tlv(0x30, value)
    return value


def many_names(world, role):
    return chain(Leaf(role, world.issuing, extra=[der.alternative_names(*(f"h{i}.example" for i in range(10_000)))], names=()),
                 world.issuing)


def sized(size):
    """Exactly so large; signatures of Ed25519 are of one length."""
    def make(world, role):
        authority = world.below(world.root, f"of {size} bytes {role}", kind="ed25519")
        padding = size
        for _ in range(4):
            leaf = Leaf(role, authority, kind="ed25519", extra=[extension("1.2.3.4", octets(b"x" * padding))])
            padding -= len(leaf.der) - size
        assert len(leaf.der) == size, len(leaf.der)
        return chain(leaf, authority)
    return make


def pem_inside(world, role):
    """A parser that guesses would read the text in it, and not the certificate that was checked."""
    text = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    return chain(Leaf(role, world.issuing, extra=[extension("1.2.3.4", tlv(0x0C, text))]), world.issuing)


def bad_ca(change):
    def make(world, role):
        leaf = Leaf(role, world.issuing)
        return Chain([leaf.der, change(world.issuing.der)], leaf.key)
    return make


def other_dates(begins: bytes, ends: bytes):
    return plain(dates=seq(begins, ends))


TIME, LATER = der.time(-3600), der.time(86400)
BAD_FLAG = seq(der.oid("1.2.3.4"), tlv(0x01, b"\x01"), octets(der.NULL))
CASES = [
    ("trailing byte", "malformed", altered(lambda d: d + b"\x00")),
    ("trailing bytes inside", "malformed", altered(lambda d: tlv(0x30, content_of(d), der.NULL))),
    ("trailing in the body", "malformed", plain(tail=der.NULL)),
    ("cut off", "malformed", altered(lambda d: d[:-1])),
    ("two bytes", "malformed", altered(lambda d: b"\x30\x00")),
    ("text", "malformed", altered(lambda d: b"not a certificate")),
    ("zeros", "malformed", altered(lambda d: bytes(2000))),
    ("length of 4 bytes", "malformed", altered(lambda d: b"\x30\x84" + len(content_of(d)).to_bytes(4, "big") + content_of(d))),
    ("indefinite length", "malformed", altered(lambda d: b"\x30\x80" + content_of(d) + b"\x00\x00")),
    ("indefinite length inside", "malformed", plain(extra=[extension("1.2.3.4", b"\x30\x80\x05\x00\x00\x00")])),
    ("nested too deep", "malformed", plain(extra=[extension("1.2.3.4", nested(17))])),
    ("nested BER", "malformed", altered(lambda d: nested(2040, indefinite=True))),
    ("nested DER", "malformed", altered(lambda d: nested(2000))),
    ("nested BER in an extension", "malformed", plain(extra=[extension("1.2.3.4", nested(1800, indefinite=True))])),
    ("long tag", "malformed", plain(extra=[extension("1.2.3.4", b"\x1f\x81\x01\x00")])),
    ("PEM inside", "malformed", pem_inside),
    ("10000 names", "too_large", many_names),
    ("8192 bytes", "", sized(8192)),
    ("8193 bytes", "too_large", sized(8193)),
    ("version 1", "old_version", plain(version=b"", extensions=None)),
    ("version 1 with extensions", "old_version", plain(version=b"")),
    ("version 2", "old_version", plain(version=tlv(0xA0, integer(1)), unique=tlv(0x81, b"\x00abc"), extensions=None)),
    ("version 4", "old_version", plain(version=tlv(0xA0, integer(3)))),
    ("no extensions", "malformed", plain(extensions=None)),
    ("unique identifiers", "malformed", plain(unique=tlv(0x81, b"\x00abc"))),
    ("two algorithms", "malformed", plain(inner=seq(der.oid("1.2.840.10045.4.3.3")))),
    ("unused bits in the signature", "malformed",
     altered(lambda d: _unused_bits(d))),
    ("negative serial number", "malformed", plain(serial=integer(-5))),
    ("extension twice", "malformed", plain(extra=[der.key_usage("digitalSignature")])),
    ("unknown extension twice", "malformed", plain(extra=[extension("1.2.3.4", der.NULL)] * 2)),
    ("critical that is not DER", "malformed", plain(extra=[BAD_FLAG])),
    ("40 extensions", "malformed", plain(extra=[extension(f"1.2.3.{i}", der.NULL) for i in range(40)])),
    ("extension that is empty", "malformed", plain(extra=[extension("1.2.3.4", b"")])),
    ("month 13", "malformed", other_dates(tlv(0x17, b"251301000000Z"), LATER)),
    ("date in words", "malformed", other_dates(tlv(0x17, b"yesterday at 1"), LATER)),
    ("end in year 9999", "malformed", other_dates(TIME, tlv(0x18, b"99991231235959Z"))),
    ("time zone in a date", "malformed", other_dates(TIME, tlv(0x17, b"491231235959+0100"))),
    ("address of 3 bytes", {"server": "malformed", "device": "", "user": ""},
     plain(names=(), extra=[extension("2.5.29.17", seq(tlv(0x87, b"abc")))])),
    ("CA cut off", "malformed", bad_ca(lambda d: d[:-1])),
    ("CA with a trailing byte", "malformed", bad_ca(lambda d: d + b"\x00")),
    ("CA with an indefinite length", "malformed", bad_ca(lambda d: b"\x30\x80" + content_of(d) + b"\x00\x00")),
    ("basicConstraints that is none", "malformed", plain(basic=extension("2.5.29.19", integer(5), True))),
    ("extKeyUsage of nothing", "malformed", plain(extra=[extension("2.5.29.37", seq())], role_usages=())),
    ("extKeyUsage that is none", "malformed", plain(extra=[extension("2.5.29.37", integer(5))], role_usages=())),
    ("extKeyUsage of a CA that is none", "malformed", issued_with("no usages", extra=[extension("2.5.29.37", integer(5))])),
    ("keyUsage of too many bits", "malformed", plain(usage=extension("2.5.29.15", bits(b"\x80\x00\x00\x80"), True))),
]


def _unused_bits(whole: bytes) -> bytes:
    """The signature is the last BIT STRING; the count of its unused bits becomes 1."""
    at = max(place for place in range(len(whole) - 80, len(whole) - 2)
             if whole[place] == 3 and whole[place + 1] == len(whole) - place - 2)
    return whole[:at + 2] + b"\x01" + whole[at + 3:]
