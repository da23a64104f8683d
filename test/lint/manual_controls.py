#!/usr/bin/python3
# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""manual_controls.py ROOT BUILD: the man pages are given one fault at a time, which manual.py must find."""

import re
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

import manual

ROOT, BUILD = Path(sys.argv[1]), Path(sys.argv[2])

# Page, a line of it, what stands there instead, what the lint must say.
FAULTS = [
    ("cifra.1", r"^\.It Fl -padded\n", "", "option --padded is not in the page"),
    ("cifra.1", r"^\.It Fl o , Fl -output Ar output", ".It Fl -output Ar output", "play option -o is not in the page"),
    ("cifra.1", r"^\.It Fl -volume Ar percent", ".It Fl -loud", "play option --loud is in the page alone"),
    ("cifra.1", r"^\.It Fl -json", ".It Fl -yaml", "option --yaml is in the page alone"),
    ("cifra.1", r"^\.Ss info\n", "", "command info is not in the page"),
    ("cifra.1", r"^\.Ss info$", ".Ss inform", "command inform is in the page alone"),
    ("cifra.1", r"^\.It 12\n", "", "exit status 12 is not in the page"),
    ("cifrad.8", r"^\.It 13\n", ".It 13\n.It 14\n", "exit status 14 is in the page alone"),
    ("cifrad.8", r"^\.It Fl t , Fl -test", ".It Fl t", "option --test is not in the page"),
    ("cifractl.1", r"^\.It Fl -dir Ar dir\n", "", "person list option --dir is not in the page"),
    ("cifractl.1", r"^\.Ss server renew, device renew, person renew", ".Ss server renew, device renew",
     "command person renew is not in the page"),
    ("cifrad.toml.5", r"^\.It Ic drain_s .*\n", "", "key server.drain_s is not in the page"),
    ("cifrad.toml.5", r"^\.Ss \[rotation\]", ".Ss [turns]", "key turns.ratchet is in the page alone"),
    ("cifra.toml.5", r"^\.It Ic groups ", ".It Ic curves ", "key groups is not in the page"),
    ("cifra-fuzz.1", r"^\.It Fl -minimise\n", "", "option --minimise is not in the page"),
    ("cifra-fuzz.1", r"^\.It 3\n", "", "exit status 3 is not in the page"),
    ("cifra.1", r"^\.Sh SIGNALS", ".Zz", "unknown macro"),
]


class Controls(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.facts = manual.gather(BUILD)

    def findings(self, page: str = "", line: str = "", instead: str = "") -> str:
        with tempfile.TemporaryDirectory(prefix="cifra-manual-") as folder:
            pages = Path(folder) / "doc/man"
            shutil.copytree(ROOT / "doc/man", pages)
            if page:
                text, changed = re.subn(line, instead, (pages / page).read_text(), count=1, flags=re.M)
                self.assertEqual(changed, 1, f"{page} has no line {line}")
                (pages / page).write_text(text)
            return "\n".join(manual.check(Path(folder), self.facts))

    def test_pages_as_they_are(self) -> None:
        self.assertEqual(self.findings(), "")

    def test_faults(self) -> None:
        for page, line, instead, expected in FAULTS:
            with self.subTest(page=page, line=line):
                self.assertIn(expected, self.findings(page, line, instead))

    def test_programs_that_say_nothing(self) -> None:
        """Had --help changed its form, so that nothing is read out of it, everything would be in the page alone."""
        facts = manual.Facts({name: manual.Manual() for name in manual.PROGRAMS}, set(), set())
        self.assertIn("option --json is in the page alone", "\n".join(manual.check(ROOT, facts)))


unittest.main(argv=sys.argv[:1])
