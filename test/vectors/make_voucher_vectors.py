#!/usr/bin/python3
# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""make_voucher_vectors.py: writes licence/vouchers.txt, from src/licence/FORMAT.md alone. What it writes is committed; run it again
when the format changes."""

import hashlib
import hmac
from pathlib import Path

OUT = Path(__file__).parent / "licence"
VOUCHER_KEY = bytes(range(32, 64))
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def base32(data):
    bits = "".join(f"{b:08b}" for b in data)
    bits += "0" * (-len(bits) % 5)
    text = "".join(DIGITS[int(bits[i:i + 5], 2)] for i in range(0, len(bits), 5))
    return "-".join(text[i:i + 5] for i in range(0, len(text), 5))


def mac(content, key=VOUCHER_KEY):
    return hmac.new(key, content, hashlib.sha256).digest()[:16]


def content(plays=None, units=None, seconds=None, days=None, expires=None, item=None, serial=0x0123456789abcdef, version=1):
    parts, body = 0, serial.to_bytes(8, "big")
    for bit, value, size in ((1, plays, 4), (2, units, 4), (4, seconds, 4), (8, days, 4), (16, expires, 5)):
        if value is not None:
            parts |= bit
            body += value.to_bytes(size, "big")
    if item is not None:
        parts |= 32
        body += item
    return bytes([version, parts]) + body


def code(**given):
    whole = content(**given)
    return base32(whole + mac(whole))


ITEM, ANOTHER = bytes.fromhex("ff" * 16), bytes.fromhex("fe" * 16)
NOW = 1767225600
EVERYTHING = {"plays": 5, "units": 100, "seconds": 3600, "days": 30, "expires": NOW, "item": ITEM}
LARGEST_CODE = {"plays": 2**32 - 1, "units": 2**32 - 1, "seconds": 2**32 - 1, "days": 2**32 - 1, "expires": 2**40 - 1, "item": ITEM,
                "serial": 2**63 - 1}


def good_vouchers():
    yield "the_same_again", code(), None
    yield "plays", code(plays=5), ITEM
    yield "units", code(units=1), None
    yield "seconds", code(seconds=1), None
    yield "days", code(days=30), None
    yield "everything", code(**EVERYTHING), ITEM
    yield "largest", code(**LARGEST_CODE), ITEM
    yield "smallest_serial", code(serial=0, plays=1), None
    yield "expires_this_second", code(expires=NOW), ITEM
    yield "for_this_item", code(item=ITEM), ITEM
    yield "no_item_asked", code(item=ITEM), None
    yield "lower_case", code(plays=5).lower(), None
    yield "without_hyphens", code(plays=5).replace("-", ""), None
    yield "with_blanks", " " + code(plays=5).replace("-", " ") + " ", None
    yield "letters_for_digits", code(plays=5).replace("0", "O").replace("1", "I"), None
    yield "small_letters_for_digits", code(plays=5).replace("0", "o").replace("1", "l"), None
    yield "large_l_and_small_i", code(plays=5).replace("1", "L", 1).replace("1", "i"), None


def malformed():
    plain = code(plays=5)
    whole = content(plays=5)
    yield "empty", ""
    yield "only_hyphens", "-----"
    yield "letter_u", plain[:-1] + "U"
    yield "punctuation", plain[:-1] + "!"
    yield "underscores", plain.replace("-", "_")
    yield "not_ascii", plain[:-1] + "\u00e9"
    yield "one_character_less", plain[:-1]
    yield "one_character_more", plain + "0"
    yield "too_long", plain + "-" * (129 - len(plain))
    loose = code()  # 26 bytes: 2 bits are left over
    yield "left_over_bits", loose[:-1] + DIGITS[DIGITS.index(loose[-1]) | 1]
    for name, odd in (("version_0", content(version=0)), ("version_2", content(version=2)),
                      ("unknown_part_64", bytes([1, 64]) + whole[2:10]), ("unknown_part_128", bytes([1, 128]) + whole[2:10]),
                      ("plays_0", content(plays=0)), ("units_0", content(units=0)), ("seconds_0", content(seconds=0)),
                      ("days_0", content(days=0)), ("serial_2_63", content(serial=2**63)),
                      ("without_plays", bytes([1, 1]) + whole[2:10]), ("without_units", bytes([1, 2]) + whole[2:13]),
                      ("without_seconds", bytes([1, 4]) + whole[2:10]), ("without_days", bytes([1, 8]) + whole[2:10]),
                      ("without_expiry", bytes([1, 16]) + whole[2:14]), ("without_item", bytes([1, 32]) + whole[2:14]),
                      ("byte_behind", whole + b"\0"), ("only_a_version", b"\1"), ("nothing", b""), ("cut_serial", whole[:9])):
        yield name, base32(odd + mac(odd))


def forged():
    whole = content(**EVERYTHING)
    good = mac(whole)
    yield "another_key", base32(whole + mac(whole, bytes(32)))
    yield "mac_zeros", base32(whole + bytes(16))
    yield "mac_first_bit", base32(whole + bytes([good[0] ^ 0x80]) + good[1:])
    yield "mac_last_bit", base32(whole + good[:15] + bytes([good[15] ^ 1]))
    yield "mac_of_sha1", base32(whole + hmac.new(VOUCHER_KEY, whole, hashlib.sha1).digest()[:16])
    yield "mac_other_half", base32(whole + hmac.new(VOUCHER_KEY, whole, hashlib.sha256).digest()[16:])
    for name, changed in (("more_plays", {"plays": 6}), ("other_serial", {"serial": 1}), ("later", {"expires": NOW + 1}),
                          ("other_item", {"item": ANOTHER})):
        yield name, base32(content(**(EVERYTHING | changed)) + good)


def vouchers():
    """(name, verdict, code, item asked for)"""
    for name, text, item in good_vouchers():
        yield name, "ok", text, item
    for name, text in malformed():
        yield name, "malformed", text, ITEM
    for name, text in forged():
        yield name, "forged", text, ITEM
    yield "a_second_late", "expired", code(expires=NOW - 1), ITEM
    yield "expires_1970", "expired", code(expires=0), None
    yield "expired_before_other_item", "expired", code(expires=NOW - 1, item=ANOTHER), ITEM
    yield "for_another_item", "other_item", code(item=ANOTHER), ITEM


HEAD = "# SPDX-FileCopyrightText: The Cifra developers\n# SPDX-License-Identifier: Apache-2.0\n"


def unique(rows):
    rows = list(rows)
    names = [row[0] for row in rows]
    assert len(set(names)) == len(names), sorted(names)
    return rows


def main():
    OUT.mkdir(exist_ok=True)
    lines = [HEAD + f"# key {VOUCHER_KEY.hex()}\n# now {NOW}\n# NAME VERDICT ITEM CODE, see README.md\n"]
    for name, verdict, text, item in unique(vouchers()):
        lines.append(f"{name} {verdict} {item.hex() if item else '-'} {text}|\n")
    (OUT / "vouchers.txt").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
