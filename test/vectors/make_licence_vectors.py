#!/usr/bin/python3
# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""make_licence_vectors.py: writes licence/documents.txt, from src/licence/FORMAT.md alone, with python3-cryptography. What it
writes is committed; run it again when the format changes."""

import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

OUT = Path(__file__).parent / "licence"
SEED = bytes(range(32))
KEY = Ed25519PrivateKey.from_private_bytes(SEED)
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
ORDER = 2**252 + 27742317777372353535851937790883648493
CONTEXT = b"cifra licence\0"


def sign(text, key=KEY):
    return key.sign(CONTEXT + text)


def dump(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def licence(constraints=None, **members):
    whole = {"version": 1, "id": "00112233445566778899aabbccddeeff", "person": "ada", "item": "ff" * 16, "rights": ["play"],
             "constraints": constraints or {}, "renewal": "none", "issued": 1767225600, "origin": "operator"}
    whole.update(members)
    return whole


FULL = {"count": 5, "units": 100, "accumulated": 3600, "not_before": 1767225600, "not_after": 1798761599,
        "after_first_play": 172800, "max_concurrent": 1, "renewals_max": 2, "renew_until": 1830297599}
LARGEST = {"count": 2**53 - 1, "units": 2**53 - 1, "accumulated": 2**53 - 1, "not_before": 0, "not_after": 253402300799,
           "after_first_play": 2**53 - 1, "max_concurrent": 2**32 - 1, "renewals_max": 2**32 - 1, "renew_until": 253402300799}
GOOD = dump(licence(FULL))
PLAIN = dump(licence({"count": 5}))


def without(name):
    whole = licence({"count": 5})
    del whole[name]
    return dump(whole)


def replaced(old, new, text=PLAIN):
    assert text.count(old) == 1, (old, text)
    return text.replace(old, new)


def good_documents():
    yield "plain", PLAIN
    yield "every_constraint", GOOD
    yield "largest", dump(licence(LARGEST, rights=["play", "save", "bridge", "preview"], renewal="operator", issued=253402300799))
    yield "smallest", dump(licence({"count": 1, "units": 1, "accumulated": 1, "not_before": 0, "not_after": 0, "after_first_play": 1,
                                    "max_concurrent": 1, "renewals_max": 0, "renew_until": 0}, issued=0, person="a", origin="o"))
    yield "no_constraint", dump(licence())
    yield "quotes", dump(licence(person='a "b" \\c/'))
    yield "not_ascii", dump(licence(person="Ad\u00e9l\u00e4 \u97f3\u697d \U0001f3b5"))
    yield "device", dump(licence(person="device:" + "d" * 64, renewal="free"))
    yield "longest_texts", dump(licence(LARGEST, person='"' * 128, origin="\\" * 64, renewal="voucher"))


def not_json():
    yield "empty", b""
    yield "only_white_space", b" "
    yield "white_space_before", b" " + PLAIN
    yield "line_end_behind", PLAIN + b"\n"
    yield "byte_order_mark", b"\xef\xbb\xbf" + PLAIN
    yield "cut_short", PLAIN[:-1]
    yield "byte_behind", PLAIN + b"}"
    yield "array", b"[" + PLAIN + b"]"
    yield "text", b'"licence"'
    yield "comma_too_many", PLAIN[:-1] + b",}"
    yield "comment", replaced(b',"person"', b'/**/,"person"')
    yield "single_quotes", replaced(b'"ada"', b"'ada'")
    yield "member_twice", replaced(b'"person":"ada"', b'"person":"ada","person":"ada"')
    yield "member_twice_by_escape", replaced(b'"person":"ada"', b'"person":"ada","p\\u0065rson":"ada"')
    yield "constraint_twice", replaced(b'"count":5', b'"count":5,"count":6')
    yield "not_utf8", replaced(b'"ada"', b'"\xff"')
    yield "overlong", replaced(b'"ada"', b'"\xc0\xaf"')
    yield "lone_surrogate", replaced(b'"ada"', b'"\\ud800"')
    yield "control_character", replaced(b'"ada"', b'"\x01"')
    yield "nul", replaced(b'"ada"', b'"\0"')
    yield "not_a_number", replaced(b":5", b":NaN")
    yield "leading_zero", replaced(b":5", b":05")
    yield "plus", replaced(b":5", b":+5")
    yield "too_deep", replaced(b":5", b":" + b"[" * 8 + b"]" * 8)


def bad_numbers():
    for name in ("count", "units", "accumulated", "after_first_play"):
        for word, value in (("zero", 0), ("negative", -1), ("too_large", 2**53)):
            yield f"{name}_{word}", dump(licence({name: value}))
    for name in ("not_before", "not_after", "renew_until"):
        for word, value in (("negative", -1), ("behind_9999", 253402300800)):
            yield f"{name}_{word}", dump(licence({name: value}))
    for word, value in (("text", "5"), ("null", None), ("true", True), ("array", [5]), ("half", 5.5), ("2_64", 2**64 - 1), ("2_63", 2**63)):
        yield f"count_{word}", dump(licence({"count": value}))
    yield "count_with_point", replaced(b":5", b":5.0")
    yield "count_with_exponent", replaced(b":5", b":5e0")
    yield "count_2_64_and_more", replaced(b":5", b":18446744073709551616")
    yield "max_concurrent_zero", dump(licence({"max_concurrent": 0}))
    yield "max_concurrent_2_32", dump(licence({"max_concurrent": 2**32}))
    yield "renewals_max_negative", dump(licence({"renewals_max": -1}))
    yield "renewals_max_2_32", dump(licence({"renewals_max": 2**32}))
    yield "ends_before_it_begins", dump(licence({"not_before": 2, "not_after": 1}))
    yield "issued_negative", dump(licence(issued=-1))
    yield "issued_behind_9999", dump(licence(issued=253402300800))
    yield "issued_text", dump(licence(issued="2026"))


def bad_values():
    yield "version_text", dump(licence(version="1"))
    yield "version_with_point", replaced(b'"version":1', b'"version":1.0')
    yield "id_short", dump(licence(id="00" * 15))
    yield "id_long", dump(licence(id="00" * 17))
    yield "id_upper_case", dump(licence(id="AA" * 16))
    yield "id_not_hex", dump(licence(id="0g" * 16))
    yield "id_number", dump(licence(id=0))
    yield "item_short", dump(licence(item="00" * 15))
    yield "item_null", dump(licence(item=None))
    yield "person_empty", dump(licence(person=""))
    yield "person_too_long", dump(licence(person="a" * 129))
    yield "person_with_tab", dump(licence(person="a\tb"))
    yield "person_with_c1", dump(licence(person="a\u0085b"))
    yield "person_turned_round", dump(licence(person="a\u202eb"))
    yield "person_number", dump(licence(person=1))
    yield "rights_none", dump(licence(rights=[]))
    yield "rights_twice", dump(licence(rights=["play", "play"]))
    yield "rights_text", dump(licence(rights="play"))
    yield "rights_number", dump(licence(rights=[1]))
    yield "constraints_array", dump(licence(constraints=[]) | {"constraints": []})
    yield "constraints_null", dump(licence() | {"constraints": None})
    yield "renewal_unknown", dump(licence(renewal="paid"))
    yield "renewal_upper_case", dump(licence(renewal="Free"))
    yield "renewal_number", dump(licence(renewal=1))
    yield "origin_empty", dump(licence(origin=""))
    yield "origin_too_long", dump(licence(origin="o" * 65))
    yield from bad_numbers()


def other_forms():
    yield "blank_behind_colon", replaced(b'"person":', b'"person": ')
    yield "line_end_inside", replaced(b',"person"', b',\n"person"')
    yield "members_swapped", replaced(b'"version":1,"id":"00112233445566778899aabbccddeeff"',
                                      b'"id":"00112233445566778899aabbccddeeff","version":1')
    yield "rights_swapped", dump(licence(rights=["save", "play"]))
    yield "constraints_swapped", dump(licence({"units": 1, "count": 1}))
    yield "letter_escaped", replaced(b'"ada"', b'"\\u0061da"')
    yield "slash_escaped", replaced(b'"ada"', b'"a\\/a"')
    yield "not_ascii_escaped", replaced(b'"ada"', b'"\\u00e9"')
    yield "quote_by_number", replaced(b'"ada"', b'"\\u0022"')
    yield "member_escaped", replaced(b'"person"', b'"perso\\u006e"')
    yield "minus_zero", dump(licence({"renewals_max": 0})).replace(b":0}", b":-0}")


def documents():
    """(name, verdict, text, signature): all but the last kind are signed as they are."""
    kinds = {
        "ok": good_documents(),
        "too_large": [("one_byte_too_many", PLAIN[:-1] + b" " * (2049 - len(PLAIN)) + b"}")],
        "bad_json": not_json(),
        "unknown_version": [(f"version_{n}", dump(licence(version=n))) for n in (0, 2, -1, 2**32 + 1, 2**64 - 1)]
        + [("version_2_with_more", dump(licence(version=2) | {"more": {}}))],
        "unknown_member": [("member", dump(licence() | {"note": ""})), ("member_upper_case", replaced(b'"origin"', b'"Origin"')),
                           ("member_without_name", dump(licence() | {"": 0})),
                           ("constraint", dump(licence({"count": 5, "region": "PT"}))),
                           ("constraint_upper_case", dump(licence({"Count": 5}))),
                           ("constraint_null", dump(licence({"speed": None}))),
                           ("right", dump(licence(rights=["play", "copy"]))), ("right_upper_case", dump(licence(rights=["Play"])))],
        "missing": [(f"without_{name}", without(name)) for name in licence()],
        "bad_value": bad_values(),
        "not_canonical": other_forms(),
    }
    for verdict, texts in kinds.items():
        for name, text in texts:
            yield name, verdict, text, sign(text)
    yield from bad_signatures()


def bad_signatures():
    good = sign(GOOD)
    s = int.from_bytes(good[32:], "little")
    for name, text, signature in (
            ("signature_first_bit", GOOD, bytes([good[0] ^ 1]) + good[1:]),
            ("signature_of_s_bit", GOOD, good[:32] + bytes([good[32] ^ 1]) + good[33:]),
            ("signature_last_bit", GOOD, good[:63] + bytes([good[63] ^ 0x80])),
            ("signature_zeros", GOOD, bytes(64)),
            ("signature_s_plus_order", GOOD, good[:32] + (s + ORDER).to_bytes(32, "little")),
            ("signature_cut_short", GOOD, good[:63]),
            ("signature_byte_behind", GOOD, good + b"\0"),
            ("signature_missing", GOOD, b""),
            ("signature_by_another", GOOD, sign(GOOD, OTHER)),
            ("signature_without_context", GOOD, KEY.sign(GOOD)),
            ("signature_of_other_text", GOOD, sign(PLAIN)),
            ("text_one_more_play", replaced(b'"count":5', b'"count":6', GOOD), good),
            ("text_other_person", replaced(b'"ada"', b'"adb"', GOOD), good)):
        yield name, "bad_signature", text, signature


HEAD = "# SPDX-FileCopyrightText: The Cifra developers\n# SPDX-License-Identifier: Apache-2.0\n"


def unique(rows):
    rows = list(rows)
    names = [row[0] for row in rows]
    assert len(set(names)) == len(names), sorted(names)
    return rows


def shown(text):
    """As it is, where a line can hold it; else in hexadecimal digits."""
    try:
        plain = text.decode()
    except UnicodeDecodeError:
        plain = ""
    if plain.isprintable() and plain == plain.strip() and plain:
        return plain
    return "hex:" + text.hex()


def main():
    OUT.mkdir(exist_ok=True)
    key = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    lines = [HEAD + f"# key {key}\n# NAME VERDICT SIGNATURE TEXT, see README.md\n"]
    for name, verdict, text, signature in unique(documents()):
        lines.append(f"{name} {verdict} {signature.hex() or '-'} {shown(text)}\n")
    (OUT / "documents.txt").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
