# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""What a client may be told at any moment: every message of the other side is held against it."""

from dataclasses import dataclass

import cifra_wire as wire
from cifra_connection import Failed
from cifra_wire import Violation

CHUNK = 16384
LIST, OPEN, LICENCE = "list", "open", "licence"


@dataclass
class Stream:
    upload: bool
    size: int
    chunk: int
    read: int = 0
    first: int = 0
    next: int = 0
    end: int = 0
    received: int = 0
    sent: int = 0
    closing: bool = False

    @property
    def chunks(self):
        return -(-self.size // self.chunk)

    def length(self, index):
        return min(self.chunk, self.size - index * self.chunk)


class Model:
    def __init__(self):
        self.requests = {}  # id -> what
        self.uploads = {}  # id -> size, of those that OPENED has not answered
        self.streams = {}
        self.pings = set()

    def opened(self, streams, upload=False):
        return [number for number, s in self.streams.items() if s.upload == upload and not s.closing]

    def waits(self):
        return bool(self.requests or self.pings or any(s.closing for s in self.streams.values()))

    def take(self, inner, r):
        """One message; raises Violation when it is none that may come now."""
        handler = {wire.CATALOGUE: self._catalogue, wire.OPENED: self._opened, wire.LICENCE: self._licence, wire.DATA: self._data,
                   wire.READ: self._read, wire.CLOSE: self._close, wire.OK: self._ok, wire.PONG: self._pong}.get(inner)
        if handler is None:
            raise Violation(f"message {inner}")
        handler(r)
        r.end()

    def failed(self, error):
        """ERROR of a request or a stream."""
        if error.scope == wire.REQUEST_SCOPE:
            self._answers(error.number, None)
            self.uploads.pop(error.number, None)
        elif self.streams.pop(error.number, None) is None:
            raise Violation(f"ERROR(stream) of {error.number}, which is none")
        if error.name in ("INTERNAL", None):
            raise Violation(f"{error}") from error

    def _answers(self, number, what):
        kind = self.requests.pop(number, None)
        if kind is None or what not in (None, kind):
            raise Violation(f"an answer to request {number}, which waits for none of this kind")

    def _catalogue(self, r):
        self._answers(wire.parse_catalogue(_copy(r))[0], LIST)

    def _licence(self, r):
        self._answers(wire.parse_licence(_copy(r, wire.Reader))[0], LICENCE)

    def _opened(self, r):
        o = wire.parse_opened(_copy(r, wire.Reader))
        self._answers(o.request, OPEN)
        upload = o.request in self.uploads
        if upload and self.uploads.pop(o.request) != o.manifest.size:
            raise Violation("OPENED of another upload")
        self.streams[o.request] = Stream(upload, o.manifest.size, o.chunk_size, next=o.next_chunk)

    def _stream(self, number, upload):
        stream = self.streams.get(number)
        if stream is None or stream.upload != upload:
            raise Violation(f"stream {number} is none of these")
        return stream

    def _data(self, r):
        stream = self._stream(r.uint(4), False)
        read, index, count = r.uint(4), r.uint(8), r.uint(1)
        r.take(32 * count)
        chunk = r.rest()
        stream.received += 1
        if read < stream.read:
            return
        if read > stream.read or index != stream.next or index >= stream.end or len(chunk) != stream.length(index):
            raise Violation(f"DATA {index} of read {read}: outside of what was asked for")
        stream.next += 1

    def _read(self, r):
        number = r.uint(4)
        read, first, count = r.uint(4), r.uint(8), r.uint(4)
        if number not in self.streams:  # ended by us, and the READ on its way
            return
        stream = self._stream(number, True)
        if read < max(1, stream.read) or first + count > stream.chunks or (read == stream.read and first != stream.first):
            raise Violation("READ")
        if read > stream.read:
            stream.next = first
        stream.read, stream.first, stream.end = read, first, first + count

    def _close(self, r):
        number, sent, received = r.uint(4), r.uint(8), r.uint(8)
        stream = self._stream(number, False)
        if not stream.closing or (sent, received) != (stream.received, 0):
            raise Violation(f"CLOSE with {sent} sent, of which {stream.received} came")
        del self.streams[number]

    def _ok(self, r):
        if r.uint(1) != wire.STREAM_SCOPE:
            raise Violation("a second OK of the login")
        number = r.uint(4)
        self._stream(number, True)
        raise Violation(f"OK of upload {number}, whose hash is not so")

    def _pong(self, r):
        token = r.uint(8)
        if token not in self.pings:
            raise Violation("a PONG that nobody asked for")
        self.pings.remove(token)


def _copy(r, kind=bytes):
    """The rest of a body, for a parser that takes it whole."""
    return kind(r.rest())


def session_failed(error):
    return isinstance(error, Failed) and error.scope == wire.SESSION_SCOPE
