# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Revocation lists. Each case has a CA of its own, whose lists are what the case is about."""

import der
from der import extension, integer, new_key, seq, tlv
from maker import DAY, HOUR, Authority, Leaf, chain, reason

UNKNOWN = extension("1.2.3.4", der.NULL, True)
HOLD, REMOVE = (reason(6),), (reason(8),)
POINT = tlv(0xA0, tlv(0xA0, tlv(0x86, b"http://lists.example/1.crl")))


def scope(*parts: bytes) -> bytes:
    return extension("2.5.29.28", seq(*parts), True)


def listed(title, lists, leaf=None, **options):
    """lists(ca, serial number of the leaf) are the lists of the leaf's CA."""
    def make(world, role):
        authority = world.below(world.root, f"{title} {role}", **options)
        shown = Leaf(role, authority, **(leaf or {}))
        authority.lists = list(lists(authority, shown.serial))
        return chain(shown, authority)
    return make


def revoked_ca(world, role):
    root = world.trust(Authority(f"revokes a CA {role}"))
    authority = world.below(root, f"revoked CA {role}")
    root.lists = [root.list([(authority.serial, (reason(2),))])]
    return chain(Leaf(role, authority), authority)


def root_list(title, lists):
    def make(world, role):
        root = world.trust(Authority(f"{title} {role}"))
        authority = world.below(root, f"below {title} {role}")
        root.lists = list(lists(root))
        return chain(Leaf(role, authority), authority)
    return make


def one(*revoked, **options):
    return lambda ca, serial: [ca.list([(serial, extra) for extra in revoked], **options)]


def delta(of_base, of_delta, *, base=10, number=11, **options):
    """Of extensions of the leaf's entry in the base and in the delta; None: no entry."""
    def lists(ca, serial):
        def entries(extra):
            return [] if extra is None else [(serial, extra)]
        return [ca.list(entries(of_base)), ca.list(entries(of_delta), base=base, number=number, **options)]
    return lists


def strangers_delta(ca, serial):
    return [ca.list([(serial, HOLD)]), ca.list([(serial, REMOVE)], base=10, number=11, signer=new_key("p256"))]


CASES = [
    ("revoked", "revoked", listed("revokes", one(()))),
    ("revoked, key compromised", "revoked", listed("key compromised", one((reason(1),)))),
    ("revoked, on hold", "revoked", listed("on hold", one(HOLD))),
    ("revoked, removed by a list that is no delta", "revoked", listed("removed", one(REMOVE))),
    ("revoked among many", "revoked", listed("many", lambda ca, serial: [ca.list([*range(900), serial])])),
    ("revoked by a list out of date", "revoked", listed("revokes late", one((), begins=-2 * DAY, ends=-DAY))),
    ("others revoked", "", listed("others", lambda ca, serial: [ca.list([serial - 1, serial + 100_000])])),
    ("revoked CA", "ca_revoked", revoked_ca),
    ("list stale", "crl_stale", listed("stale", one(begins=-2 * DAY, ends=-HOUR))),
    ("list missing", "crl_missing", listed("missing", lambda ca, serial: [])),
    ("list from the future", "crl_not_yet_valid", listed("future", one(begins=HOUR, ends=DAY))),
    ("list of another signer", "crl_invalid", listed("other signer", lambda ca, serial: [ca.list(signer=new_key("p256"))])),
    ("list altered", "crl_invalid", listed("altered", lambda ca, serial: [
        ca.list([serial]).replace(der.tlv(0x02, serial.to_bytes(2, "big")), der.tlv(0x02, b"\x01\x01"))])),
    ("list with an unknown critical extension", "crl_invalid", listed("critical", one(extra=(UNKNOWN,)))),
    ("list with an unknown critical extension of an entry", "crl_invalid", listed("critical entry", lambda ca, serial: [
        ca.list([(serial + 100_000, (UNKNOWN,))])])),
    ("list with an unknown extension not critical", "", listed("softly", one(extra=(extension("1.2.3.4", der.NULL),)))),
    ("list without an end", "crl_invalid", listed("endless", one(ends=None))),
    ("list of version 1", "", listed("version 1", one(version=False))),
    ("list signed sha1", "crl_invalid", listed("sha1", lambda ca, serial: [ca.list(signer=ca.key.using("sha1"))])),
    ("list of a CA without cRLSign", "crl_invalid", listed("no cRLSign", one(), usages=("keyCertSign",))),
    ("indirect list", "crl_invalid", listed("indirect", one(extra=(scope(tlv(0x84, b"\xff")),)))),
    ("list for some reasons", "crl_invalid", listed("some reasons", one(extra=(scope(tlv(0x83, b"\x05\x60")),)))),
    ("list of CAs only", "crl_missing", listed("of CAs", one(extra=(scope(tlv(0x82, b"\xff")),)))),
    ("list of users only", "", listed("of users", one(extra=(scope(tlv(0x81, b"\xff")),)))),
    ("list of users only, revoked", "revoked", listed("of revoked users", one((), extra=(scope(tlv(0x81, b"\xff")),)))),
    ("list of another point", "crl_missing", listed("of another point", one(extra=(scope(POINT),)))),
    ("list of the named point", "revoked", listed("of the point", one((), extra=(scope(POINT),)),
                                                  leaf={"extra": [extension("2.5.29.31", seq(seq(POINT)))]})),
    ("newer list revokes", "revoked", listed("newer", lambda ca, serial: [ca.list(), ca.list([serial], number=11)])),
    ("newer list is stale", "crl_stale", listed("newer stale", lambda ca, serial: [
        ca.list(), ca.list(number=11, begins=-DAY, ends=-HOUR)])),
    ("unusable list beside a good one", "", listed("beside", lambda ca, serial: [ca.list(extra=(UNKNOWN,), number=11), ca.list()])),
    ("list signed by ed25519", "", listed("ed25519", one(), kind="ed25519")),
    ("list signed by rsa", "revoked", listed("rsa", one(()), kind="rsa2048")),
    ("list of the root stale", "crl_stale", root_list("root stale", lambda root: [root.list(begins=-2 * DAY, ends=-DAY)])),
    ("list of the root missing", "crl_missing", root_list("root without", lambda root: [])),
    ("delta adds", "revoked", listed("delta adds", delta(None, ()))),
    ("delta says nothing", "", listed("delta quiet", delta(None, None))),
    ("delta says nothing of a revoked one", "revoked", listed("delta quiet revoked", delta((), None))),
    ("delta removes", "", listed("delta removes", delta(HOLD, REMOVE))),
    ("delta of an older base", "revoked", listed("delta older base", delta(None, (), base=5))),
    ("delta of a base to come", "revoked", listed("delta wrong base", delta(HOLD, REMOVE, base=11, number=12))),
    ("delta older than the base", "revoked", listed("delta old", delta(HOLD, REMOVE, base=5, number=10))),
    ("delta stale", "", listed("delta stale", delta(None, None, begins=-2 * DAY, ends=-DAY))),
    ("delta stale that revokes", "revoked", listed("delta stale revokes", delta(None, (), begins=-2 * DAY, ends=-DAY))),
    ("delta stale that removes", "revoked", listed("delta stale removes", delta(HOLD, REMOVE, begins=-2 * DAY, ends=-DAY))),
    ("delta from the future", "revoked", listed("delta future", delta(HOLD, REMOVE, begins=HOUR, ends=DAY))),
    ("delta with an unknown critical extension", "revoked", listed("delta critical", delta(HOLD, REMOVE, extra=(UNKNOWN,)))),
    ("delta of another scope", "revoked", listed("delta scope", delta(HOLD, REMOVE, extra=(scope(tlv(0x81, b"\xff")),)))),
    ("delta of another signer", "revoked", listed("delta signer", strangers_delta)),
    ("delta alone", "crl_missing", listed("delta alone", lambda ca, serial: [ca.list(base=10, number=11)])),
]
