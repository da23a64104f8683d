# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""DH_PARAMETERS: keys that are none, and guesses (sections 3 and 4.2)."""

import cifra_wire as wire
from cifra_connection import Refused
from cifra_suites import CURVES, FFDHE, GROUPS, KeyPair
from cifra_wire import u16

from .bug import GOES_ON, MALFORMED, add, bug
from .peer import Skip, WrongGuess

P25519 = 2**255 - 19
# The points of small order of Curve25519 and their other encodings: each leads to an all-zero secret.
SMALL_ORDER = {
    "zero": 0, "one": 1, "order-8": 325606250916557431795983626356110631294008115727848805560023387167927233504,
    "order-8-other": 39382357235489614581723060781553021112529911719440698176882885853963445705823,
    "minus-one": P25519 - 1, "p": P25519, "p-plus-1": P25519 + 1}


def instead(group, key, body=None):
    """DH_PARAMETERS of this group with another key."""
    def run(c):
        c.hooks["keys"] = body or (lambda _: u16(GROUPS[group]) + wire.bytes16(key))
        try:
            c._exchange_keys()
        except Refused as e:
            if str(e) == "GROUP":
                raise Skip(f"{group} is not enabled") from e
            raise
        if c.policy.group != group or c.wrong_guess:
            raise Skip(f"{group} is not enabled")
    return run


def bad_key(group, name, what, key, rule="R-6"):
    add(f"dh.{group.lower()}-{name}", rule, f"{group}: {what}", MALFORMED, instead(group, key), groups=(group,))


for _name, _point in SMALL_ORDER.items():
    bad_key("X25519", _name, f"a point of small order ({_name})", _point.to_bytes(32, "little"))
    bad_key("X25519", f"{_name}-high-bit", f"a point of small order ({_name}) with the unused bit set",
            (_point | 1 << 255).to_bytes(32, "little"))
for _length in (0, 1, 31, 33, 56, 1000):
    bad_key("X25519", f"of-{_length}", f"a key of {_length} bytes", b"\x09" + bytes(_length - 1) if _length else b"")


def bad_point(group, name, what, change):
    def run(c):
        key = change(KeyPair(group).public)
        instead(group, key)(c)
    add(f"dh.{group.lower()}-{name}", "R-6", f"{group}: {what}", MALFORMED, run, groups=(group,))


for _group, _prime in (("P-256", 2**256 - 2**224 + 2**192 + 2**96 - 1), ("P-384", 2**384 - 2**128 - 2**96 + 2**32 - 1)):
    _size = CURVES[_group].key_size // 8
    bad_point(_group, "infinity", "the point at infinity", lambda key: b"\0")
    bad_point(_group, "zero", "a point of zeros", lambda key, size=_size: b"\4" + bytes(2 * size))
    bad_point(_group, "off-curve", "a point beside the curve", lambda key: key[:-1] + bytes((key[-1] ^ 1,)))
    bad_point(_group, "compressed", "a compressed point", lambda key, size=_size: bytes((2 + key[-1] % 2,)) + key[1:1 + size])
    bad_point(_group, "compressed-padded", "a compressed point of the uncompressed one's length",
              lambda key, size=_size: bytes((2 + key[-1] % 2,)) + key[1:1 + size] + bytes(size))
    bad_point(_group, "hybrid", "a hybrid point", lambda key: bytes((6 + key[-1] % 2,)) + key[1:])
    bad_point(_group, "not-reduced", "a coordinate of the field's prime",
              lambda key, size=_size, prime=_prime: b"\4" + prime.to_bytes(size, "big") + key[1 + size:])
    bad_point(_group, "short", "a byte missing", lambda key: key[:-1])
    bad_point(_group, "long", "a byte more", lambda key: key + b"\0")
    bad_point(_group, "other-curve", "a point of another curve",
              lambda key, group=_group: KeyPair("P-384" if group == "P-256" else "P-256").public)
    bad_point(_group, "form-5", "an unknown form", lambda key: b"\5" + key[1:])

for _group, _prime in FFDHE.items():
    _size = _prime.bit_length() // 8
    for _name, _value in (("0", 0), ("1", 1), ("p-minus-1", _prime - 1), ("p", _prime), ("p-plus-1", _prime + 1)):
        bad_key(_group, _name, f"the key {_name}", _value.to_bytes(_size, "big"))
    bad_key(_group, "short", "a key without its leading zeros", b"\2")

for _name, _what, _body in (
        ("empty", "no bytes", lambda _: b""), ("cut", "a byte missing", lambda body: body[:-1]), ("behind", "a byte behind", lambda body: body + b"\0"),
        ("group-alone", "a group alone", lambda body: body[:2]),
        ("length-short", "a length of one byte less", lambda body: body[:3] + bytes((body[3] - 1,)) + body[4:]),
        ("length-65535", "a length of 65 535", lambda body: body[:2] + b"\xff\xff" + body[4:])):
    add(f"dh.body-{_name}", "R-2", f"DH_PARAMETERS: {_what}", MALFORMED, instead("X25519", b"", _body), groups=("X25519",))


# Guesses, R-9 and R-10.
def guess(first, second=None):
    """A wrong guess, and how the second DH_PARAMETERS departs."""
    def run(c):
        c.hooks["pairs"] = [first]
        bodies = [None, second]
        c.hooks["keys"] = lambda body: (bodies.pop(0) or _same)(body)
        c.login()
    return run


def _same(body):
    return body


add("dh.guess-unknown", "R-9", "a guessed group of no name: the server names another, and the login goes on", GOES_ON, guess(WrongGuess()))
add("dh.guess-no-key", "R-9", "a wrong guess whose key is no key: not examined", GOES_ON, guess(WrongGuess(u16(0x9999) + wire.bytes16(b"no key"))))
add("dh.guess-small-order", "R-9", "a wrong guess of ffdhe4096 with a key of 1: not examined where the group is off", GOES_ON,
    guess(WrongGuess(u16(GROUPS["ffdhe4096"]) + wire.bytes16((1).to_bytes(512, "big")))))
add("dh.second-wrong-too", "R-9", "behind a wrong guess another wrong group", MALFORMED, guess(WrongGuess(), lambda _: WrongGuess().body))
add("dh.second-other-group", "R-9", "behind a wrong guess another enabled group than the one named", MALFORMED,
    guess(WrongGuess(), lambda _: u16(GROUPS["P-384"]) + wire.bytes16(KeyPair("P-384").public)), groups=("X25519", "P-384"))
add("dh.second-zero", "R-6", "behind a wrong guess an X25519 key of zeros", MALFORMED,
    guess(WrongGuess(), lambda _: u16(GROUPS["X25519"]) + wire.bytes16(bytes(32))), groups=("X25519",))
add("dh.second-short", "R-6", "behind a wrong guess a short key", MALFORMED,
    guess(WrongGuess(), lambda _: u16(GROUPS["X25519"]) + wire.bytes16(bytes(31))), groups=("X25519",))


@bug("dh.second-is-negotiation", "R-2", "behind a wrong guess a second NEGOTIATION", MALFORMED)
def _negotiation_again(c):
    c.hooks["pairs"] = [WrongGuess()]
    flights = []

    def flight(frames):
        flights.append(frames)
        return frames if len(flights) == 1 else flights[0]
    c.hooks["flight"] = flight
    c._exchange_keys()


@bug("dh.nothing-in-common", "R-9", "a guess of a group that is not enabled, and no other offered", ("REFUSED GROUP",), groups=("X448",))
def _no_group(c):
    c.hooks["pairs"] = [WrongGuess()]
    c.login()
