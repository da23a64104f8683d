# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""The part of a download in a folder where others may write too, and on file systems that can do less."""
import hashlib
import os
import subprocess
import unittest

from proxy import DOWN, Proxy, Rule
from refusals import Refusals
from running import environment, wait_until
from tracing import needs_strace, strace

DATA = os.urandom(3_000_000)
PART = f"big.bin.{hashlib.sha256(DATA).hexdigest()[:16]}.part"


class Part(Refusals):
    @classmethod
    def prepare(cls, site):
        site.add_media("big.bin", DATA)

    def setUp(self):
        super().setUp()
        self.part = self.folder / PART
        self.victim = self.folder / "victim"
        self.victim.write_text("precious")

    def whole(self):
        self.assertTrue((self.folder / "big.bin").read_bytes() == DATA)
        self.assertFalse(self.part.exists())

    def held(self, tracer=()):
        """A get that stands still in the middle."""
        proxy = Proxy(self.shared.port)
        self.addCleanup(proxy.close)
        proxy.rules = [Rule(hold={DOWN: 1_000_000})]
        words = self.command(self.shared, "--server", f"localhost:{proxy.port}", "get", "big.bin")
        process = subprocess.Popen([*tracer, *words], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, cwd=self.folder,
                                   env=environment())
        self.addCleanup(self.reap, process)
        wait_until("the first bytes", lambda: proxy.passages and proxy.passages[0].passed[DOWN] == 1_000_000)
        wait_until("the part", lambda: self.part.exists() and self.part.stat().st_size)
        return proxy, process

    def test_a_part_that_others_prepared(self):
        def refused(says):
            self.no(4, "get", "big.bin", says=[f"{PART} is there and {says}"], remedy="remove it, or choose another folder")
            self.assertEqual(self.victim.read_text(), "precious")
            self.assertTrue(os.path.lexists(self.part))
            self.part.rmdir() if says.endswith("directory") else self.part.unlink()

        self.part.symlink_to(self.victim)
        refused("is a symbolic link")
        self.part.symlink_to("nowhere")
        refused("is a symbolic link")
        self.part.hardlink_to(self.victim)
        refused("has a second name")
        os.mkfifo(self.part)
        refused("is no regular file")
        self.part.mkdir()
        refused("cannot be used: Is a directory")
        if os.geteuid() == 0:
            self.part.write_bytes(DATA[:100_000])
            os.chown(self.part, 65534, 65534)
            refused("belongs to somebody else")
        self.assertEqual(self.left(), ["victim"])

    def test_nobody_else_reads_it_before_it_is_whole(self):
        proxy, process = self.held()
        self.assertEqual(self.part.stat().st_mode & 0o777, 0o600)
        proxy.release()
        self.assertEqual(process.wait(60), 0)
        self.whole()
        self.assertEqual((self.folder / "big.bin").stat().st_mode & 0o777, 0o644)

    def test_the_mode_is_what_the_umask_leaves(self):
        self.succeed(self.shared, "get", "big.bin", umask=0o027)
        self.assertEqual((self.folder / "big.bin").stat().st_mode & 0o777, 0o640)

    def test_two_at_once(self):
        proxy, process = self.held()
        for force in ((), ("--force",)):
            self.no(4, "get", "big.bin", *force, says="another cifra is saving this just now", remedy="wait until it is done")
        self.assertTrue(self.part.exists())
        proxy.release()
        self.assertEqual(process.wait(60), 0)
        self.whole()

    @needs_strace
    def test_file_systems_that_cannot_rename_without_replacing(self):
        for missing in (["renameat2:error=EINVAL"], ["renameat2:error=EINVAL", "link:error=EPERM"]):
            for appears in (False, True):
                with self.subTest(missing=missing, appears=appears):
                    proxy, process = self.held(strace(*missing))
                    if appears:
                        (self.folder / "big.bin").write_text("mine")
                    proxy.release()
                    _, error = process.communicate(timeout=60)
                    self.assertEqual(process.returncode, 4 if appears else 0, error)
                    if appears:
                        self.assertEqual((self.folder / "big.bin").read_text(), "mine")
                        self.part.unlink()
                    else:
                        self.whole()
                    (self.folder / "big.bin").unlink()


if __name__ == "__main__":
    unittest.main()
