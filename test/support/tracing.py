# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Programs under strace, which makes calls of theirs fail, take long, or be the last ones."""

import os
import shutil
import unittest

needs_strace = unittest.skipUnless(shutil.which("strace"), "no strace")


def strace(*injections: str, log="/dev/null") -> list:
    """What to put before a command. Each injection is CALL:WHAT as in strace's inject=. The search for leaks is left out: it
    needs to trace the program itself, and fails it when somebody else does already."""
    options = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "detect_leaks=0")))
    words = ["strace", "-f", "-o", log, "-E", f"ASAN_OPTIONS={options}", "-e", "trace=" + ",".join(each.split(":")[0] for each in injections)]
    for each in injections:
        words += ["-e", f"inject={each}"]
    return words
