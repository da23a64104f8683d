# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""The PIV application of a card (NIST SP 800-73-4, part 2), as far as a login by PKCS#11 needs it: no secure messaging, no
administration. Bytes in, bytes out; what the card remembers over a removal is in `memory`.
"""

import hmac
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils

AID = bytes.fromhex("a000000308000010000100")
OBJECT_OF_KEY = {0x9A: "5fc105", 0x9C: "5fc10a", 0x9D: "5fc10b", 0x9E: "5fc101"}
TRIES = 3

DONE, MORE, WRONG_LENGTH, NOT_ALLOWED, LOCKED = 0x9000, 0x6100, 0x6700, 0x6982, 0x6983
BAD_DATA, NOT_FOUND, BAD_P1P2, NO_KEY, NO_COMMAND = 0x6A80, 0x6A82, 0x6A86, 0x6A88, 0x6D00


class Refused(Exception):
    def __init__(self, status: int):
        super().__init__(f"{status:04x}")
        self.status = status


def tlv(tag: str, value: bytes) -> bytes:
    size = len(value)
    if size < 0x80:
        length = bytes([size])
    elif size < 0x100:
        length = bytes([0x81, size])
    else:
        length = b"\x82" + struct.pack(">H", size)
    return bytes.fromhex(tag) + length + value


def untlv(data: bytes) -> dict[int, bytes]:
    """Elements with tags of one byte, one behind the other."""
    found, at = {}, 0
    while at < len(data):
        tag, size, at = data[at], data[at + 1], at + 2
        if size & 0x80:
            octets = size & 0x7F
            size, at = int.from_bytes(data[at:at + octets], "big"), at + octets
        found[tag] = data[at:at + size]
        at += size
    return found


class Command:
    """An APDU, short or extended."""

    def __init__(self, apdu: bytes):
        if len(apdu) < 4:
            raise Refused(WRONG_LENGTH)
        self.cla, self.ins, self.p1, self.p2 = apdu[:4]
        body, self.data, self.expected = apdu[4:], b"", 0
        if not body:
            return
        if len(body) == 1:
            self.expected = body[0] or 256
        elif body[0] == 0 and len(body) == 3:
            self.expected = int.from_bytes(body[1:], "big") or 65536
        else:
            width, extended = (2, True) if body[0] == 0 else (1, False)
            start = 3 if extended else 1
            size = int.from_bytes(body[start - width:start], "big")
            self.data, rest = body[start:start + size], body[start + size:]
            if len(self.data) != size:
                raise Refused(WRONG_LENGTH)
            if rest:
                self.expected = int.from_bytes(rest, "big") or (65536 if extended else 256)


class PivApplet:
    """`keys`: reference -> (private key, certificate as DER). `memory`: pin, puk, tries, puk_tries, guid (hex); kept by the caller."""

    def __init__(self, keys: dict, memory: dict):
        self.keys, self.memory = keys, memory
        self.signatures = 0
        self.spoil = False
        guid = bytes.fromhex(memory["guid"])
        self.objects = {
            "5fc102": tlv("30", bytes.fromhex("d4e739da739ced39ce739d836858210842108421c84210c3eb")) + tlv("34", guid)
            + tlv("35", b"20401231") + tlv("3e", b"") + tlv("fe", b""),
            "5fc107": tlv("f0", bytes.fromhex("a000000116ff02") + guid[:14]) + tlv("f1", b"\x21") + tlv("f2", b"\x21")
            + tlv("f3", b"") + tlv("f4", b"\x00") + tlv("f5", b"\x10")
            + b"".join(tlv(tag, b"") for tag in ("f6", "f7", "fa", "fb", "fc", "fd", "fe")),
        }
        for reference, (_, certificate) in keys.items():
            self.objects[OBJECT_OF_KEY[reference]] = tlv("70", certificate) + tlv("71", b"\x00") + tlv("fe", b"")
        self.reset()

    def reset(self) -> None:
        self.selected = self.verified = self.just_verified = False
        self.answer = self.chained = b""

    def execute(self, apdu: bytes) -> bytes:
        try:
            command = Command(apdu)
            if command.ins == 0xC0:  # GET RESPONSE
                return self.part_of_answer(command.expected or 256)
            self.answer = b""
            if command.cla & 0x10:  # the next command goes on
                self.chained += command.data
                return struct.pack(">H", DONE)
            command.data, self.chained = self.chained + command.data, b""
            self.answer = self.run(command)
            return self.part_of_answer(command.expected or 256)
        except Refused as refused:
            return struct.pack(">H", refused.status)
        except (IndexError, KeyError, ValueError):
            return struct.pack(">H", BAD_DATA)

    def part_of_answer(self, most: int) -> bytes:
        part, self.answer = self.answer[:most], self.answer[most:]
        left = len(self.answer)
        return part + struct.pack(">H", MORE | min(left, 255) if left else DONE)

    def run(self, command: Command) -> bytes:
        if command.ins == 0xA4:
            return self.select(command)
        handler = {0xCB: self.get_data, 0x20: self.verify, 0x24: self.change, 0x2C: self.unblock, 0x87: self.authenticate}
        if not self.selected or command.ins not in handler:
            raise Refused(NO_COMMAND)
        return handler[command.ins](command)

    def select(self, command: Command) -> bytes:
        if command.p1 != 4 or len(command.data) < 5 or not AID.startswith(command.data):
            raise Refused(NOT_FOUND)
        self.selected, self.verified = True, False
        return tlv("61", tlv("4f", AID[5:]) + tlv("79", tlv("4f", AID[:5])) + tlv("50", b"Cifra test PIV"))

    def get_data(self, command: Command) -> bytes:
        name = untlv(command.data)[0x5C].hex()
        if name == "7e":
            return tlv("7e", tlv("4f", AID) + tlv("5f2f", b"\x40\x00"))
        if name not in self.objects:
            raise Refused(NOT_FOUND)
        return tlv("53", self.objects[name])

    def check(self, secret: bytes, kind: str, counter: str) -> None:
        if self.memory[counter] == 0:
            raise Refused(LOCKED)
        self.memory[counter] -= 1  # before the comparison: pulling the card saves no try
        if not hmac.compare_digest(secret, self.memory[kind].encode().ljust(8, b"\xff")):
            raise Refused(0x63C0 | self.memory[counter] if self.memory[counter] else LOCKED)
        self.memory[counter] = TRIES

    def verify(self, command: Command) -> bytes:
        if command.p2 != 0x80:
            raise Refused(NO_KEY)
        if command.p1 == 0xFF:  # log out
            self.verified = False
            return b""
        if not command.data:
            if self.verified:
                return b""
            tries = self.memory["tries"]
            raise Refused(0x63C0 | tries if tries else LOCKED)
        if len(command.data) != 8:
            raise Refused(BAD_DATA)
        self.verified = self.just_verified = False
        self.check(command.data, "pin", "tries")
        self.verified = self.just_verified = True
        return b""

    def change(self, command: Command) -> bytes:
        kind, counter = ("puk", "puk_tries") if command.p2 == 0x81 else ("pin", "tries")
        self.check(command.data[:8], kind, counter)
        self.memory[kind] = command.data[8:].rstrip(b"\xff").decode()
        return b""

    def unblock(self, command: Command) -> bytes:
        self.check(command.data[:8], "puk", "puk_tries")
        self.memory["pin"], self.memory["tries"] = command.data[8:].rstrip(b"\xff").decode(), TRIES
        return b""

    def authenticate(self, command: Command) -> bytes:
        """GENERAL AUTHENTICATE: a signature, or what RSA and ECDH have in its place."""
        if command.p2 not in self.keys:
            raise Refused(NO_KEY)
        if command.p2 != 0x9E and not self.verified or command.p2 == 0x9C and not self.just_verified:
            raise Refused(NOT_ALLOWED)
        self.just_verified = False
        key, _ = self.keys[command.p2]
        template = untlv(untlv(command.data)[0x7C])
        self.signatures += 1
        made = self.raw_rsa(key, command.p1, template) if isinstance(key, rsa.RSAPrivateKey) else self.ecdsa(key, command.p1, template)
        if self.spoil:
            made = made[:-1] + bytes([made[-1] ^ 1])
        return tlv("7c", tlv("82", made))

    @staticmethod
    def raw_rsa(key: rsa.RSAPrivateKey, algorithm: int, template: dict[int, bytes]) -> bytes:
        numbers, block = key.private_numbers(), template[0x81]
        modulus, value = numbers.public_numbers.n, int.from_bytes(template[0x81], "big")
        if algorithm != 0x07 or key.key_size != 2048:
            raise Refused(BAD_P1P2)
        if len(block) != 256 or value >= modulus:
            raise Refused(BAD_DATA)
        return pow(value, numbers.d, modulus).to_bytes(256, "big")

    @staticmethod
    def ecdsa(key: ec.EllipticCurvePrivateKey, algorithm: int, template: dict[int, bytes]) -> bytes:
        kinds = {256: (0x11, hashes.SHA256()), 384: (0x14, hashes.SHA384())}
        wanted, digest = kinds[key.key_size]
        if algorithm != wanted:
            raise Refused(BAD_P1P2)
        if len(template[0x81]) != digest.digest_size:
            raise Refused(BAD_DATA)
        return key.sign(template[0x81], ec.ECDSA(utils.Prehashed(digest)))
