# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
import json
import os
import random
from pathlib import Path
from signal import SIGHUP

from running import MEDIA, Case, wait_until

CROWD = 50
KINDS = ("get", "put", "play", "list")
PUTS = range(KINDS.index("put"), CROWD, len(KINDS))
SONG = MEDIA / "gunroar-0-part-2.mp3"


def descriptors(pid: int) -> list[str]:
    """What the server has open. The folder is root's, as cifrad lets nobody look into it; everybody sees /proc/net/tcp."""
    folder = Path(f"/proc/{pid}/fd")
    return sorted(os.readlink(folder / name) for name in os.listdir(folder))


def connections(port: int) -> int:
    """Sockets of the server's port that are neither listening nor closed already."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(1 for row in rows if row[1].endswith(f":{port:04X}") and row[3] not in ("0A", "06"))


class Crowd(Case):
    def setUp(self):
        super().setUp()
        self.crowded = self.site()
        self.crowded.configure(max_half_open_per_address="64", chunks="16", chunk_limit="16384")
        self.data = random.Random(2).randbytes(2 << 20)
        self.crowded.add_media("some.bin", self.data)
        self.crowded.add_media(SONG.name, SONG)

    def begin(self, i: int, sink: str):
        """One of four things that visitors do."""
        kind = KINDS[i % len(KINDS)]
        if kind == "put":
            (self.folder / f"mine-{i}").write_bytes(bytes([i]) * 4096 + self.data[i:])
        arguments = {"get": ["get", "some.bin", f"got-{i}"], "put": ["put", f"mine-{i}"],
                     "play": ["play", SONG.name, "-o", sink.format(i)], "list": ["--json", "list"]}[kind]
        return i, kind, self.start(self.crowded, *arguments)

    def finish(self, i: int, kind: str, client) -> None:
        out, error = client.communicate(timeout=300)
        self.assertEqual(client.returncode, 0, f"{kind} {i}: {error.decode()}")
        self.assertNotIn(b"reconnect", error)
        if kind == "get":
            self.assertTrue((self.folder / f"got-{i}").read_bytes() == self.data)
        elif kind == "put":
            stored = self.crowded.media / f"mine-{i}"
            self.assertTrue(stored.read_bytes() == (self.folder / stored.name).read_bytes())
        elif kind == "list":
            names = {entry["name"] for entry in json.loads(out)}
            self.assertLessEqual({"some.bin", SONG.name}, names)

    def visit(self, sink: str) -> None:
        for visitor in [self.begin(i, sink) for i in range(CROWD)]:
            self.finish(*visitor)

    def test_fifty_at_once_twice(self):
        server = self.serve(self.crowded)
        self.succeed(self.crowded, "list")
        wait_until("no connection", lambda: connections(self.crowded.port) == 0)
        pid, may_look = server.process.pid, os.geteuid() == 0
        before = descriptors(pid) if may_look else []
        for round_, sink in ((1, "null"), (2, "file:heard-{}.raw")):  # null takes as long as the recording lasts
            self.visit(sink)
            wait_until("no connection", lambda: connections(self.crowded.port) == 0)
            server.wait_log(" ended ", 1 + round_ * CROWD)
            if may_look:
                wait_until("what was open before", lambda: len(descriptors(pid)) <= len(before))
            for path in [*self.crowded.media.glob("mine-*"), *self.folder.glob("got-*")]:
                path.unlink()
            server.send(SIGHUP)
            server.wait_log(f"removed={len(PUTS)}", round_)
        self.assertEqual(server.stop(), 0)
        ends = server.records("ended")
        self.assertEqual([end["how"] for end in ends], ["clean"] * (1 + 2 * CROWD))
        self.assertEqual(len(server.records("stored")), 2 * len(PUTS))
        self.assertEqual(len(server.records("login")), len(ends))
        self.assertEqual(server.records("not_admitted"), [])
