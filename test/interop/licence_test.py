# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""The second reader of licences and vouchers against the vectors that the C++ tests use: two readings of one text."""

import os
import unittest

from cifra_licence import Refused, open_document, parse, read_voucher, write

VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vectors", "licence")


def load(name):
    """The values of the lines `# NAME VALUE`, and the vectors, cut at blanks into as many words as there are columns."""
    heading, vectors = {}, []
    with open(os.path.join(VECTORS, name), encoding="utf-8", newline="\n") as f:
        for line in f:
            words = line.rstrip("\n").split(" ", 3)
            if words[0] == "#":
                heading[words[1]] = words[2]
            else:
                vectors.append(words)
    return heading, vectors


def verdict(work):
    try:
        work()
    except Refused as refused:
        return str(refused)
    return "ok"


class Licences(unittest.TestCase):
    def test_documents(self):
        heading, vectors = load("documents.txt")
        key = bytes.fromhex(heading["key"])
        for name, expected, signature, shown in vectors:
            with self.subTest(name):
                text = bytes.fromhex(shown[4:]) if shown.startswith("hex:") else shown.encode()
                signature = bytes.fromhex(signature) if signature != "-" else b""
                self.assertEqual(verdict(lambda t=text, s=signature: open_document(key, t, s)), expected)
                if expected == "ok":
                    self.assertEqual(write(parse(text)), text)
        self.assertGreaterEqual(len(vectors), 140)

    def test_vouchers(self):
        heading, vectors = load("vouchers.txt")
        key, now = bytes.fromhex(heading["key"]), int(heading["now"])
        for name, expected, item, code in vectors:
            with self.subTest(name):
                item = bytes.fromhex(item) if item != "-" else None
                self.assertEqual(verdict(lambda c=code, i=item: read_voucher(key, c[:c.rindex("|")], now, i)), expected)
        self.assertGreaterEqual(len(vectors), 55)

    def test_what_a_voucher_gives(self):
        heading, vectors = load("vouchers.txt")
        code = next(v[3] for v in vectors if v[0] == "everything")[:-1]
        voucher = read_voucher(bytes.fromhex(heading["key"]), code, 0, None)
        self.assertEqual(voucher, {"serial": 0x0123456789abcdef, "plays": 5, "units": 100, "seconds": 3600, "days": 30,
                                   "expires": 1767225600, "item": b"\xff" * 16})


if __name__ == "__main__":
    unittest.main(verbosity=2)
