# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""PINs: on a terminal, from a descriptor; wrong, last and locked; and that none is left anywhere."""

import os
import resource
import signal
import subprocess
import unittest
from pathlib import Path

from card_case import SONG, WHICHEVER, CardCase
from cards import PIN, PUK
from running import PATIENCE, PROGRAMS, environment, wait_until
from terminal_test import OnTerminal as _OnTerminal

WRONG = "918273"
# A sanitizer keeps what was freed, as it was.
OWN_ALLOCATOR = any(name in Path(PROGRAMS["cifra"]).read_bytes() for name in (b"__asan_init", b"__tsan_init"))


class Memory(CardCase):
    """What a core file would hold."""

    def wait_song(self, process, known: int) -> None:
        wait_until("the song", lambda: len(self.server.records("play")) > known or process.poll() is not None)

    def seen_in_memory(self, process: Path, words: bytes) -> int:
        """How often, in all that a core file would hold. Only root can look: the process is not dumpable."""
        if os.geteuid() != 0:
            with self.assertRaises(PermissionError):
                process.joinpath("mem").open("rb").close()
            self.skipTest("only root can look into a process that is not dumpable")
        count = 0
        with process.joinpath("mem").open("rb", buffering=0) as memory:
            for line in process.joinpath("maps").read_text().splitlines():
                area, rights = line.split()[:2]
                first, last = (int(number, 16) for number in area.split("-"))
                if "w" not in rights or "[v" in line:
                    continue
                memory.seek(first)
                try:
                    count += memory.read(last - first).count(words)
                except OSError:  # a guard page, a device
                    continue
        return count

    def assert_forgotten(self, process: Path) -> None:
        for name in ("cmdline", "environ"):
            self.assertNotIn(PIN.encode(), process.joinpath(name).read_bytes())
        if OWN_ALLOCATOR:
            return  # their shadow memory is terabytes, and what is freed stays for a while
        self.assertEqual(self.seen_in_memory(process, PIN.encode()), 0)
        self.assertGreater(self.seen_in_memory(process, SONG.name.encode()), 0, "memory cannot be searched")


class OnTerminal(Memory, _OnTerminal):
    def enter(self, shell, pin: str) -> None:
        shell.expect_exact("PIN of ")
        shell.waitnoecho(timeout=PATIENCE)
        shell.sendline(pin)

    def ends(self, shell, status: int) -> str:
        self.ends_with(shell, status)
        for pin in (PIN, WRONG):
            self.assertNotIn(pin, self.text())
        return self.text()

    def test_asked_without_echo_and_whose_card_is_said_before(self):
        card = self.insert()
        shell = self.shell("--card", WHICHEVER, "list")
        self.enter(shell, PIN)
        text = self.ends(shell, 0)
        self.assertLess(text.index("Card of ada"), text.index("PIN of "))
        self.assertIn("Reader A", text)
        self.assertEqual(card.state()["signatures"], 1)

    def test_forgotten_when_it_plays(self):
        self.insert()
        known = len(self.server.records("play"))
        shell = self.shell("--card", WHICHEVER, "play", SONG.name, "-o", "null")
        self.enter(shell, PIN)
        wait_until("the song", lambda: len(self.server.records("play")) > known)
        self.assert_forgotten(Path(f"/proc/{self.pid(shell)}"))
        shell.send("q")
        self.ends(shell, 0)

    def test_interrupt_restores_the_terminal(self):
        card = self.insert()
        shell = self.shell("--card", WHICHEVER, "list")
        shell.expect_exact("PIN of ")
        shell.waitnoecho(timeout=PATIENCE)
        shell.sendintr()
        self.ends(shell, 130)
        self.assertEqual(card.state()["tries"], 3)

    def test_nothing_entered(self):
        card = self.insert()
        shell = self.shell("--card", WHICHEVER, "list")
        self.enter(shell, "")
        self.assertIn("no PIN was given", self.ends(shell, 14))
        self.assertEqual(card.state()["tries"], 3)

    def test_wrong_then_last_then_confirmed(self):
        card = self.insert()
        for left in (2, 1):
            shell = self.shell("--card", WHICHEVER, "list")
            self.enter(shell, WRONG)
            text = self.ends(shell, 14)
            self.assertIn("wrong PIN", text)
            self.assertEqual(card.state()["tries"], left)
        self.assertIn("one try is left", text)
        shell = self.shell("--card", WHICHEVER, "list")
        shell.expect_exact("One more wrong PIN locks this card")
        shell.expect_exact("Type yes")
        shell.sendline("no")
        self.assertIn("not confirmed", self.ends(shell, 14))
        self.assertEqual(card.state()["tries"], 1)
        shell = self.shell("--card", WHICHEVER, "list")
        shell.expect_exact("Type yes")
        shell.sendline("yes")
        self.enter(shell, PIN)
        self.ends(shell, 0)
        self.assertEqual(card.state()["tries"], 3)

    def test_last_try_wrong_locks_and_then_nothing_is_asked(self):
        card = self.insert()
        card.tell("tries 1")
        shell = self.shell("--card", WHICHEVER, "list")
        shell.expect_exact("Type yes")
        shell.sendline("yes")
        self.enter(shell, WRONG)
        text = self.ends(shell, 14)
        self.assertIn("locked now", text)
        self.assertIn("PUK", text)
        self.assertEqual(card.state()["tries"], 0)
        self.denied(14, "the PIN of this card is locked", "PUK")

    def test_waits_for_a_card(self):
        shell = self.shell("--card", WHICHEVER, "list")
        shell.expect_exact("insert your card")
        self.insert()
        self.enter(shell, PIN)
        self.ends(shell, 0)


class Descriptor(CardCase):
    def test_wrong(self):
        card = self.insert()
        self.denied(14, "wrong PIN", "think twice", pin=WRONG)
        self.assertEqual(card.state()["tries"], 2)  # once, and not again

    def test_last_try_is_nobody_s_to_confirm(self):
        card = self.insert()
        card.tell("tries 1")
        self.denied(14, "nobody to confirm it", "terminal", start_new_session=True)
        self.assertEqual((card.state()["tries"], card.state()["signatures"]), (1, 0))

    def test_lengths_that_no_pin_has(self):
        card = self.insert()
        for pin in ("123", "123456789"):
            self.denied(14, "4 to 8 characters", "no try was lost", pin=pin)
        self.assertEqual(card.state()["tries"], 3)

    def test_in_a_uri(self):
        self.insert()
        status, out, error = self.run_program("cifra", "--config", self.shared.client_config, "--card",
                                              f"pkcs11:token=ada?pin-value={PUK}", "list")
        self.told(3, status, out, error, "does not belong into a URI", "--pin-fd")
        self.assertNotIn(PUK, error)


class NoTrace(Memory):
    """A listener who plays, having entered a PIN."""

    def test_in_memory_arguments_environment_and_logs(self):
        card = self.insert()
        known = len(self.server.records("play"))
        player = self.start(self.shared, "--card", WHICHEVER, "--pin-fd", "0", "-v", "play", SONG.name, "-o", "null")
        player.stdin.write(PIN.encode() + b"\n")
        player.stdin.flush()
        self.wait_song(player, known)
        self.assertEqual(card.state()["signatures"], 1)
        self.assert_forgotten(Path(f"/proc/{player.pid}"))
        player.terminate()
        out, error = player.communicate(timeout=PATIENCE)
        for text in (out, error, self.server.text().encode(), (self.folder / "pcscd.log").read_bytes()):
            self.assertNotIn(PIN.encode(), text)
        for path in self.folder.rglob("*"):
            if path.is_file() and path != card.memory:
                self.assertNotIn(PIN.encode(), path.read_bytes(), path)

    def test_in_a_core_file(self):
        def core_of(*words) -> bool:
            """Whether the kernel wrote one when it crashed."""
            known = len(self.server.records("play"))
            process = subprocess.Popen(words, cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment(),
                                       stderr=subprocess.PIPE, start_new_session=True, preexec_fn=unlimited)
            self.addCleanup(self.reap, process)
            if words[0] == PROGRAMS["cifra"]:
                process.stdin.write(PIN.encode() + b"\n")
                process.stdin.flush()
                self.wait_song(process, known)
            else:
                wait_until("it to run", lambda: b"sleep" in Path(f"/proc/{process.pid}/cmdline").read_bytes())
            process.send_signal(signal.SIGSEGV)
            _, status = os.waitpid(process.pid, 0)
            process.returncode = -os.WTERMSIG(status)
            return os.WCOREDUMP(status)

        def unlimited() -> None:
            hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
            resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))

        if not core_of("sleep", "60"):
            self.skipTest("this machine writes no core files at all")
        self.insert()
        self.assertFalse(core_of(PROGRAMS["cifra"], "--config", self.shared.client_config, "--card", WHICHEVER, "--pin-fd", "0",
                                 "play", SONG.name, "-o", "null"))


if __name__ == "__main__":
    unittest.main()
