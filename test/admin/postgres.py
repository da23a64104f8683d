# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL server of a test's own, on a socket in a folder of its own, gone with it."""
import glob
import os
import pwd
import shutil
import subprocess
import tempfile


def programs():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    return found[-1] if found else os.path.dirname(shutil.which("initdb") or "initdb")


class Server:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="cifra-pg-")
        # It refuses to run as root.
        self.user = "postgres" if os.geteuid() == 0 else None
        if self.user:
            entry = pwd.getpwnam(self.user)
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
        self.count = 0
        self.run("initdb", "-D", "data", "-A", "trust", "-U", "cifra", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
        self.run("pg_ctl", "-D", "data", "-w", "-s", "-l", "log", "-o",
                 f"-k {self.folder} -c listen_addresses='' -c fsync=off -c max_connections=10 -c shared_buffers=1MB", "start")

    def run(self, program, *arguments):
        subprocess.run([os.path.join(programs(), program), *arguments], cwd=self.folder, user=self.user, group=self.user,
                       extra_groups=[] if self.user else None, check=True, stdout=subprocess.DEVNULL, timeout=120)

    def address(self, database):
        return f"postgresql:///{database}?host={self.folder}&user=cifra"

    def new_database(self):
        self.count += 1
        name = f"ledger{self.count}"
        self.execute(self.address("postgres"), f"CREATE DATABASE {name}")
        return self.address(name)

    def execute(self, address, statement):
        self.run("psql", "-q", "-X", "-v", "ON_ERROR_STOP=1", "-d", address, "-c", statement)

    def stop(self):
        if not os.path.exists(self.folder):
            return
        self.run("pg_ctl", "-D", "data", "-m", "immediate", "-s", "stop")
        shutil.rmtree(self.folder)
