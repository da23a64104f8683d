# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Frames: before there are keys, with keys, and in a session (section 2)."""

import cifra_wire as wire
from cifra_suites import KeyPair, Traffic

from .bug import BAD_RECORD, GOES_ON, MALFORMED, PROTOCOL, STRANGER, add, bug, logged_in
from .peer import Proof

LARGEST = 2**24 - 1
SERVERS_OWN = {wire.NEGOTIATION_RESPONSE: "NEGOTIATION_RESPONSE", wire.DH_PARAMETERS_RESPONSE: "DH_PARAMETERS_RESPONSE",
               wire.REFUSED: "REFUSED"}
OURS = {wire.NEGOTIATION: "NEGOTIATION", wire.DH_PARAMETERS: "DH_PARAMETERS", wire.MAC: "MAC"}


def header(kind, length):
    return wire.u8(kind) + wire.u24(length)


# Everything that a stranger may open with. Where the header alone decides only the header is sent.
FIRST = {
    "type-0": ("R-2", "a first frame of type 0", header(0, 0)),
    "type-8": ("R-2", "a first frame of the first unknown type", header(8, 4) + bytes(4)),
    "type-255": ("R-2", "a first frame of type 255", header(255, 0)),
    "dh-first": ("R-2", "DH_PARAMETERS before NEGOTIATION", header(wire.DH_PARAMETERS, 36) + b"\0\x1d\0\x20" + bytes(32)),
    "record-first": ("R-2", "SECURE_X before NEGOTIATION", header(wire.SECURE, 32) + bytes(32)),
    "mac-first": ("R-2", "MAC before NEGOTIATION", header(wire.MAC, 32) + bytes(32)),
    "negotiation-4097": ("R-1", "the header of a NEGOTIATION of 4097 bytes", header(wire.NEGOTIATION, 4097)),
    "negotiation-largest": ("R-1", "the header of a NEGOTIATION of 2^24 - 1 bytes", header(wire.NEGOTIATION, LARGEST)),
    "record-largest": ("R-1", "the header of a SECURE_X of 2^24 - 1 bytes", header(wire.SECURE, LARGEST)),
    "negotiation-empty": ("R-13", "a NEGOTIATION of no bytes", header(wire.NEGOTIATION, 0)),
    "http": ("R-2", "a request of HTTP", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    "tls": ("R-2", "a ClientHello of TLS", bytes.fromhex("16030100c8010000c40303") + bytes(194)),
    "ssh": ("R-2", "a banner of SSH", b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"),
    "zeros": ("R-2", "a hundred bytes of zero", bytes(100)),
    "ones": ("R-2", "a hundred bytes of 255", b"\xff" * 100),
}
for _name, (_rule, _what, _data) in FIRST.items():
    add(f"frame.{_name}", _rule, _what, MALFORMED, lambda c, data=_data: c.send_raw(data))
for _kind, _name in SERVERS_OWN.items():
    add(f"frame.first-{_name.lower()}", "R-2", f"{_name} from the client, first", MALFORMED,
        lambda c, kind=_kind: c.send_raw(header(kind, 2) + b"\0\x04"))


def in_place_of_dh(data):
    """Behind an honest NEGOTIATION, where DH_PARAMETERS is due."""
    def flight(frames):
        return frames[:4 + int.from_bytes(frames[1:4], "big")] + data

    def run(c):
        c.hooks["flight"] = flight
        c._exchange_keys()
    return run


for _name, _rule, _what, _data in (
        ("negotiation-twice", "R-2", "a second NEGOTIATION in the place of DH_PARAMETERS", header(wire.NEGOTIATION, 2) + b"{}"),
        ("dh-1025", "R-1", "the header of DH_PARAMETERS of 1025 bytes", header(wire.DH_PARAMETERS, 1025)),
        ("dh-largest", "R-1", "the header of DH_PARAMETERS of 2^24 - 1 bytes", header(wire.DH_PARAMETERS, LARGEST)),
        ("record-before-keys", "R-2", "SECURE_X in the place of DH_PARAMETERS", header(wire.SECURE, 40) + bytes(40)),
        ("mac-before-keys", "R-2", "MAC in the place of DH_PARAMETERS", header(wire.MAC, 48) + bytes(48)),
        ("unknown-before-keys", "R-2", "an unknown frame in the place of DH_PARAMETERS", header(9, 0)),
        ("response-before-keys", "R-2", "DH_PARAMETERS_RESPONSE in the place of DH_PARAMETERS", header(4, 2) + bytes(2))):
    add(f"frame.{_name}", _rule, _what, MALFORMED, in_place_of_dh(_data))


# Where the device's AUTHENTICATE is due: R-23 has one answer for everything.
def as_stranger(data):
    return lambda c: c.keys().send_raw(data)


for _kind, _name in (OURS | SERVERS_OWN | {0: "type 0", 8: "type 8", 255: "type 255"}).items():
    add(f"frame.with-keys-{_name.lower().replace(' ', '-')}", "R-2, R-23", f"{_name} in the place of the device's AUTHENTICATE", STRANGER,
        as_stranger(header(_kind, 2) + b"{}"))
for _name, _what, _data in (
        ("16641", "the header of a SECURE_X of 16 641 bytes before OK", header(wire.SECURE, 16641)),
        ("largest", "the header of a SECURE_X of 2^24 - 1 bytes before OK", header(wire.SECURE, LARGEST))):
    add(f"frame.login-record-{_name}", "R-1, R-23", _what, STRANGER, as_stranger(_data))
for _size in (0, 1, 3, 4, 7, 19, 20):
    add(f"frame.login-record-of-{_size}", "R-27, R-23", f"a SECURE_X of {_size} bytes in the place of the device's AUTHENTICATE", STRANGER,
        as_stranger(header(wire.SECURE, _size) + bytes(_size)))


@bug("frame.glued-behind-dh", "R-2, R-23", "an unknown frame in one piece with NEGOTIATION and DH_PARAMETERS", STRANGER)
def _glued(c):
    send_raw = c.send_raw
    c.send_raw = lambda data: send_raw(data + header(9, 0))  # not in the transcript: it comes behind the key exchange
    c._exchange_keys()
    c.send_raw = send_raw
    c._check_server(c._authenticate_of_server())


@bug("frame.glued-record", "R-2, R-23", "a forged SECURE_X in one piece with NEGOTIATION and DH_PARAMETERS", STRANGER)
def _glued_record(c):
    send_raw = c.send_raw
    c.send_raw = lambda data: send_raw(data + header(wire.SECURE, 64) + bytes(64))
    c._exchange_keys()
    c.send_raw = send_raw
    c._check_server(c._authenticate_of_server())


# In a session.
for _kind, _name in (OURS | SERVERS_OWN | {0: "type 0", 8: "type 8", 255: "type 255"}).items():
    add(f"frame.session-{_name.lower().replace(' ', '-')}", "R-2", f"{_name} in a session", PROTOCOL,
        logged_in(lambda c, kind=_kind: c.send_raw(header(kind, 2) + b"{}")))


@bug("frame.session-oversized", "R-1, R-5", "the header of a SECURE_X of one byte more than the limit of a session", PROTOCOL)
@logged_in
def _oversized(c):
    c.send_raw(header(wire.SECURE, max(65536, c.policy.chunk_limit) + 4096 + 1))


@bug("frame.session-largest", "R-1", "the header of a SECURE_X of 2^24 - 1 bytes in a session", PROTOCOL)
@logged_in
def _largest(c):
    c.send_raw(header(wire.SECURE, LARGEST))


for _size in (0, 1, 3, 4, 5, 19, 20):
    add(f"frame.session-record-of-{_size}", "R-27", f"a SECURE_X of {_size} bytes in a session", BAD_RECORD,
        logged_in(lambda c, size=_size: c.send_raw(header(wire.SECURE, size) + (wire.u32(1) + bytes(size))[:size])))


def padded(c, inner, body, payload):
    """A record whose SECURE_X has this many bytes of payload."""
    padding = payload - 4 - 16 - 4 - len(body)
    plaintext = wire.u8(inner) + wire.u24(padding) + body + bytes(padding)
    frames = c.tx.seal(c._sent_records, plaintext)
    c._sent_records += 1
    return frames


@bug("frame.session-full-limit", "R-1, R-5", "a PING padded to the very limit of a session: taken", GOES_ON, suites=("AES256_GCM_SHA384",))
@logged_in
def _full(c):
    c.send_raw(padded(c, wire.PING, bytes(8), max(65536, c.policy.chunk_limit) + 4096))


def _login_padded(c):
    def frames(sealed, role):
        c._sent_records -= 1
        c.tx = Traffic(c.suite, c.schedule.client, 0)
        return padded(c, wire.AUTHENTICATE, c.bodies[role], wire.HANDSHAKE_LIMIT)

    def keep(role):
        return lambda body: c.bodies.__setitem__(role, body) or body

    c.bodies = {}
    for role in ("device", "user"):
        c.hooks[role] = Proof(body=keep(role), frames=lambda sealed, role=role: frames(sealed, role))
    c.login()


add("frame.login-full-limit", "R-1", "AUTHENTICATEs padded to 16 640 bytes each: taken", GOES_ON, _login_padded, suites=("AES256_GCM_SHA384",))


@bug("frame.byte-by-byte", "R-2", "a login in segments of one byte: taken", GOES_ON)
def _byte_by_byte(c):
    send_raw = c.send_raw
    c.send_raw = lambda data: [send_raw(bytes((byte,))) for byte in data]
    c.login()


@bug("frame.dh-third", "R-2, R-9", "a second DH_PARAMETERS although the guess was right", STRANGER)
def _third(c):
    c._exchange_keys()
    c._check_server(c._authenticate_of_server())
    c.send_raw(wire.frame(wire.DH_PARAMETERS, c._key_body(KeyPair(c.policy.group))))
