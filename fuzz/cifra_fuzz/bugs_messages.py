# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Messages of a session: types, bodies, requests, the end (sections 7 and 8), and what goes before OK (section 4.7)."""

import os
import socket
import struct

import cifra_wire as wire
from cifra_wire import bytes16, u8, u16, u32, u64

from .bug import BAD_RECORD, CLOSED, GOES_ON, PROTOCOL, add, bug, logged_in
from .peer import Proof

UNAVAILABLE = ("request UNAVAILABLE",)
SERVERS = {"ok-login": (wire.OK, b"\0" + bytes16(b"a") + bytes16(b"b") + u64(0) + u32(0) + u32(0) + bytes16(b"") + b"\0"),
           "ok-stream": (wire.OK, b"\2" + u32(1)), "catalogue": (wire.CATALOGUE, bytes(26)), "opened": (wire.OPENED, bytes(120)),
           "licence": (wire.LICENCE, u32(1) + bytes(16) + bytes(51)), "rotate": (wire.ROTATE, u32(2) + bytes16(b"\x09" + bytes(31))),
           "rotated": (wire.ROTATED, b""), "enrolment-status": (wire.ENROLMENT_STATUS, bytes(8)), "authenticate": (wire.AUTHENTICATE, bytes(8))}


def saying(inner, body):
    return logged_in(lambda c: c.send(inner, body))


for _inner in (0, 11, 12, 15, 25, 26, 31, 99, 128, 255):
    add(f"message.type-{_inner}", "R-37", f"a message of the unknown type {_inner}", PROTOCOL, saying(_inner, b""))
for _name, (_inner, _body) in SERVERS.items():
    add(f"message.{_name}", "R-37, R-33", f"{_name} from the client, in a session", PROTOCOL, saying(_inner, _body))
for _name, _rule, _what, _inner, _body in (
        ("rotate-response", "R-33", "ROTATE_RESPONSE that nobody asked for", wire.ROTATE_RESPONSE, u32(2) + bytes16(b"\x09" + bytes(31))),
        ("ping-short", "R-43", "a PING of 7 bytes", wire.PING, bytes(7)), ("ping-long", "R-43", "a PING of 9 bytes", wire.PING, bytes(9)),
        ("ping-empty", "R-43", "a PING of no bytes", wire.PING, b""),
        ("pong-short", "R-43", "a PONG of 7 bytes", wire.PONG, bytes(7)),
        ("error-empty", "R-43", "an ERROR of no bytes", wire.ERROR, b""), ("error-short", "R-43", "an ERROR of 6 bytes", wire.ERROR, bytes(6)),
        ("error-long", "R-43", "an ERROR of 8 bytes", wire.ERROR, bytes(8)),
        ("error-scope-3", "R-43", "an ERROR of an unknown scope", wire.ERROR, b"\3" + u32(0) + u16(2)),
        ("error-request", "R-37", "an ERROR(request) from the client", wire.ERROR, b"\1" + u32(1) + u16(32)),
        ("error-future-stream", "R-48", "an ERROR(stream) of a stream that is yet to come", wire.ERROR, b"\2" + u32(77) + u16(9)),
        ("bye-with-body", "R-43", "a BYE with a body", wire.BYE, b"\0")):
    add(f"message.{_name}", _rule, _what, PROTOCOL, saying(_inner, _body))
# R-44 speaks of answers to requests; STATES.md has PONG as legal throughout.
add("message.pong-unasked", "R-44", "a PONG that nobody asked for: passed over, or a violation", GOES_ON + PROTOCOL, saying(wire.PONG, u64(1)))
add("message.error-session", "R-41", "an ERROR(session): the other side closes", CLOSED, saying(wire.ERROR, b"\0" + u32(0) + u16(2)))
add("message.error-unknown-code", "R-41", "an ERROR(session) of an unknown code: the other side closes", CLOSED,
    saying(wire.ERROR, b"\0" + u32(0) + u16(999)))
add("message.after-error", "R-41", "an ERROR(session) and messages behind it: the other side closes", CLOSED,
    logged_in(lambda c: c.send_raw(c.seal(wire.ERROR, b"\0" + u32(0) + u16(2)) + c.seal(wire.PING, u64(1)) + c.seal(99, b""))))

# LIST.
def listing(number=1, revision=0, cursor=0, limit=0, query=b"", length=None):
    return u32(number) + u64(revision) + u64(cursor) + u16(limit) + (u16(len(query)) if length is None else u16(length)) + query


for _name, _rule, _what, _body in (
        ("id-0", "R-44", "request id 0", listing(0)), ("empty", "R-43", "no body", b""), ("cut", "R-43", "a byte missing", listing()[:-1]),
        ("behind", "R-43", "a byte behind", listing() + b"\0"), ("id-alone", "R-43", "an id alone", u32(1)),
        ("query-257", "R-43", "a query of 257 bytes", listing(query=b"a" * 257)), ("query-65535", "R-43", "a query of 65 535 bytes that are missing", listing(length=65535)),
        ("query-longer", "R-43", "a query of one byte more than there is", listing(query=b"abc", length=4)),
        ("query-shorter", "R-43", "a query of one byte less than there is", listing(query=b"abc", length=2)),
        ("query-ff", "R-43", "a query that is no UTF-8", listing(query=b"\xff")), ("query-overlong", "R-43", "an overlong encoding", listing(query=b"\xc0\xaf")),
        ("query-surrogate", "R-43", "a surrogate in UTF-8", listing(query=b"\xed\xa0\x80")), ("query-cut", "R-43", "a character that is cut off", listing(query=b"ab\xe2\x82")),
        ("query-beyond", "R-43", "a character above U+10FFFF", listing(query=b"\xf4\x90\x80\x80"))):
    add(f"list.{_name}", _rule, f"LIST: {_what}", PROTOCOL, saying(wire.LIST, _body))
add("list.stale", "R-44", "LIST of a revision that is not the present one", ("request STALE_CURSOR",), saying(wire.LIST, listing(revision=2**63)))
add("list.limit-65535", "R-43", "LIST with the largest limit: answered", GOES_ON, saying(wire.LIST, listing(limit=65535)))
add("list.query-256", "R-43", "LIST with a query of 256 bytes: answered", GOES_ON, saying(wire.LIST, listing(query=b"a" * 256)))
add("list.id-largest", "R-44", "LIST with the largest id: answered", GOES_ON, saying(wire.LIST, listing(2**32 - 1)))


def twice(first, second):
    return logged_in(lambda c: (c.send(wire.LIST, listing(first)), c.send(wire.LIST, listing(second))))


add("list.id-same", "R-44", "a request id twice", PROTOCOL, twice(5, 5))
add("list.id-falls", "R-44", "a request id that falls", PROTOCOL, twice(5, 4))
add("list.id-over", "R-44", "a request id behind the largest", PROTOCOL, twice(2**32 - 1, 1))


@bug("list.too-many", "R-44", "fifty requests at once: each answered, or the session ended by LIMIT", GOES_ON + ("ERROR LIMIT",))
@logged_in
def _many(c):
    c.send_raw(b"".join(c.seal(wire.LIST, listing(number)) for number in range(1, 51)))


@bug("message.too-many-pings", "R-44", "a hundred PINGs at once: each answered, or the session ended by LIMIT", GOES_ON + ("ERROR LIMIT",))
@logged_in
def _pings(c):
    c.send_raw(b"".join(c.seal(wire.PING, u64(number)) for number in range(100)))


# OPEN.
def opening(mode, rest, number=1, play=None):
    return u32(number) + u8(mode) + (os.urandom(16) if play is None else play) + rest


def uploading(name=b"cifra-fuzz.bin", size=5, chunk=16384, play=bytes(16), length=None):
    return opening(wire.UPLOAD, (u16(len(name)) if length is None else u16(length)) + name + u64(size) + u32(chunk) + bytes(32), play=play)


for _name, _what, _body in (
        ("mode-0", "mode 0", opening(0, bytes(16))), ("mode-4", "mode 4", opening(4, bytes(16))), ("mode-255", "mode 255", opening(255, bytes(16))),
        ("id-0", "request id 0", opening(wire.PLAY, bytes(16), 0)), ("empty", "no body", b""), ("cut", "a byte missing", opening(wire.PLAY, bytes(15))),
        ("behind", "a byte behind", opening(wire.SAVE, bytes(17))), ("upload-cut", "an upload, a byte missing", uploading()[:-1]),
        ("upload-behind", "an upload, a byte behind", uploading() + b"\0"), ("upload-as-play", "an upload's body under mode 1", u32(1) + u8(1) + uploading()[5:]),
        ("name-longer", "an upload whose name is longer than what there is", uploading(length=65535)),
        ("name-ff", "an upload whose name is no UTF-8", uploading(b"a\xff.bin")),
        ("upload-play-id", "an upload with a play id", uploading(play=b"\1" * 16))):
    add(f"open.{_name}", "R-49" if _name == "upload-play-id" else "R-43, R-44", f"OPEN: {_what}", PROTOCOL, saying(wire.OPEN, _body))
for _name, _chunk in (("0", 0), ("1", 1), ("8192", 8192), ("16383", 16383), ("16385", 16385), ("24576", 24576), ("over-limit", 2**21), ("2-31", 2**31),
                      ("largest", 2**32 - 1)):
    add(f"open.chunk-{_name}", "R-43", f"OPEN: an upload in chunks of {_chunk}", PROTOCOL + ("request UPLOADS_OFF",), saying(wire.OPEN, uploading(chunk=_chunk)))
for _name, _text in (("empty", b""), ("hidden", b".hidden"), ("slash", b"a/b"), ("dot", b"."), ("dots", b".."), ("up", b"../a"), ("root", b"/etc/passwd"), ("line", b"a\nb"),
                     ("nul", b"a\0b"), ("escape", b"a\x1b[2J"), ("bidi", "a\u202eb".encode()), ("isolate", "a\u2066b".encode()), ("c1", "a\u009bb".encode()), ("256", b"a" * 256),
                     ("65000", b"a" * 65000)):
    add(f"open.name-{_name}", "R-51", f"OPEN: an upload of an impossible name ({_name})", ("request NAME_REFUSED", "request UPLOADS_OFF"),
        saying(wire.OPEN, uploading(_text)))
for _name, _size in (("2-63", 2**63), ("largest", 2**64 - 1), ("2-48", 2**48)):
    add(f"open.size-{_name}", "R-43", f"OPEN: an upload of {_size} bytes", ("request TOO_LARGE", "request QUOTA", "request NO_SPACE", "request UPLOADS_OFF"),
        saying(wire.OPEN, uploading(size=_size)))
for _mode, _word in ((wire.PLAY, "play"), (wire.SAVE, "save")):
    add(f"open.{_word}-unknown", "section 8.2", f"OPEN: to {_word} an item that does not exist", UNAVAILABLE, saying(wire.OPEN, opening(_mode, b"\5" * 16)))
add("open.zero-item", "section 8.2", "OPEN: an item of zeros", UNAVAILABLE, saying(wire.OPEN, opening(wire.PLAY, bytes(16))))

# LICENCE_REQUEST.
def licence(action=0, item=b"\5" * 16, voucher=b"", number=1, length=None):
    return u32(number) + u8(action) + item + (u16(len(voucher)) if length is None else u16(length)) + voucher


for _name, _what, _body in (
        ("action-3", "action 3", licence(3)), ("action-255", "action 255", licence(255)), ("id-0", "request id 0", licence(number=0)), ("empty", "no body", b""),
        ("cut", "a byte missing", licence()[:-1]), ("behind", "a byte behind", licence() + b"\0"), ("voucher-129", "a voucher of 129 bytes", licence(1, voucher=b"A" * 129)),
        ("voucher-longer", "a voucher longer than what there is", licence(1, voucher=b"AB", length=3)),
        ("voucher-ff", "a voucher that is no UTF-8", licence(1, voucher=b"\xff\xff")), ("voucher-to-show", "a voucher where nothing is renewed", licence(0, voucher=b"A")),
        ("voucher-to-return", "a voucher where a licence is given back", licence(2, voucher=b"A"))):
    add(f"licence.{_name}", "R-43, R-44", f"LICENCE_REQUEST: {_what}", PROTOCOL, saying(wire.LICENCE_REQUEST, _body))
for _action, _word in ((0, "show"), (1, "renew"), (2, "return")):
    add(f"licence.unknown-{_word}", "R-62", f"LICENCE_REQUEST: to {_word} that of an item that does not exist", UNAVAILABLE, saying(wire.LICENCE_REQUEST, licence(_action)))


@bug("licence.voucher-none", "R-62", "LICENCE_REQUEST: a voucher that is none", ("request VOUCHER_REFUSED", "request NOT_RENEWABLE", "request LEDGER_AWAY"))
def _voucher(c):
    item = c.target.entry().id
    c.login()
    c.send(wire.LICENCE_REQUEST, licence(1, item, b"HELLO-HELLO"))


# Before OK.
@bug("early.five", "R-22, R-44", "five requests before OK: this binds clients only", GOES_ON)
def _five(c):
    c.login(*((wire.LIST, listing(number)) for number in range(1, 6)))


for _name, _rule, _what, _inner, _body in (
        ("unknown", "R-37", "an unknown message before OK", 99, b""), ("ok", "R-37", "OK before OK", wire.OK, b"\0"),
        ("rotate-response", "R-33", "ROTATE_RESPONSE before OK", wire.ROTATE_RESPONSE, u32(2) + bytes16(bytes(32))), ("bad-list", "R-43", "a LIST with a byte behind before OK", wire.LIST, listing() + b"\0")):
    add(f"early.{_name}", _rule, _what, PROTOCOL, lambda c, inner=_inner, body=_body: c.login((inner, body)))


@bug("early.bye", "R-39", "a BYE before OK has come", ("BYE", "ERROR PROTOCOL"))
def _early_bye(c):
    c.login((wire.BYE, b""))


@bug("early.epoch-0-behind", "R-25", "a record of epoch 0 behind the last AUTHENTICATE", BAD_RECORD)
def _behind(c):
    def frames(sealed):
        return sealed + c.seal(wire.PING, u64(1))
    c.hooks["user" if c.user else "device"] = Proof(frames=frames)
    c.login()


# The end.
@bug("bye.twice", "R-39", "BYE twice: one answer, and the end", ("BYE",))
@logged_in
def _bye_twice(c):
    c.send_raw(c.seal(wire.BYE, b"") + c.seal(wire.BYE, b""))


@bug("bye.messages-behind", "R-39", "messages behind a BYE: an answer to that, and the end", ("BYE",))
@logged_in
def _bye_then(c):
    c.send_raw(c.seal(wire.BYE, b"") + c.seal(wire.LIST, listing()) + c.seal(99, b"") + b"\xff" * 50)


@bug("bye.with-requests", "R-36, R-39", "requests directly before a BYE, which may overtake their answers", ("BYE",))
@logged_in
def _before_bye(c):
    c.send_raw(b"".join(c.seal(wire.LIST, listing(number)) for number in range(1, 5)) + c.seal(wire.BYE, b""))


@bug("end.half-close", "R-39", "a half close without a BYE: truncated, the other side closes", CLOSED)
@logged_in
def _half(c):
    c.half_close()


@bug("end.half-close-in-login", "R-39", "a half close behind the key exchange", CLOSED + ("ERROR AUTH_FAILED",))
def _half_login(c):
    c.keys().half_close()


@bug("end.half-close-first", "R-39", "a half close before any byte", CLOSED)
def _half_first(c):
    c.half_close()


@bug("end.in-header", "R-39", "a half close in the middle of a frame's header", CLOSED)
@logged_in
def _in_header(c):
    c.send_raw(b"\5\0")
    c.half_close()


@bug("end.in-record", "R-39", "a half close in the middle of a record", CLOSED)
@logged_in
def _in_record(c):
    c.send_raw(c.seal(wire.LIST, listing())[:-1])
    c.half_close()


@bug("end.half-close-with-request", "R-39", "a request, a half close, and no BYE: closed, the answer before it or not", CLOSED)
@logged_in
def _half_request(c):
    c.send(wire.LIST, listing())
    c.half_close()


def reset(c):
    """A RST in place of an end; nothing can come back on this connection, so another one is what is looked at."""
    c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    c.sock.close()
    second = c.another()
    second.begin(second.login)
    return second


add("end.reset", "R-39", "a RST in a session: the next session is taken", GOES_ON, logged_in(reset))
add("end.reset-in-login", "R-39", "a RST behind the key exchange: the next session is taken", GOES_ON, lambda c: reset(c.keys()))


@bug("end.reset-in-stream", "R-39", "a RST in the middle of a download: the next session is taken", GOES_ON)
@logged_in
def _reset_stream(c):
    stream, chunks = c.target.opened(c)
    c.send(wire.READ, u32(stream) + u32(1) + u64(0) + u32(chunks))
    return reset(c)

