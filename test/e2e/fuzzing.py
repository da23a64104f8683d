# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""What the tests of cifra-fuzz have in common."""

import json
import os
import random
import shutil
import subprocess
import tempfile
from pathlib import Path

from running import CA, CLIENT, Case, Site, environment
from running import Server as ServerProcess
from suites import SUITES

PROGRAM = Path(__file__).resolve().parents[2] / "fuzz/cifra-fuzz"
GROUPS = ["X25519", "P-256", "P-384", "ffdhe2048", "ffdhe3072", "ffdhe4096"]
CHUNK = 16384
DONE, VIOLATION, USAGE, UNREACHABLE = range(4)


class Fuzzing(Case):
    """One server for the tests of a class, with every suite and group, where keys are changed often."""

    configuration: dict[str, str] = {}

    @classmethod
    def setUpClass(cls):
        folder = Path(tempfile.mkdtemp(prefix="cifra-e2e-"))
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        cls.shop = Site(folder)
        values = {"suites": json.dumps(SUITES), "allow_legacy": "true", "groups": json.dumps(GROUPS), "chunk_limit": str(CHUNK), "chunks": "4",
                  "enrolment": "true", "max_bytes": str(64 * CHUNK)}
        cls.shop.configure(**values | cls.configuration)
        cls.shop.add_media("some.bin", random.Random(1).randbytes(40 * CHUNK + 5))
        cls.server = ServerProcess(cls.shop)
        cls.addClassCleanup(cls.server.stop)

    def fuzz(self, *arguments, site: Site | None = None, status: int | None = DONE, words: str = f"{CLIENT}\n{CLIENT}\n{CA}\n", port: int | None = None):
        """(standard output, standard error)"""
        site = site or self.shop
        read, write = os.pipe()
        os.write(write, words.encode())
        os.close(write)
        try:
            done = subprocess.run(
                [PROGRAM, "--connect", f"localhost:{port or site.port}", "--credentials", site.folder / "pki/client", "--authority",
                 site.folder / "pki/ca", "--passphrase-fd", str(read), *map(str, arguments)], pass_fds=(read,), capture_output=True, text=True,
                check=False, timeout=300, env=environment())
        finally:
            os.close(read)
        if status is not None:
            self.assertEqual(done.returncode, status, done.stdout[-6000:] + done.stderr)
        return done.stdout, done.stderr

    def results(self, *arguments, **options) -> dict[str, dict]:
        return {r["id"]: r for r in json.loads(self.fuzz("--json", *arguments, **options)[0])["results"]}
