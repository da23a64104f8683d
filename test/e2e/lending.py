# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""A site that lends from a vault, by licences."""

import json
import subprocess
from pathlib import Path

from running import MEDIA, PROGRAMS, SERVER, Case, Server, Site, environment

SONG = "gunroar-0-part-2.mp3"


class Lender(Site):
    def __init__(self, folder: Path, **options):
        super().__init__(folder, vault=True, **options)
        # The vault is opened by a key file, so that no start of a server waits for a derivation.
        self.opener = self.folder / "pki/server/vault.bin"
        self.opener.write_bytes(bytes(range(32)))
        self.opener.chmod(0o600)
        self.decrypt(self.folder / "pki/server/publisher-key.pem", SERVER)
        self.admin("media", "rewrap", "--to-key-file", self.opener)
        self.configure(vault__key_file='"vault.bin"')

    def admin(self, *arguments, status: int = 0, lines: tuple = (SERVER,), given: bytes = b"") -> str:
        """Standard output of cifractl; what it asks for is `lines`, what it reads `given`."""
        given_words = ["/bin/bash", "-c", 'exec 3<<<"$WORDS"; exec "$@"', "-"]
        command = [PROGRAMS["cifractl"], *map(str, arguments), "--dir", str(self.folder / "pki"), "--passphrase-fd", "3"]
        done = subprocess.run(given_words + command, input=given, capture_output=True, check=False, timeout=120,
                              env=environment(WORDS="\n".join(lines)))
        if done.returncode != status:
            raise AssertionError(f"{arguments}: {done.returncode}\n{done.stdout.decode()}{done.stderr.decode()}")
        return done.stdout.decode() if status == 0 else done.stderr.decode()

    def admin_json(self, *arguments):
        return json.loads(self.admin(*arguments, "--json"))

    def put_in(self, *files: Path) -> None:
        self.admin("media", "add", *files)

    def issue(self, *options, person: str = "listener", item: str = SONG) -> str:
        """The licence's id."""
        return self.admin_json("licence", "issue", person, item, *options)["id"]


class LendingCase(Case):
    """A server with one song, of which nobody has a licence but by the policy `first`."""

    first = "operator-only"
    songs = (SONG,)

    def setUp(self):
        super().setUp()
        self.shop = Lender(self.folder)
        self.shop.configure(first=f'"{self.first}"')
        self.shop.put_in(*(MEDIA / song for song in self.songs))
        self.server = self.serve(self.shop)

    def restart(self, **values) -> Server:
        self.assertEqual(self.server.stop(), 0, self.server.text())
        self.shop.configure(**values)
        self.server = self.serve(self.shop)
        return self.server

    def play(self, status: int = 0, item: str = SONG, *more, **options):
        got, out, error = self.cifra(self.shop, "play", item, "--output", f"file:{self.folder / 'played.wav'}", *more, **options)
        self.assertEqual(got, status, error)
        return error

    def left(self, item: str = SONG) -> dict:
        """What `cifra info` says of the licence."""
        return json.loads(self.succeed(self.shop, "--json", "info", item)[0])["licence"]

    def plays(self) -> int:
        """That the ledger has debited."""
        return sum(line["plays"] for line in self.shop.admin_json("report", "--by", "item")["lines"])
