# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""A second reader of licences and vouchers, written from src/licence/FORMAT.md alone."""

import hashlib
import hmac
import json
import re
import unicodedata

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MEMBERS = ["version", "id", "person", "item", "rights", "constraints", "renewal", "issued", "origin"]
RIGHTS = ["play", "save", "bridge", "preview"]
AMOUNT, TIME, U32 = 2**53 - 1, 253402300799, 2**32 - 1
CONSTRAINTS = {  # the least and the greatest value, in the order in which they are written
    "count": (1, AMOUNT), "units": (1, AMOUNT), "accumulated": (1, AMOUNT), "not_before": (0, TIME), "not_after": (0, TIME),
    "after_first_play": (1, AMOUNT), "max_concurrent": (1, U32), "renewals_max": (0, U32), "renew_until": (0, TIME)}


class Refused(Exception):
    """The verdict, as the vectors name it."""


def demand(holds, verdict):
    if not holds:
        raise Refused(verdict)


def no_duplicates(pairs):
    demand(len({name for name, _ in pairs}) == len(pairs), "bad_json")
    return dict(pairs)


def is_integer(value, least, greatest):
    return type(value) is int and least <= value <= greatest


def is_plain(value, limit):
    """Text of the document: C0, DEL and C1 are Unicode's Cc; then what turns the direction of writing."""
    return (isinstance(value, str) and 1 <= len(value.encode()) <= limit
            and not any(unicodedata.category(c) == "Cc" or c in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069" for c in value))


def is_id(value):
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{32}", value) is not None


def depth(value):
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inside is None else 1 + max(map(depth, inside), default=0)


def decode(text):
    demand(text[:1] == b"{" and text[-1:] == b"}", "bad_json")
    try:
        whole = json.loads(text.decode(), object_pairs_hook=no_duplicates, parse_constant=lambda _: demand(False, "bad_json"))
        json.dumps(whole, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, UnicodeError, RecursionError) as error:
        raise Refused("bad_json") from error
    demand(depth(whole) <= 8, "bad_json")
    return whole


def check_constraints(constraints):
    demand(isinstance(constraints, dict), "bad_value")
    demand(set(constraints) <= set(CONSTRAINTS), "unknown_member")
    demand(all(is_integer(value, *CONSTRAINTS[name]) for name, value in constraints.items()), "bad_value")
    demand(constraints.get("not_before", 0) <= constraints.get("not_after", TIME), "bad_value")


def check_rights(rights):
    demand(isinstance(rights, list) and rights and all(isinstance(right, str) for right in rights), "bad_value")
    demand(set(rights) <= set(RIGHTS), "unknown_member")
    demand(len(set(rights)) == len(rights), "bad_value")


def parse(text):
    """The licence as a dict; text is bytes."""
    demand(len(text) <= 2048, "too_large")
    whole = decode(text)
    demand("version" in whole, "missing")
    demand(type(whole["version"]) is int, "bad_value")
    demand(whole["version"] == 1, "unknown_version")
    demand(set(whole) <= set(MEMBERS), "unknown_member")
    demand(set(whole) == set(MEMBERS), "missing")
    demand(is_id(whole["id"]) and is_id(whole["item"]), "bad_value")
    check_rights(whole["rights"])
    check_constraints(whole["constraints"])
    demand(is_plain(whole["person"], 128) and is_plain(whole["origin"], 64), "bad_value")
    demand(whole["renewal"] in ("none", "free", "voucher", "operator"), "bad_value")
    demand(is_integer(whole["issued"], 0, TIME), "bad_value")
    demand(write(whole) == text, "not_canonical")
    return whole


def write(whole):
    ordered = {name: whole[name] for name in MEMBERS}
    ordered["rights"] = [right for right in RIGHTS if right in whole["rights"]]
    ordered["constraints"] = {name: whole["constraints"][name] for name in CONSTRAINTS if name in whole["constraints"]}
    return json.dumps(ordered, ensure_ascii=False, separators=(",", ":")).encode()


def open_document(key, text, signature):
    demand(len(text) <= 2048, "too_large")
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, b"cifra licence\0" + text)
    except InvalidSignature as error:
        raise Refused("bad_signature") from error
    return parse(text)


DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def from_base32(code):
    demand(len(code.encode()) <= 128, "malformed")
    code = code.replace("-", "").replace(" ", "").upper().translate(str.maketrans("OIL", "011"))
    demand(all(c in DIGITS for c in code), "malformed")
    bits = "".join(f"{DIGITS.index(c):05b}" for c in code)
    whole = len(bits) // 8 * 8
    demand(len(bits) - whole < 5 and "1" not in bits[whole:], "malformed")
    return bytes(int(bits[i:i + 8], 2) for i in range(0, whole, 8))


def read_voucher(key, code, now, item):
    """What the voucher gives, as a dict; item is None or 16 bytes."""
    data = from_base32(code)
    demand(len(data) >= 26 and data[0] == 1 and data[1] < 64 and data[2] < 128, "malformed")
    content, mac = data[:-16], data[-16:]
    voucher, rest = {"serial": int.from_bytes(data[2:10], "big")}, content[10:]
    for bit, name, size in ((1, "plays", 4), (2, "units", 4), (4, "seconds", 4), (8, "days", 4), (16, "expires", 5), (32, "item", 16)):
        if data[1] & bit:
            demand(len(rest) >= size, "malformed")
            voucher[name] = rest[:size] if name == "item" else int.from_bytes(rest[:size], "big")
            demand(voucher[name] != 0 or name == "expires", "malformed")
            rest = rest[size:]
    demand(not rest, "malformed")
    demand(hmac.compare_digest(mac, hmac.new(key, content, hashlib.sha256).digest()[:16]), "forged")
    demand(now <= voucher.get("expires", now), "expired")
    demand(item is None or voucher.get("item", item) == item, "other_item")
    return voucher
