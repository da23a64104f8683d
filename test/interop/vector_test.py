# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""The independent client's key schedule and records against the vectors that the C++ tests use: two readings of one text."""

import json
import os
import unittest

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

    @staticmethod
    def keys(schedule, ratchet):
        return {side: Traffic(schedule.suite, getattr(schedule, side), schedule.epoch, ratchet) for side in ("client", "server")}


if __name__ == "__main__":
    unittest.main(verbosity=2)
