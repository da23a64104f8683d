# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Paths, roles, names, dates (R-19, R-20)."""

import der
from cases_good import deep, issued_with, plain
from der import common_name, extension, new_key, oid, seq, tlv
from maker import ARC, CLIENT_AUTH, DAY, HOUR, ROLES, SERVER_AUTH, Authority, Chain, Leaf, chain

NEXT = {"server": "device", "device": "user", "user": "server"}
GENERAL = {role: usages[0] for role, usages in ROLES.items()}
SERVERS = {"device": "", "user": ""}  # what is a fault of servers only
PEOPLE = {"server": ""}  # and of devices and people only


def of_stranger(sent):
    def make(world, role):
        root = Authority(f"a stranger {role}", crl=False)
        return chain(Leaf(role, root), *([root] if sent else []))
    return make


def without_ca(world, role):
    return chain(Leaf(role, world.issuing))


def wrong_ca(world, role):
    other = world.below(world.root, f"another issuing {role}")
    return chain(Leaf(role, world.issuing), other)


def loop(world, role):
    one, two = Authority(f"loop one {role}", crl=False), Authority(f"loop two {role}", crl=False)
    first = Authority(f"loop one {role}", two, key=one.key, crl=False)
    second = Authority(f"loop two {role}", one, key=two.key, crl=False)
    return chain(Leaf(role, first), first, second)


def dearest(title, self_issued):
    """Each of these could have issued each other, with the longest keys and exponents: many signatures to verify."""
    def make(world, role):
        key = new_key("rsa4096e4294967291")
        root = Authority(title, key=key, crl=False)
        above = [Authority(title, root, key=key, crl=False) for _ in range(3)]
        if self_issued:
            return chain(Leaf(role, root, subject=root.name, signer=key, key=key), *above)
        # The names go round, so that a search tries each behind each.
        others = [Authority(f"{title} {i}", root, key=key, crl=False) for i in range(3)]
        return chain(Leaf(role, root, signer=key), root, *others[:2])
    return make


def self_signed(title=None):
    def make(world, role):
        key = new_key("p256")
        name = common_name(title or "somebody")
        return Chain([Leaf(role, world.issuing, key=key, subject=name, issuer=name, signer=key).der], key)
    return make


def authority_as_leaf(which):
    return lambda world, role: Chain([world.root.der] if which == "root" else [world.issuing.der, world.root.der],
                                     world.root.key if which == "root" else world.issuing.key)


def by_leaf(world, role):
    above = Leaf(role, world.issuing)
    lower = Authority("somebody", world.issuing, key=above.key, crl=False)
    leaf = Leaf(role, lower)
    return Chain([leaf.der, above.der, world.issuing.der], leaf.key)


def turned_bit(of_ca):
    def turn(whole):
        return whole[:-5] + bytes([whole[-5] ^ 1]) + whole[-4:]

    def make(world, role):
        leaf = Leaf(role, world.issuing, kind="ed25519")
        return Chain([leaf.der, turn(world.issuing.der)] if of_ca else [turn(leaf.der), world.issuing.der], leaf.key)
    return make


def turned_name(world, role):
    leaf = Leaf(role, world.issuing, title="a listener")
    return Chain([leaf.der.replace(b"a listener", b"A listener"), world.issuing.der], leaf.key)


def another_key(world, role):
    return chain(Leaf(role, world.issuing, signer=new_key("p256")), world.issuing)


def wrong_issuer_name(world, role):
    return chain(Leaf(role, world.issuing, issuer=common_name("issuing, really")), world.issuing)


def long_path(world, role):
    upper = world.below(world.root, f"no CA below {role}", path_length=0)
    lower = world.below(upper, f"a CA below {role}")
    return chain(Leaf(role, lower), lower, upper)


def long_path_of_root(world, role):
    root = world.trust(Authority(f"root of leaves {role}", path_length=0))
    lower = world.below(root, f"below the root of leaves {role}")
    return chain(Leaf(role, lower), lower)


def roles(usages):
    return lambda world, role: chain(Leaf(role, world.issuing, role_usages=usages(role)), world.issuing)


def ca_roles(usages):
    def make(world, role):
        authority = world.below(world.root, f"CA of {usages(role)} {role}", role_usages=usages(role))
        return chain(Leaf(role, authority), authority)
    return make


def expired_root(world, role):
    root = world.trust(Authority(f"expired root {role}", begins=-2 * DAY, ends=-DAY))
    return chain(Leaf(role, root))


def names(*attributes):
    return plain(subject=der.name(*attributes))


CN = "2.5.4.3"
UNKNOWN = extension("1.2.3.4", der.NULL, True)
CONSTRAINTS = seq(tlv(0xA0, seq(tlv(0x82, b"localhost"))))
CASES = [
    ("stranger", "untrusted", of_stranger(sent=False)),
    ("stranger with its root", "untrusted", of_stranger(sent=True)),
    ("CA not sent", "untrusted", without_ca),
    ("another CA sent", "untrusted", wrong_ca),
    ("loop", "untrusted", loop),
    ("a loop of everything", "untrusted", dearest("dear", self_issued=True)),
    ("a loop of everything in the root's name", "untrusted", dearest("root", self_issued=True)),
    ("dear certificates in the root's name", "bad_signature", dearest("root", self_issued=False)),
    ("dear certificates of a stranger", "untrusted", dearest("dear", self_issued=False)),
    ("depth 5", "chain_too_long", deep(5)),
    ("self-signed", "self_signed", self_signed()),
    ("self-signed in the root's name", "self_signed", self_signed("root")),
    ("root as leaf", "is_ca", authority_as_leaf("root")),
    ("CA as leaf", "is_ca", authority_as_leaf("issuing")),
    ("leaf with the CA flag", "is_ca", plain(basic=der.basic_constraints(True))),
    ("issued by a leaf", "not_ca", by_leaf),
    ("CA without the CA flag", "not_ca", issued_with("no CA flag", ca=False)),
    ("CA without basicConstraints", "not_ca", issued_with("no constraints", basic=b"")),
    ("CA without keyCertSign", "ca_key_usage", issued_with("no keyCertSign", usages=("cRLSign", "digitalSignature"))),
    ("CA without keyUsage", "ca_key_usage", issued_with("no keyUsage", usage=b"")),
    ("path length exceeded", "path_length", long_path),
    ("path length of the root exceeded", "path_length", long_path_of_root),
    ("wrong signature", "bad_signature", turned_bit(of_ca=False)),
    ("wrong signature of the CA", "bad_signature", turned_bit(of_ca=True)),
    ("name altered", "bad_signature", turned_name),
    ("signed by another key", "bad_signature", another_key),
    ("wrong issuer name", "untrusted", wrong_issuer_name),
    ("key usage keyEncipherment", "key_usage", plain(usages=("keyEncipherment",))),
    ("key usage nonRepudiation", "key_usage", plain(usages=("nonRepudiation",))),
    ("key usage with keyCertSign", "key_usage", plain(usages=("digitalSignature", "keyCertSign"))),
    ("key usage absent", "key_usage", plain(usage=b"")),
    ("key usage empty", "key_usage", plain(usages=())),
    ("role of another", "wrong_role", roles(lambda role: ROLES[NEXT[role]])),
    ("role without the general usage", "wrong_role", roles(lambda role: (ROLES[role][1],))),
    ("general usage alone", "wrong_role", roles(lambda role: (GENERAL[role],))),
    ("both general usages", "wrong_role", roles(lambda role: (SERVER_AUTH, CLIENT_AUTH))),
    ("role and another's general usage", "wrong_role",
     roles(lambda role: (SERVER_AUTH if role != "server" else CLIENT_AUTH, ROLES[role][1]))),
    ("no extended usage", "wrong_role", roles(lambda role: ())),
    ("any extended usage", "wrong_role", roles(lambda role: ("2.5.29.37.0",))),
    ("unknown role", "wrong_role", roles(lambda role: (GENERAL[role], ARC + "9"))),
    ("CA of another role", "ca_wrong_role", ca_roles(lambda role: ROLES[NEXT[role]])),
    ("CA of the general usage alone", "ca_wrong_role", ca_roles(lambda role: (GENERAL[role],))),
    ("CA of any usage", "ca_wrong_role", ca_roles(lambda role: ("2.5.29.37.0",))),
    ("unknown critical extension", "critical_extension", plain(extra=[UNKNOWN])),
    ("unknown critical extension of the CA", "critical_extension", issued_with("unknown critical", extra=[UNKNOWN])),
    ("critical policies", "critical_extension", plain(extra=[extension("2.5.29.32", seq(seq(oid("1.2.3.4"))), True)])),
    ("critical distribution points", "critical_extension", plain(extra=[extension("2.5.29.31", seq(), True)])),
    ("name constraints", "name_constraints", issued_with("constrained", extra=[extension("2.5.29.30", CONSTRAINTS, True)])),
    ("name constraints not critical", "name_constraints", issued_with("softly", extra=[extension("2.5.29.30", CONSTRAINTS)])),
    ("expired", "expired", plain(begins=-2 * DAY, ends=-5)),
    ("not yet valid", "not_yet_valid", plain(begins=HOUR, ends=DAY)),
    ("ends before it begins", "expired", plain(begins=DAY, ends=-DAY)),
    ("CA expired", "ca_expired", issued_with("expired", begins=-2 * DAY, ends=-DAY)),
    ("CA not yet valid", "not_yet_valid", issued_with("not yet", begins=HOUR, ends=DAY)),
    ("root expired", "ca_expired", expired_root),
    ("no SAN", {"server": "no_name"} | SERVERS, plain(names=())),
    ("CN only", {"server": "no_name"} | SERVERS, plain(names=(), title="localhost")),
    ("e-mail only", {"server": "no_name"} | SERVERS, plain(names=("somebody@localhost",))),
    ("wildcard SAN", {"server": "wrong_name"} | SERVERS, plain(names=("*", "*.localhost", "local*"))),
    ("another name", {"server": "wrong_name"} | SERVERS, plain(names=("music.example",), title="localhost")),
    ("addresses only", {"server": "wrong_name"} | SERVERS, plain(names=("127.0.0.1", "::1"))),
    ("name with a zero", {"server": "wrong_name"} | SERVERS, plain(names=("localhost\0.example",))),
    ("duplicate CN", {"device": "no_name", "user": "no_name"} | PEOPLE, names((CN, "somebody"), (CN, "somebody else"))),
    ("no CN", {"device": "no_name", "user": "no_name"} | PEOPLE, names(("2.5.4.10", "a library"))),
    ("empty subject", {"device": "no_name", "user": "no_name"} | PEOPLE, names()),
    ("line feed in the CN", {"device": "no_name", "user": "no_name"} | PEOPLE, names((CN, "some\nbody"))),
    ("zero in the CN", {"device": "no_name", "user": "no_name"} | PEOPLE, names((CN, "some\0body"))),
    ("escape in the CN", {"device": "no_name", "user": "no_name"} | PEOPLE, names((CN, "some\x1b[31mbody"))),
    ("text turned round in the CN", {"device": "no_name", "user": "no_name"} | PEOPLE, names((CN, "some\u202ebody"))),
    ("invisible in the CN", {"device": "no_name", "user": "no_name"} | PEOPLE, names((CN, "some\u200bbody"))),
    ("CN of 65 bytes", {"device": "no_name", "user": "no_name"} | PEOPLE, names((CN, "n" * 65))),
]
