# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C and requests to terminate in the middle: exit status, words, what is left, and that the next run goes on there."""
import random
import re
import signal
import subprocess
import unittest

from proxy import DOWN, UP, Proxy, Rule
from refusals import Refusals
from running import MEDIA, PROGRAMS, environment, wait_until

BIG = random.Random(4).randbytes(24_000_000)
TRACK = "gunroar-2.mp3"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts(Refusals):
    @classmethod
    def prepare(cls, site):
        site.add_media("big.bin", BIG)
        site.add_media(TRACK, MEDIA / TRACK)

    def setUp(self):
        super().setUp()
        self.proxy = Proxy(self.shared.port)
        self.addCleanup(self.proxy.close)

    def held(self, rule, *arguments, **options):
        """A cifra whose connection stands still as `rule` says."""
        known = len(self.proxy.passages)
        self.proxy.rules.append(rule)
        process = self.start(self.shared, "--server", f"localhost:{self.proxy.port}", *arguments, **options)
        (direction, bytes_there), = rule.hold.items()
        wait_until("the middle", lambda: len(self.proxy.passages) > known
                   and self.proxy.passages[-1].passed[direction] == bytes_there)
        return process

    def end(self, process, number, remedy):
        process.send_signal(number)
        out, error = process.communicate(timeout=60)
        return self.told(130, process.returncode, out, error.decode(), "interrupted", remedy)

    def part(self):
        found, = self.folder.glob("big.bin.*.part")
        return found

    def test_get(self):
        for number in SIGNALS:
            with self.subTest(number):
                get = self.held(Rule(hold={DOWN: 5_000_000}), "get", "big.bin")
                wait_until("what has arrived to be kept", lambda: self.part().stat().st_size > 4_000_000)
                words = self.end(get, number, "run the same command again, it goes on there")
                self.assertIn(f"what has arrived is kept in {self.part().name}: ", words)
                self.assertEqual(self.left(), [self.part().name])
                self.assertRegex(self.part().name, r"^big\.bin\.[0-9a-f]{16}\.part$")
                _, error = self.succeed(self.shared, "get", "big.bin")
                self.assertGreater(int(re.search(r"resuming big\.bin at chunk (\d+)", error)[1]), 0)
                self.assertEqual(self.left(), ["big.bin"])
                self.assertEqual((self.folder / "big.bin").read_bytes(), BIG)
                (self.folder / "big.bin").unlink()

    def test_get_before_anything_has_arrived(self):
        get = self.held(Rule(hold={DOWN: 0}), "get", "big.bin")
        self.end(get, signal.SIGINT, None)
        self.assertEqual(self.left(), [])

    def test_get_to_a_reader_that_does_not_read(self):
        get = self.start(self.shared, "get", "big.bin", "-o", "-", bufsize=0)
        first = get.stdout.read(1)  # more than the pipe holds waits now to be written
        get.send_signal(signal.SIGINT)
        out, error = get.communicate(timeout=60)
        self.told(130, get.returncode, "", error.decode(), "interrupted", "what was written is not the whole item")
        self.assertLess(len(out), len(BIG))
        self.assertEqual(first + out, BIG[: 1 + len(out)])
        self.assertEqual(self.left(), [])

    def test_get_while_it_connects_again(self):
        get = self.held(Rule(hold={DOWN: 5_000_000}), "get", "big.bin")
        self.proxy.refusing = True
        self.proxy.cut_all()
        wait_until("a new try", lambda: self.proxy.refused > 0)
        words = self.end(get, signal.SIGINT, "run the same command again, it goes on there")
        self.assertIn("reconnecting", words)
        self.assertEqual(self.left(), [self.part().name])

    def test_put(self):
        for number in SIGNALS:
            with self.subTest(number):
                name = f"{number}.bin"
                (self.folder / name).write_bytes(bytes([number]) + BIG)
                put = self.held(Rule(hold={UP: 10_000_000}), "put", name)
                self.end(put, number, "run the same command again: it goes on where it stopped")
                self.assertFalse((self.shared.media / name).exists())
                self.proxy.cut_all()
                _, error = self.succeed(self.shared, "put", name)
                self.assertGreater(int(re.search(r"the server has (\d+) chunks already: going on there", error)[1]), 0)
                self.assertEqual((self.shared.media / name).read_bytes(), bytes([number]) + BIG)

    def test_put_before_it_has_read_its_input(self):
        put = self.start(self.shared, "put", "-", "--name", "never.bin")
        put.stdin.write(bytes(1 << 20))  # more than a pipe holds: it reads
        put.send_signal(signal.SIGINT)
        self.assertEqual(put.wait(60), -signal.SIGINT)  # 130 in a shell
        self.assertFalse((self.shared.media / "never.bin").exists())

    def test_play(self):
        for number in SIGNALS:
            for output in ("null", "file:x.wav"):
                with self.subTest(output, number=number):
                    rule = Rule(hold={DOWN: 200_000}) if output != "null" else Rule(hold={DOWN: 30_000_000})
                    self.proxy.rules.append(rule)
                    play = self.start(self.shared, "--server", f"localhost:{self.proxy.port}", "play", TRACK, "-o", output,
                                      bufsize=0)
                    self.wait_said(play, b"playing ")
                    self.end(play, number, None)

    def wait_said(self, process, words: bytes) -> None:
        line = process.stderr.readline()
        self.assertIn(words, line)

    def test_other_verbs(self):
        for verb in (("list",), ("search", "big"), ("info", "big.bin")):
            process = self.held(Rule(hold={DOWN: 0}), *verb)
            self.end(process, signal.SIGINT, None)

    def test_twice(self):
        # The second one does not wait for anything: here for a log-in.
        process = self.held(Rule(hold={DOWN: 0}), "list")
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(60), 130)

    def test_statuses_in_a_shell(self):
        script = f'"{PROGRAMS["cifra"]}" --config "{self.shared.client_config}" play {TRACK} -o null & kill -TERM $!; wait $!'
        done = subprocess.run(["bash", "-c", script], capture_output=True, env=environment(), cwd=self.folder, timeout=60,
                              check=False)
        self.assertIn(done.returncode, (130, 143))  # 143 before it listens to signals


if __name__ == "__main__":
    unittest.main()
