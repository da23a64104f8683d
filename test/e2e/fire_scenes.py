# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""What cifrad is killed in the middle of, and what must be there when it and its listener have come back."""

import os
import random
import subprocess
import threading
import time
from signal import SIGKILL, SIGTERM

from fire import BROKEN, COUNTED, FREE, LEASE, Fire, Listener, calls_behind, counting, some
from running import MEDIA, wait_until
from tracing import strace

POINTS = 10
LOST = (5, 8)  # exit statuses: not reached, and lost for good


class Killing(Fire):
    """kill -9 of cifrad at each call of something that it does; then it is started again, and the listener goes on."""

    def setUp(self):
        super().setUp()
        self.least = self.most = 0  # plays that may stand in the books

    def warm(self) -> None:
        """So that the ledger's own thread has made more calls than the start has, and all of them count."""
        before = self.heard[self.by_plays][0]
        try:
            self.plays_whole(FREE, self.by_plays)
        except BROKEN:
            pass  # it was killed earlier than meant
        self.least += self.heard[self.by_plays][0] - before
        self.most += 1

    def points(self, scene) -> list:
        """Where it can be stopped, from a run in which it is not."""
        trace = self.folder / "calls"
        server = self.burn(counting(trace))
        scene.prepare()
        begin = time.time()
        scene.rehearse(server)
        self.assertEqual(server.stop(), 0, server.text())
        found = calls_behind(trace, begin)
        self.assertGreater(len(found), 10, trace.read_text())
        return found

    def kill_at(self, point, scene) -> bool:
        """Whether it died there, rather than behind all of it."""
        server = self.burn(strace("{}:signal=SIGKILL:when={}".format(*point)))
        scene.prepare()
        scene.act(server)
        died = server.was_killed()
        server.stop(SIGKILL)
        return died

    def run_beside(self, server, *arguments):
        """A cifra, until it or the server has ended."""
        client = self.start(self.shop, *arguments, stdin=subprocess.DEVNULL)
        out = bytearray()
        reader = threading.Thread(target=lambda: out.extend(client.stdout.read()))
        reader.start()
        wait_until("either has ended", lambda: client.poll() is not None or server.process.poll() is not None)
        return client, reader, out

    def ended(self, client, reader, out) -> tuple[int, bytes, str]:
        reader.join()
        error = client.stderr.read().decode()
        client.stdout.close()
        client.stderr.close()
        return client.wait(60), bytes(out), error

    def everywhere(self, scene, count: int = POINTS) -> None:
        calls = self.points(scene)
        chosen, died = some(calls, count), 0
        for point in chosen:
            with self.subTest(point=point):
                died += self.kill_at(point, scene)
                scene.come_back()
        self.assertGreater(died, len(chosen) // 2, "it was not killed where it should have been")
        self.tell(f"killed at {died} of {len(chosen)} chosen of {len(calls)} calls{scene.said()}")


class Scene:
    """Something that a listener does, and what must be there when both have come back."""

    def __init__(self, case):
        self.case, self.running = case, None

    def prepare(self) -> None:
        """What comes before that."""
        self.case.warm()

    def words(self) -> tuple:
        raise NotImplementedError

    def act(self, server) -> None:
        self.running = self.case.run_beside(server, "--retry-for", "60", *self.words())

    def rehearse(self, server) -> None:
        self.act(server)
        self.case.assertEqual(self.finish()[0], 0)

    def finish(self) -> tuple:
        status, out, error = self.case.ended(*self.running)
        self.case.assertIn(status, (0, *LOST), error)
        self.take(status, out)
        return status, out, error

    def come_back(self) -> None:
        server = self.case.start_again()
        if self.finish()[0] != 0:  # it was not even let in
            self.act(server)
            status, _, error = self.finish()
            self.case.assertEqual(status, 0, error)
        self.case.assertEqual(server.stop(), 0, server.text())
        self.look()

    def take(self, status: int, out: bytes) -> None:
        """What one run of the client has brought."""

    def look(self) -> dict:
        """In the books, with nobody playing."""
        taken = self.case.debited()
        self.case.assertIn(taken[self.case.by_plays][0], range(self.case.least, self.case.most + 1))
        return taken

    def said(self) -> str:
        return ""


class Play(Scene):
    """All of it is heard, over one connection or two, and it is one play."""

    sound = None

    def words(self):
        (self.case.folder / "played.raw").unlink(missing_ok=True)
        return "play", FREE, "-o", "file:played.raw"

    def take(self, status, out):
        self.case.most += 1
        if status != 0:
            return
        played = (self.case.folder / "played.raw").read_bytes()
        self.sound = self.sound or played
        self.case.assertTrue(played == self.sound, "it was not played as without the break")
        self.case.least += 1
        self.case.note(self.case.by_plays, 1, self.case.chunks[FREE])


class Settlement(Scene):
    """Of a licence that counts chunks: what was not sent comes back, but for what a crash leaves open."""

    debited, dearest = 0, 0

    def words(self):
        return "get", COUNTED, "-o", "-"

    def take(self, status, out):
        if status == 0:
            self.case.assertTrue(out == (MEDIA / COUNTED).read_bytes())
        self.case.note(self.case.by_chunks, 0, -(-len(out) // 16384))

    def look(self):
        taken = super().look()
        heard, debited = self.case.heard[self.case.by_chunks][1], taken[self.case.by_chunks][1]
        cost, self.debited = debited - heard - self.debited, debited - heard
        self.dearest = max(self.dearest, cost)
        self.case.assertIn(cost, range(LEASE + 1), "chunks that nobody has heard")
        return taken

    def said(self):
        return f", dearest crash {self.dearest} chunks"


class Upload(Scene):
    """It is there once, whole, as soon as the client was told so."""

    number, size = 0, 6_000_000  # so that there are more writes in it than in a start

    def prepare(self):
        pass

    def words(self):
        return "put", "mine"

    def act(self, server):
        self.number += 1
        (self.case.folder / "mine").write_bytes(random.Random(self.number).randbytes(self.size))
        super().act(server)

    def rehearse(self, server):
        super().rehearse(server)
        self.look()

    def look(self):
        listed = [entry["size"] for entry in self.case.shop.admin_json("media", "list") if entry["name"] == "mine"]
        self.case.assertEqual(listed, [self.size])
        self.case.assertIn(" 0 damaged", self.case.shop.admin("media", "verify"))
        self.case.shop.admin("media", "rm", "mine")
        return super().look()


class Stop(Scene):
    """In the middle of ending: the log is folded into the database, the checkpoint written."""

    def prepare(self):
        super().prepare()
        try:
            with Listener(self.case.shop) as listener:
                opened = listener.begin(self.case.items[COUNTED], os.urandom(16))
                listener.hear(opened, 0, 3)
                self.case.note(self.case.by_chunks, 0, listener.heard)
        except BROKEN:
            pass  # killed earlier than meant

    def act(self, server):
        if server.process.poll() is None:
            server.send(SIGTERM)
        wait_until("the end", lambda: server.process.poll() is not None)

    def rehearse(self, server):
        self.act(server)

    def come_back(self):
        server = self.case.start_again()
        self.case.warm()
        self.case.assertEqual(server.stop(), 0, server.text())
        self.look()
