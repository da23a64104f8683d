#!/usr/bin/python3
# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""make_vault_vectors.py: writes vault/ beside itself, the same bytes in every run. It is a writer of src/vault/FORMAT.md of its own, and shares
nothing with the readers that are tested by what it makes.

good.json names whole files and what they hold. bad.json names changes of these, one defect each: a case has the file that it begins with, edits
in turn, and where which error must come: "open", "read" with the chunks of 16 KiB that are refused while the others are right, "page" (chunks are right, no path is), or
"verify" alone. Cases with "key" are of vault.key files.
An edit is one of
    {"xor": OFFSET, "with": HEX}    {"put": OFFSET, "hex": HEX}    {"cut": LENGTH}    {"append": HEX}    {"remove": OFFSET, "length": N}
    {"copy": OFFSET, "length": N, "from": FILE, "at": OFFSET}
"""

import json
from pathlib import Path

import vault_defects
from vault_writer import KEY, KEY_FILE, PASSPHRASE, Item, key_file_kind, passphrase_kind

GOOD = {
    "empty": Item("empty", 0),
    "empty-all": Item("empty-all", 0, note=b"", metadata=b""),
    "one-byte": Item("one-byte", 1, metadata=b"{}"),
    "one-chunk": Item("one-chunk", 16384),
    "many": Item("many", 2 * 16384 + 100, note=b"from alice"),
    "other": Item("other", 2 * 16384 + 100, note=b"from alice"),
}


def main():
    folder = Path(__file__).parent / "vault"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    keys = {"passphrase.key": passphrase_kind(65536, 3, 4), "weak.key": passphrase_kind(64, 1, 1), "file.key": key_file_kind()}
    for name, data in keys.items():
        (folder / name).write_bytes(data)
    for name, item in GOOD.items():
        (folder / f"{name}.vault").write_bytes(item.container())
    # Whole files that are bad, as they are too large for an edit.
    many, two = GOOD["many"], Item("two-last", 16385)
    (folder / "two-last.vault").write_bytes(two.container(lasts={0, 1}))
    parts = many.parts()
    (folder / "partial.vault").write_bytes(many.header(parts, state=1) + parts["note"] + parts["chunks"][2])
    good = {"vault_key": KEY.hex(), "passphrase": PASSPHRASE.decode(), "key_file": KEY_FILE.hex(),
            "sub_keys": {label: vault_defects.sub_key(label).hex() for label in ("vault items", "vault names", "ledger seal")},
            "content": "byte i of an item is the low byte of i * 131 + i / 256 * 7 + i / 16384 * 29 + size",
            "items": [item.described(name) for name, item in GOOD.items()]}
    (folder / "good.json").write_text(json.dumps(good, indent=1) + "\n")
    cases = vault_defects.container_cases(GOOD) + vault_defects.key_cases(keys)
    names = [case["name"] for case in cases]
    assert len(names) == len(set(names)) and len(names) >= 60, len(names)
    (folder / "bad.json").write_text("[\n" + ",\n".join(" " + json.dumps(case) for case in cases) + "\n]\n")
    print(len(names), "defects;", sum(path.stat().st_size for path in folder.iterdir()), "bytes")


if __name__ == "__main__":
    main()
