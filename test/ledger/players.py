# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""ledger_player, alone or under strace, and what must hold behind whatever happened to it."""

import collections
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
import unittest

PLAYER = os.environ["LEDGER_PLAYER"]
# All of it, instead of the share that a usual run takes.
THOROUGH = os.environ.get("CIFRA_THOROUGH", "") not in ("", "0")
NEVER = ("exit_group", "exit", "execve", "restart_syscall")  # nothing is left to be killed, or not begun


def player(place, *options, strace=()):
    """`place`: (database, checkpoint, server)."""
    return subprocess.Popen([*strace, PLAYER, *options, *place], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True)


def run(place, commands, *options, strace=()):
    """The answers to these commands, as far as they came."""
    process = player(place, *options, strace=strace)
    answers, _ = process.communicate("\n".join(commands) + "\n", timeout=120)
    return answers.splitlines()


def ask(process, command):
    process.stdin.write(command + "\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def calls_behind_mark(place, commands, *options):
    """(name, n): the system calls between the first "mark" and the end, each the n-th of its name in the process."""
    with tempfile.NamedTemporaryFile() as trace:
        run(place, commands, *options, strace=["strace", "-qq", "-o", trace.name])
        seen, found, behind = collections.Counter(), [], False
        with open(trace.name, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                name = re.match(r"(\w+)\(", line)
                if not name:
                    continue
                seen[name[1]] += 1
                behind = behind or name[1] == "getppid"
                if behind and name[1] not in NEVER:
                    found.append((name[1], seen[name[1]]))
    return found


def inject(call, what, when):
    return ["strace", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:{what}:when={when}"]


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="cifra-ledger-")
        self.addCleanup(shutil.rmtree, self.folder, True)

    def whole(self, query, place, acknowledged=None):
        """Exactly once: sum of debits = plays, used within debited, remaining at least 0; and the ledger says so itself."""
        debits = query("SELECT coalesce(sum(plays), 0), coalesce(sum(units), 0) FROM licences")[0]
        plays = query("SELECT coalesce(sum(plays), 0), coalesce(sum(units), 0), count(*) FROM plays")[0]
        self.assertEqual([int(n) for n in debits], [int(n) for n in plays[:2]], "debits are not those of the plays")
        over = query("SELECT count(*) FROM plays WHERE units_used > units")[0]
        self.assertEqual(int(over[0]), 0, "more was used than debited")
        self.assertEqual(run(place, ["verify"]), ["whole"])
        if acknowledged is not None:
            self.assertGreaterEqual(int(plays[2]), acknowledged, "a play that was acknowledged is gone")


class SqliteCase(Case):
    def place(self, folder=None, server="one"):
        folder = folder or self.folder
        return f"sqlite:{folder}/ledger.db", f"{folder}/ledger.checkpoint", server

    def query(self, sql, folder=None):
        with sqlite3.connect(f"{folder or self.folder}/ledger.db") as there:
            rows = there.execute(sql).fetchall()
        there.close()
        return rows

    def copy(self, name):
        """The ledger as it was before, in a folder of its own."""
        copy = os.path.join(self.folder, "copy")
        shutil.rmtree(copy, True)
        shutil.copytree(os.path.join(self.folder, name), copy)
        return copy
