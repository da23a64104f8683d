# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Bytes and texts, altered by a random source that can be asked again; and which altered bodies are surely none."""

import json

import cifra_wire as wire
from cifra_wire import Reader, Violation

NUMBERS = (0, 1, 2, 127, 128, 255, 256, 2**15, 2**16 - 1, 2**24 - 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1)


def _flip(random, data):
    at = random.randrange(len(data))
    return data[:at] + bytes((data[at] ^ 1 << random.randrange(8),)) + data[at + 1:]


def _number(random, data):
    size = random.choice([n for n in (1, 2, 3, 4, 8) if n <= len(data)])
    at = random.randrange(len(data) - size + 1)
    return data[:at] + (random.choice(NUMBERS) % (1 << 8 * size)).to_bytes(size, "big") + data[at + size:]


def _cut(random, data):
    return data[:random.randrange(len(data))]


def _remove(random, data):
    at = random.randrange(len(data))
    return data[:at] + data[at + random.randrange(1, 9):]


def _insert(random, data):
    at = random.randrange(len(data) + 1)
    return data[:at] + random.choice((b"\0", b"\xff", random.randbytes(4), data[:8])) * random.randrange(1, 4) + data[at:]


def _swap(random, data):
    a, b = sorted((random.randrange(len(data)), random.randrange(len(data))))
    return data[:a] + data[b:] + data[a:b]


def altered(random, data):
    """Other bytes than these, of up to three changes."""
    changed = data
    while changed == data:
        for _ in range(random.choice((1, 1, 1, 2, 3))):
            changed = random.choice((_flip, _number, _cut, _remove, _insert, _swap))(random, changed) if changed else random.randbytes(3)
    return changed


def altered_offer(random, payload):
    """NEGOTIATION: its members altered as values, or its text as bytes."""
    if random.random() < 0.3:
        return altered(random, payload)
    offer = json.loads(payload)
    name = random.choice(list(offer))
    values = (None, 0, -1, 2**64, 1.5, "", "x" * 300, [], {}, [[]], True, [None], ["x"] * 17, offer[random.choice(list(offer))])
    kind = random.random()
    if kind < 0.2:
        del offer[name]
    elif kind < 0.4 and isinstance(offer[name], list) and offer[name]:
        offer[name].insert(0, random.choice(values))
    else:
        offer[name] = random.choice(values)
    return json.dumps(offer).encode()[:4096]


# Bodies, as section 8 has them; each takes what there is to take, and raises Violation.

def _list(r):
    number = r.uint(4)
    r.take(18)
    if not number or len(r.str16().encode()) > 256:
        raise Violation("LIST")


def _open(r):
    number, mode = r.uint(4), r.uint(1)
    play = r.take(16)
    if not number or mode not in (1, 2, 3):
        raise Violation("OPEN")
    if mode != wire.UPLOAD:
        r.take(16)
        return
    r.str16()
    r.take(44)
    if any(play):
        raise Violation("play id of an upload")


def _licence(r):
    number, action = r.uint(4), r.uint(1)
    r.take(16)
    voucher = r.str16()
    if not number or action > 2 or len(voucher.encode()) > 128 or (voucher and action != 1):
        raise Violation("LICENCE_REQUEST")


def _data(r):
    r.take(16)
    count = r.uint(1)
    if count > 50:
        raise Violation("hashes")
    r.take(32 * count)
    r.rest()


def _error(r):
    if r.uint(1) > 2:
        raise Violation("scope")
    r.take(6)


SHAPES = {wire.LIST: _list, wire.OPEN: _open, wire.LICENCE_REQUEST: _licence, wire.DATA: _data, wire.ERROR: _error, wire.PING: lambda r: r.take(8),
          wire.READ: lambda r: r.take(20), wire.CLOSE: lambda r: r.take(20), wire.BYE: lambda r: None}


def malformed(inner, body):
    """R-43: whether this body is surely a violation."""
    if inner not in SHAPES:
        return True
    r = Reader(body)
    try:
        SHAPES[inner](r)
        r.end()
    except Violation:
        return True
    return False
