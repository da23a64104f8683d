# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""What the tests of broken connections have in common."""

import random
import re
from signal import SIGKILL

from proxy import Proxy, Rule
from running import Case, free_port, wait_until

CHUNK, CHUNKS = 16384, 900
SIZE = CHUNKS * CHUNK - 7  # more than what the buffers on the way hold


class Broken(Case):
    """A server behind a proxy that does what the rules say."""

    def setUp(self):
        super().setUp()
        self.far = self.site()
        self.far.configure(chunk_limit=str(CHUNK), chunks="64")
        self.data = random.Random(3).randbytes(SIZE)
        self.far.add_media("some.bin", self.data)
        self.server = self.serve(self.far)
        self.proxy = Proxy(self.far.port)
        self.addCleanup(self.proxy.close)
        self.far.point_client(self.proxy.port)

    def assert_whole(self, actual: bytes) -> None:
        self.assertEqual(len(actual), SIZE)
        self.assertTrue(actual == self.data)

    def said(self, error: str, pattern: str) -> int:
        """The number in what cifra said."""
        found = re.search(pattern, error)
        self.assertIsNotNone(found, error)
        return int(found.group(1))

    def said_resumed(self, error: str) -> int:
        """The chunk at which it went on."""
        self.assertIn("reconnecting", error)
        self.assertIn("reconnected: ", error)
        at = self.said(error, r"going on at chunk (\d+)\n")
        self.assertIn(at, range(1, CHUNKS))
        return at

    def restart(self, meanwhile=lambda: None, **configuration: str) -> None:
        """The server dies, as by a power cut, meanwhile() happens, of which it can tell nobody, and another one begins, elsewhere."""
        self.server.process.send_signal(SIGKILL)
        self.server.process.wait()
        meanwhile()
        self.far.configure(listen=f'["127.0.0.1:{free_port()}"]', **configuration)
        self.proxy.target = int(re.search(r'^listen = .*:(\d+)"', self.far.config.read_text(), re.M).group(1))
        self.server = self.serve(self.far)

    def held(self, direction: str, after: int, *arguments, **options):
        """A cifra whose connection stands still after so many bytes."""
        self.proxy.rules = [Rule(hold={direction: after})]
        known = len(self.proxy.passages)
        client = self.start(self.far, *arguments, **options)
        passed = lambda: sum(passage.passed[direction] for passage in self.proxy.passages[known:])  # noqa: E731
        wait_until("the bytes before the pause", lambda: passed() == after or client.poll() is not None)
        self.assertIsNone(client.poll())
        return client

    def finish(self, client) -> tuple[bytes, str]:
        out, error = client.communicate(timeout=120)
        self.assertEqual(client.returncode, 0, error.decode())
        return out, error.decode()

    def give_up(self, wanted: int, *arguments, says: str) -> str:
        """cifra tries again, and then exits with `wanted` and these words among others."""
        status, _, error = self.cifra(self.far, *arguments)
        self.assertEqual(status, wanted, error)
        self.assertIn(says, error)
        return error
