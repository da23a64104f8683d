# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""A server that shows whatever chain it is given, as far as the client's answer to it; from PROTOCOL.md, with the parts of the
client in test/interop."""

import json
import os
import socket

import cifra_certificates as certificates
import cifra_wire as wire
from cifra_suites import GROUPS, SUITES, KeyPair, Schedule, Traffic
from cifra_wire import Reader, u16


def _exactly(sock, count):
    data = b""
    while len(data) < count:
        more = sock.recv(count - len(data))
        if not more:
            raise ConnectionError("the client went away")
        data += more
    return data


class Impostor:
    """One visitor: meet() shows `chain`, signed by `key`, and gives the inner type of what the client answers."""

    def __init__(self, sock, chain, key):
        self.sock, self.chain, self.key = sock, chain, key
        self.transcript = b""

    def _frame(self):
        header = _exactly(self.sock, 4)
        payload = _exactly(self.sock, int.from_bytes(header[1:], "big"))
        return header, payload

    def _clear(self, kind):
        header, payload = self._frame()
        assert header[0] == kind, header
        self.transcript += header + payload
        return payload

    def _send_clear(self, kind, payload):
        frame = wire.frame(kind, payload)
        self.transcript += frame
        self.sock.sendall(frame)

    def meet(self) -> int:
        offer = json.loads(self._clear(wire.NEGOTIATION))
        reader = Reader(self._clear(wire.DH_PARAMETERS))
        reader.uint(2)
        theirs = reader.bytes16()
        self.suite = next(SUITES[name] for name in offer["suites"] if SUITES[name].aead)
        name = next(name for name in offer["suites"] if SUITES[name] is self.suite)
        group = offer["groups"][0]
        rotation = {"chunks": 0, "bytes": 0, "seconds": 0, "ratchet": False}
        answer = {"version": 1, "suite": name, "group": group, "nonce": os.urandom(32).hex(), "chunk_limit": 65536, "padding": "none",
                  "rotation": rotation, "features": []}
        pair = KeyPair(group)
        self._send_clear(wire.NEGOTIATION_RESPONSE, json.dumps(answer).encode())
        self._send_clear(wire.DH_PARAMETERS_RESPONSE, u16(GROUPS[group]) + wire.bytes16(pair.public))
        self.schedule = Schedule(self.suite, pair.shared(theirs), self.suite.hash(self.transcript))
        offered = [certificates.SCHEMES[one] for one in offer["schemes"] if one in certificates.SCHEMES]
        self._authenticate(certificates.choose_scheme(self.key, offered, False))
        header, payload = self._frame()
        plaintext = Traffic(self.suite, self.schedule.client, 0).open(0, header, payload, b"")
        return plaintext[0]

    def _item(self, kind, value):
        whole = wire.item(kind, value)
        self.transcript += whole
        return whole

    def _authenticate(self, scheme):
        schemes = list(certificates.SCHEMES.values())
        body = self._item(wire.REQUEST, b"\x00\x00" + bytes([len(schemes)]) + b"".join(map(u16, schemes)) + b"\x00")
        body += self._item(wire.CHAIN, wire.chain_value(self.chain))
        text = certificates.signed_text("cifra/1 server", self.suite.hash(self.transcript))
        body += self._item(wire.SIGNATURE, u16(certificates.SCHEMES[scheme]) + wire.bytes16(certificates.sign(self.key, scheme, text)))
        body += self._item(wire.FINISHED, self.suite.hmac(self.schedule.server_finished, self.suite.hash(self.transcript)))
        plaintext = wire.u8(wire.AUTHENTICATE) + wire.u24(0) + body
        self.sock.sendall(Traffic(self.suite, self.schedule.server, 0).seal(0, plaintext))


def listen() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))
