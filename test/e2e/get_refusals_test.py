# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""cifra get, info, list and search where they cannot do it: items, folders, disks and pipes."""
import os
import random
import subprocess
import unittest

from refusals import Refusals, file_size_limit, may_mount, somebody_else
from running import PROGRAMS, environment

BIG = random.Random(2).randbytes(3_000_000)


class Get(Refusals):
    @classmethod
    def prepare(cls, site):
        for name, content in (("one.bin", b"1" * 1000), ("one more.bin", b"2"), ("big.bin", BIG), ("empty.bin", b"")):
            site.add_media(name, content)

    def test_items_that_are_not_there(self):
        for verb in ("get", "info"):
            self.no(11, verb, "nothing", says="no item 'nothing' is there for you", remedy="'cifra list' shows")
            self.no(11, verb, "0" * 32, says="no item '000", remedy="'cifra list' shows")
            self.no(11, verb, "x" * 300, says="no item 'xxx", remedy="'cifra list' shows")
            self.no(11, "--json", verb, "nonexistent", says="no item 'nonexistent'", remedy="'cifra list' shows")
        self.assertEqual(self.left(), [])

    def test_several_items(self):
        words = self.no(11, "get", "one", says=["'one' fits 2 items:", "\n  one more.bin", "\n  one.bin"],
                        remedy="give one whole name")
        self.assertNotIn("big", words)
        self.assertEqual(self.left(), [])

    def test_nothing_matches(self):
        out, error = self.succeed(self.shared, "search", "nothing")
        self.assertEqual((out, error), (b"", "nothing matches 'nothing'\n"))

    def test_an_empty_item(self):
        self.succeed(self.shared, "get", "empty.bin")
        self.assertEqual((self.left(), (self.folder / "empty.bin").stat().st_size), (["empty.bin"], 0))
        out, _ = self.succeed(self.shared, "get", "empty.bin", "-o", "-")
        self.assertEqual(out, b"")

    def test_what_is_there_is_not_replaced(self):
        (self.folder / "one.bin").write_text("mine")
        (self.folder / "big.bin").mkdir()
        (self.folder / "link").symlink_to("nowhere")
        self.no(4, "get", "one.bin", says="one.bin exists", remedy="--force")
        self.no(4, "get", "one.bin", "-o", "link", says="link exists", remedy="--force")
        self.assertEqual((self.folder / "one.bin").read_text(), "mine")
        self.no(4, "get", "big.bin", says="big.bin is a folder", remedy="another name with --output")
        self.no(4, "get", "big.bin", "--force", says="big.bin is a folder", remedy="another name with --output")
        self.succeed(self.shared, "get", "one.bin", "--force")
        self.assertEqual(self.left(), ["one.bin"])
        self.assertEqual((self.folder / "one.bin").stat().st_size, 1000)

    def test_a_device_is_not_replaced(self):
        os.mkfifo(self.folder / "fifo")
        for force in ((), ("--force",)):
            self.no(4, "get", "one.bin", "-o", "fifo", *force, says="fifo is no regular file", remedy="--output -")
            self.no(4, "get", "one.bin", "-o", "/dev/null", *force, says="/dev/null is no regular file", remedy="--output -")
        self.assertEqual(sorted(os.listdir(self.folder)), ["fifo"])

    def test_folders_that_do_not_do(self):
        (self.folder / "file").write_text("")
        self.no(3, "get", "one.bin", "-o", "no/such.bin", says=["cannot create no/such.bin.", "No such file or directory"],
                remedy="make the folder first")
        self.no(3, "get", "one.bin", "-o", "no/", says="cannot create no/", remedy="make the folder first")
        self.no(3, "get", "one.bin", "-o", "file/x", says="Not a directory", remedy="make the folder first")
        self.assertEqual(self.left(), ["file"])

    def test_a_folder_without_permission(self):
        shut = self.folder / "shut"
        shut.mkdir(mode=0o555)
        done = self.run_program("cifra", "--config", self.config_of_somebody_else(), "get", "one.bin", "-o", "shut",
                                preexec_fn=somebody_else)
        self.told(3, *done, ["cannot create shut/one.bin.", "Permission denied"], "choose another folder with --output")
        self.assertEqual(self.left(), [])

    def test_a_limit_of_the_file_size(self):
        remedy = "free some space and run the same command again: it goes on where it stopped"
        for size, kept in ((0, 0), (700_000, 1), (2_999_999, 1)):
            self.no(10, "get", "big.bin", says="File too large", remedy=remedy,
                    preexec_fn=file_size_limit(size))
            self.assertEqual(len(self.left()), kept)
        _, error = self.succeed(self.shared, "get", "big.bin")
        self.assertIn("resuming big.bin at chunk ", error)
        self.assertEqual(self.left(), ["big.bin"])
        self.assertEqual((self.folder / "big.bin").read_bytes(), BIG)

    def test_a_full_disk(self):
        small = self.folder / "small"
        small.mkdir()
        if not may_mount(small):
            self.skipTest("no mount namespaces here")
        inside = ('mount -t tmpfs -o size=1m none small && "$0" --config "$1" get big.bin -o small; s=$?; ls -A small; '
                  'mount -o remount,size=8m small && "$0" --config "$1" get big.bin -o small; echo $?; ls -A small; exit $s')
        done = subprocess.run(["unshare", "-rm", "sh", "-c", inside, PROGRAMS["cifra"], self.shared.client_config],
                              capture_output=True, text=True, cwd=self.folder, env=environment(), timeout=60, check=False)
        self.assertEqual(done.returncode, 10, done.stderr)
        self.assertIn("No space left on device", done.stderr)
        self.assertIn("       free some space and run the same command again", done.stderr)
        self.assertRegex(done.stdout, r"^big\.bin\.[0-9a-f]{16}\.part\n0\nbig\.bin\n$")
        self.assertIn("resuming big.bin at chunk ", done.stderr)

    def test_standard_output_that_is_full_or_closed(self):
        with open("/dev/full", "wb") as full:
            for verb in (("get", "big.bin", "-o", "-"), ("get", "one.bin", "-o", "-"), ("list",), ("--json", "info", "one.bin")):
                with self.subTest(verb):
                    self.to(10, full, verb, "No space left on device")
        self.to(10, None, ("get", "one.bin", "-o", "-"), "Bad file descriptor")
        self.to(10, None, ("list",), "Bad file descriptor")
        self.assertEqual(self.left(), [])

    def to(self, wanted, output, verb, says):
        process = subprocess.run(self.command(self.shared, *verb), stdin=subprocess.DEVNULL, stdout=output, env=environment(),
                                 stderr=subprocess.PIPE, cwd=self.folder, timeout=60, check=False,
                                 preexec_fn=None if output else lambda: os.close(1))
        self.told(wanted, process.returncode, "", process.stderr.decode(),
                  f"cannot write to standard output: {says}", "write elsewhere")

    def test_nobody_reads_any_more(self):
        for verb, script in (("get big.bin -o -", '"$0" --config "$1" get big.bin -o - | head -c 1'),
                             ("list", '"$0" --config "$1" list | true')):
            done = subprocess.run(["bash", "-o", "pipefail", "-c", script, PROGRAMS["cifra"], self.shared.client_config],
                                  capture_output=True, env=environment(), cwd=self.folder, timeout=60, check=False)
            with self.subTest(verb):
                self.assertEqual(done.stderr, b"")
                self.assertIn(done.returncode, (0, 10))  # `true` may be gone before or after the few lines of a list
                if verb != "list":
                    self.assertEqual((done.returncode, done.stdout), (10, BIG[:1]))

    def test_standard_error_that_is_closed(self):
        # Its number must not become the connection's: words would go to the server.
        process = subprocess.run(self.command(self.shared, "get", "one.bin"), stdin=subprocess.DEVNULL, cwd=self.folder,
                                 env=environment(), preexec_fn=lambda: os.closerange(0, 3), timeout=60, check=False)
        self.assertEqual((process.returncode, self.left()), (0, ["one.bin"]))

    def test_a_part_that_was_damaged(self):
        self.no(10, "get", "big.bin", says="File too large", remedy="run the same command again",
                preexec_fn=file_size_limit(1 << 20))
        part, = self.folder.glob("big.bin.*.part")
        with part.open("r+b") as file:
            file.write(b"damaged")
        words = self.no(9, "get", "big.bin", says="the part that was saved earlier was damaged; it has been removed",
                        remedy="run the same command again")
        self.assertIn("resuming", words)
        self.assertEqual(self.left(), [])


if __name__ == "__main__":
    unittest.main()
