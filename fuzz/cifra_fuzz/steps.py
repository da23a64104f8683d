# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""The steps of random sequences. Each decides by its own seed, so that it is the same whichever steps stand before it."""

import os
import random as source
import socket
import time

import cifra_wire as wire
from cifra_connection import Ended, Failed, Refused
from cifra_wire import u8, u16, u32, u64

from . import mutation
from .bug import BAD_RECORD, PROTOCOL, STRANGER
from .model import CHUNK, LICENCE, LIST, OPEN, Model
from .peer import Answered, Proof, describe

ALIVE = ("goes on",)
# Of a person whose AUTHENTICATE was altered: never OK.
NOT_LET_IN = ("ERROR PROTOCOL", "ERROR USER_REFUSED", "ERROR USER_EXPIRED", "ERROR NOT_CHECKED", "ERROR REVOKED", "ERROR TICKET_REFUSED")
REFUSALS = tuple(f"REFUSED {name}" for name in ("VERSION", "SUITE", "GROUP", "MALFORMED", "SCHEME"))


class Walk:
    """One connection that goes through a sequence."""

    def __init__(self, target):
        self.target, self.c, self.model = target, None, Model()
        self.demand, self.over = ALIVE, False

    def run(self, words):
        """(what was done, verdict)"""
        steps = [(STEPS[name], source.Random(f"{name}/{seed}")) for name, seed in (word.split(":") for word in words)]
        self.c = self.target.peer()
        for step, random in [s for s in steps if s[0] in HANDSHAKE_STEPS]:
            step(self, random)
        try:
            self.c.login()
            for step, random in [s for s in steps if s[0] not in HANDSHAKE_STEPS]:
                if self.over:
                    break
                step(self, random)
                if not self.over:
                    self.sync()
        except (Refused, Failed, Ended, Answered) as e:
            return self._judged(self.c.ended_by(e, self.target.timeout))
        except (wire.Violation, socket.timeout):
            raise
        except Exception as e:  # noqa: BLE001: an end without a word, too
            if describe(e) != "closed":
                raise
            return self._judged(self.c.ended_by(e, self.target.timeout))
        return self._judged(self.c.observe(self.target.timeout, ALIVE[0] in self.demand))

    def _judged(self, outcome):
        word = str(outcome) if not outcome.closed else outcome.word
        allowed = outcome.word in self.demand or (ALIVE[0] in self.demand and outcome.word.split()[0] in ("request", "stream"))
        internal = "INTERNAL" in outcome.word or outcome.word.startswith("ERROR") and not outcome.closed
        behind = outcome.notes and "behind the last word" in outcome.notes[-1]
        return (f"{word}, then {outcome.notes[-1]}" if behind else word), "as demanded" if allowed and not internal and not behind else "violation"

    def sync(self):
        """Everything that was asked for is answered before the next step."""
        token = int.from_bytes(os.urandom(7), "big")
        self.model.pings.add(token)
        self.c.patience(self.target.timeout)
        self.c.send(wire.PING, u64(token))
        while self.model.waits():
            self.receive()

    def receive(self):
        try:
            before = self.c.rotations
            inner, r = self.c._record()
            if inner in (wire.PING, wire.ROTATE, wire.ROTATED, wire.BYE, wire.ERROR):
                self.c._control(inner, r, self.c.rotations != before)
            else:
                self.model.take(inner, r)
        except Failed as e:
            if e.scope == wire.SESSION_SCOPE:
                raise
            self.model.failed(e)

    def ends(self, *demand):
        """This step is the last; one of these has to come of it."""
        self.demand, self.over = demand, True
        self.c.patience(self.target.timeout)


# Honest steps.

def do_list(w, random):
    query = random.choice(("", "a", "some", "nothing of this name", "\u00e4\u00f6\u20ac", "a " * 100))
    body = w.c.list_body(query, random.choice((0, 1, 5, 65535)))
    w.model.requests[w.c._last_request] = LIST
    w.c.send(wire.LIST, body)


def do_ping(w, random):
    w.model.pings.add(random.getrandbits(60))
    w.c.send(wire.PING, u64(max(w.model.pings)))


def do_burst(w, random):
    frames = b""
    for _ in range(random.randrange(2, 7)):
        w.model.requests[w.c._last_request + 1] = LIST
        frames += w.c.seal(wire.LIST, w.c.list_body(limit=1))
    w.c.send_raw(frames)


def do_open(w, random):
    if len(w.model.streams) >= 4:
        return
    entry = w.target.entry()
    number = w.c.next_request()
    w.model.requests[number] = OPEN
    w.c.send(wire.OPEN, u32(number) + u8(random.choice((wire.PLAY, wire.SAVE))) + w.target.play + entry.id)


def do_open_unknown(w, random):
    number = w.c.next_request()
    w.model.requests[number] = OPEN
    w.c.send(wire.OPEN, u32(number) + u8(random.choice((wire.PLAY, wire.SAVE))) + random.randbytes(32))


def do_read(w, random):
    streams = w.model.opened(w.model.streams)
    if not streams:
        return
    number = random.choice(streams)
    stream = w.model.streams[number]
    if stream.read and random.random() < 0.3:
        stream.end = random.randrange(stream.end, stream.chunks + 1)
    else:
        stream.read += random.choice((1, 1, 1, 1000))
        stream.first = stream.next = random.randrange(stream.chunks)
        stream.end = stream.first + random.randrange(0, min(8, stream.chunks - stream.first) + 1)
    w.c.send(wire.READ, u32(number) + u32(stream.read) + u64(stream.first) + u32(stream.end - stream.first))
    if random.random() < 0.7:
        w.c.patience(w.target.timeout)
        while stream.next < stream.end and number in w.model.streams:
            w.receive()


def do_close(w, random):
    streams = w.model.opened(w.model.streams)
    if streams:
        number = random.choice(streams)
        w.model.streams[number].closing = True
        w.c.send(wire.CLOSE, u32(number) + u64(0) + u64(w.model.streams[number].received))


def do_licence(w, random):
    number = w.c.next_request()
    w.model.requests[number] = LICENCE
    w.c.send(wire.LICENCE_REQUEST, u32(number) + u8(0) + random.choice((w.target.entry().id, random.randbytes(16))) + u16(0))


def do_upload(w, random):
    if len(w.model.streams) >= 4:
        return
    number, size = w.c.next_request(), random.randrange(CHUNK, 4 * CHUNK)
    w.model.requests[number], w.model.uploads[number] = OPEN, size
    w.c.send(wire.OPEN, u32(number) + u8(wire.UPLOAD) + bytes(16) + wire.bytes16(b"cifra-fuzz-%d.bin" % random.getrandbits(60)) + u64(size) + u32(CHUNK)
             + os.urandom(32))


def do_data(w, random):
    streams = [n for n in w.model.opened(w.model.streams, True) if w.model.streams[n].next < w.model.streams[n].end]
    if streams:
        number = random.choice(streams)
        stream = w.model.streams[number]
        w.c.send(wire.DATA, u32(number) + u32(stream.read) + u64(stream.next) + b"\0" + bytes(stream.length(stream.next)))
        stream.next += 1


def do_give_up(w, random):
    """ERROR(stream) of an upload: what is on its way is passed over."""
    streams = w.model.opened(w.model.streams, True)
    if streams:
        number = random.choice(streams)
        del w.model.streams[number]
        w.c.send(wire.ERROR, u8(2) + u32(number) + u16(9))


def do_pause(w, random):
    time.sleep(random.random() / 20)


# What ends a session.

def do_body(w, random):
    """An honest message whose body was altered inside the encryption."""
    number = w.c._last_request + 1
    stream = next(iter(w.model.streams), 1)
    entry = w.target.entry().id
    inner, body = random.choice((
        (wire.LIST, u32(number) + bytes(18) + wire.bytes16(b"query")), (wire.OPEN, u32(number) + u8(wire.PLAY) + w.target.play + entry),
        (wire.OPEN, u32(number) + u8(wire.UPLOAD) + bytes(16) + wire.bytes16(b"cifra-fuzz.bin") + u64(70000) + u32(CHUNK) + bytes(32)),
        (wire.READ, u32(stream) + u32(2**31) + u64(0) + u32(1)), (wire.CLOSE, u32(stream) + u64(0) + u64(0)),
        (wire.LICENCE_REQUEST, u32(number) + u8(0) + entry + u16(0)), (wire.DATA, u32(stream) + u32(1) + u64(0) + u8(0) + bytes(CHUNK)),
        (wire.PING, u64(5)), (wire.ERROR, u8(2) + u32(stream) + u16(9)), (wire.BYE, b"")))
    body = mutation.altered(random, body)
    # "Give back" ends a licence for good, and a voucher may be one: neither is for a fuzzer to send.
    if inner == wire.LICENCE_REQUEST and len(body) > 4 and body[4] in (1, 2):
        body = body[:4] + b"\3" + body[5:]
    more = ("closed",) if inner == wire.ERROR else ()
    w.ends(*(PROTOCOL if mutation.malformed(inner, body) else PROTOCOL + ALIVE + ("ERROR LIMIT",) + more))
    w.c.send(inner, body)


def do_type(w, random):
    inner = random.choice([0, *range(11, 16), *range(25, 256), wire.OK, wire.CATALOGUE, wire.OPENED, wire.LICENCE, wire.ROTATE, wire.ROTATED, wire.AUTHENTICATE])
    w.ends(*PROTOCOL)
    w.c.send(inner, random.randbytes(random.randrange(64)))


def do_frames(w, random):
    """Sealed bytes, altered; then no more, so that nothing is waited for that was cut off."""
    frames = w.c.seal(wire.LIST, w.c.list_body("a query"))
    changed = mutation.altered(random, frames)
    w.ends("ERROR BAD_RECORD", "ERROR PROTOCOL", "closed")
    w.c.send_raw(changed)
    w.c.half_close()


def do_flip(w, random):
    """One bit behind the header: surely BAD_RECORD."""
    frames = bytearray(w.c.seal(wire.LIST, w.c.list_body("a query")))
    frames[random.randrange(4, len(frames))] ^= 1 << random.randrange(8)
    w.ends(*BAD_RECORD)
    w.c.send_raw(bytes(frames))


def do_replay(w, random):
    w.ends(*BAD_RECORD)
    w.c.send_raw(random.choice(w.c.kept[1:]))


def do_frame(w, random):
    kind = random.choice([0, 1, 2, 3, 4, 6, 7, *range(8, 256)])
    w.ends(*PROTOCOL)
    w.c.send_raw(wire.frame(kind, random.randbytes(random.randrange(32))))


def do_bye(w, random):
    w.ends("BYE")
    w.c.send(wire.BYE, b"")
    if random.random() < 0.5:
        w.c.send_raw(random.randbytes(random.randrange(1, 200)))


def do_cut(w, random):
    w.ends("closed")
    w.c.send_raw(w.c.seal(wire.LIST, w.c.list_body())[:random.randrange(1, 40)])
    w.c.half_close()


# Handshakes.

def do_offer(w, random):
    w.demand = REFUSALS + ALIVE
    w.c.hooks[wire.NEGOTIATION] = lambda payload: mutation.altered_offer(random, payload)


def do_first(w, random):
    """The first frame, cut short and altered as bytes; then no more."""
    def flight(frames):
        return mutation.altered(random, frames[:random.randrange(1, 4 + int.from_bytes(frames[1:4], "big"))])

    def raw(frames):
        send(frames)
        w.c.half_close()
    send, w.c.send_raw = w.c.send_raw, raw
    w.demand = REFUSALS + ("closed",)
    w.c.hooks["flight"] = flight


def do_keys(w, random):
    """DH_PARAMETERS of another length or group; a key of the same form would be a key."""
    def change(body):
        changed = mutation.altered(random, body)
        while len(changed) == len(body):
            changed = mutation.altered(random, body)
        return changed
    w.demand = ("REFUSED MALFORMED", "REFUSED GROUP")
    w.c.hooks["keys"] = change


def do_device(w, random):
    w.demand = STRANGER
    w.c.hooks["device"] = Proof(body=lambda body: mutation.altered(random, body))


def do_user(w, random):
    w.demand = NOT_LET_IN
    w.c.hooks["user"] = Proof(body=lambda body: mutation.altered(random, body))


def do_device_record(w, random):
    def flipped(frames):
        at = random.randrange(4, len(frames))
        return frames[:at] + bytes((frames[at] ^ 1 << random.randrange(8),)) + frames[at + 1:]
    w.demand = STRANGER
    w.c.hooks["device"] = Proof(frames=flipped)


STEPS = {name[3:].replace("_", "-"): step for name, step in list(globals().items()) if name.startswith("do_")}
HANDSHAKE = ("offer", "first", "keys", "device", "user", "device-record")
HANDSHAKE_STEPS = [STEPS[name] for name in HANDSHAKE]
FATAL = ("body", "body", "body", "body", "type", "frames", "flip", "replay", "frame", "bye", "cut")
HONEST = ("list", "list", "ping", "burst", "open", "open", "open-unknown", "read", "read", "read", "read", "close", "licence", "upload", "data", "data", "give-up",
          "pause")
