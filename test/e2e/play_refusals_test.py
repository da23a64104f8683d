# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""cifra play where it cannot: no sound, no file to write to, nothing that can be played."""
import os
import subprocess
import unittest

from refusals import Refusals, file_size_limit, may_mount, somebody_else
from running import MEDIA, PROGRAMS, environment

TRACK = "gunroar-2.mp3"


class Play(Refusals):
    @classmethod
    def prepare(cls, site):
        site.add_media(TRACK, MEDIA / TRACK)
        site.add_media("notes.txt", b"no music " * 1000)
        whole = (MEDIA / TRACK).read_bytes()
        site.add_media("broken.mp3", whole[:50_000] + bytes(250_000))
        site.add_media("headless.mp3", b"\xff\xfb\x90\x64" + bytes(100_000))

    def test_no_sound_device(self):
        for output in ((), ("-o", "default")):
            self.no(12, "play", TRACK, *output, says="no audio device", remedy="--output file:NAME.wav",
                    env=environment(ALSA_CONFIG_PATH="/dev/null"))

    def test_a_sound_device_that_does_not_open(self):
        (self.folder / "asound.conf").write_text('pcm.!default { type hw card 99 }\nctl.!default { type hw card 99 }\n')
        status, out, error = self.cifra(self.shared, "play", TRACK,
                                        env=environment(ALSA_CONFIG_PATH=str(self.folder / "asound.conf")))
        self.told(12, status, out, error, "audio device", "--output file:NAME.wav")

    def test_outputs_that_are_none(self):
        for name in ("loud", "file:", ""):
            self.no(2, "play", TRACK, "-o", name, says=f"unknown audio output '{name}'", remedy="see: cifra play --help")
        self.assertEqual(self.left(), [])

    def test_places_that_cannot_be_written(self):
        remedy = "choose another file or folder with --output file:NAME"
        self.no(3, "play", TRACK, "-o", "file:no/x.wav", says="cannot write to no/x.wav: No such file or directory",
                remedy=remedy)
        self.no(3, "play", TRACK, "-o", "file:.", says="cannot write to .: Is a directory", remedy=remedy)
        self.folder.chmod(0o755)
        done = self.run_program("cifra", "--config", self.config_of_somebody_else(), "play", TRACK, "-o", "file:x.wav",
                                preexec_fn=somebody_else)
        self.told(3, *done, "cannot write to x.wav: Permission denied", remedy)
        self.assertEqual(self.left(), [])

    def test_nothing_to_play(self):
        (self.folder / "mine.wav").write_text("mine")
        for name in ("mine.wav", "new.wav"):
            output = ("-o", f"file:{name}")
            self.no(11, "play", "nothing", *output, says="no item 'nothing'", remedy="'cifra list' shows")
            self.no(11, "play", TRACK, "nothing", *output, says="no item 'nothing'", remedy="'cifra list' shows")
            self.no(11, "play", "notes.txt", *output, says="notes.txt is no recording", remedy="'cifra get'")
            self.no(5, "--server", "localhost:1", "play", TRACK, *output, says="cannot reach", remedy="check the address")
        self.assertEqual(self.left(), ["mine.wav"])
        self.assertEqual((self.folder / "mine.wav").read_text(), "mine")

    def test_recordings_that_are_broken(self):
        self.no(11, "play", "broken.mp3", "-o", "file:x.wav", says="the recording cannot be decoded: ", remedy="'cifra get'")
        self.assertEqual(self.left(), ["x.wav"])  # what could be played
        self.no(11, "play", "headless.mp3", "-o", "file:y.wav", says="headless.mp3 is no recording", remedy="'cifra get'")
        self.assertEqual(self.left(), ["x.wav"])

    def test_a_limit_of_the_file_size(self):
        for name in ("x.wav", "x.raw"):
            self.no(10, "play", TRACK, "-o", f"file:{name}", says=f"cannot write to {name}: File too large",
                    remedy="free some space",
                    preexec_fn=file_size_limit(1 << 20))
        self.no(10, "play", TRACK, "-o", "file:/dev/full", says="cannot write to /dev/full: No space left", remedy="free some")

    def test_a_full_disk(self):
        small = self.folder / "small"
        small.mkdir()
        if not may_mount(small):
            self.skipTest("no mount namespaces here")
        inside = 'mount -t tmpfs -o size=1m none small && exec "$0" --config "$1" play gunroar-2.mp3 -o file:small/x.raw'
        done = subprocess.run(["unshare", "-rm", "sh", "-c", inside, PROGRAMS["cifra"], self.shared.client_config],
                              capture_output=True, text=True, cwd=self.folder, env=environment(), timeout=60, check=False)
        self.told(10, done.returncode, done.stdout, done.stderr, "cannot write to small/x.raw: No space left on device",
                  "free some space")

    def test_the_last_bytes_that_find_no_room(self):
        self.succeed(self.shared, "play", TRACK, "-o", "file:x.raw")
        size = (self.folder / "x.raw").stat().st_size
        os.unlink(self.folder / "x.raw")
        self.no(10, "play", TRACK, "-o", "file:x.raw", says="cannot write to x.raw: File too large", remedy="free some space",
                preexec_fn=file_size_limit(size - 1))


if __name__ == "__main__":
    unittest.main()
