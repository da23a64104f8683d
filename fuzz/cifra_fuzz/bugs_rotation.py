# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Rotations that the server has begun, and answers that are none (section 6)."""

import cifra_wire as wire
from cifra_suites import KeyPair, Traffic
from cifra_wire import bytes16, u32, u64

from .bug import BAD_RECORD, GOES_ON, PROTOCOL, add
from .bugs_streams import reading
from .peer import Skip

MOST = 4096  # DATA that are fetched until a ROTATE has to have come


def rotating(answer):
    """Downloads until ROTATE comes; answer(c, body of it) in place of the honest one."""
    def run(c):
        came = []
        c.hooks["rotate"] = lambda peer, body: came.append(body)
        c.login()
        if not 0 < c.policy.chunks <= MOST:
            raise Skip("the server rotates too seldom")
        stream, chunks = c.downloading = c.target.opened(c)
        number = got = asked = 0
        # No more than lead to one ROTATE: with more under way the next one would follow the answer at once.
        few = min(chunks, max(1, c.policy.chunks // 2))
        while not came and got <= c.policy.chunks:
            if got == asked:
                number, asked = number + 1, asked + few
                c.send(wire.READ, reading(stream, number, 0, few))
            message = c.step()
            got += bool(message and message[0] == wire.DATA)
        if not came:
            raise wire.Violation("R-30: no ROTATE within N DATA")
        answer(c, came[0])
    return run


def response(change):
    """ROTATE_RESPONSE with the honest body changed, under the keys of the old epoch."""
    def answer(c, rotate):
        r = wire.Reader(rotate)
        epoch, _ = r.uint(4), r.bytes16()
        c.send(wire.ROTATE_RESPONSE, change(epoch, KeyPair(c.policy.group).public))
    return rotating(answer)


def rotate_bug(name, rule, what, demand, run, **options):
    add(f"rotate.{name}", rule, f"ROTATE answered: {what}", demand, run, **options)


for _name, _rule, _what, _change in (
        ("epoch-same", "R-33", "with the present epoch", lambda e, k: u32(e - 1) + bytes16(k)), ("epoch-next", "R-33", "with an epoch too far", lambda e, k: u32(e + 1) + bytes16(k)),
        ("epoch-0", "R-33", "with epoch 0", lambda e, k: u32(0) + bytes16(k)), ("epoch-largest", "R-33", "with the largest epoch", lambda e, k: u32(2**32 - 1) + bytes16(k)),
        ("key-short", "R-6", "with a key of a byte less", lambda e, k: u32(e) + bytes16(k[:-1])), ("key-long", "R-6", "with a key of a byte more", lambda e, k: u32(e) + bytes16(k + b"\0")),
        ("key-empty", "R-6", "with no key", lambda e, k: u32(e) + bytes16(b"")), ("empty", "R-43", "with no body", lambda e, k: b""),
        ("cut", "R-43", "with a byte missing", lambda e, k: (u32(e) + bytes16(k))[:-1]), ("behind", "R-43", "with a byte behind", lambda e, k: u32(e) + bytes16(k) + b"\0"),
        ("key-zeros", "R-6", "with a key of zeros", lambda e, k: u32(e) + bytes16(bytes(len(k))))):
    rotate_bug(_name, _rule, _what, PROTOCOL, response(_change))
for _name, _group, _what, _key in (
        ("x25519-one", "X25519", "with a point of small order", lambda k: b"\1" + bytes(31)),
        ("x25519-order-8", "X25519", "with a point of order 8", lambda k: bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")),
        ("p256-off-curve", "P-256", "with a point beside the curve", lambda k: k[:-1] + bytes((k[-1] ^ 1,))), ("p256-compressed", "P-256", "with a compressed point", lambda k: b"\2" + k[1:33]),
        ("p256-hybrid", "P-256", "with a hybrid point", lambda k: bytes((6 + k[-1] % 2,)) + k[1:]), ("p256-x25519", "P-256", "with a key of another group", lambda k: KeyPair("X25519").public),
        ("p384-off-curve", "P-384", "with a point beside the curve", lambda k: k[:-1] + bytes((k[-1] ^ 1,))),
        ("ffdhe-1", "ffdhe2048", "with the key 1", lambda k: (1).to_bytes(256, "big")), ("ffdhe-0", "ffdhe2048", "with the key 0", lambda k: bytes(256))):
    def _of_group(c, change=_key, group=_group):
        from cifra_connection import Refused
        try:
            response(lambda e, k: u32(e) + bytes16(change(k)))(c)
        except Refused as e:
            raise Skip(f"{group} is not enabled") from e
    rotate_bug(_name, "R-6", _what, PROTOCOL, _of_group, groups=(_group,))


def honest(c, rotate):
    """What an honest client answers; sends nothing in the new epoch."""
    c.hooks.pop("rotate")
    c._rotate(rotate)


def behind(frames):
    """frames(c, the old keys) behind an honest answer."""
    def answer(c, rotate):
        old = c.tx
        honest(c, rotate)
        c.send_raw(frames(c, old))
    return rotating(answer)


def under(traffic, c, inner, body):
    new, c.tx = c.tx, traffic
    sealed = c.seal(inner, body)
    c.tx = new
    return sealed


def _ahead(c, rotate):
    """A record of e+1 although ROTATE_RESPONSE was not sent."""
    c.tx = Traffic(c.suite, c.schedule.client, c.tx.epoch + 1, c.policy.ratchet)
    c.send(wire.PING, u64(1))


rotate_bug("response-twice", "R-33", "twice, the second time under the new keys", PROTOCOL,
           behind(lambda c, old: c.seal(wire.ROTATE_RESPONSE, u32(c.tx.epoch + 1) + bytes16(KeyPair(c.policy.group).public))))
rotate_bug("response-again", "R-33", "and again for the same epoch, under the new keys", PROTOCOL,
           behind(lambda c, old: c.seal(wire.ROTATE_RESPONSE, u32(c.tx.epoch) + bytes16(KeyPair(c.policy.group).public))))
rotate_bug("old-epoch", "R-32, R-25", "and then a record of the old epoch", BAD_RECORD, behind(lambda c, old: under(old, c, wire.PING, u64(1))))
rotate_bug("old-keys", "R-32", "and then a record under the old keys with the new epoch", BAD_RECORD,
           behind(lambda c, old: (setattr(old, "epoch", c.tx.epoch), under(old, c, wire.PING, u64(1)))[1]))
rotate_bug("too-far", "R-25", "and then a record of the epoch after the new one", BAD_RECORD,
           behind(lambda c, old: (setattr(c.tx, "epoch", c.tx.epoch + 1), c.seal(wire.PING, u64(1)))[1]))
rotate_bug("ahead", "R-25, R-32", "by a record of the new epoch, and no ROTATE_RESPONSE", BAD_RECORD, rotating(_ahead))
rotate_bug("rotate", "R-33, R-37", "by a ROTATE of our own", PROTOCOL, rotating(lambda c, rotate: c.send(wire.ROTATE, rotate)))
rotate_bug("rotated", "R-33, R-37", "by ROTATED", PROTOCOL, rotating(lambda c, rotate: c.send(wire.ROTATED, b"")))
rotate_bug("late", "R-32", "behind requests under the old keys: taken", GOES_ON,
           rotating(lambda c, rotate: ([c.send(wire.PING, u64(n)) for n in range(10)], honest(c, rotate))))
rotate_bug("bye", "R-33", "by a BYE: the rotation is dropped", ("BYE",), rotating(lambda c, rotate: c.send(wire.BYE, b"")))


def _held(c, rotate):
    """Not at all, and everything there is asked for: no more than N DATA come, and what is none is not held (R-31)."""
    c.hooks["rotate"] = lambda *_: None
    stream, chunks = c.downloading
    c.send(wire.READ, reading(stream, 2**20, 0, chunks))
    c.send(wire.PING, u64(2))
    more = 0
    while True:
        inner, _ = c._record()
        more += inner == wire.DATA
        if inner == wire.PONG:
            break
    if more + max(1, c.policy.chunks // 2) > c.policy.chunks:
        raise wire.Violation("R-31: more than N DATA under one epoch")


def _mute(c, rotate):
    _held(c, rotate)
    c.mute()


rotate_bug("never", "R-31", "not at all: DATA is held, nothing else", GOES_ON, rotating(_held))
rotate_bug("never-for-60-s", "R-34", "not at all, nor anything else for a minute", ("ERROR ROTATION_TIMEOUT",), rotating(_mute), wait=80)
