# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
import functools
import subprocess
import wave

from running import MEDIA, Case

SONGS = sorted(MEDIA.glob("*.mp3"))


@functools.cache
def decoded(path) -> bytes:
    """What another decoder makes of it: 16-bit samples, without encoder delay and padding."""
    return subprocess.run(["mpg123", "-q", "-s", path], check=True, capture_output=True).stdout


class Play(Case):
    def setUp(self):
        super().setUp()
        self.stage = self.site()
        for song in SONGS:
            self.stage.add_media(song.name, song)
        self.server = self.serve(self.stage)

    def assert_same(self, actual: bytes, expected: bytes) -> None:
        self.assertEqual(len(actual), len(expected))
        self.assertTrue(actual == expected)

    def test_every_sample_of_every_recording(self):
        self.assertEqual(len(SONGS), 3)
        for song in SONGS:
            target = self.folder / (song.stem + ".raw")
            out, error = self.succeed(self.stage, "play", song.name, "-o", f"file:{target}")
            self.assert_same(target.read_bytes(), decoded(song))
            self.assertEqual(out, b"")
            self.assertIn("0 underruns", error)
        self.assertEqual([play["item"] for play in self.server.records("play")], [song.name for song in SONGS])

    def test_wav(self):
        for song in SONGS[:2]:
            target = self.folder / (song.stem + ".wav")
            self.succeed(self.stage, "play", song.name, "-o", f"file:{target}")
            with wave.open(str(target)) as sound:
                self.assertEqual(sound.getsampwidth(), 2)
                self.assert_same(sound.readframes(sound.getnframes()), decoded(song))
                self.assertEqual(sound.getframerate(), 44100)

    def test_two_tracks_without_a_gap(self):
        first, second = SONGS[:2]
        self.succeed(self.stage, "play", first.name, second.name, "-o", "file:both.raw")
        self.assert_same((self.folder / "both.raw").read_bytes(), decoded(first) + decoded(second))
        self.succeed(self.stage, "play", second.name, first.name, second.name, "-o", "file:three.raw")
        self.assert_same((self.folder / "three.raw").read_bytes(), decoded(second) + decoded(first) + decoded(second))

    def test_play_by_text(self):
        self.succeed(self.stage, "play", "GUNROAR part 2", "-o", "file:it.raw")
        self.assert_same((self.folder / "it.raw").read_bytes(), decoded(MEDIA / "gunroar-0-part-2.mp3"))

    def test_text_that_fits_several_is_refused_with_a_list(self):
        error = self.refuse(11, self.stage, "play", "gunroar", "-o", "null", says=[song.name for song in SONGS])
        self.assertIn("give one whole name", error)
        self.refuse(11, self.stage, "play", "no such thing", "-o", "null", says="cifra list")
        self.assertEqual(self.server.records("play"), [])

    def test_what_is_no_recording_is_refused(self):
        self.stage.add_media("notes.bin", b"x" * 1000)
        server = self.serve_again()
        self.refuse(11, self.stage, "play", "notes.bin", "-o", "null", says="cifra get")
        self.assertEqual(server.records("play"), [])

    def serve_again(self):
        self.assertEqual(self.server.stop(), 0)
        return self.serve(self.stage)

    def test_rotations_and_small_chunks_while_playing(self):
        self.stage.configure(chunks="2", chunk_limit="16384", ratchet="true", padding='"full"')
        server = self.serve_again()
        self.succeed(self.stage, "play", SONGS[1].name, "-o", "file:it.raw")
        self.assert_same((self.folder / "it.raw").read_bytes(), decoded(SONGS[1]))
        server.wait_log(" ended ")
        self.assertGreaterEqual(int(server.records("ended")[0]["rotations"]), 5)
