# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""cifra put where it cannot be done: files, names, and what the server does not take."""
import os
import random
import subprocess
import unittest
from pathlib import Path

from proxy import UP, Proxy, Rule
from refusals import Refusals, file_size_limit, may_mount, somebody_else
from running import PROGRAMS, Server, environment, wait_until

BIG = random.Random(3).randbytes(3_000_000)


class Put(Refusals):
    @classmethod
    def prepare(cls, site):
        site.add_media("there.bin", b"x" * 10)

    def setUp(self):
        super().setUp()
        (self.folder / "big.bin").write_bytes(BIG)
        self.before = self.stored()
        self.addCleanup(self.check_nothing_half)

    def stored(self) -> list[str]:
        return self.files(self.shared.media)

    def check_nothing_half(self) -> None:
        self.assertEqual([name for name in self.stored() if ".part" in name or name.startswith(".")], [])

    def refused(self, *arguments, **options):
        words = self.no(*arguments, **options)
        self.assertEqual(self.stored(), self.before)
        return words

    def test_files_that_cannot_be_read(self):
        os.mkfifo(self.folder / "fifo")
        self.refused(3, "put", "nowhere", says="cannot open nowhere: No such file or directory", remedy="check the name")
        self.refused(3, "put", ".", says=". is not a regular file", remedy="- for standard input")
        self.refused(3, "put", "fifo", says="fifo is not a regular file", remedy="- for standard input")
        (self.folder / "big.bin").chmod(0)
        done = self.run_program("cifra", "--config", self.config_of_somebody_else(), "put", "big.bin",
                                preexec_fn=somebody_else)
        self.told(3, *done, "cannot open big.bin: Permission denied", "check the name and the permissions")
        self.assertEqual(self.stored(), self.before)

    def test_names(self):
        remedy = "one component of 1 to 255 bytes, with no leading dot and no control characters"
        for name in ("a/b", "/a", "..", ".hidden", "x" * 256, "a\nb", "a\u202eb", "\u00e4" * 128, "x" * 5000):
            with self.subTest(name[:20]):
                self.refused(11, "put", "big.bin", "--name", name, says=["not a name for an upload [NAME_REFUSED]"],
                             remedy=remedy)
        self.refused(2, "put", "big.bin", "--name", b"a\xff", says="is not UTF-8 text", remedy="give another with --name")
        (self.folder / ".dot").write_text("x")
        self.refused(11, "put", ".dot", says="NAME_REFUSED", remedy=remedy)
        self.refused(2, "put", "-", says="standard input has no name", remedy="give one with --name")
        self.succeed(self.shared, "put", "big.bin", "--name", "y" * 255)
        self.assertEqual((self.shared.media / ("y" * 255)).read_bytes(), BIG)

    def test_a_name_that_is_taken(self):
        words = self.refused(11, "put", "big.bin", "--name", "there.bin", says="another item has that name [EXISTS]",
                             remedy="--name")
        self.assertTrue(words.startswith("cifra: there.bin: "), words)
        self.assertEqual((self.shared.media / "there.bin").read_bytes(), b"x" * 10)

    def test_nothing_in_it(self):
        (self.folder / "nothing").write_bytes(b"")
        self.succeed(self.shared, "put", "nothing")
        self.assertEqual((self.shared.media / "nothing").read_bytes(), b"")

    def test_standard_input_that_finds_no_room(self):
        for options in ({"preexec_fn": file_size_limit(1 << 20)},
                        {"env": environment(TMPDIR="/proc/self")}):
            with (self.folder / "big.bin").open("rb") as big:
                self.refused(10, "put", "-", "--name", "big", stdin=big, says="cannot keep standard input in",
                             remedy="set TMPDIR", **options)
        folder = os.open("/", os.O_RDONLY)
        self.addCleanup(os.close, folder)
        self.refused(3, "put", "-", "--name", "big", stdin=folder, says="cannot read standard input",
                     remedy="check what writes it")

    def test_a_file_that_changes(self):
        proxy = Proxy(self.shared.port)
        self.addCleanup(proxy.close)
        for wanted, says, change in ((3, "became shorter", lambda file: file.truncate(20_000_000)),
                                     (11, "[HASH_MISMATCH]", lambda file: file.seek(23_000_000) and file.write(b"other"))):
            (self.folder / "changing.bin").write_bytes(bytes([wanted]) + BIG * 8)
            proxy.rules.append(Rule(hold={UP: 1_000_000}))
            sending = self.start(self.shared, "--server", f"localhost:{proxy.port}", "put", "changing.bin")
            wait_until("the middle of the file", lambda: proxy.passages and proxy.passages[-1].passed[UP] == 1_000_000)
            with (self.folder / "changing.bin").open("r+b") as file:
                change(file)
            proxy.release()
            error = sending.communicate(timeout=60)[1].decode()
            self.told(wanted, sending.returncode, "", error, ["changing.bin", says], "again")
            self.assertEqual(self.stored(), self.before)


class Limits(Refusals):
    """Servers that take nothing, or not so much."""

    serving = False

    def setUp(self):
        super().setUp()
        (self.folder / "big.bin").write_bytes(BIG)
        text = self.shared.config.read_text()
        self.addCleanup(self.shared.config.write_text, text)

    def refused_by(self, says, remedy, **values):
        self.shared.configure(**values)
        server = self.serve(self.shared)
        self.no(11, "put", "big.bin", says=says, remedy=remedy)
        self.assertEqual(self.files(self.shared.media), [])
        self.assertEqual(server.stop(), 0)
        self.assertEqual(server.records("upload_refused")[0]["name"], "big.bin")

    def test_uploads_off(self):
        self.refused_by(["takes no uploads [UPLOADS_OFF]"], "ask the operator", enabled="false")

    def test_too_large(self):
        self.refused_by(["larger than the server takes [TOO_LARGE]"], "ask the operator", max_bytes="2999999")

    def test_quota(self):
        self.refused_by(["your quota for uploads is used up [QUOTA]"], "ask the operator for more", quota_bytes="2999999")

    def test_a_disk_that_is_full_from_the_beginning(self):
        small = self.shared.folder / "pki/server/state"
        if not may_mount(small):
            self.skipTest("no mount namespaces here")
        self.on_a_small_disk("2m")
        self.no(11, "put", "big.bin", says="the server's disk is full [NO_SPACE]", remedy="tell the operator, then")
        self.assertEqual(self.files(self.shared.media), [])

    def test_a_disk_that_fills_up_meanwhile(self):
        small = self.shared.folder / "pki/server/state"
        if os.geteuid() != 0 or not may_mount(small):
            self.skipTest("no mount namespaces here")
        server = self.on_a_small_disk("6m")
        inside = Path(f"/proc/{server.process.pid}/root{small}")
        proxy = Proxy(self.shared.port)
        self.addCleanup(proxy.close)
        proxy.rules.append(Rule(hold={UP: 1_000_000}))
        sending = self.start(self.shared, "--server", f"localhost:{proxy.port}", "put", "big.bin")
        wait_until("the middle of the file", lambda: proxy.passages and proxy.passages[0].passed[UP] == 1_000_000)
        with self.assertRaises(OSError), (inside / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(bytes(4096))
        proxy.release()
        out, error = sending.communicate(timeout=60)
        self.told(11, sending.returncode, out, error.decode(), "the server's disk is full [NO_SPACE]",
                  "tell the operator, then resume")
        self.assertEqual(self.files(self.shared.media), [])
        (inside / "filler").unlink()
        self.succeed(self.shared, "put", "big.bin")
        self.assertEqual((self.shared.media / "big.bin").read_bytes(), BIG)

    def on_a_small_disk(self, size: str):
        """cifrad with its state folder on a disk of that size."""
        wrapper = self.folder / "small-disk"
        wrapper.write_text(f'#!/bin/sh\nexec unshare -rm sh -c \'mount -t tmpfs -o size={size} none "$0" && exec "$@"\' '
                           f'{self.shared.folder}/pki/server/state {PROGRAMS["cifrad"]} "$@"\n')
        wrapper.chmod(0o755)
        server = Server.__new__(Server)
        server.site, server.log = self.shared, self.folder / "cifrad.log"
        with server.log.open("wb") as log:
            server.process = subprocess.Popen([wrapper, "--config", self.shared.config], stdin=subprocess.DEVNULL,
                                              stdout=log, stderr=log, env=environment(), start_new_session=True)
        self.addCleanup((self.shared.media / "big.bin").unlink, missing_ok=True)
        self.addCleanup(server.stop)
        server.wait_ready()
        return server


if __name__ == "__main__":
    unittest.main()
