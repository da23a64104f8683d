#!/usr/bin/python3
# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""The second reader of vaults: over the vectors, and over what Cifra's own writer makes."""
import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import cifra_vault as vault

VECTORS = Path(__file__).parent.parent / "vectors/vault"
GOOD = json.loads((VECTORS / "good.json").read_text())
BAD = json.loads((VECTORS / "bad.json").read_text())
KEY = bytes.fromhex(GOOD["vault_key"])
TOOL = os.environ.get("VAULT_TOOL")


def content(size):
    unit = bytes((i * 131 + i // 256 * 7) & 255 for i in range(16384))
    pieces = []
    for index in range(-(-size // 16384)):
        shift = (index * (16384 * 131 + 64 * 7 + 29) + size) & 255
        pieces.append(unit.translate(bytes((value + shift) & 255 for value in range(256))))
    return b"".join(pieces)[:size]


def edited(data, edits):
    data = bytearray(data)
    for edit in edits:
        if "xor" in edit:
            data[edit["xor"]] ^= int(edit["with"], 16)
        elif "put" in edit:
            new = bytes.fromhex(edit["hex"])
            data[edit["put"]:edit["put"] + len(new)] = new
        elif "cut" in edit:
            del data[edit["cut"]:]
        elif "append" in edit:
            data += bytes.fromhex(edit["append"])
        elif "remove" in edit:
            del data[edit["remove"]:edit["remove"] + edit["length"]]
        else:
            source = (VECTORS / edit["from"]).read_bytes()
            data[edit["copy"]:edit["copy"] + edit["length"]] = source[edit["at"]:edit["at"] + edit["length"]]
    return bytes(data)


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def refuses(self, error, work):
        with self.assertRaises(vault.Refused) as caught:
            work()
        self.assertEqual(str(caught.exception), error)

    def opened(self, path, key=KEY):
        container = vault.Container(path, key)
        self.addCleanup(container.close)
        return container


class Vectors(Case):
    def test_keys(self):
        secret = {"passphrase": GOOD["passphrase"].encode(), "key_file": bytes.fromhex(GOOD["key_file"])}
        for name in ("passphrase.key", "weak.key", "file.key"):
            with self.subTest(name):
                self.assertEqual(vault.vault_key((VECTORS / name).read_bytes(), weak=name == "weak.key", **secret), KEY)
        for label, value in GOOD["sub_keys"].items():
            self.assertEqual(vault.sub_key(KEY, label).hex(), value)

    def test_good_items(self):
        for item in GOOD["items"]:
            with self.subTest(item["file"]):
                container = self.opened(VECTORS / item["file"])
                self.assertEqual(container.read(), content(item["size"]))
                container.verify()
                self.assertEqual([container.item.hex(), container.root.hex(), container.note.hex(), container.metadata.hex()],
                                 [item["item"], item["root"], item["note"], item["metadata"]])

    def test_bad_items(self):
        for case in (case for case in BAD if "file" in case):
            with self.subTest(case["name"]):
                path = self.folder / "bad.vault"
                path.write_bytes(edited((VECTORS / case["file"]).read_bytes(), case["edits"]))
                if case["at"] == "open":
                    self.refuses(case["error"], lambda path=path: vault.Container(path, KEY))
                    continue
                container = self.opened(path)
                whole = content(container.size)
                for index in range(container.chunks):
                    if index in case.get("chunks", []):
                        self.refuses(case["error"], lambda c=container, i=index: c.chunk(i))
                    else:
                        self.assertEqual(container.chunk(index), whole[index * 16384:(index + 1) * 16384])
                if case["at"] == "page":
                    self.refuses(case["error"], lambda c=container: c.page(0))
                self.refuses(case["error"], container.verify)

    def test_bad_keys(self):
        for case in (case for case in BAD if "key" in case):
            with self.subTest(case["name"]):
                data = edited((VECTORS / case["key"]).read_bytes(), case["edits"])
                secret = {"passphrase": case.get("passphrase", GOOD["passphrase"]).encode(),
                          "key_file": bytes.fromhex(case.get("secret", GOOD["key_file"]))}
                self.refuses(case["error"], lambda d=data, c=case, s=secret: vault.vault_key(d, weak=c.get("bounds") == "weak", **s))


@unittest.skipUnless(TOOL, "VAULT_TOOL names no program")
class Written(Case):
    """By `vault_tool`, which is a handful of calls of the library."""

    def tool(self, *words, data=b""):
        return subprocess.run([TOOL, *map(str, words)], input=data, check=True, capture_output=True).stdout.decode().strip()

    def test_what_cifra_writes(self):
        box = self.folder / "vault"
        (self.folder / "secret").write_bytes(bytes(range(32)))
        self.tool("init", box, self.folder / "secret")
        key = vault.vault_key((box / "vault.key").read_bytes(), key_file=bytes(range(32)))
        page = 512 * 16384
        for size in (0, 1, 16383, 16384, 16385, 100_000, page - 1, page, page + 1, 2 * page + 16384):
            with self.subTest(size):
                whole = content(size)
                item = self.tool("import", box, self.folder / "secret", "a note", '{"title":"x"}', data=whole)
                container = self.opened(box / "items" / f"{item}.vault", key)
                container.verify()
                self.assertEqual(container.read(), whole)
                self.assertEqual([container.item.hex(), container.note, container.metadata], [item, b"a note", b'{"title":"x"}'])


if __name__ == "__main__":
    unittest.main()
