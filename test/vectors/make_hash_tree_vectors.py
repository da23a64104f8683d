#!/usr/bin/python3
# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""make_hash_tree_vectors.py: writes crypto/hash_tree.json beside itself, the same bytes in every run. Trees and paths as sections 2.1 and
2.1.1 of RFC 6962 define them: from above, by the largest power of two below the number of leaves.

Byte i of every item is the low byte of i * 131 + i / 256 * 7 + i / 16384 * 29, so that the file holds no content. Each case has its size, its root, and for each
chunk size the lengths of the paths of all chunks and SHA-256 of these paths one behind the other."""

import hashlib
import json
from pathlib import Path

LEAF = 16384
CHUNKS = [LEAF << shift for shift in range(7)]


def content(size):
    return bytes((i * 131 + i // 256 * 7 + i // 16384 * 29) & 255 for i in range(size))


def largest_power_below(n):
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def mth(leaves):
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    k = largest_power_below(len(leaves))
    return hashlib.sha256(b"\1" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def node_path(first, count, leaves):
    """From the node of leaves[first:first + count] to the root, nearest first."""
    if first == 0 and count >= len(leaves):
        return []
    k = largest_power_below(len(leaves))
    if first < k:
        return node_path(first, count, leaves[:k]) + [mth(leaves[k:])]
    return node_path(first - k, count, leaves[k:]) + [mth(leaves[:k])]


def case(size):
    whole = content(size)
    leaves = [whole[at:at + LEAF] for at in range(0, size, LEAF)]
    paths = {}
    for chunk in CHUNKS:
        per = chunk // LEAF
        found = [node_path(first, per, leaves) for first in range(0, len(leaves), per)]
        together = hashlib.sha256(b"".join(node for path in found for node in path)).hexdigest()
        paths[str(chunk)] = {"lengths": " ".join(str(len(path)) for path in found), "sha256": together}
    return {"size": size, "root": mth(leaves).hex(), "paths": paths}


def rfc_case():
    """The roots of RFC 6962's own reference data (certificate-transparency), whose leaves are shorter than ours."""
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    leaves = [bytes.fromhex(entry) for entry in inputs]
    return {"leaves": inputs, "roots": [mth(leaves[:n]).hex() for n in range(len(leaves) + 1)]}


def main():
    sizes = sorted({0, 1, LEAF - 1, LEAF + 1} | {n * LEAF - (n % 3) * 1000 for n in range(1, 41)})
    vectors = {"rfc6962": rfc_case(), "cases": [case(size) for size in sizes]}
    assert vectors["rfc6962"]["roots"][8] == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    (Path(__file__).parent / "crypto" / "hash_tree.json").write_text(json.dumps(vectors, indent=1) + "\n")


if __name__ == "__main__":
    main()
