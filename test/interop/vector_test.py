# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""The independent client's key schedule and records against the vectors that the C++ tests use: two readings of one text."""

import hashlib
import json
import os
import unittest

import cifra_proofs as proofs
from cifra_suites import SUITES, Schedule, Traffic, derive

VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vectors", "crypto")


def load(name):
    with open(os.path.join(VECTORS, name), encoding="ascii") as f:
        return json.load(f)


class Vectors(unittest.TestCase):
    def check(self, schedule, expected):
        for side in ("client", "server"):
            traffic = Traffic(schedule.suite, getattr(schedule, side), schedule.epoch)
            self.assertEqual((traffic.secret.hex(), traffic.key.hex(), traffic.iv.hex()),
                             (expected[side]["secret"], expected[side]["key"], expected[side]["iv"]))
            self.assertEqual(derive(schedule.suite, traffic.secret, "mac").hex(), expected[side]["mac"])

    def test_key_schedule(self):
        seen = set()
        for v in load("key_schedule.json"):
            with self.subTest(v["suite"]):
                suite = SUITES[v["suite"]]
                frames = b"".join(map(bytes.fromhex, v["frames"]))
                self.assertEqual(suite.hash(frames).hex(), v["th_dh"])
                s = Schedule(suite, bytes.fromhex(v["dh"]), suite.hash(frames))
                self.check(s, v["epoch0"])
                for side, key in (("client", s.client_finished), ("server", s.server_finished)):
                    self.assertEqual(suite.hmac(key, bytes.fromhex(v["th_signature"])).hex(), v["finished"][side])
                s.login(bytes.fromhex(v["th_finished"]))
                self.check(s, v["epoch1"])
                for r in v["rotations"]:
                    s.rotate(*(bytes.fromhex(r[k]) for k in ("dh", "rotate", "response")))
                    self.check(s, r)
                seen.add(v["suite"])
        self.assertEqual(seen, set(SUITES))

    def test_records(self):
        """Every record of both directions, over two rotations, with and without the ratchet."""
        for v in load("rotation.json"):
            with self.subTest(v["suite"], group=v["group"], ratchet=v["ratchet"]):
                suite = SUITES[v["suite"]]
                s = Schedule(suite, bytes.fromhex(v["dh"]), bytes.fromhex(v["th_dh"]))
                epochs = [self.keys(s, False)]
                s.login(bytes.fromhex(v["th_finished"]))
                epochs.append(self.keys(s, v["ratchet"]))
                for r in v["rotations"]:
                    s.rotate(*(bytes.fromhex(r[k]) for k in ("dh", "rotate", "response")))
                    epochs.append(self.keys(s, v["ratchet"]))
                for r in v["records"]:
                    frame, mac = bytes.fromhex(r["frame"]), bytes.fromhex(r["mac"])
                    text = epochs[r["epoch"]][r["from"]].open(r["number"], frame[:4], frame[4:], mac)
                    body, padding = bytes.fromhex(r["body"]), r["padding"]
                    padding += -(4 + len(body) + padding) % suite.block
                    self.assertEqual(text, bytes([r["type"]]) + padding.to_bytes(3, "big") + body + bytes(padding))

    def test_hash_trees(self):
        """R-60: from every chunk its path leads to the root, and a changed one elsewhere."""
        for case in load("hash_tree.json")["cases"]:
            data = bytes((i * 131 + i // 256 * 7) & 255 for i in range(case["size"]))
            self.assertEqual(proofs.tree_hash(data).hex(), case["root"])
            for size in map(int, case["paths"]):
                chunks = [data[at:at + size] for at in range(0, len(data), size)]
                lengths = [proofs.path_length(i, len(chunks)) for i in range(len(chunks))]
                self.assertEqual(" ".join(map(str, lengths)), case["paths"][str(size)]["lengths"])
                if size != 65536 or case["size"] > 20 * 16384:
                    continue  # the rest takes long in this language
                nodes = [proofs.tree_hash(chunk) for chunk in chunks]
                together = b""
                for i, chunk in enumerate(chunks):
                    path = self.path(nodes, i)
                    together += b"".join(path)
                    self.assertEqual(proofs.root_of(chunk, i, len(chunks), path).hex(), case["root"])
                    self.assertNotEqual(proofs.root_of(chunk[:-1] + b"x", i, len(chunks), path).hex(), case["root"])
                self.assertEqual(hashlib.sha256(together).hexdigest(), case["paths"][str(size)]["sha256"])

    @staticmethod
    def path(nodes, index):
        """From the nodes of all chunks, in another way than the client's: level by level, an odd one is carried up."""
        path = []
        while len(nodes) > 1:
            if index ^ 1 < len(nodes):
                path.append(nodes[index ^ 1])
            pairs = [nodes[i:i + 2] for i in range(0, len(nodes), 2)]
            nodes = [hashlib.sha256(b"\1" + p[0] + p[1]).digest() if len(p) == 2 else p[0] for p in pairs]
            index //= 2
        return path

    @staticmethod
    def keys(schedule, ratchet):
        return {side: Traffic(schedule.suite, getattr(schedule, side), schedule.epoch, ratchet) for side in ("client", "server")}


if __name__ == "__main__":
    unittest.main(verbosity=2)
