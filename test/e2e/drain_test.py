# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""SIGTERM and SIGINT: what runs ends whole, nothing new begins; patience ends too."""

from signal import SIGINT, SIGTERM

from broken import Broken
from proxy import DOWN, UP


class Drain(Broken):
    def drain(self, number: int = SIGTERM) -> None:
        self.server.send(number)
        self.server.wait_log(" draining ")
        # Past the proxy, which goes on taking connections.
        self.refuse(5, self.far, "--server", f"localhost:{self.far.port}", "list", says="cannot reach")

    def assert_stopped(self) -> None:
        self.assertEqual(self.server.process.wait(60), 0)
        self.assertEqual(self.server.records()[-1]["event"], "stopped")

    def test_get_ends_whole(self):
        client = self.held(DOWN, 1 << 20, "get", "some.bin", "it")
        self.drain()
        self.assertIsNone(self.server.process.poll())
        self.proxy.release()
        _, error = self.finish(client)
        self.assertNotIn("reconnect", error)
        self.assert_whole((self.folder / "it").read_bytes())
        self.assert_stopped()

    def test_put_ends_whole(self):
        (self.folder / "mine.bin").write_bytes(self.data)
        client = self.held(UP, 1 << 20, "put", "mine.bin")
        self.drain(SIGINT)
        self.assertIsNone(self.server.process.poll())
        self.proxy.release()
        _, error = self.finish(client)
        self.assertNotIn("reconnect", error)
        self.assert_whole((self.far.media / "mine.bin").read_bytes())
        self.assert_stopped()

    def test_several_end_whole(self):
        clients = [self.held(DOWN, 1 << 20, "get", "some.bin", f"it-{i}") for i in range(4)]
        self.drain()
        self.proxy.release()
        for i, client in enumerate(clients):
            self.finish(client)
            self.assert_whole((self.folder / f"it-{i}").read_bytes())
        self.assert_stopped()

    def broken_off(self, client) -> None:
        """The client was told, and the next run goes on."""
        self.assert_stopped()
        self.proxy.release()
        _, error = client.communicate(timeout=120)
        self.assertEqual(client.returncode, 8, error)
        self.assertIn(b"run the same command again", error)
        (part,) = self.folder.glob("it.*.part")
        self.assertGreater(part.stat().st_size, 0)
        self.restart()
        _, error = self.succeed(self.far, "get", "some.bin", "it")
        self.assertIn("resuming", error)
        self.assert_whole((self.folder / "it").read_bytes())

    def test_patience_ends(self):
        self.restart(drain_s="1")
        client = self.held(DOWN, 1 << 20, "--retry-for", "0", "get", "some.bin", "it")
        self.drain()
        self.broken_off(client)

    def test_a_second_signal_ends_at_once(self):
        for first, second in ((SIGTERM, SIGTERM), (SIGINT, SIGTERM)):
            self.restart(drain_s="3600")
            client = self.held(DOWN, 1 << 20, "--retry-for", "0", "get", "some.bin", "it")
            self.drain(first)
            self.assertIsNone(self.server.process.poll())
            self.server.send(second)
            self.broken_off(client)
            (self.folder / "it").unlink()

    def test_nobody_there(self):
        self.succeed(self.far, "list")
        self.assertEqual(self.server.stop(), 0)
        self.assertEqual(self.server.records()[-1]["event"], "stopped")
