# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Slowness and silence: each with a bound (sections 7 and 9). Those that wait for a timer of the server run with --slow."""

import json
import os
import socket
import time

import cifra_wire as wire
from cifra_suites import GROUPS, KeyPair
from cifra_wire import u16, u64

from .bug import CLOSED, GOES_ON, STRANGER, add, bug, logged_in
from .bugs_streams import reading
from .peer import Proof, Skip

# Section 9, and what a connection takes besides.
DEVICE, USER, SILENCE = 10 + 5, 120 + 5, 90 + 10


def offer():
    pair = KeyPair("X25519")
    text = {"versions": [1], "suites": ["AES256_GCM_SHA384"], "groups": ["X25519"], "schemes": ["ecdsa_p256_sha256", "ed25519", "rsa_pss_sha256"],
            "nonce": os.urandom(32).hex(), "chunk_limit": 16384, "padding": "none", "features": []}
    return wire.frame(wire.NEGOTIATION, json.dumps(text).encode()) + wire.frame(wire.DH_PARAMETERS, u16(GROUPS["X25519"]) + wire.bytes16(pair.public))


def dripping(data, seconds=1.0):
    """One byte a second, until the other side has enough of it."""
    def run(c):
        c.sock.setblocking(False)
        for byte in data(c) if callable(data) else data:
            until = time.monotonic() + seconds
            try:
                c.sock.send(bytes((byte,)))
                while time.monotonic() < until:
                    time.sleep(0.05)
                    got = c.sock.recv(1 << 16, socket.MSG_PEEK)
                    if not got or c.rx is not None:
                        return
            except BlockingIOError:
                pass
            except OSError:
                return
            c._left()
    return run


add("slow.silent-first", "section 9", "no byte at all", CLOSED, lambda c: None, wait=DEVICE)
add("slow.silent-header", "section 9", "half a header, and no more", CLOSED, lambda c: c.send_raw(b"\1\0"), wait=DEVICE)
add("slow.silent-negotiation", "section 9", "a NEGOTIATION, and no DH_PARAMETERS", CLOSED, lambda c: c.send_raw(offer()[:4 + int.from_bytes(offer()[1:4], "big")]), wait=DEVICE)
add("slow.drip-negotiation", "section 9", "a NEGOTIATION at one byte a second", CLOSED, dripping(lambda c: offer()), wait=DEVICE)
add("slow.silent-device", "section 9, R-23", "no AUTHENTICATE of the device", STRANGER, lambda c: c.keys(), wait=DEVICE)
add("slow.half-device", "section 9, R-23", "half an AUTHENTICATE of the device", STRANGER, lambda c: half_device(c), wait=DEVICE)


def half_device(c):
    c.keys()
    sealed = c._authenticate("device", c.device)
    c.send_raw(sealed[:len(sealed) // 2])


@bug("slow.drip-device", "section 9, R-23", "the device's AUTHENTICATE at one byte a second", STRANGER, wait=DEVICE)
def _drip_device(c):
    c.keys()
    dripping(lambda c: c._authenticate("device", c.device))(c)


@bug("slow.silent-user", "section 9, R-17", "no AUTHENTICATE of the person", ("ERROR TIMEOUT",), wait=USER)
def _no_user(c):
    if c.user is None:
        raise Skip("the credentials have no person")
    c.hooks["user"] = Proof(frames=lambda _: b"")
    c.login()


@bug("slow.half-user", "section 9, R-17", "half an AUTHENTICATE of the person", ("ERROR TIMEOUT",), wait=USER)
def _half_user(c):
    if c.user is None:
        raise Skip("the credentials have no person")
    c.hooks["user"] = Proof(frames=lambda sealed: sealed[:len(sealed) // 2])
    c.login()


# Truncated is an end without BYE; whether TIMEOUT is said before it is left open.
@bug("slow.never-pong", "R-38", "no PONG, nor anything else, for a minute and a half: truncated", CLOSED + ("ERROR TIMEOUT",), wait=SILENCE)
@logged_in
def _never_pong(c):
    c.mute()


@bug("slow.half-record", "R-38", "half a record, and nothing for a minute and a half: truncated", CLOSED + ("ERROR TIMEOUT",), wait=SILENCE)
@logged_in
def _half_record(c):
    sealed = c.seal(wire.PING, u64(1))
    c.send_raw(sealed[:-5])
    c.mute()


# Short ones: what others get meanwhile is what counts.
def meanwhile(c):
    """An honest session beside this one."""
    other = c.another()
    other.login()
    other.send(wire.LIST, other.list_body(limit=1))
    other.catalogue()
    other.goodbye()


@bug("time.never-reads", "R-36", "a hundred windows asked for and nothing read: others are served meanwhile", GOES_ON)
def _never_reads(c):
    c.login()
    stream, chunks = c.target.opened(c)
    for number in range(1, 101):
        c.send(wire.READ, reading(stream, number, 0, chunks))
    time.sleep(0.5)
    meanwhile(c)


@bug("time.never-reads-pongs", "R-44", "a thousand PINGs and nothing read: others are served meanwhile", GOES_ON + ("ERROR LIMIT",))
@logged_in
def _never_reads_pongs(c):
    for number in range(1000):
        c.send(wire.PING, u64(number))
    meanwhile(c)


@bug("time.half-open", "section 9", "fifteen connections that say nothing: others are served meanwhile", GOES_ON)
def _half_open(c):
    for _ in range(14):
        c.another()
    c.login()
    meanwhile(c)


@bug("time.drip-session", "R-38", "a request in pieces over a second: answered", GOES_ON)
@logged_in
def _drip(c):
    sealed = c.seal(wire.LIST, c.list_body())
    for at in range(0, len(sealed), 8):
        c.send_raw(sealed[at:at + 8])
        time.sleep(0.1)


@bug("time.pause-in-login", "section 9", "a pause within the login: taken", GOES_ON)
def _pause(c):
    c.keys()
    time.sleep(0.3)
    c._exchange_keys = c._authenticate_of_server = lambda: None
    c._check_server = lambda _: None
    c.login()


@bug("time.storm", "section 9", "fifty connections that open with garbage, one behind another: others are served", GOES_ON)
def _storm(c):
    for _ in range(50):
        one = c.another()
        one.send_raw(b"\xff" * 20)
        one.sock.close()
    c.login()

