# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Downloads and uploads: windows, DATA that nobody asked for, CLOSE (section 8.2)."""

import os

import cifra_wire as wire
from cifra_wire import u8, u16, u32, u64

from .bug import GOES_ON, PROTOCOL, add, bug, logged_in

CHUNK = 16384
LAST = 2**64 - 1


def reading(stream, number, first, count):
    return u32(stream) + u32(number) + u64(first) + u32(count)


def close_body(stream, sent, received):
    return u32(stream) + u64(sent) + u64(received)


def in_download(run):
    """run(c, stream, chunks) behind OPENED."""
    return logged_in(lambda c: run(c, *c.target.opened(c)))


def behind_read(run):
    """The same behind a first READ of number 5, from chunk 0 on, one chunk, whose DATA has come."""
    def whole(c, stream, chunks):
        c.send(wire.READ, reading(stream, 5, 0, 1))
        while c.receive()[0] != wire.DATA:
            pass
        run(c, stream, chunks)
    return in_download(whole)


def read_bug(name, what, body, demand=PROTOCOL, rule="R-45"):
    add(f"read.{name}", rule, f"READ: {what}", demand, behind_read(lambda c, s, n: c.send(wire.READ, body(s, n))))


for _name, _what, _body in (
        ("id-0", "read id 0", lambda s, n: reading(s, 0, 0, 1)), ("lower-id", "a lower read id", lambda s, n: reading(s, 4, 0, 1)),
        ("another-first", "the present read id with another first", lambda s, n: reading(s, 5, 1, 1)),
        ("smaller", "the present read id with a smaller count", lambda s, n: reading(s, 5, 0, 0)),
        ("past-end", "one chunk past the end", lambda s, n: reading(s, 6, n - 1, 2)), ("behind-end", "from behind the end on", lambda s, n: reading(s, 6, n + 1, 1)),
        ("extends-past-end", "a window that is extended past the end", lambda s, n: reading(s, 5, 0, n + 1)),
        ("count-largest", "the largest count", lambda s, n: reading(s, 6, 0, 2**32 - 1)), ("first-largest", "the largest first", lambda s, n: reading(s, 6, LAST, 1)),
        ("overflow", "first and count that add up to 0", lambda s, n: reading(s, 6, 2**64 - 1, 1)), ("overflow-2", "first and count that add up to 1", lambda s, n: reading(s, 6, 2**64 - 2, 3)),
        ("cut", "a byte missing", lambda s, n: reading(s, 6, 0, 1)[:-1]), ("behind", "a byte behind", lambda s, n: reading(s, 6, 0, 1) + b"\0"),
        ("empty", "no body", lambda s, n: b""), ("future-stream", "a stream that is yet to come", lambda s, n: reading(s + 1, 1, 0, 1)),
        ("stream-largest", "the stream of the largest number", lambda s, n: reading(2**32 - 1, 1, 0, 1))):
    read_bug(_name, _what, _body, rule="R-48" if "stream" in _name else "R-43" if _name in ("cut", "behind", "empty") else "R-45")
read_bug("cancel", "count 0 with a higher id: cancels", lambda s, n: reading(s, 6, 0, 0), GOES_ON)
read_bug("same-again", "the same READ again: nothing new", lambda s, n: reading(s, 5, 0, 1), GOES_ON)
read_bug("id-largest", "the largest read id: taken", lambda s, n: reading(s, 2**32 - 1, 0, 1), GOES_ON)
read_bug("at-end", "no chunk at the very end: taken", lambda s, n: reading(s, 6, n, 0), GOES_ON)
add("read.first-id-0", "R-45", "READ: a first READ with id 0", PROTOCOL, in_download(lambda c, s, n: c.send(wire.READ, reading(s, 0, 0, 1))))
add("read.no-stream", "R-48", "READ where nothing was opened", PROTOCOL, logged_in(lambda c: c.send(wire.READ, reading(1, 1, 0, 1))))
add("read.of-upload", "R-45", "READ of an upload from the client", PROTOCOL,
    logged_in(lambda c: c.send(wire.READ, reading(c.target.upload(c, 4)[0], 9, 0, 1))))


@bug("read.storm", "R-45", "a thousand windows, each replaced at once: the session goes on", GOES_ON)
@in_download
def _storm(c, stream, chunks):
    for number in range(1, 1001):
        c.send(wire.READ, reading(stream, number, number % chunks, 1))


# The end of a download.
def ended(run):
    def whole(c, stream, chunks):
        c.send(wire.CLOSE, close_body(stream, 0, 0))
        while c.receive()[0] != wire.CLOSE:
            pass
        run(c, stream)
    return in_download(whole)


for _name, _what, _inner, _body in (("read", "a READ", wire.READ, lambda s: reading(s, 9, 0, 1)), ("close", "a second CLOSE", wire.CLOSE, lambda s: close_body(s, 0, 0)),
                                    ("error", "an ERROR(stream)", wire.ERROR, lambda s: u8(2) + u32(s) + u16(9))):
    add(f"close.then-{_name}", "R-48", f"{_what} behind the end of a download: passed over", GOES_ON,
        ended(lambda c, s, inner=_inner, body=_body: c.send(inner, body(s))))
add("close.numbers", "R-47", "a CLOSE of a download with numbers that are not so: answered, the stream failed", GOES_ON,
    in_download(lambda c, s, n: c.send(wire.CLOSE, close_body(s, 5, 77))))
for _name, _rule, _what, _body in (
        ("cut", "R-43", "a byte missing", lambda s: close_body(s, 0, 0)[:-1]), ("behind", "R-43", "a byte behind", lambda s: close_body(s, 0, 0) + b"\0"),
        ("empty", "R-43", "no body", lambda s: b""), ("future-stream", "R-48", "a stream that is yet to come", lambda s: close_body(s + 1, 0, 0))):
    add(f"close.{_name}", _rule, f"CLOSE: {_what}", PROTOCOL, in_download(lambda c, s, n, body=_body: c.send(wire.CLOSE, body(s))))
add("close.no-stream", "R-48", "CLOSE where nothing was opened", PROTOCOL, logged_in(lambda c: c.send(wire.CLOSE, close_body(1, 0, 0))))


@bug("close.by-error", "R-48", "ERROR(stream) of a download, then a READ of it: passed over", GOES_ON)
@in_download
def _error_then(c, stream, chunks):
    c.send(wire.ERROR, u8(2) + u32(stream) + u16(9))
    c.send(wire.READ, reading(stream, 1, 0, chunks))


@bug("open.five-streams", "R-44", "a fifth open stream", ("request LIMIT",))
@logged_in
def _five(c):
    for _ in range(4):
        c.target.opened(c)
    c.send(wire.OPEN, u32(c.next_request()) + u8(wire.PLAY) + c.target.play + c.target.entry().id)


@bug("open.name-exists", "section 8.3", "an upload with the name of an item", ("request EXISTS",))
@logged_in
def _exists(c):
    c.target.upload(c, 1)  # skips where there are none
    name = c.target.entry().name.encode()
    c.send(wire.OPEN, u32(c.next_request()) + u8(wire.UPLOAD) + bytes(16) + wire.bytes16(name) + u64(5) + u32(CHUNK) + os.urandom(32))


# DATA.
def data(stream, number, index, length=CHUNK, hashes=b"\0"):
    return u32(stream) + u32(number) + u64(index) + hashes + bytes(length)


add("data.of-download", "R-46", "DATA of a download from the client", PROTOCOL, in_download(lambda c, s, n: c.send(wire.DATA, data(s, 1, 0))))
add("data.no-stream", "R-37", "DATA where nothing was opened", PROTOCOL, logged_in(lambda c: c.send(wire.DATA, data(1, 1, 0))))


def in_upload(run, chunks=3):
    """run(c, stream, read id, first) of an upload of three chunks, all of them asked for."""
    def whole(c):
        c.login()
        stream, (number, first, _) = c.target.upload(c, chunks)
        run(c, stream, number, first)
    return whole


for _name, _rule, _what, _body in (
        ("outside", "R-46", "outside the window", lambda s, r: data(s, r, 9)), ("largest", "R-46", "the largest index", lambda s, r: data(s, r, LAST)),
        ("gap", "R-46", "a gap", lambda s, r: data(s, r, 1)), ("short", "R-46", "a chunk of a byte less", lambda s, r: data(s, r, 0, CHUNK - 1)),
        ("long", "R-46", "a chunk of a byte more", lambda s, r: data(s, r, 0, CHUNK + 1)), ("no-chunk", "R-46", "an empty chunk", lambda s, r: data(s, r, 0, 0)),
        ("newer-read", "R-46", "a read id that is yet to come", lambda s, r: data(s, r + 1, 0)), ("read-largest", "R-46", "the largest read id", lambda s, r: data(s, 2**32 - 1, 0)),
        ("hashes", "R-60", "a hash path in an upload", lambda s, r: data(s, r, 0, CHUNK, b"\1" + bytes(32))),
        ("hashes-51", "R-43", "51 hashes", lambda s, r: data(s, r, 0, CHUNK, b"\x33" + bytes(51 * 32))),
        ("hashes-missing", "R-43", "50 hashes that are missing", lambda s, r: data(s, r, 0, 0, b"\x32")),
        ("cut", "R-43", "half a head", lambda s, r: data(s, r, 0)[:10]), ("empty", "R-43", "no body", lambda s, r: b""),
        ("future-stream", "R-48", "a stream that is yet to come", lambda s, r: data(s + 1, r, 0))):
    add(f"data.{_name}", _rule, f"DATA: {_what}", PROTOCOL, in_upload(lambda c, s, r, f, body=_body: c.send(wire.DATA, body(s, r))))
add("data.twice", "R-46", "DATA: a chunk twice", PROTOCOL, in_upload(lambda c, s, r, f: (c.send(wire.DATA, data(s, r, 0)), c.send(wire.DATA, data(s, r, 0)))))
add("data.backwards", "R-46", "DATA: a chunk that was sent already, behind the next", PROTOCOL,
    in_upload(lambda c, s, r, f: [c.send(wire.DATA, data(s, r, i)) for i in (0, 1, 0)]))
add("data.read-0", "R-46", "DATA of an older read id (0): passed over", GOES_ON, in_upload(lambda c, s, r, f: c.send(wire.DATA, data(s, 0, 0))))


@bug("data.over-policy", "R-31", "DATA beyond what one epoch may carry, and ROTATE not answered", PROTOCOL)
def _over(c):
    c.hooks["rotate"] = lambda *_: None
    c.login()
    limit = c.policy.chunks or 2**20
    if limit > 512:
        from .peer import Skip
        raise Skip("the server rotates too seldom")
    stream, (number, first, count) = c.target.upload(c, limit + 1)
    for index in range(limit + 1):
        while index >= first + count:
            inner, r = c.receive()
            if inner == wire.READ:
                _, number, first, count = r.uint(4), r.uint(4), r.uint(8), r.uint(4)
        c.send(wire.DATA, data(stream, number, index))


MISMATCH = ("stream HASH_MISMATCH",)
for _name, _what, _chunks, _numbers in (("at-once", "a CLOSE before any DATA", 0, (0, 0)), ("too-early", "a CLOSE before the last chunk", 2, (2, 0)),
                                        ("sent-more", "a CLOSE that says more DATA was sent", 3, (4, 0)), ("sent-none", "a CLOSE that says none was sent", 3, (0, 0)),
                                        ("received", "a CLOSE that says DATA was received", 3, (3, 1)), ("sent-largest", "a CLOSE that says 2^64 - 1 were sent", 3, (LAST, 0)),
                                        ("other-hash", "all of it, with another SHA-256", 3, (3, 0))):
    def _close(c, s, r, f, chunks=_chunks, numbers=_numbers):
        for index in range(chunks):
            c.send(wire.DATA, data(s, r, index))
        c.send(wire.CLOSE, close_body(s, *numbers))
    add(f"upload.{_name}", "R-47", f"an upload: {_what}", MISMATCH, in_upload(_close))


@bug("upload.error-then-data", "R-48", "ERROR(stream) of an upload, then DATA of it: passed over", GOES_ON)
def _error_data(c):
    c.login()
    stream, (number, _, _) = c.target.upload(c, 3)
    c.send(wire.ERROR, u8(2) + u32(stream) + u16(9))
    for index in range(3):
        c.send(wire.DATA, data(stream, number, index))


@bug("upload.superseded", "R-50", "the same upload in another session: the newest writer wins, and the older one is told when it goes on",
     ("stream SUPERSEDED",))
def _superseded(c):
    name, digest = f"cifra-fuzz-{os.urandom(8).hex()}.bin", os.urandom(32)
    c.login()
    stream, (number, _, _) = c.target.upload(c, 3, name, digest)
    other = c.another()
    other.login()
    c.target.upload(other, 3, name, digest)
    for index in range(3):
        c.send(wire.DATA, data(stream, number, index))
    c.send(wire.CLOSE, close_body(stream, 3, 0))
