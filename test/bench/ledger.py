# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""cifra-bench-ledger on each database, and beside it what that database does when every transaction is one INSERT, with the same
promise: on the disk before it is acknowledged. Each run begins with a database in which there is nothing."""

import json
import os
import re
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import measure

sys.path.append(str(Path(__file__).resolve().parents[1] / "ledger"))
from postgres import PROGRAMS, Postgres  # noqa: E402


def disk_folder() -> Path:
    """Where a sync is one: in memory every database is as fast as the processor."""
    folder = Path(tempfile.mkdtemp(prefix="cifra-bench-"))
    kind = subprocess.run(["stat", "-f", "-c", "%T", folder], check=True, capture_output=True, text=True).stdout.strip()
    if kind in ("tmpfs", "ramfs"):
        folder.rmdir()
        sys.exit(f"scripts/bench: {folder.parent} is memory, and ledgers are measured on a disk: set TMPDIR to a folder on one")
    return folder


def start_postgres() -> Postgres:
    """As cifrad elsewhere here, on the server's core; who asks it is on the client's."""
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {measure.SERVER_CORE})
    try:
        return Postgres()
    finally:
        os.sched_setaffinity(0, ours)


def spent() -> float:
    """Seconds of the processor that programs took which have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run(words: list) -> str:
    done = subprocess.run([str(word) for word in words], check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{words[0]} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


class Database:
    def __init__(self, build: Path, disk: Path, seconds: int, servers: int = 1):
        self.program = next(iter(build.rglob("cifra-bench-ledger")), None)
        if self.program is None:
            raise SystemExit(f"scripts/bench: cifra-bench-ledger is not in {build}")
        self.disk, self.seconds, self.servers = disk, seconds, servers

    def folder(self) -> Path:
        return Path(tempfile.mkdtemp(dir=self.disk))

    def play(self, address: str, folder: Path) -> dict:
        """Whole plays, begun and ended: {"per_second", "median_ms" and "p99_ms" until one is granted, "cpu_ms" of the ledger for
        each, without what the database's own server takes}."""
        before = spent()
        said = json.loads(run([self.program, address, folder, self.seconds, self.servers]))
        return said | {"cpu_ms": (spent() - before) * 1e3 / said["plays"]}


class Sqlite(Database):
    def plays(self) -> dict:
        folder = self.folder()
        return self.play(f"sqlite:{folder}/ledger.db", folder)

    def inserts(self) -> float:
        """A second; with the journal and the syncs that the ledger asks for."""
        link = sqlite3.connect(self.folder() / "bare.db", isolation_level=None)
        link.execute("PRAGMA journal_mode = WAL")
        link.execute("PRAGMA synchronous = FULL")
        link.execute("CREATE TABLE bare (number INTEGER PRIMARY KEY, content BLOB)")
        count, content, start = 0, os.urandom(32), time.perf_counter()
        while time.perf_counter() - start < self.seconds:
            link.execute("INSERT INTO bare (content) VALUES (?)", (content,))
            count += 1
        seconds = time.perf_counter() - start
        link.close()
        return count / seconds


class Postgresql(Database):
    def __init__(self, postgres: Postgres, *same, **more):
        super().__init__(*same, **more)
        self.postgres = postgres

    def empty(self) -> None:
        self.postgres.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public")

    def plays(self) -> dict:
        self.empty()
        return self.play(self.postgres.uri, self.folder())

    def inserts(self) -> float:
        self.empty()
        self.postgres.query("CREATE TABLE bare (number BIGSERIAL PRIMARY KEY, content BYTEA)")
        script = self.folder() / "bare.sql"
        script.write_text("INSERT INTO bare (content) VALUES (sha256('content'));\n")
        said = run([f"{PROGRAMS}/pgbench", "-n", "-M", "prepared", "-c", self.servers, "-j", self.servers, "-T", self.seconds,
                    "-f", script, "-h", self.postgres.folder, "-U", "postgres", "postgres"])
        return float(re.search(r"^tps = ([\d.]+)", said, re.M)[1])
