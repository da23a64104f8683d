# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
import json
import re

from broken import CHUNK, CHUNKS, Broken
from proxy import UP, Rule


class Put(Broken):
    def setUp(self):
        super().setUp()
        (self.folder / "mine.bin").write_bytes(self.data)

    def assert_stored(self, error: str) -> int:
        """The chunk at which it went on, which both sides must have told."""
        self.assert_whole((self.far.media / "mine.bin").read_bytes())
        at = int(re.findall(r"the server has (\d+) chunks already: going on there\n", error)[-1])
        self.assertIn(at, range(1, CHUNKS))
        self.assertEqual(self.server.records("upload")[-1]["next_chunk"], str(at))
        self.assertEqual(len(self.server.records("stored")), 1)
        return at

    def test_cut_in_the_middle(self):
        for reset in (True, False):
            with self.subTest(reset=reset):
                self.proxy.rules = [Rule(cut={UP: 3 << 20}, reset=reset)]
                _, error = self.succeed(self.far, "put", "mine.bin")
                self.assertIn("reconnecting", error)
                at = self.assert_stored(error)
                rest = (CHUNKS - at) * CHUNK
                self.assertIn(self.proxy.passages[-1].passed[UP], range(rest - 7, rest + rest // 50 + 20_000))
                (self.far.media / "mine.bin").unlink()
                self.restart()

    def test_cut_five_times(self):
        self.proxy.rules = [Rule(cut={UP: 500_000 + i}) for i in range(5)]
        out, error = self.succeed(self.far, "--json", "put", "mine.bin")
        self.assert_stored(error)
        self.assertGreaterEqual(json.loads(out)["chunks"], CHUNKS)
        resumed = [int(upload["next_chunk"]) for upload in self.server.records("upload")]
        self.assertEqual((len(resumed), resumed[0], resumed), (6, 0, sorted(resumed)))

    def test_server_killed_and_started_again(self):
        client = self.held(UP, 5 << 20, "put", "mine.bin")
        self.restart()
        self.proxy.release()
        _, error = self.finish(client)
        self.assert_stored(error)

    def test_second_run(self):
        self.proxy.rules = [Rule(cut={UP: 5 << 20})]
        self.give_up(8, "--retry-for", "0", "put", "mine.bin", says="run the same command again")
        self.assertFalse((self.far.media / "mine.bin").exists())
        out, error = self.succeed(self.far, "--json", "put", "mine.bin")
        at = self.assert_stored(error)
        report = json.loads(out)
        self.assertEqual((report["first_chunk"], report["chunks"]), (at, CHUNKS - at))

    def test_second_run_of_another_content_begins_anew(self):
        self.proxy.rules = [Rule(cut={UP: 5 << 20})]
        self.give_up(8, "--retry-for", "0", "put", "mine.bin", says="run the same command again")
        self.data = self.data[::-1]
        (self.folder / "mine.bin").write_bytes(self.data)
        self.succeed(self.far, "put", "mine.bin")
        self.assert_whole((self.far.media / "mine.bin").read_bytes())
        self.assertEqual([upload["next_chunk"] for upload in self.server.records("upload")], ["0", "0"])

    def test_file_that_changes_while_it_is_sent_is_not_stored(self):
        client = self.held(UP, 2 << 20, "put", "mine.bin")
        with (self.folder / "mine.bin").open("r+b") as file:
            file.seek(-1000, 2)
            file.write(b"changed")
        self.proxy.release()
        _, error = client.communicate(timeout=120)
        self.assertEqual(client.returncode, 11, error)
        self.assertIn("[HASH_MISMATCH]", error.decode())
        self.assertEqual(self.files(self.far.media), ["some.bin"])
