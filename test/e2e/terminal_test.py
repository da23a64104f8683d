# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""cifra on a terminal: passphrases, progress, keys while it plays, and a terminal that is as before whatever happens."""
import os
import random
import shlex
import signal
import termios
import unittest

import pexpect
from proxy import DOWN, Proxy, Rule
from refusals import SECRETS, Refusals
from running import CLIENT, MEDIA, PATIENCE, PROGRAMS, SERVER, Server, environment, wait_until
from terminals import end

BIG = random.Random(5).randbytes(6_000_000)
TRACKS = ("gunroar-0-part-1.mp3", "gunroar-0-part-2.mp3", "gunroar-2.mp3")


class OnTerminal(Refusals):
    """A shell on a terminal of its own, which goes on when cifra has ended."""

    def shell(self, *arguments, server: int | None = None, redirect: str = "") -> pexpect.spawn:
        shell = pexpect.spawn("sh", cwd=self.folder, env=environment() | {"PS1": "READY ", "TERM": "xterm"},
                              encoding="utf-8", timeout=PATIENCE, dimensions=(25, 200))
        self.addCleanup(end, shell)
        shell.expect_exact("READY ")
        self.modes = termios.tcgetattr(shell.child_fd)
        self.seen = []
        shell.logfile_read = type("Log", (), {"write": lambda _, text: self.seen.append(text), "flush": lambda _: None})()
        where = ["--server", f"localhost:{server}"] if server else []
        words = [PROGRAMS["cifra"], "--config", str(self.shared.client_config), *where, *arguments]
        shell.sendline(" ".join(map(shlex.quote, words)) + redirect + "; echo status=$?")
        return shell

    def ends_with(self, shell, status):
        shell.expect(r"\nstatus=(\d+)")
        self.assertEqual(int(shell.match.group(1)), status, self.text())
        self.is_as_before(shell)

    def is_as_before(self, shell):
        shell.expect_exact("READY ")
        self.assertEqual(termios.tcgetattr(shell.child_fd), self.modes)
        for secret in SECRETS:
            self.assertNotIn(secret, self.text())

    def text(self) -> str:
        return "".join(self.seen)

    def pid(self, shell) -> int:
        """Of the cifra that runs in the shell."""
        def child():
            with open(f"/proc/{shell.pid}/task/{shell.pid}/children", encoding="ascii") as children:
                return children.read().split()

        return int(wait_until("cifra to run", child)[0])


class Passphrases(OnTerminal):
    encrypted = True

    def answer(self, shell, prompt, words):
        shell.expect(prompt)
        shell.waitnoecho(timeout=PATIENCE)
        shell.sendline(words)

    def test_asked_without_echo(self):
        shell = self.shell("list")
        self.answer(shell, "Passphrase of the device key .*/device-key.pem: ", CLIENT)
        self.answer(shell, "Passphrase of the personal key .*/user-key.pem: ", CLIENT)
        shell.expect_exact("the catalogue is empty")
        self.ends_with(shell, 0)
        self.assertNotIn(": :", self.text())

    def test_wrong_words(self):
        shell = self.shell("list")
        self.answer(shell, "device-key.pem: ", SERVER)
        shell.expect_exact("device-key.pem: wrong passphrase")
        shell.expect_exact("try again")
        self.ends_with(shell, 13)

    def test_ctrl_d(self):
        shell = self.shell("list")
        shell.expect("device-key.pem: ")
        shell.waitnoecho(timeout=PATIENCE)
        shell.sendeof()
        shell.expect_exact("no passphrase was given")
        self.ends_with(shell, 13)

    def test_ctrl_c(self):
        shell = self.shell("list")
        self.answer(shell, "device-key.pem: ", CLIENT)
        shell.expect("user-key.pem: ")
        shell.waitnoecho(timeout=PATIENCE)
        shell.sendintr()
        shell.expect_exact("cifra: interrupted")
        self.ends_with(shell, 130)

    def test_ctrl_z_while_the_server_waits(self):
        shell = self.shell("list")
        self.answer(shell, "device-key.pem: ", CLIENT)
        shell.expect("user-key.pem: ")
        shell.waitnoecho(timeout=PATIENCE)
        shell.send("\x1a")
        shell.expect("Stopped")
        self.is_as_before(shell)
        shell.sendline("fg; echo status=$?")
        self.answer(shell, "user-key.pem: ", CLIENT)
        shell.expect_exact("the catalogue is empty")
        self.ends_with(shell, 0)

    def test_the_person_is_asked_only_when_the_server_asks(self):
        shell = self.shell("list", server=1)  # nobody there
        self.answer(shell, "device-key.pem: ", CLIENT)
        shell.expect_exact("cannot reach localhost:1")
        self.ends_with(shell, 5)
        self.assertNotIn("user-key.pem", self.text())

    def test_a_request_to_terminate(self):
        shell = self.shell("list")
        shell.expect("device-key.pem: ")
        shell.waitnoecho(timeout=PATIENCE)
        os.kill(self.pid(shell), signal.SIGTERM)
        self.ends_with(shell, 128 + signal.SIGTERM)

    def test_the_server_asks_its_operator(self):
        shell = pexpect.spawn(PROGRAMS["cifrad"], ["--config", str(self.shared.config), "-t"], env=environment(),
                              encoding="utf-8", timeout=PATIENCE)
        self.addCleanup(end, shell)
        self.answer(shell, r"Passphrase of the server key .*/key.pem: ", SERVER)
        shell.expect_exact("the configuration is good")
        shell.expect(pexpect.EOF)
        self.assertNotIn(SERVER, shell.before)


class Progress(OnTerminal):
    @classmethod
    def prepare(cls, site):
        site.add_media("big.bin", BIG)

    def setUp(self):
        super().setUp()
        self.proxy = Proxy(self.shared.port)
        self.addCleanup(self.proxy.close)

    def test_get_and_put(self):
        (self.folder / "put.bin").write_bytes(BIG + b"2")
        for verb, direction in ((("get", "big.bin"), "down"), (("put", "put.bin"), "up")):
            self.proxy.rules.append(Rule(hold={direction: 3_000_000}))
            shell = self.shell(*verb, server=self.proxy.port)
            shell.expect(verb[1] + r"  (\d+)%  [\d.]+ MiB of 5\.7 MiB  [\d.]+ [KMG]iB/s  ETA \d+:\d\d  epoch \d")
            self.proxy.release()
            shell.expect(r"\r\x1b\[K" + {"get": "saved", "put": "stored"}[verb[0]] + " " + verb[1])
            self.ends_with(shell, 0)

    def test_none_when_quiet_or_not_on_a_terminal(self):
        for options, redirect in ((("--quiet",), ""), ((), " 2>words")):
            self.proxy.rules.append(Rule(hold={DOWN: 3_000_000}))
            shell = self.shell(*options, "get", "big.bin", "--force", server=self.proxy.port, redirect=redirect)
            wait_until("the middle", lambda: self.proxy.passages and self.proxy.passages[-1].passed[DOWN] == 3_000_000)
            self.proxy.release()
            self.ends_with(shell, 0)
            self.assertNotIn("%", self.text().split("echo status=$?", 1)[1])
            self.assertNotIn("\x1b[K", self.text().split("echo status=$?", 1)[1])
        words = (self.folder / "words").read_text()
        self.assertRegex(words, r"^saved big\.bin to big\.bin: .*\n$")

    def test_an_error_below_the_progress(self):
        self.proxy.rules.append(Rule(hold={DOWN: 3_000_000}))
        shell = self.shell("--retry-for", "0", "get", "big.bin", server=self.proxy.port)
        shell.expect_exact("ETA")
        self.proxy.cut_all()
        shell.expect(r"\r\x1b\[K[^\r\n]*the connection was cut")
        shell.expect_exact("run the same command again")
        self.ends_with(shell, 8)

    def test_ctrl_c(self):
        self.proxy.rules.append(Rule(hold={DOWN: 3_000_000}))
        shell = self.shell("get", "big.bin", server=self.proxy.port)
        shell.expect_exact("ETA")
        shell.sendintr()
        shell.expect_exact("cifra: interrupted")
        shell.expect_exact("run the same command again, it goes on there")
        shell.expect_exact("READY ")


class Playing(OnTerminal):
    @classmethod
    def prepare(cls, site):
        for name in TRACKS:
            site.add_media(name, MEDIA / name)

    def play(self, *arguments, **options):
        shell = self.shell("play", "-o", "null", *arguments, **options)
        shell.expect_exact("space pause")
        shell.expect(r"\nplaying (\[1/3\] )?Kenta Cho|\x1b\[Kplaying (\[1/3\] )?Kenta Cho")
        return shell

    def status(self, shell, pattern):
        shell.expect(r"\r\x1b\[K(?:buffering|playing|paused)  [^\r]*" + pattern)

    def quit(self, shell):
        shell.send("q")
        shell.expect("played [1-3] tracks?")
        shell.expect_exact(" underruns")
        self.ends_with(shell, 0)

    def test_what_is_shown(self):
        shell = self.play(TRACKS[2])
        self.assertRegex(self.text(), r"playing Kenta Cho . Gunroar music 2 \(0:40\)")
        self.status(shell, r"Gunroar music 2  0:0[1-9] / 0:40  buffer \d+ s  volume 100%")
        self.quit(shell)

    def test_keys(self):
        shell = self.play(*TRACKS)
        shell.send(" ")
        self.status(shell, r"")
        shell.expect(r"\r\x1b\[Kpaused  \[1/3\]")
        shell.send(" ")
        shell.expect(r"\r\x1b\[Kplaying  \[1/3\]")
        shell.send("-")
        self.status(shell, "volume 95%")
        shell.send("\x1b[B\x1b[B")
        self.status(shell, "volume 85%")
        shell.send("+")
        self.status(shell, "volume 90%")
        shell.send("\x1b[A")
        self.status(shell, "volume 95%")
        shell.send("\x1b[C")
        self.status(shell, r"  0:1[0-9] / ")
        shell.send("\x1b[D")
        self.status(shell, r"  0:0[0-9] / ")
        shell.send("n")
        shell.expect(r"playing  \[2/3\]")
        shell.send("n")
        shell.expect(r"playing  \[3/3\]")
        shell.send("p")
        shell.expect(r"playing  \[2/3\]")
        shell.send("x\x1bOP\x1b[5~")  # other keys do nothing
        self.quit(shell)

    def test_ctrl_c(self):
        for key in ("\x03", signal.SIGTERM, signal.SIGHUP):
            shell = self.play(TRACKS[0])
            if key == "\x03":
                shell.send(key)
            else:
                os.kill(self.pid(shell), key)
            shell.expect_exact("cifra: interrupted")
            self.is_as_before(shell)

    def test_ctrl_z(self):
        shell = pexpect.spawn("bash", ["--norc", "--noediting"], cwd=self.folder, env=environment() | {"PS1": "READY "},
                              encoding="utf-8", timeout=PATIENCE, dimensions=(25, 200))
        self.addCleanup(end, shell)
        shell.expect_exact("READY ")
        self.modes, self.seen = termios.tcgetattr(shell.child_fd), []
        shell.sendline(f"{PROGRAMS['cifra']} --config {self.shared.client_config} play -o null {TRACKS[2]}; echo status=$?")
        self.status(shell, "volume 100%")
        shell.send("\x1a")
        shell.expect("Stopped")
        self.is_as_before(shell)
        shell.sendline("fg; echo status=$?")
        self.status(shell, "volume 100%")
        shell.send("-")
        self.status(shell, "volume 95%")
        shell.send("q")
        self.ends_with(shell, 0)

    def test_the_end_of_the_list(self):
        shell = self.play(TRACKS[2])
        shell.send("n")
        shell.expect_exact("played 1 track")
        self.ends_with(shell, 0)


class ServerGone(OnTerminal):
    """While it plays. What is in the buffer goes on being heard."""

    serving = False

    @classmethod
    def prepare(cls, site):
        for name in TRACKS:
            site.add_media(name, MEDIA / name)

    def setUp(self):
        super().setUp()
        self.server = Server(self.shared)
        self.addCleanup(self.server.stop, signal.SIGKILL)
        self.proxy = Proxy(self.shared.port)
        self.addCleanup(self.proxy.close)

    def play(self, retry_for: str):
        self.proxy.rules.append(Rule(hold={DOWN: 200_000}))
        shell = self.shell("--retry-for", retry_for, "play", "-o", "null", TRACKS[2], server=self.proxy.port)
        shell.expect_exact("playing Kenta Cho")
        self.server.stop(signal.SIGKILL)
        self.proxy.refusing = True
        self.proxy.cut_all()
        shell.expect_exact("the connection was cut; reconnecting")
        return shell

    def test_for_good(self):
        shell = self.play("1")
        shell.expect_exact("gave up after 1 s")
        self.ends_with(shell, 8)

    def test_a_listener_who_quits_does_not_wait(self):
        shell = self.play("600")
        wait_until("a new try", lambda: self.proxy.refused >= 2)
        shell.send("q")
        shell.expect_exact("played 1 track")
        self.ends_with(shell, 0)

    def test_ctrl_c(self):
        shell = self.play("600")
        shell.send("\x03")
        shell.expect_exact("cifra: interrupted")
        self.is_as_before(shell)

    def test_it_comes_back(self):
        shell = self.play("600")
        self.server = Server(self.shared)
        self.addCleanup(self.server.stop, signal.SIGKILL)
        self.proxy.refusing = False
        shell.expect_exact("reconnected: ")
        shell.send("q")
        shell.expect_exact("played 1 track")
        self.ends_with(shell, 0)


if __name__ == "__main__":
    unittest.main()
