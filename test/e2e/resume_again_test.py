# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
import json

from broken import CHUNK, CHUNKS, SIZE, Broken
from proxy import DOWN, Rule
from running import free_port


class Again(Broken):
    """A second run goes on where the first gave up."""

    def broken_off(self):
        """What is left of a get that was cut and did not try again."""
        self.proxy.rules = [Rule(cut={DOWN: 5 << 20})]
        self.give_up(8, "--retry-for", "0", "get", "some.bin", "it", says="run the same command again")
        self.assertFalse((self.folder / "it").exists())
        (part,) = self.folder.glob("it.*.part")
        self.assertIn(part.stat().st_size, range(1, SIZE))
        return part

    def test_second_run(self):
        part = self.broken_off()
        have = part.stat().st_size
        out, error = self.succeed(self.far, "--json", "get", "some.bin", "it")
        at = self.said(error, r"resuming some.bin at chunk (\d+)\n")
        self.assertEqual(at, have // CHUNK)
        report = json.loads(out)
        self.assertEqual((report["first_chunk"], report["chunks"]), (at, CHUNKS - at))
        self.assertLess(self.proxy.passages[-1].passed[DOWN], SIZE - have + 200_000)
        self.assert_whole((self.folder / "it").read_bytes())
        self.assertFalse(part.exists())

    def test_second_run_over_a_damaged_part(self):
        part = self.broken_off()
        with part.open("r+b") as file:
            file.seek(12345)
            file.write(b"damage")
        error = self.give_up(9, "get", "some.bin", "it", says="damaged")
        self.assertIn("run the same command again", error)
        self.assertEqual(list(self.folder.glob("it*")), [])
        self.succeed(self.far, "get", "some.bin", "it")
        self.assert_whole((self.folder / "it").read_bytes())

    def test_server_that_is_away_for_too_long(self):
        client = self.held(DOWN, 1 << 20, "--retry-for", "2", "get", "some.bin", "it")
        self.proxy.refusing = True
        self.proxy.cut_all()
        _, error = client.communicate(timeout=120)
        self.assertEqual(client.returncode, 8, error)
        self.assertIn("gave up after 2 s", error.decode())
        self.assertGreater(self.proxy.refused, 0)
        self.proxy.refusing = False
        self.succeed(self.far, "get", "some.bin", "it")
        self.assert_whole((self.folder / "it").read_bytes())

    def test_server_that_lets_in_and_gives_nothing(self):
        self.proxy.usual = Rule(cut={DOWN: 8000})  # a login, and less than a chunk
        self.give_up(8, "--retry-for", "2", "get", "some.bin", "it", says="gave up after 2 s")
        self.assertGreater(len(self.proxy.passages), 2)
        self.assertEqual(list(self.folder.glob("it*")), [])

    def test_server_that_never_was_there(self):
        self.far.point_client(free_port())
        error = self.refuse(5, self.far, "get", "some.bin", "it", says="cannot reach localhost:")
        self.assertIn("check the address", error)


class Existing(Broken):
    def test_target_that_exists_is_replaced_only_by_force_and_at_once(self):
        target = self.folder / "it"
        target.write_bytes(b"mine")
        before = target.stat().st_ino
        self.refuse(4, self.far, "get", "some.bin", "it", says=["it exists", "--force"])
        self.assertEqual((target.read_bytes(), target.stat().st_ino), (b"mine", before))
        client = self.held(DOWN, 1 << 20, "get", "-f", "some.bin", "it")
        self.assertEqual((target.read_bytes(), target.stat().st_ino), (b"mine", before))
        self.proxy.release()
        self.finish(client)
        self.assertNotEqual(target.stat().st_ino, before)
        self.assert_whole(target.read_bytes())
        self.assertEqual([path.name for path in self.folder.glob("it*")], ["it"])

    def test_target_that_appears_meanwhile_is_kept(self):
        client = self.held(DOWN, 1 << 20, "get", "some.bin", "it")
        (self.folder / "it").write_bytes(b"mine")
        self.proxy.release()
        _, error = client.communicate(timeout=120)
        self.assertEqual(client.returncode, 4, error)
        self.assertEqual((self.folder / "it").read_bytes(), b"mine")
        self.succeed(self.far, "get", "-f", "some.bin", "it")
        self.assert_whole((self.folder / "it").read_bytes())
