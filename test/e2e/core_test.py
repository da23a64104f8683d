# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""What holds keys leaves no core file, and nobody may look into it."""
import os
import socket
import subprocess
import unittest
from pathlib import Path

from refusals import Refusals, somebody_else
from running import PROGRAMS, environment, wait_until


class Core(Refusals):
    serving = False

    def assert_shut(self, *command):
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                   cwd=self.folder, env=environment(), preexec_fn=somebody_else)
        self.addCleanup(self.reap, process)
        # The files in /proc of a process that must not be dumped are root's, whoever runs it.
        wait_until("a process that is shut", lambda: process.poll() is None and
                   Path(f"/proc/{process.pid}/environ").stat().st_uid == 0)

    def test_cifra(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            self.assert_shut(PROGRAMS["cifra"], "--config", self.config_of_somebody_else(), "--server",
                             f"localhost:{silent.getsockname()[1]}", "list")

    def test_cifractl(self):
        self.folder.chmod(0o777)
        self.assert_shut(PROGRAMS["cifractl"], "init", "--dir", self.folder / "pki", "--name", "localhost", "--passphrase-fd", "0")


if __name__ == "__main__":
    unittest.main()
