# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""cifra --json: one line of JSON on standard output and nothing else there, for every command; errors stay words."""
import hashlib
import json
import random
import unittest

from refusals import Refusals
from running import MEDIA

ITEM = {"id", "kind", "name", "title", "artist", "album", "size", "duration_ms", "chunk_size", "licence"}
OPEN = {"state": "open", "rights": ["play", "save", "bridge"], "plays": None, "units": None, "seconds": None, "not_before": None,
        "not_after": None, "renewal": "none", "renewals": 0}
TRANSFER = {"name", "path", "size", "first_chunk", "chunks", "bytes", "rotations", "stalls", "seconds", "suite", "group",
            "device", "person"}
CONTENT = random.Random(6).randbytes(1_000_001)
STRANGE = 'quote" back\\slash – Grüße, 日本.bin'


class Json(Refusals):
    @classmethod
    def prepare(cls, site):
        site.add_media("gunroar-2.mp3", MEDIA / "gunroar-2.mp3")
        site.add_media(STRANGE, CONTENT)

    def json(self, *arguments):
        out, _ = self.succeed(self.shared, "--json", *arguments)
        self.assertEqual(out.count(b"\n"), 1)
        self.assertTrue(out.endswith(b"\n"))
        return json.loads(out)

    def test_list(self):
        listed = {item["name"]: item for item in self.json("list")}
        self.assertEqual(set(listed), {"gunroar-2.mp3", STRANGE})
        for item in listed.values():
            self.assertEqual(set(item), ITEM)
            self.assertRegex(item["id"], "^[0-9a-f]{32}$")
            self.assertEqual(item["licence"], OPEN)
        song = listed["gunroar-2.mp3"]
        self.assertEqual((song["kind"], song["title"], song["artist"], song["album"]),
                         ("audio", "Gunroar music 2", "Kenta Cho", "Gunroar"))
        self.assertIn(song["duration_ms"], range(39_000, 42_000))
        self.assertEqual(song["size"], (MEDIA / "gunroar-2.mp3").stat().st_size)
        self.assertEqual((listed[STRANGE]["kind"], listed[STRANGE]["size"], listed[STRANGE]["duration_ms"]),
                         ("file", len(CONTENT), 0))

    def test_search_and_info(self):
        found, = self.json("search", "kenta")
        self.assertEqual(found["name"], "gunroar-2.mp3")
        self.assertEqual(self.json("search", "nothing"), [])
        self.assertEqual(self.json("info", found["id"]), found)
        self.assertEqual(self.json("info", STRANGE)["name"], STRANGE)

    def check_transfer(self, report, size):
        self.assertEqual(set(report), TRANSFER)
        self.assertEqual((report["size"], report["bytes"], report["first_chunk"], report["stalls"]), (size, size, 0, 0))
        self.assertGreater(report["chunks"], 0)
        self.assertGreater(report["seconds"], 0)
        self.assertEqual((report["group"], report["device"], report["person"]), ("X25519", "device1", "listener"))
        self.assertRegex(report["suite"], "^[A-Z0-9_]+$")

    def test_get(self):
        report = self.json("get", STRANGE, "-o", "target.bin")
        self.check_transfer(report, len(CONTENT))
        self.assertEqual((report["name"], report["path"]), (STRANGE, "target.bin"))
        self.assertEqual((self.folder / "target.bin").read_bytes(), CONTENT)

    def test_get_to_standard_output_is_the_item_alone(self):
        out, _ = self.succeed(self.shared, "--json", "get", STRANGE, "-o", "-")
        self.assertEqual(hashlib.sha256(out).digest(), hashlib.sha256(CONTENT).digest())

    def test_put(self):
        (self.folder / "up.bin").write_bytes(CONTENT + b"2")
        report = self.json("put", "up.bin")
        self.addCleanup((self.shared.media / "up.bin").unlink)
        self.check_transfer(report, len(CONTENT) + 1)
        self.assertEqual(report["name"], "up.bin")

    def test_play(self):
        report = self.json("play", "gunroar-2.mp3", "-o", "file:x.wav")
        self.check_transfer(report, (MEDIA / "gunroar-2.mp3").stat().st_size)
        self.assertEqual(report["name"], "1 track")

    def test_quiet(self):
        (self.folder / "quiet.bin").write_bytes(b"quiet")
        self.addCleanup((self.shared.media / "quiet.bin").unlink, missing_ok=True)
        for verb in (("list",), ("search", "nothing"), ("get", STRANGE), ("put", "quiet.bin"),
                     ("play", "gunroar-2.mp3", "-o", "file:x.wav")):
            out, error = self.succeed(self.shared, "--json", "--quiet", *verb)
            json.loads(out)
            self.assertEqual(error, "")

    def test_errors_are_words(self):
        for wanted, arguments, says, remedy in (
                (2, ("--jsn", "list"), "there is no option '--jsn'", "did you mean '--json'?"),
                (11, ("get", "nothing"), "no item 'nothing'", "'cifra list'"),
                (11, ("play", STRANGE, "-o", "null"), "is no recording", "'cifra get'"),
                (3, ("put", "nowhere"), "cannot open nowhere", "check the name"),
                (5, ("--server", "localhost:1", "list"), "cannot reach localhost:1", "check the address")):
            with self.subTest(arguments):
                self.no(wanted, "--json", *arguments, says=says, remedy=remedy)
        self.assertEqual(self.left(), [])


if __name__ == "__main__":
    unittest.main()
