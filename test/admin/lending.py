# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Cases with a vault and a ledger."""
import contextlib
import json
import os
import shutil
import sqlite3
import subprocess

from cifractl import SERVER, Made, environment

PLAYER = os.environ["PLAYER"]
CONFIG = """
state_dir = "state"
[vault]
dir = "vault"
publisher_chain = "publisher-chain.pem"
publisher_key = "publisher-key.pem"
[ledger]
database = "sqlite:ledger.db"
"""
LEDGER = "pki/server/ledger.db"
CHECKPOINT = "pki/server/state/ledger.checkpoint"


class Lending(Made):
    database = "sqlite:" + LEDGER

    def setUp(self):
        super().setUp()
        self.configure()

    def configure(self, more=""):
        self.write("pki/server/cifrad.toml", CONFIG + more)

    def lend(self, *arguments, **options):
        """Prints on standard output what it gives."""
        return self.succeed(*arguments, "--dir", "pki", lines=(SERVER,), **options)

    def lend_json(self, *arguments, **options):
        return self.json(*arguments, lines=(SERVER,), **options)

    def deny(self, wanted, *arguments, says, **options):
        return self.refuse(wanted, *arguments, "--dir", "pki", says=says, lines=(SERVER,), **options)

    def issue(self, *options, person="listener", item="one.mp3"):
        return self.lend_json("licence", "issue", person, item, "--anyway", *options)

    def add(self, name):
        """Into the vault."""
        self.write(name, "sound of " + name)
        return self.lend_json("media", "add", name)[0]["item"]

    def play(self, *plays):
        """Each (person, item's id, right, time, chunks, milliseconds, "end" or "on"); gives the answers."""
        text = SERVER + "\n" + "".join("\t".join(map(str, play)) + "\n" for play in plays)
        done = subprocess.run([PLAYER, "pki/server/vault/vault.key", self.database, CHECKPOINT], input=text, text=True,
                              capture_output=True, cwd=self.folder, env=environment(), timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.splitlines()

    def change(self, *statements):
        """What somebody does to the ledger who can write to its file."""
        with contextlib.closing(sqlite3.connect(self.path(LEDGER))) as database, database:
            for statement in statements:
                self.assertNotEqual(database.execute(statement).rowcount, 0, statement)

    def keep(self):
        shutil.copy(self.path(LEDGER), self.path("kept.db"))

    def set_back(self):
        for end in ("-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.remove(self.path(LEDGER + end))
        shutil.copy(self.path("kept.db"), self.path(LEDGER))

    def lines_of(self, file):
        return [json.loads(line) for line in self.text(file).splitlines()]
