#!/usr/bin/python3
# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""An item of a gibibyte goes into the vault, and is verified, in little memory."""
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

TOOL = os.environ["VAULT_TOOL"]
SIZE = 1 << 30
MORE = 8 << 10  # KiB, than an item of one MiB takes


class Memory(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "secret").write_bytes(bytes(32))

    def peak(self, verb, *words, source=os.devnull):
        """KiB that the program had resident at most."""
        with open(source, "rb") as data, open(self.folder / "out", "wb") as out:
            process = subprocess.Popen([TOOL, verb, str(self.folder / "vault"), str(self.folder / "secret"), *words], stdin=data, stdout=out)
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0)
        return usage.ru_maxrss

    def test_memory_is_flat(self):
        self.peak("init")
        small, large = self.folder / "small", self.folder / "large"
        small.write_bytes(bytes(1 << 20))
        with large.open("wb") as file:
            file.truncate(SIZE)
        least = self.peak("import", "note", "metadata", source=small)
        most = self.peak("import", "note", "metadata", source=large)
        item = (self.folder / "out").read_text().strip()
        self.assertTrue(re.fullmatch("[0-9a-f]{32}", item))
        self.assertGreater((self.folder / f"vault/items/{item}.vault").stat().st_size, SIZE)
        self.assertLess(most - least, MORE)
        self.assertLess(self.peak("verify", item) - least, MORE)


if __name__ == "__main__":
    unittest.main()
