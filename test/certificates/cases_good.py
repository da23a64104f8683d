# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Chains that are accepted: every kind of key, and what the profile leaves free."""

import der
from der import extension, new_key, octets, seq, tlv
from maker import CLIENT_AUTH, DAY, HOST, ROLES, SERVER_AUTH, Leaf, chain


def plain(**options):
    return lambda world, role: chain(Leaf(role, world.issuing, **options), world.issuing)


def issued_with(title, **options):
    """By a CA below the root of its own, with these options."""
    def make(world, role):
        authority = world.below(world.root, f"{title} {role}", **options)
        return chain(Leaf(role, authority), authority)
    return make


def signed_with(kind, hash_name, pss=False):
    def make(world, role):
        authority = world.below(world.root, f"issuing {kind} {hash_name} {pss} {role}", key=new_key(kind).using(hash_name, pss))
        return chain(Leaf(role, authority, kind="p256"), authority)
    return make


def below_root(world, role):
    return chain(Leaf(role, world.root))


def with_root(world, role):
    return chain(Leaf(role, world.issuing), world.issuing, world.root)


def deep(depth, mixed=False):
    """`depth` certificates without the root."""
    def make(world, role):
        line = [world.issuing]
        for level in range(depth - 2):
            line.insert(0, world.below(line[0], f"deep {depth} {level} {mixed} {role}"))
        leaf = Leaf(role, line[0])
        return chain(leaf, *(reversed(line) if mixed else line))
    return make


def path_length_kept(world, role):
    upper = world.below(world.root, f"one below {role}", path_length=1)
    lower = world.below(upper, f"none below {role}", path_length=0)
    return chain(Leaf(role, lower), lower, upper)


def confined(world, role):
    authority = world.below(world.root, f"for {role}s only", role_usages=ROLES[role])
    return chain(Leaf(role, authority), authority)


def renewed_root(world, role):
    """The root has a new key under the old name; both are trusted."""
    from maker import Authority
    old, new = (world.trust(Authority(f"renewed {role}", key=new_key("p256"))) for _ in range(2))
    return chain(Leaf(role, old if role == "server" else new))


def people(text):
    return plain(title=text)


UNKNOWN = extension("1.2.3.4", der.NULL)
CASES = [
    ("good", "", plain()),
    ("good leaf p384", "", plain(kind="p384")),
    ("good leaf ed25519", "", plain(kind="ed25519")),
    ("good leaf rsa2048", "", plain(kind="rsa2048")),
    ("good leaf rsa3072", "", plain(kind="rsa3072")),
    ("good leaf rsa4096", "", plain(kind="rsa4096")),
    ("good leaf rsa2048 exponent 3", "", plain(kind="rsa2048e3")),
    ("good signed ecdsa p256 sha384", "", signed_with("p256", "sha384")),
    ("good signed ecdsa p384 sha384", "", signed_with("p384", "sha384")),
    ("good signed ecdsa p384 sha512", "", signed_with("p384", "sha512")),
    ("good signed ed25519", "", signed_with("ed25519", "sha256")),
    ("good signed rsa sha256", "", signed_with("rsa2048", "sha256")),
    ("good signed rsa sha384", "", signed_with("rsa2048", "sha384")),
    ("good signed rsa4096 sha512", "", signed_with("rsa4096", "sha512")),
    ("good signed pss sha256", "", signed_with("rsa2048", "sha256", True)),
    ("good signed pss sha512", "", signed_with("rsa4096", "sha512", True)),
    ("good right below the root", "", below_root),
    ("good with the root sent", "", with_root),
    ("good depth 4", "", deep(4)),
    ("good out of order", "", deep(4, mixed=True)),
    ("good path length kept", "", path_length_kept),
    ("good CA confined to the role", "", confined),
    ("good root renewed", "", renewed_root),
    ("good unknown extension not critical", "", plain(extra=[UNKNOWN])),
    ("good no basicConstraints in the leaf", "", plain(basic=b"")),
    ("good key usage not critical", "", plain(usage=der.key_usage("digitalSignature", critical=False))),
    ("good more key usages", "", plain(usages=("digitalSignature", "keyEncipherment", "keyAgreement"))),
    ("good more extended usages", "", lambda world, role: chain(
        Leaf(role, world.issuing, role_usages=(*ROLES[role], SERVER_AUTH, CLIENT_AUTH, "1.3.6.1.5.5.7.3.4")), world.issuing)),
    ("good name in many letters", "", people("Zoë Ångström 試聴室 🎵")),
    ("good name of 64 bytes", "", people("n" * 64)),
    ("good more attributes", "", plain(subject=der.name(
        ("2.5.4.6", "PT"), ("2.5.4.10", "A library"), ("2.5.4.5", "BI123"), ("2.5.4.3", "somebody"), ("2.5.4.42", "Ana")))),
    ("good until year 3100", "", lambda world, role: chain(
        Leaf(role, world.issuing, dates=seq(der.time(-DAY), tlv(0x18, b"31001231235959Z"))), world.issuing)),
    ("good serial number of 20 bytes", "", plain(serial=der.integer(2**159 - 7))),
    ("good many names", "", plain(names=(*(f"host-{i}.example" for i in range(200)), HOST))),
    ("good wildcard beside the name", "", plain(names=("*.example", HOST))),
    ("good addresses of both kinds", "", plain(names=("192.0.2.7", "2001:db8::7", HOST))),
    ("good name in capitals", "", plain(names=("LOCALHOST",))),
    ("good key identifiers", "", lambda world, role: chain(
        Leaf(role, world.issuing, extra=[extension("2.5.29.14", octets(b"k" * 20), True),
                                         extension("2.5.29.35", seq(tlv(0x80, b"a" * 20)))]), world.issuing)),
    ("good CA with an unknown extension", "", issued_with("has more", extra=[UNKNOWN])),
]
