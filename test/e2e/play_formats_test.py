# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""FLAC, Ogg Vorbis, Opus and WAV through the real programs: what is listed, and every sample of what is played."""
import json
import unittest
import wave

import sounds
from running import Case

KINDS = {"song.flac": sounds.FLAC, "song.ogg": sounds.VORBIS, "song.opus": sounds.OPUS, "song.wav": sounds.WAV}


class Formats(Case):
    def setUp(self):
        super().setUp()
        self.stage = self.site()
        self.originals = {}
        for name, kind in KINDS.items():
            rate, channels = (48_000, 2) if kind == sounds.OPUS else (44_100, 1 if kind == sounds.VORBIS else 2)
            samples = sounds.tones(rate, channels, 4.25)
            tags = {"title": f"Title of {name}", "artist": "José", "album": "Formats"}
            path = sounds.make(self.folder / name, kind, samples, rate, channels, **tags)
            self.stage.add_media(name, path)
            self.originals[name] = samples
        phone = sounds.make(self.folder / "phone.wav", sounds.IMA_WAV, sounds.tones(8000, 1, 1), 8000, 1)
        self.stage.add_media("phone.wav", phone)
        whole = (self.folder / "song.flac").read_bytes()
        self.stage.add_media("cut.flac", whole[:len(whole) // 2])
        self.stage.add_media("noise.flac", whole[:200] + bytes(range(256)) * 400)
        self.server = self.serve(self.stage)

    def play(self, *names: str) -> bytes:
        target = self.folder / "played.raw"
        self.succeed(self.stage, "play", *names, "-o", f"file:{target}")
        return target.read_bytes()

    def assert_same(self, actual: bytes, expected: bytes) -> None:
        self.assertEqual(len(actual), len(expected))
        self.assertTrue(actual == expected)

    def test_what_is_listed(self):
        out, _ = self.succeed(self.stage, "--json", "list")
        listed = {item["name"]: item for item in json.loads(out)}
        for name in KINDS:
            self.assertEqual(listed[name]["kind"], "audio")
            self.assertEqual((listed[name]["title"], listed[name]["artist"], listed[name]["album"]), (f"Title of {name}", "José", "Formats"))
            self.assertEqual(listed[name]["duration_ms"], 4250)
        self.assertEqual(listed["phone.wav"]["kind"], "file")

    def test_every_sample(self):
        for name in KINDS:
            played = self.play(name)
            self.assert_same(played, sounds.decoded(self.folder / name))
            self.assertEqual(len(played), 2 * len(self.originals[name]))
        for name in ("song.flac", "song.wav"):
            self.assert_same(self.play(name), self.originals[name].tobytes())

    def test_into_wav(self):
        self.succeed(self.stage, "play", "song.opus", "-o", "file:x.wav")
        with wave.open(str(self.folder / "x.wav")) as sound:
            self.assertEqual((sound.getframerate(), sound.getnchannels(), sound.getsampwidth()), (48_000, 2, 2))
            self.assert_same(sound.readframes(sound.getnframes()), sounds.decoded(self.folder / "song.opus"))

    def test_one_after_the_other(self):
        together = self.play("song.flac", "song.wav", "song.flac")
        self.assert_same(together, b"".join(self.originals[name].tobytes() for name in ("song.flac", "song.wav", "song.flac")))

    def test_what_cannot_be_played_says_so(self):
        self.refuse(11, self.stage, "play", "phone.wav", "-o", "null", says=("phone.wav is no recording", "cifra get"))
        self.refuse(11, self.stage, "play", "noise.flac", "-o", "file:y.raw", says=("the recording cannot be decoded", "cifra get"))

    def test_half_a_recording_is_played_as_far_as_it_is_there(self):
        played = self.cut()
        self.assertTrue(self.originals["song.flac"].tobytes().startswith(played))
        self.assertGreater(len(played), 2 * len(self.originals["song.flac"]) // 4)

    def cut(self) -> bytes:
        target = self.folder / "cut.raw"
        status, _, _ = self.cifra(self.stage, "play", "cut.flac", "-o", f"file:{target}")
        self.assertIn(status, (0, 11))
        return target.read_bytes()


if __name__ == "__main__":
    unittest.main()
