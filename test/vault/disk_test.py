#!/usr/bin/python3
# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Imports and uploads killed at every system call, and on disks that fail at every write: an item is whole, or not there."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

TOOL = os.environ["VAULT_TOOL"]
DATA = bytes(range(256)) * 1200  # 307 200 bytes: 19 chunks, so that more than one write is needed
SIZE = len(DATA)
# What changes files and folders, or opens and locks them.
CALLS = ("openat", "preadv", "pwrite64", "fsync", "rename", "renameat2", "link", "unlink", "flock", "ftruncate", "close", "getdents64")
WRITING = ("pwrite64", "fsync", "renameat2", "ftruncate")


class Disk(unittest.TestCase):
    def setUp(self):
        if not shutil.which("strace"):
            self.skipTest("no strace")
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.secret = self.folder / "secret"
        self.secret.write_bytes(bytes(range(32)))
        self.new_vault()

    def new_vault(self):
        self.vault = self.folder / "vault"
        shutil.rmtree(self.vault, ignore_errors=True)
        self.verified = set()
        self.run_tool("init")

    def command(self, verb, *words):
        return [TOOL, verb, str(self.vault), str(self.secret), *map(str, words)]

    def run_tool(self, verb, *words, data=b"", strace=()):
        # The sanitizer cannot look for leaks where strace is.
        done = subprocess.run([*strace, *self.command(verb, *words)], input=data, capture_output=True, timeout=120,
                              env={**os.environ, "LSAN_OPTIONS": "detect_leaks=0"})
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def traced(self, verb, *words):
        """Its calls in order, those of CALLS alone, and whether they come when it has begun to look at the vault."""
        trace = self.folder / "trace"
        code, _, err = self.run_tool(verb, *words, data=DATA, strace=["strace", "-f", "-o", str(trace), "-e", "trace=" + ",".join(CALLS)])
        self.assertEqual(code, 0, err)
        calls, seen = [], False
        for line in trace.read_text().splitlines():
            seen = seen or str(self.vault / "vault.key") in line
            calls += [(call, seen) for call in re.findall(r"^\d+ +(\w+)\(", line)]
        return calls

    def broken(self, call, nth, fault, *words):
        return self.run_tool(*words, data=DATA,
                             strace=["strace", "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:{fault}:when={nth}"])

    def items(self):
        """Those that are there; each is whole."""
        code, out, err = self.run_tool("list")
        self.assertEqual(code, 0, err)
        found = [line.split() for line in out.splitlines()]
        self.assertEqual(len(found), len(list((self.vault / "items").iterdir())), "something in items/ is not whole")
        for item, size in found:
            self.assertEqual(int(size), SIZE)
            if item not in self.verified:
                self.assertEqual(self.run_tool("verify", item)[0], 0)
                self.verified.add(item)
        return len(found)

    def incoming(self, ending):
        return [path for path in (self.vault / "incoming").iterdir() if path.suffix == ending]

    def every_call(self, calls, names):
        seen = {}
        for call, of_vault in calls:
            seen[call] = seen.get(call, 0) + 1
            if of_vault and call in names:
                yield call, seen[call]

    def test_killed_at_every_call_of_an_import(self):
        calls = self.traced("import", "note", "metadata")
        self.new_vault()
        outcomes = set()
        for call, nth in self.every_call(calls, CALLS):
            with self.subTest(f"{call} {nth}"):
                before = self.items()
                code, out, _ = self.broken(call, nth, "signal=KILL", "import", "note", "metadata")
                after = self.items()  # which takes leftovers away
                self.assertIn(after - before, (0, 1))
                if code == 0:
                    self.assertEqual(after - before, 1)
                if out:
                    self.assertEqual(after - before, 1, "it said so, and it is not there")
                self.assertEqual(self.incoming(".import"), [])
                outcomes.add(after - before)
        self.assertEqual(outcomes, {0, 1})

    def test_killed_at_every_call_of_an_upload_and_going_on(self):
        calls = self.traced("upload", "identity", SIZE, "metadata")
        self.new_vault()
        went_on = 0
        for call, nth in self.every_call(calls, CALLS):
            with self.subTest(f"{call} {nth}"):
                before = self.items()
                self.broken(call, nth, "signal=KILL", "upload", "identity", SIZE, "metadata")
                if self.items() == before:
                    went_on += len(self.incoming(".part"))
                    code, _, err = self.run_tool("upload", "identity", SIZE, "metadata", data=DATA)
                    self.assertEqual(code, 0, err)
                self.assertEqual(self.items(), before + 1)
                self.assertEqual(self.incoming(".part"), [])
        self.assertGreater(went_on, 10)

    def test_no_space_and_bad_disk_at_every_write(self):
        for verb in (("import", "note", "metadata"), ("upload", "identity", SIZE, "metadata")):
            self.new_vault()
            calls = self.traced(*verb)
            self.new_vault()
            for error, text in (("ENOSPC", "no space left"), ("EIO", "the disk failed")):
                for call, nth in self.every_call(calls, WRITING):
                    with self.subTest(f"{verb[0]} {call} {nth} {error}"):
                        code, out, err = self.broken(call, nth, f"error={error}", *verb)
                        self.assertEqual((code, out), (1, ""), err)
                        self.assertIn(text, err)
                        self.assertEqual(self.items(), 0)
                        self.assertEqual(self.incoming(".import"), [])
                        if verb[0] == "upload":  # what is there of it goes on
                            self.assertEqual(self.run_tool(*verb, data=DATA)[0], 0)
                            self.assertEqual(self.items(), 1)
                            self.run_tool("remove", self.run_tool("list")[1].split()[0])

    def test_fsync_stands_between_the_last_write_and_the_name(self):
        calls = [call for call, _ in self.traced("import", "note", "metadata") if call in ("pwrite64", "fsync", "renameat2")]
        self.assertGreater(calls.count("pwrite64"), 2)
        self.assertEqual(calls[-4:], ["fsync", "renameat2", "fsync", "fsync"])
        self.assertNotIn("pwrite64", calls[calls.index("fsync"):])

    def test_control_an_item_that_is_not_whole_is_noticed(self):
        self.run_tool("import", "note", "metadata", data=DATA)
        self.assertEqual(self.items(), 1)
        item = next((self.vault / "items").iterdir())
        os.truncate(item, item.stat().st_size - 1)
        with self.assertRaises(AssertionError):
            self.items()


if __name__ == "__main__":
    unittest.main()
