# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Numbers, bodies and limits on the wire, as PROTOCOL.md sections 2, 4 and 8 have them."""

import json
from dataclasses import dataclass

NEGOTIATION, NEGOTIATION_RESPONSE, DH_PARAMETERS, DH_PARAMETERS_RESPONSE, SECURE, MAC, REFUSED = range(1, 8)
AUTHENTICATE, OK, ERROR, BYE, PING, PONG, ROTATE, ROTATE_RESPONSE, ROTATED, ENROLMENT_STATUS = range(1, 11)
LIST, CATALOGUE, OPEN, OPENED, READ, DATA, CLOSE, LICENCE_REQUEST, LICENCE = range(16, 25)
REQUEST, CHAIN, SIGNATURE, FINISHED, TICKET, ENROLMENT = range(1, 7)
PLAY, SAVE, UPLOAD = range(1, 4)
SESSION_SCOPE, REQUEST_SCOPE, STREAM_SCOPE = range(3)
HANDSHAKE_LIMIT = 16640

ERRORS = {1: "BAD_RECORD", 2: "PROTOCOL", 3: "AUTH_FAILED", 4: "USER_REFUSED", 5: "TIMEOUT", 6: "ROTATION_TIMEOUT", 7: "BUSY",
          8: "SHUTTING_DOWN", 9: "INTERNAL", 10: "LIMIT", 11: "SESSION_EXPIRED", 12: "REVOKED", 13: "TICKET_REFUSED",
          14: "CARD_REQUIRED", 15: "DISABLED", 16: "USER_EXPIRED", 17: "NOT_CHECKED", 32: "UNAVAILABLE",
          33: "STALE_CURSOR", 34: "CHANGED", 35: "READ_FAILED", 36: "NAME_REFUSED", 37: "EXISTS", 38: "QUOTA", 39: "NO_SPACE",
          40: "HASH_MISMATCH", 41: "UPLOADS_OFF", 42: "SUPERSEDED", 43: "TOO_LARGE", 44: "EXHAUSTED", 45: "EXPIRED",
          46: "NOT_YET", 47: "RETURNED", 48: "LICENCE_REVOKED", 49: "CANCELLED", 50: "CONCURRENT", 51: "RIGHT_MISSING",
          52: "VOUCHER_REFUSED", 53: "NOT_RENEWABLE", 54: "LEDGER_AWAY", 55: "PLAY_OVER"}
REFUSALS = {1: "VERSION", 2: "SUITE", 3: "GROUP", 4: "MALFORMED", 5: "BUSY", 6: "SCHEME"}


class Violation(Exception):
    """The other side broke a rule of the text."""


class Reader:
    """R-43: a body is parsed whole."""

    def __init__(self, data):
        self._data, self._at = bytes(data), 0

    def take(self, n):
        if self._at + n > len(self._data):
            raise Violation("body too short")
        self._at += n
        return self._data[self._at - n:self._at]

    def uint(self, size):
        return int.from_bytes(self.take(size), "big")

    def bytes16(self):
        return self.take(self.uint(2))

    def bytes24(self):
        return self.take(self.uint(3))

    def str16(self):
        try:
            return self.bytes16().decode("utf-8")
        except UnicodeDecodeError as e:
            raise Violation("text is not UTF-8") from e

    def plain16(self):
        """R-51."""
        text = self.str16()
        if any(c <= "\x1f" or "\x7f" <= c <= "\x9f" or "\u202a" <= c <= "\u202e" or "\u2066" <= c <= "\u2069" for c in text):
            raise Violation("control characters in a text")
        return text

    def rest(self):
        return self.take(len(self._data) - self._at)

    def end(self):
        if self._at != len(self._data):
            raise Violation("bytes left over")


def u8(n):
    return n.to_bytes(1, "big")


def u16(n):
    return n.to_bytes(2, "big")


def u24(n):
    return n.to_bytes(3, "big")


def u32(n):
    return n.to_bytes(4, "big")


def u64(n):
    return n.to_bytes(8, "big")


def bytes16(b):
    return u16(len(b)) + b


def bytes24(b):
    return u24(len(b)) + b


def frame(kind, payload):
    return u8(kind) + bytes24(payload)


# Negotiation, section 4.1

def _object(pairs):
    if len({k for k, _ in pairs}) != len(pairs):
        raise Violation("duplicate member")
    return dict(pairs)


def _depth(value):
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0


def parse_object(payload):
    """R-13."""
    if payload[:1] != b"{" or payload[-1:] != b"}":
        raise Violation("something before or behind the JSON object")
    try:
        value = json.loads(payload.decode("utf-8"), object_pairs_hook=_object)
    except (UnicodeDecodeError, ValueError, RecursionError) as e:
        raise Violation("not one JSON object") from e
    if not isinstance(value, dict) or _depth(value) > 8:
        raise Violation("not one JSON object, or nested too deep")
    return value


@dataclass
class Policy:
    """What NEGOTIATION_RESPONSE settled."""
    suite: str
    group: str
    chunk_limit: int
    padding: str
    chunks: int
    bytes: int
    seconds: int
    ratchet: bool


def _integer(value, low, high):
    if type(value) is not int or not low <= value <= high:
        raise Violation("integer missing or out of range")
    return value


def _nonce(value):
    if not isinstance(value, str) or len(value) != 64 or set(value) - set("0123456789abcdef"):
        raise Violation("nonce")


def parse_response(payload, offer):
    """NEGOTIATION_RESPONSE against what was offered: R-13, R-14."""
    r = parse_object(payload)
    if set(r) != {"version", "suite", "group", "nonce", "chunk_limit", "padding", "rotation", "features"}:
        raise Violation("members of NEGOTIATION_RESPONSE")
    rotation = r["rotation"]
    if not isinstance(rotation, dict) or set(rotation) != {"chunks", "bytes", "seconds", "ratchet"}:
        raise Violation("members of rotation")
    _nonce(r["nonce"])
    if type(rotation["ratchet"]) is not bool or r["padding"] not in ("none", "full") or not isinstance(r["features"], list):
        raise Violation("type of a member")
    if _integer(r["version"], 0, 2**31) not in offer["versions"] or r["suite"] not in offer["suites"]:
        raise Violation("version or suite that was not offered")
    if r["group"] not in offer["groups"] or any(f not in offer["features"] for f in r["features"]):
        raise Violation("group or feature that was not offered")
    if offer["padding"] == "full" and r["padding"] != "full":
        raise Violation("padding asked for and refused")
    limit = _integer(r["chunk_limit"], 16384, offer["chunk_limit"])
    if limit & (limit - 1):
        raise Violation("chunk limit")
    return Policy(r["suite"], r["group"], limit, r["padding"], _integer(rotation["chunks"], 0, 2**20),
                  _integer(rotation["bytes"], 0, 2**36), _integer(rotation["seconds"], 0, 86400), rotation["ratchet"])


# AUTHENTICATE, section 4.3

def item(kind, value):
    return u8(kind) + bytes24(value)


def split_items(body):
    """The items of an AUTHENTICATE, each (type, value, whole bytes)."""
    r, items = Reader(body), []
    while True:
        head = r.rest()
        if not head:
            return items
        inner = Reader(head)
        kind, value = inner.uint(1), inner.bytes24()
        items.append((kind, value, head[:4 + len(value)]))
        r = Reader(head[4 + len(value):])


def parse_request(value):
    r = Reader(value)
    user, flags = r.uint(1), r.uint(1)
    if user > 2 or flags > 3:
        raise Violation("user or flags of REQUEST")
    schemes = [r.uint(2) for _ in range(r.uint(1))]
    issuers = [r.bytes16() for _ in range(r.uint(1))]
    r.end()
    if any(len(name) > 1024 for name in issuers):
        raise Violation("issuer of REQUEST")
    return user, flags, schemes, issuers


def parse_chain(value):
    r = Reader(value)
    certificates = [r.bytes24() for _ in range(r.uint(1))]
    r.end()
    if not 1 <= len(certificates) <= 4 or any(len(c) > 8192 for c in certificates):
        raise Violation("CHAIN")
    return certificates


def chain_value(certificates):
    return u8(len(certificates)) + b"".join(map(bytes24, certificates))


# Application messages, section 8

NO_LIMIT = 2**64 - 1


@dataclass
class Terms:
    """R-61."""
    state: int
    rights: int
    renewal: int
    plays: int
    units: int
    seconds: int
    not_before: int
    not_after: int
    renewals: int


def parse_terms(r):
    terms = Terms(r.uint(1), r.uint(1), r.uint(1), *(r.uint(8) for _ in range(6)))
    if terms.state > 9 or terms.rights > 15 or terms.renewal > 3:
        raise Violation("terms")
    return terms


@dataclass
class Entry:
    id: bytes
    kind: int
    size: int
    chunk_size: int
    duration: int
    name: str
    title: str
    artist: str
    album: str
    terms: Terms


@dataclass
class Manifest:
    id: bytes
    kind: int
    size: int
    chunk_size: int
    sha256: bytes
    root: bytes
    name: str
    title: str
    artist: str
    album: str
    duration: int
    sample_rate: int
    channels: int
    step: int
    offsets: list

    signed = False

    @property
    def chunks(self):
        return -(-self.size // self.chunk_size)


def parse_catalogue(body):
    """(request, revision, next cursor, total, entries)"""
    r = Reader(body)
    request, revision, cursor, total = r.uint(4), r.uint(8), r.uint(8), r.uint(4)
    entries = [Entry(r.take(16), r.uint(1), r.uint(8), r.uint(4), r.uint(4), r.plain16(), r.plain16(), r.plain16(), r.plain16(),
                     parse_terms(r))
               for _ in range(r.uint(2))]
    r.end()
    for e in entries:
        if e.kind not in (1, 2) or not 1 <= len(e.name.encode()) <= 1024:
            raise Violation("entry of the catalogue")
    return request, revision, cursor, total, entries


def parse_manifest(data):
    r = Reader(data)
    if r.uint(1) != 2:
        raise Violation("version of the manifest")
    m = Manifest(r.take(16), r.uint(1), r.uint(8), r.uint(4), r.take(32), r.take(32), r.plain16(), r.plain16(), r.plain16(), r.plain16(),
                 r.uint(4), r.uint(4), r.uint(1), r.uint(4), [r.uint(8) for _ in range(r.uint(2))])
    r.end()
    if len(m.offsets) > 1000 or m.chunk_size < 16384 or m.chunk_size & (m.chunk_size - 1):
        raise Violation("manifest")
    if m.offsets and (m.step == 0 or max(m.offsets) > m.size):
        raise Violation("seek index of the manifest")
    return m


@dataclass
class Opened:
    request: int
    next_chunk: int
    chunk_size: int
    terms: Terms
    data: bytes  # of the manifest
    manifest: Manifest
    chain: list
    scheme: int
    signature: bytes


def parse_opened(r):
    """R-59: the manifest's chunk size becomes that of the stream."""
    request, next_chunk, chunk_size, terms, data = r.uint(4), r.uint(8), r.uint(4), parse_terms(r), r.bytes24()
    chain = [r.bytes24() for _ in range(r.uint(1))]
    scheme, signature = (r.uint(2), r.bytes16()) if chain else (0, b"")
    r.end()
    manifest = parse_manifest(data)
    if len(chain) > 4 or any(len(c) > 8192 for c in chain) or bool(chain) != any(manifest.root):
        raise Violation("signature of OPENED")
    if chunk_size < 16384 or chunk_size & (chunk_size - 1):
        raise Violation("chunk size of OPENED")
    manifest.chunk_size, manifest.signed = chunk_size, bool(chain)
    if next_chunk > manifest.chunks:
        raise Violation("next chunk of OPENED")
    return Opened(request, next_chunk, chunk_size, terms, data, manifest, chain, scheme, signature)


def parse_licence(r):
    """(request, item, terms)"""
    answer = r.uint(4), r.take(16), parse_terms(r)
    r.end()
    return answer
