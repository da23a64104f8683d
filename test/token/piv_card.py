#!/usr/bin/python3
# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""A PIV card in a virtual reader (vsmartcard's vpcd), for tests: OpenSC drives it as it would a real one.

    piv_card.py --port 35963 --memory card.json --key 9a KEY.pem CERT.pem [--key 9c …] [--pin 739184] [--puk 48151623]

Inserts itself. PIN counters live in --memory. Commands on standard input, a line each, answered by "ok" or a JSON line:

    eject, insert       the card leaves, or comes back
    slow SECONDS        every command takes that long
    hang                the next signature is never answered; `go on` answers it after all
    bad signature       signatures are wrong by a bit
    eject at WHAT       it is pulled at: pin (before the PIN is looked at), signing (in the middle), signed (just behind)
    die at signing      this program ends in the middle of a signature
    tries N             so many are left for the PIN
    behave              no fault any more
    state               {"tries": 3, "signatures": 0, "inserted": true, …}
"""

import argparse
import json
import os
import secrets
import select
import socket
import struct
import sys
import time
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from piv_applet import NO_COMMAND, TRIES, PivApplet

HISTORY = bytes.fromhex("8073c021c0")  # command chaining, extended lengths
POWER_OFF, POWER_ON, RESET, GET_ATR = b"\x00", b"\x01", b"\x02", b"\x04"


def atr() -> bytes:
    body = bytes([0x80 | len(HISTORY), 0x01]) + HISTORY
    check = 0
    for byte in body:
        check ^= byte
    return b"\x3b" + body + bytes([check])


class Memory(dict):
    """What the card does not forget: written through to a file."""

    def __init__(self, path: Path, pin: str, puk: str):
        fresh = {"pin": pin, "puk": puk, "tries": TRIES, "puk_tries": TRIES, "guid": secrets.token_hex(16)}
        super().__init__(json.loads(path.read_text()) if path.exists() else fresh)
        self.path = path
        self.save()

    def __setitem__(self, key, value):
        super().__setitem__(key, value)
        self.save()

    def save(self) -> None:
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(self))
        new.replace(self.path)


class UnknownApplet(PivApplet):
    def execute(self, apdu: bytes) -> bytes:
        return struct.pack(">H", NO_COMMAND)


class Gone(Exception):
    """The reader closed the connection."""


class VirtualCard:
    def __init__(self, applet: PivApplet, port: int):
        self.applet, self.port = applet, port
        self.socket: socket.socket | None = None
        self.behave()
        self.insert()

    def behave(self) -> None:
        self.delay, self.fault, self.applet.spoil = 0.0, "", False
        self.held: bytes | None = None

    def insert(self) -> None:
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), 20)
            self.socket.settimeout(None)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.applet.reset()

    def eject(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket, self.held = None, None

    def state(self) -> str:
        memory = self.applet.memory
        return json.dumps({"tries": memory["tries"], "puk_tries": memory["puk_tries"], "signatures": self.applet.signatures,
                           "inserted": self.socket is not None, "hanging": self.held is not None})

    def command(self, line: str) -> str:
        words = line.split()
        if words[0] == "slow":
            self.delay = float(words[1])
        elif words == ["bad", "signature"]:
            self.applet.spoil = True
        elif words == ["hang"] or words[:2] in (["eject", "at"], ["die", "at"]):
            self.fault = line.strip()
        elif words == ["go", "on"]:
            held, self.held, self.fault = self.held, None, ""
            if held is not None:
                self.send(self.applet.execute(held))
        elif words[0] == "tries":
            self.applet.memory["tries"] = int(words[1])
        elif words == ["state"]:
            return self.state()
        elif len(words) == 1 and words[0] in ("eject", "insert", "behave"):
            getattr(self, words[0])()
        else:
            return "no such command"
        return "ok"

    def receive(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            # vpcd writes length and body apart; without this, each command costs a delayed acknowledgement.
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            part = self.socket.recv(size - len(data))
            if not part:
                raise Gone
            data += part
        return data

    def send(self, data: bytes) -> None:
        self.socket.sendall(struct.pack(">H", len(data)) + data)

    def serve_one(self) -> None:
        """One message of the reader."""
        message = self.receive(struct.unpack(">H", self.receive(2))[0])
        if message == GET_ATR:
            self.send(atr())
        elif message in (POWER_OFF, POWER_ON, RESET):
            self.applet.reset()
        else:
            self.serve_command(message)

    def serve_command(self, apdu: bytes) -> None:
        time.sleep(self.delay)
        signs, asks_pin = apdu[1] == 0x87, apdu[1] == 0x20 and len(apdu) > 5
        # A chained signature counts at its last part.
        signs = signs and not apdu[0] & 0x10
        if signs and self.fault == "die at signing":
            os._exit(9)
        if signs and self.fault == "hang":
            self.held = apdu
        elif (signs and self.fault == "eject at signing") or (asks_pin and self.fault == "eject at pin"):
            self.eject()
        else:
            self.send(self.applet.execute(apdu))
            if signs and self.fault == "eject at signed":
                self.eject()


def load(key: str, certificate: str) -> tuple:
    first = x509.load_pem_x509_certificate(Path(certificate).read_bytes())
    return (serialization.load_pem_private_key(Path(key).read_bytes(), None), first.public_bytes(serialization.Encoding.DER))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=35963)
    parser.add_argument("--memory", type=Path, required=True)
    parser.add_argument("--key", nargs=3, action="append", default=[], metavar=("REFERENCE", "KEY", "CERTIFICATE"))
    parser.add_argument("--unknown", action="store_true", help="a card of some other kind: it knows no command")
    parser.add_argument("--pin", default="739184")
    parser.add_argument("--puk", default="48151623")
    given = parser.parse_args()
    keys = {int(reference, 16): load(key, certificate) for reference, key, certificate in given.key}
    applet = (UnknownApplet if given.unknown else PivApplet)(keys, Memory(given.memory, given.pin, given.puk))
    card = VirtualCard(applet, given.port)
    print("ok", flush=True)
    while True:
        ready, _, _ = select.select([sys.stdin] + ([card.socket] if card.socket else []), [], [])
        if sys.stdin in ready:
            line = os.read(0, 4096).decode()  # one command at a time: each waits for its answer
            if not line:
                return
            print(card.command(line), flush=True)
        elif ready:
            try:
                card.serve_one()
            except (Gone, OSError):
                card.eject()


if __name__ == "__main__":
    main()
