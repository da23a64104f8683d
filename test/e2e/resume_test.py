# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
import json
import os
import random
import re

from broken import CHUNK, CHUNKS, SIZE, Broken
from proxy import DOWN, Rule


class Get(Broken):
    def test_cut_in_the_middle(self):
        for reset in (True, False):
            for after in (1 << 20, 9_000_001):
                with self.subTest(reset=reset, after=after):
                    known = len(self.proxy.passages)
                    self.proxy.rules = [Rule(cut={DOWN: after}, reset=reset)]
                    out, error = self.succeed(self.far, "--json", "get", "some.bin", "it")
                    at = self.said_resumed(error)
                    self.assert_whole((self.folder / "it").read_bytes())
                    self.assertEqual(json.loads(out)["chunks"], CHUNKS)  # none of them twice
                    self.assertEqual(len(self.proxy.passages), known + 2)
                    rest = (CHUNKS - at) * CHUNK
                    self.assertIn(self.proxy.passages[-1].passed[DOWN], range(rest - 7, rest + rest // 50 + 20_000))
                    (self.folder / "it").unlink()
        self.assertEqual(len(self.server.records("save")), 8)
        self.assertEqual(list(self.folder.glob("*.part")), [])

    def test_cut_five_times(self):
        self.proxy.rules = [Rule(cut={DOWN: 300_000 + i}) for i in range(5)]
        out, error = self.succeed(self.far, "--json", "get", "some.bin", "it")
        self.assert_whole((self.folder / "it").read_bytes())
        at = [int(chunk) for chunk in re.findall(r"going on at chunk (\d+)", error)]
        self.assertEqual((len(at), at, json.loads(out)["chunks"]), (5, sorted(set(at)), CHUNKS))

    def test_cut_of_output_to_a_pipe(self):
        self.proxy.rules = [Rule(cut={DOWN: 1 << 20})]
        out, error = self.succeed(self.far, "get", "some.bin", "-o", "-")
        self.said_resumed(error)
        self.assert_whole(out)

    def test_cut_of_output_to_a_file_of_the_shell(self):
        self.proxy.rules = [Rule(cut={DOWN: 1 << 20})]
        with (self.folder / "it").open("wb") as it:
            self.finish(self.start(self.far, "get", "some.bin", "-", stdout=it))
        self.assert_whole((self.folder / "it").read_bytes())

    def test_server_killed_and_started_again(self):
        client = self.held(DOWN, 2 << 20, "--json", "get", "some.bin", "it")
        self.restart()
        self.proxy.release()
        out, error = self.finish(client)
        self.said_resumed(error)
        self.assert_whole((self.folder / "it").read_bytes())
        self.assertEqual(json.loads(out)["chunks"], CHUNKS)

    def test_server_that_comes_back_with_chunks_of_another_size(self):
        for size in (4 * CHUNK, CHUNK):
            for target in ("it", "-"):
                with self.subTest(size=size, target=target):
                    client = self.held(DOWN, 2 << 20, "get", "some.bin", target)
                    self.restart(chunk_limit=str(size))
                    self.proxy.release()
                    out, _ = self.finish(client)
                    self.assert_whole(out if target == "-" else (self.folder / "it").read_bytes())
                    (self.folder / "it").unlink(missing_ok=True)

    def test_item_replaced_before_the_reconnection(self):
        client = self.held(DOWN, 2 << 20, "get", "some.bin", "it")
        other = random.Random(4).randbytes(SIZE)
        (self.folder / "other").write_bytes(other)
        os.replace(self.folder / "other", self.far.media / "some.bin")
        self.restart()
        self.proxy.release()
        _, error = client.communicate(timeout=120)
        self.assertEqual(client.returncode, 11, error)
        self.assertIn("changed on the server", error.decode())
        self.assertIn("run the same command again", error.decode())
        self.assertFalse((self.folder / "it").exists())
        self.succeed(self.far, "get", "some.bin", "it")
        self.assertTrue((self.folder / "it").read_bytes() == other)

    def test_item_written_over_while_it_is_read(self):
        client = self.held(DOWN, 2 << 20, "get", "some.bin", "it")
        other = random.Random(4).randbytes(SIZE)
        (self.far.media / "some.bin").write_bytes(other)
        self.proxy.release()
        _, error = client.communicate(timeout=120)
        self.assertEqual(client.returncode, 11, error)
        self.assertIn("[CHANGED]", error.decode())
        self.assertFalse((self.folder / "it").exists())
        self.server.wait_log("changed=1")
        self.succeed(self.far, "get", "some.bin", "it")
        self.assertTrue((self.folder / "it").read_bytes() == other)
