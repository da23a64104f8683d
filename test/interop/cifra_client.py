# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""A client of the Cifra protocol, written from PROTOCOL.md alone, in blocking Python: login (section 4), catalogue and streams
(section 8)."""

import hashlib
import hmac
import json
import os
from dataclasses import dataclass

import cifra_certificates as certificates
import cifra_proofs as proofs
import cifra_wire as wire
from cifra_certificates import Untrusted
from cifra_connection import Connection, Refused
from cifra_suites import GROUPS, SUITES, KeyPair, Schedule, Traffic
from cifra_wire import Reader, Violation, u16, u32, u64


@dataclass
class Login:
    device: str
    person: str
    time: int
    expires: int
    ticket_lifetime: int
    ticket: bytes
    pause_without_card: bool


@dataclass
class EnrolmentStatus:
    status: int
    id: str
    text: str
    roots: list
    device: list
    user: list


class Client(Connection):
    """`login()` first; then the requests."""

    def __init__(self, address, options, roots, device, user=None):
        super().__init__(address, options)
        self.roots, self.device, self.user = roots, device, user
        self.publishers = None  # roots: with them nothing is taken that nobody has signed
        self.signed = 0  # streams so far
        self._transcript = b""
        self._schemes, self.issuers = [], []
        self.user_asked = self.takes_enrolment = self.takes_tickets = False  # 2 for user_asked: by card
        self._last_request = 0
        self.wrong_guess = False

    # Handshake, section 4

    def login(self, *early, ticket=None):
        """`early`: messages (inner type, body) that follow at once behind the last AUTHENTICATE (R-22)."""
        self._exchange_keys()
        self._check_server(self._authenticate_of_server())
        flight = self._authenticate("device", self.device)
        if self.user_asked:
            flight += self._authenticate("user", self.user) if ticket is None else self._by_ticket(ticket)
        self.schedule.login(self._hash())
        server_epoch_1 = Traffic(self.suite, self.schedule.server, 1, self.policy.ratchet)
        self.tx = Traffic(self.suite, self.schedule.client, 1, self.policy.ratchet)
        for inner, body in early:
            flight += self.seal(inner, body)
        self.send_raw(flight)
        self._next_rx = server_epoch_1
        inner, r = self._record(first_of_next=wire.OK)
        if inner == wire.ERROR:
            self._raise_error(r)
        if inner != wire.OK or r.uint(1) != wire.SESSION_SCOPE:
            raise Violation("no OK")
        login = Login(r.plain16(), r.plain16(), r.uint(8), r.uint(4), r.uint(4), r.bytes16(), bool(r.uint(1)))
        r.end()
        if bool(login.ticket) != bool(login.ticket_lifetime) or len(login.ticket) > 12288:
            raise Violation("ticket of OK")
        self._limit = max(65536, self.policy.chunk_limit) + 4096
        return login

    def _exchange_keys(self):
        o = self.options
        offer = {"versions": [1], "suites": list(o.suites), "groups": list(o.groups), "schemes": list(o.schemes),
                 "nonce": os.urandom(32).hex(), "chunk_limit": o.chunk_limit, "padding": o.padding, "features": []}
        if o.give_name:
            offer["server_name"] = o.server_name
        pair = self._key_pair(o.groups[0])
        self._send_clear(wire.NEGOTIATION, json.dumps(offer).encode(), wire.DH_PARAMETERS, self._key_body(pair))
        self.policy = wire.parse_response(self._clear(wire.NEGOTIATION_RESPONSE), offer)
        self.suite = SUITES[self.policy.suite]
        if self.policy.group != pair.group:
            self.wrong_guess = True
            pair = self._key_pair(self.policy.group)
            self._send_clear(wire.DH_PARAMETERS, self._key_body(pair))
        r = Reader(self._clear(wire.DH_PARAMETERS_RESPONSE))
        group, key = r.uint(2), r.bytes16()
        r.end()
        if group != GROUPS[pair.group]:
            raise Violation("group of DH_PARAMETERS_RESPONSE")
        self.schedule = Schedule(self.suite, pair.shared(key), self._hash())
        self.rx = Traffic(self.suite, self.schedule.server, 0)
        self.tx = Traffic(self.suite, self.schedule.client, 0)

    @staticmethod
    def _key_pair(group):
        return KeyPair(group)

    @staticmethod
    def _key_body(pair):
        return u16(GROUPS[pair.group]) + wire.bytes16(pair.public)

    def _send_clear(self, *kinds_and_payloads):
        frames = b"".join(wire.frame(k, p) for k, p in zip(kinds_and_payloads[::2], kinds_and_payloads[1::2]))
        self._transcript += frames
        self.send_raw(frames)

    def _clear(self, kind):
        header, payload = self._frame(kind, wire.REFUSED)
        if header[0] == wire.REFUSED:
            raise Refused(int.from_bytes(payload, "big"))
        self._transcript += header + payload
        return payload

    def _hash(self):
        return self.suite.hash(self._transcript)

    def _authenticate_of_server(self):
        inner, r = self._record()
        if inner == wire.ERROR:
            self._raise_error(r)
        items = wire.split_items(r.rest())
        if inner != wire.AUTHENTICATE or [i[0] for i in items] != [wire.REQUEST, wire.CHAIN, wire.SIGNATURE, wire.FINISHED]:
            raise Violation("AUTHENTICATE of the server")
        return items

    def _check_server(self, items):
        request, chain, signature, finished = items
        self.user_asked, flags, self._schemes, self.issuers = wire.parse_request(request[1])
        self.takes_enrolment, self.takes_tickets = bool(flags & 1), bool(flags & 2)
        self._transcript += request[2] + chain[2]
        try:
            leaf = certificates.validate(wire.parse_chain(chain[1]), self.roots, "server", self.options.server_name)
            r = Reader(signature[1])
            code, value = r.uint(2), r.bytes16()
            r.end()
            offered = {certificates.SCHEMES[n]: n for n in self.options.schemes if not n.startswith("rsa_pkcs1")}
            if code not in offered:
                raise Untrusted("scheme not offered")
            text = certificates.signed_text("cifra/1 server", self._hash())
            certificates.verify(leaf.public_key(), offered[code], value, text)
            self._transcript += signature[2]
            if not hmac.compare_digest(self.suite.hmac(self.schedule.server_finished, self._hash()), finished[1]):
                raise Untrusted("FINISHED")
        except Untrusted:
            self.send_error(3)
            raise
        self._transcript += finished[2]

    def enrol(self, name, key, request, user_kind=0, user=b""):
        """Section 4.9, in place of login(). `request` and `user`: DER."""
        self._exchange_keys()
        self._check_server(self._authenticate_of_server())
        value = wire.bytes16(name.encode()) + wire.bytes24(request) + wire.u8(user_kind) + wire.bytes24(user)
        self.send_raw(self._signed("enrolment", key, self._item(wire.ENROLMENT, value)))
        inner, r = self._record()
        if inner == wire.ERROR:
            self._raise_error(r)
        if inner != wire.ENROLMENT_STATUS:
            raise Violation("no ENROLMENT_STATUS")
        status = EnrolmentStatus(r.uint(1), r.plain16(), r.plain16(),
                                 *([r.bytes24() for _ in range(r.uint(1))] for _ in range(3)))
        r.end()
        if status.status > 2 or (status.status == 1) != bool(status.roots and status.device):
            raise Violation("ENROLMENT_STATUS")
        return status

    def _item(self, kind, value):
        whole = wire.item(kind, value)
        self._transcript += whole
        return whole

    def _finished(self, body):
        body += self._item(wire.FINISHED, self.suite.hmac(self.schedule.client_finished, self._hash()))
        return self.seal(wire.AUTHENTICATE, body)

    def _signed(self, role, key, body):
        scheme = certificates.choose_scheme(key, self._schemes, role == "user")
        signature = certificates.sign(key, scheme, certificates.signed_text("cifra/1 " + role, self._hash()))
        return self._finished(body + self._item(wire.SIGNATURE, u16(certificates.SCHEMES[scheme]) + wire.bytes16(signature)))

    def _authenticate(self, role, identity):
        """The record that proves the device or the user."""
        return self._signed(role, identity.key, self._item(wire.CHAIN, wire.chain_value(identity.chain)))

    def _by_ticket(self, ticket):
        return self._finished(self._item(wire.TICKET, ticket))

    # Requests, section 8

    def next_request(self):
        self._last_request += 1
        return self._last_request

    def list_body(self, query="", limit=0, revision=0, cursor=0):
        text = query.encode()
        return u32(self.next_request()) + u64(revision) + u64(cursor) + u16(limit) + wire.bytes16(text)

    def catalogue(self):
        inner, r = self.receive()
        if inner != wire.CATALOGUE:
            raise Violation("no CATALOGUE")
        return wire.parse_catalogue(r.rest())

    def list(self, query="", limit=0):
        """Every entry, over as many pages as it takes."""
        revision = cursor = 0
        entries = []
        while True:
            self.send(wire.LIST, self.list_body(query, limit, revision, cursor))
            request, revision, cursor, total, some = self.catalogue()
            if request != self._last_request:
                raise Violation("reply to another request")
            entries += some
            if not cursor:
                if len(entries) != total:
                    raise Violation("total of the catalogue")
                return entries

    def _opened(self, stream):
        inner, r = self.receive()
        if inner != wire.OPENED:
            raise Violation("no OPENED")
        o = wire.parse_opened(r)
        if o.request != stream or o.chunk_size > self.policy.chunk_limit:
            raise Violation("OPENED")
        self.terms = o.terms
        self.signed += o.manifest.signed
        return o.next_chunk, o.manifest, o

    def _check_publisher(self, o):
        """R-59."""
        if self.publishers is None:
            return
        if not o.chain:
            raise Untrusted("nobody has signed this")
        proofs.check_signature(o.data, o.chain, o.scheme, o.signature, self.publishers)

    def licence(self, item, action=0, voucher=""):
        """R-62: the terms."""
        request = self.next_request()
        self.send(wire.LICENCE_REQUEST, u32(request) + wire.u8(action) + item + wire.bytes16(voucher.encode()))
        inner, r = self.receive()
        if inner != wire.LICENCE:
            raise Violation("no LICENCE")
        answered, same, terms = wire.parse_licence(r)
        if (answered, same) != (request, item):
            raise Violation("LICENCE of something else")
        return terms

    def save(self, item, mode=wire.SAVE, window=8):
        """(manifest, bytes), the window extended as chunks arrive."""
        stream = self.next_request()
        self.send(wire.OPEN, u32(stream) + wire.u8(mode) + os.urandom(16) + item)
        _, m, o = self._opened(stream)
        if m.id != item:
            raise Violation("another item")
        self._check_publisher(o)
        data, asked = [], 0
        while len(data) < m.chunks:
            if asked - len(data) <= window // 2 and asked < m.chunks:
                asked = min(m.chunks, len(data) + window)
                self.send(wire.READ, u32(stream) + u32(1) + u64(0) + u32(asked))
            inner, r = self.receive()
            if inner != wire.DATA or (r.uint(4), r.uint(4), r.uint(8)) != (stream, 1, len(data)):
                raise Violation("DATA")
            path = [r.take(32) for _ in range(r.uint(1))]
            data.append(r.rest())
            proofs.check_chunk(m, len(data) - 1, data[-1], path)
            if len(data) > asked or len(data[-1]) != min(m.chunk_size, m.size - (len(data) - 1) * m.chunk_size):
                raise Violation("length or place of a chunk")
        self.send(wire.CLOSE, u32(stream) + u64(0) + u64(len(data)))
        inner, r = self.receive()
        if inner != wire.CLOSE or (r.uint(4), r.uint(8), r.uint(8)) != (stream, len(data), 0):
            raise Violation("numbers of CLOSE")
        r.end()
        whole = b"".join(data)
        if hashlib.sha256(whole).digest() != m.sha256:
            raise Violation("SHA-256 of the item")
        return m, whole

    def upload(self, name, data, chunk_size=16384, digest=None, stop_at=None):
        """Send a file; returns (chunks that the server had, DATA sent). `stop_at`: go no further than this chunk, and leave
        the stream open."""
        stream = self.next_request()
        digest, text = digest or hashlib.sha256(data).digest(), name.encode()
        self.send(wire.OPEN, u32(stream) + wire.u8(wire.UPLOAD) + bytes(16) + wire.bytes16(text) + u64(len(data))
                  + u32(chunk_size) + digest)
        had, m, o = self._opened(stream)
        if o.chain or o.terms.state or (m.kind, m.size, m.chunk_size, m.sha256, m.name) != (2, len(data), chunk_size, digest, name):
            raise Violation("manifest of an upload")
        sent = self._send_chunks(stream, m, data, had, m.chunks if stop_at is None else stop_at)
        if stop_at is not None:
            return had, sent
        self.send(wire.CLOSE, u32(stream) + u64(sent) + u64(0))
        inner, r = self.receive()
        while inner == wire.READ:
            inner, r = self.receive()
        if inner != wire.OK or (r.uint(1), r.uint(4)) != (wire.STREAM_SCOPE, stream):
            raise Violation("no OK for an upload")
        r.end()
        return had, sent

    def _send_chunks(self, stream, m, data, place, last):
        sent, read, end = 0, 0, place
        while place < last:
            chunk = data[place * m.chunk_size:(place + 1) * m.chunk_size]
            if place >= end or not self._may_send(len(chunk)) or self._readable():
                message = self.step()
                if message and message[0] != wire.READ:
                    raise Violation(f"message {message[0]} in an upload")
                if message:
                    read, place, end = self._window(message[1], stream, m, (read, place, end))
                continue
            head = u32(stream) + u32(read) + u64(place) + b"\x00"
            self.send_raw(self.seal(wire.DATA, head + chunk, len(head) + m.chunk_size))
            self._data_sent, self._bytes_sent = self._data_sent + 1, self._bytes_sent + len(chunk)
            sent, place = sent + 1, place + 1
        return sent

    @staticmethod
    def _window(r, stream, m, present):
        """R-45: a READ extends the window or replaces it."""
        number, read, first, count = r.uint(4), r.uint(4), r.uint(8), r.uint(4)
        r.end()
        if number != stream or read < max(1, present[0]) or first + count > m.chunks:
            raise Violation("READ")
        return read, (first if read > present[0] else present[1]), first + count
