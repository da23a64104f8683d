# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C while cifra waits for something that cannot be interrupted itself: a name server, a disk."""
import json
import os
import shutil
import signal
import subprocess
import sys
import unittest

from refusals import Refusals
from running import environment, wait_until
from tracing import needs_strace, strace

DATA = os.urandom(1_000_000)

# In namespaces of its own: a name server that does not answer. Prints the status of cifra and what was asked.
SILENT = '''
import json, signal, socket, subprocess, sys
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
subprocess.run(["mount", "--bind", "resolv.conf", "/etc/resolv.conf"], check=True)
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
client = subprocess.Popen(sys.argv[1:], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
questions = [server.recv(512)[:2].hex()]
client.send_signal(signal.SIGINT)
error = client.communicate()[1].decode()
server.setblocking(False)
try:
    while True:
        questions.append(server.recv(512)[:2].hex())
except BlockingIOError:
    print(json.dumps([client.returncode, error, questions]))
'''


def may_have_a_network() -> bool:
    return shutil.which("ip") is not None and subprocess.run(["unshare", "-rmn", "ip", "link", "set", "lo", "up"],
                                                             capture_output=True, check=False).returncode == 0


class Waits(Refusals):
    @classmethod
    def prepare(cls, site):
        site.add_media("big.bin", DATA)

    def test_a_name_server_that_does_not_answer(self):
        if not may_have_a_network():
            self.skipTest("no network namespaces here")
        (self.folder / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:15 attempts:2\n")
        command = self.command(self.shared, "--server", "nowhere.example", "list")
        done = subprocess.run(["unshare", "-rmn", sys.executable, "-c", SILENT, *command], capture_output=True, text=True,
                              cwd=self.folder, env=environment(), timeout=120, check=False)
        status, error, questions = json.loads(done.stdout)
        self.assertEqual((status, error), (130, "cifra: interrupted\n"))
        self.assertEqual(len(questions), len(set(questions)))  # none was asked again: nobody waited for an answer

    @needs_strace
    def test_a_disk_that_takes_its_time(self):
        trace = self.folder / "trace"
        process = subprocess.Popen([*strace("fsync:delay_enter=15000000", log=trace),
                                    *self.command(self.shared, "get", "big.bin")], stderr=subprocess.PIPE,
                                   stdin=subprocess.DEVNULL, cwd=self.folder, env=environment())
        self.addCleanup(self.reap, process)
        wait_until("fsync", lambda: trace.exists() and "fsync(" in trace.read_text())
        tracee = int(subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, check=True, text=True).stdout)
        os.kill(tracee, signal.SIGINT)
        self.assertEqual(process.stderr.readline(), b"cifra: interrupted\n")
        self.assertNotIn("DELAYED", trace.read_text())  # what strace writes when such a call has ended
        error = process.stderr.read().decode()  # not communicate(), which passes over what readline() has buffered
        self.assertEqual(process.wait(60), 130, error)
        self.assertIn("run the same command again, it goes on there", error)
        _, error = self.succeed(self.shared, "get", "big.bin")
        self.assertIn("resuming big.bin at chunk", error)
        self.assertTrue((self.folder / "big.bin").read_bytes() == DATA)


if __name__ == "__main__":
    unittest.main()
