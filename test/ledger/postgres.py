# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL server of the test's own, on a Unix socket in a folder of its own."""

import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

PROGRAMS = (glob.glob("/usr/lib/postgresql/*/bin") or ["/usr/lib/postgresql/none/bin"])[-1]


def somebody():
    """Whom the server runs as: it refuses to be root."""
    if os.geteuid() != 0:
        return {}
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        user = pwd.getpwnam("nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


class Postgres:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="cifra-pg-")
        self.user = somebody()
        if self.user:
            os.chown(self.folder, self.user["user"], self.user["group"])
        self.data = os.path.join(self.folder, "data")
        self.log = open(os.path.join(self.folder, "log"), "wb")
        self.server = None
        subprocess.run([f"{PROGRAMS}/initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8",
                        "--locale=C.UTF-8"], check=True, stdout=self.log, stderr=self.log, cwd="/", **self.user)
        self.uri = f"postgresql://postgres@/postgres?host={self.folder}"
        self.start()

    def start(self):
        """In a session of its own, so that all its processes can be killed at once."""
        self.server = subprocess.Popen(
            [f"{PROGRAMS}/postgres", "-D", self.data, "-k", self.folder, "-c", "listen_addresses="],
            stdout=self.log, stderr=self.log, cwd="/", start_new_session=True, **self.user)
        for _ in range(600):
            if subprocess.run([f"{PROGRAMS}/pg_isready", "-q", "-h", self.folder]).returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError("PostgreSQL does not start, see " + self.log.name)

    def stop(self):
        """At once, as a crash: nothing more is written."""
        self.server.send_signal(signal.SIGQUIT)
        self.server.wait()

    def children(self):
        pid = self.server.pid
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
            return [int(child) for child in children.read().split()]

    def freeze(self):
        self.frozen = [self.server.pid, *self.children()]
        for pid in self.frozen:
            os.kill(pid, signal.SIGSTOP)

    def thaw(self):
        for pid in self.frozen:
            os.kill(pid, signal.SIGCONT)

    def kill(self):
        """kill -9 of all its processes."""
        everybody = self.children()
        self.server.kill()
        self.server.wait()
        for child in everybody:
            try:
                os.kill(child, signal.SIGKILL)
                while os.path.exists(f"/proc/{child}"):
                    time.sleep(0.02)
            except ProcessLookupError:
                pass
        lock = os.path.join(self.data, "postmaster.pid")
        if os.path.exists(lock):
            os.remove(lock)

    def query(self, sql):
        """Rows as lists of texts."""
        done = subprocess.run([f"{PROGRAMS}/psql", "-XAtq", "-F", "|", "-h", self.folder, "-U", "postgres", "postgres", "-c", sql],
                              check=True, capture_output=True, text=True)
        return [line.split("|") for line in done.stdout.splitlines()]

    def close(self):
        if self.server.poll() is None:
            self.stop()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
