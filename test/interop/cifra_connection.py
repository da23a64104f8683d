# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Frames, records and rotations of a client's connection, as PROTOCOL.md sections 2, 5, 6 and 7 have them.

Left out is what needs a clock of its own (R-34, R-38, the waits of R-40 and R-41): a socket that is silent for
`Options.timeout` ends the test that uses it.
"""

import select
import socket
from dataclasses import dataclass

import cifra_certificates as certificates
import cifra_wire as wire
from cifra_suites import DEFAULT_SUITES, BadKey, BadRecord, KeyPair, Traffic
from cifra_wire import Reader, Violation, u16, u32, u64


class Truncated(Exception):
    """R-39: TCP ended, and no BYE had come."""


class Refused(Exception):
    """A REFUSED frame."""

    def __init__(self, code):
        super().__init__(wire.REFUSALS.get(code, str(code)))
        self.code = code


class Failed(Exception):
    """An ERROR message."""

    def __init__(self, scope, number, code):
        super().__init__(wire.ERRORS.get(code, str(code)))
        self.scope, self.number, self.code, self.name = scope, number, code, wire.ERRORS.get(code)


class Ended(Exception):
    """The server said BYE."""


@dataclass
class Options:
    suites: tuple = DEFAULT_SUITES
    groups: tuple = ("X25519", "P-256", "P-384")
    schemes: tuple = certificates.SERVER_SCHEMES
    server_name: str = "localhost"
    chunk_limit: int = 1 << 20
    padding: str = "none"
    timeout: float = 10
    give_name: bool = True


class Connection:
    """Frames, records and rotations of one connection."""

    def __init__(self, address, options):
        self.options = options
        self.sock = socket.create_connection(address, timeout=options.timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else every rotation waits for a delayed ACK
        self._in = b""
        self.policy = self.suite = self.schedule = self.rx = self.tx = self._next_rx = None
        self._sent_records = self._received_records = 0
        self._limit = wire.HANDSHAKE_LIMIT
        self._carried = set()
        self._data_sent = self._bytes_sent = 0
        self.rotations = 0
        self.trace = []  # (sent?, inner type, length of plaintext), for tests of padding

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    # Frames, section 2

    def send_raw(self, data):
        self.sock.sendall(data)

    def _exactly(self, n):
        while len(self._in) < n:
            got = self.sock.recv(1 << 16)
            if not got:
                raise Truncated
            self._in += got
        head, self._in = self._in[:n], self._in[n:]
        return head

    def _readable(self):
        return bool(self._in) or bool(select.select([self.sock], [], [], 0)[0])

    def _frame(self, *kinds):
        """R-1, R-2: (header, payload) of the next frame, which is of one of these kinds."""
        header = self._exactly(4)
        kind, length = header[0], int.from_bytes(header[1:], "big")
        limit = {wire.NEGOTIATION_RESPONSE: 4096, wire.DH_PARAMETERS_RESPONSE: 1024, wire.SECURE: self._limit}.get(kind)
        exact = {wire.REFUSED: 2, wire.MAC: self.suite.hash_length if self.suite else None}.get(kind)
        if kind not in kinds or (length > limit if exact is None else length != exact):
            raise Violation(f"frame of type {kind} and length {length}")
        return header, self._exactly(length)

    # Records, section 5

    def seal(self, inner, body, full_length=0):
        """The frames of one message. `full_length`: of a DATA that is to be padded like one of a full chunk."""
        size = 4 + len(body)
        if self.policy.padding == "full" and self.tx.epoch >= 1:
            if inner == wire.DATA:
                size = max(size, 4 + full_length)
            else:
                size = -(-size // 1024) * 1024
        size += -size % self.suite.block
        self.trace.append((True, inner, size))
        padding = size - 4 - len(body)
        plaintext = wire.u8(inner) + wire.u24(padding) + body + bytes(padding)
        frames = self.tx.seal(self._sent_records, plaintext)
        self._sent_records += 1
        if inner >= wire.LIST:
            self._carried.add(self.tx.epoch)
        return frames

    def send(self, inner, body):
        self.send_raw(self.seal(inner, body))

    def send_error(self, code):
        try:
            self.send(wire.ERROR, b"\x00" + u32(0) + u16(code))
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other side has gone already

    def _open(self, header, payload, mac, traffic):
        plaintext = traffic.open(self._received_records, header, payload, mac)
        self._received_records += 1
        if len(plaintext) < 4:
            raise BadRecord
        inner, padding = plaintext[0], int.from_bytes(plaintext[1:4], "big")
        end = len(plaintext) - padding
        if padding > 1 << 20 or end < 4 or any(plaintext[end:]):
            raise BadRecord
        self.trace.append((False, inner, len(plaintext)))
        return inner, plaintext[4:end]

    def _record(self, first_of_next=wire.ROTATED):
        """One record: (inner type, Reader of the body). The first one of the next epoch has to be `first_of_next`."""
        header, payload = self._frame(wire.SECURE)
        mac = b"" if self.suite.aead else self._frame(wire.MAC)[1]
        epoch = int.from_bytes(payload[:4], "big")
        if epoch == self.rx.epoch:
            inner, body = self._open(header, payload, mac, self.rx)
        elif self._next_rx and epoch == self._next_rx.epoch:
            inner, body = self._open(header, payload, mac, self._next_rx)
            if inner != first_of_next:
                raise Violation("first record of an epoch")
            self.rx, self._next_rx = self._next_rx, None
            if inner == wire.ROTATED:
                Reader(body).end()
                self.rotations += 1
        else:
            raise BadRecord
        if inner >= wire.LIST:
            self._carried.add(epoch)
        return inner, Reader(body)

    def receive(self):
        """The next application message."""
        while True:
            message = self.step()
            if message:
                return message

    def step(self):
        """Take one record: an application message is returned, what belongs to the session is dealt with here."""
        try:
            before = self.rotations
            inner, r = self._record()
            if inner in (wire.CATALOGUE, wire.OPENED, wire.READ, wire.DATA, wire.CLOSE, wire.LICENCE, wire.OK):
                return inner, r
            self._control(inner, r, self.rotations != before)
            return None
        except (Violation, BadKey):
            self.send_error(2)
            raise
        except BadRecord:
            self.send_error(1)
            raise

    def _control(self, inner, r, rotated):
        if inner == wire.ERROR:
            self._raise_error(r)
        elif inner == wire.PING:
            self.send(wire.PONG, u64(r.uint(8)))
        elif inner == wire.PONG:
            r.uint(8)
        elif inner == wire.ROTATE:
            self._rotate(r.rest())
        elif inner == wire.BYE:
            self.send(wire.BYE, b"")
            raise Ended
        elif inner != wire.ROTATED or not rotated:
            raise Violation(f"message {inner}")
        r.end()

    @staticmethod
    def _raise_error(r):
        scope, number, code = r.uint(1), r.uint(4), r.uint(2)
        r.end()
        raise Failed(scope, number, code)

    # Rotation, section 6

    def _rotate(self, body):
        r = Reader(body)
        epoch, key = r.uint(4), r.bytes16()
        r.end()
        if self._next_rx or epoch != self.rx.epoch + 1 or self.rx.epoch not in self._carried:
            raise Violation("ROTATE")
        pair = KeyPair(self.policy.group)
        dh = pair.shared(key)
        response = u32(epoch) + wire.bytes16(pair.public)
        self.send(wire.ROTATE_RESPONSE, response)
        self.schedule.rotate(dh, body, response)
        self._next_rx = Traffic(self.suite, self.schedule.server, epoch, self.policy.ratchet)
        self.tx = Traffic(self.suite, self.schedule.client, epoch, self.policy.ratchet)
        self._data_sent = self._bytes_sent = 0

    def _may_send(self, size):
        """R-29, R-31."""
        chunks = self.policy.chunks or 2**20 - 1024
        limit = self.policy.bytes or 2**36
        if self.suite.cipher == "3DES":
            limit = min(limit, 2**23)
        return self._data_sent == 0 or (self._data_sent < chunks and self._bytes_sent + size <= limit)

    def goodbye(self):
        """R-39."""
        self.send(wire.BYE, b"")
        while True:
            inner, _ = self._record()
            if inner == wire.BYE:
                return
