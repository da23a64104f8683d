# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""The PIN of a card, from everywhere that it may come from: a terminal, a descriptor, a window; and when there is none."""
import os
import shlex
import termios

import pexpect
from policy import SONG
from proxy import Proxy
from refusals import Refusals
from running import PATIENCE, PROGRAMS, Server
from soft_token import LABEL, PIN, SoftToken, pinentry
from terminals import end


class WithCard(Refusals):
    @classmethod
    def prepare(cls, site):
        cls.token = SoftToken(site, site.folder / "softhsm")
        cls.token.configure()

    def card(self, *arguments, **options):
        """cifra without a terminal; `pin` is what descriptor 0 says."""
        pin = options.pop("pin", None)
        more = ("--pin-fd", "0") if pin is not None else ()
        status, out, error = self.run_program("cifra", "--config", self.shared.client_config, *more, *arguments,
                                              lines=() if pin is None else (pin,), env=self.token.env(**options))
        for text in (out, error):
            self.assertNotIn(PIN, text)
        return status, out, error


class OnTerminal(WithCard):
    def shell(self, *arguments) -> pexpect.spawn:
        shell = pexpect.spawn("sh", cwd=self.folder, env=self.token.env(PS1="READY ", TERM="xterm"), encoding="utf-8",
                              timeout=PATIENCE, dimensions=(25, 200))
        self.addCleanup(end, shell)
        shell.expect_exact("READY ")
        self.modes = termios.tcgetattr(shell.child_fd)
        self.seen = []
        shell.logfile_read = type("Log", (), {"write": lambda _, text: self.seen.append(text), "flush": lambda _: None})()
        words = [PROGRAMS["cifra"], "--config", str(self.shared.client_config), *arguments]
        shell.sendline(" ".join(map(shlex.quote, words)) + "; echo status=$?")
        return shell

    def asked(self, shell) -> None:
        shell.expect_exact(f"Card of listener ({LABEL}")
        shell.expect_exact(f"as configured: {LABEL}")
        shell.expect_exact(f"PIN of {LABEL}: ")
        shell.waitnoecho(timeout=PATIENCE)

    def ends_with(self, shell, status) -> str:
        shell.expect(r"\nstatus=(\d+)")
        text = "".join(self.seen)
        self.assertEqual(int(shell.match.group(1)), status, text)
        shell.expect_exact("READY ")
        self.assertEqual(termios.tcgetattr(shell.child_fd), self.modes)
        self.assertNotIn(PIN, text)
        return text

    def test_asked_without_echo(self):
        shell = self.shell("list")
        self.asked(shell)
        shell.sendline(PIN)
        shell.expect_exact("the catalogue is empty")
        self.ends_with(shell, 0)

    def test_wrong_it_is_not_tried_again(self):
        shell = self.shell("list")
        self.asked(shell)
        shell.sendline("999999")
        shell.expect_exact("cifra: wrong PIN")
        self.assertEqual(self.ends_with(shell, 14).count("PIN of "), 1)

    def test_nothing_typed(self):
        for end in ("\x04", "\r"):
            with self.subTest(end):
                shell = self.shell("list")
                self.asked(shell)
                shell.send(end)
                self.ends_with(shell, 14)

    def test_ctrl_c(self):
        shell = self.shell("list")
        self.asked(shell)
        shell.sendintr()
        shell.expect_exact("cifra: interrupted")
        self.ends_with(shell, 130)

    def test_stopped_and_gone_on_with(self):
        shell = self.shell("list")
        self.asked(shell)
        shell.send("\x1a")
        shell.expect("Stopped")
        shell.expect_exact("READY ")
        self.assertEqual(termios.tcgetattr(shell.child_fd), self.modes)
        shell.sendline("fg; echo status=$?")
        shell.expect_exact(f"PIN of {LABEL}: ")
        shell.waitnoecho(timeout=PATIENCE)
        shell.sendline(PIN)
        shell.expect_exact("the catalogue is empty")
        self.ends_with(shell, 0)

    def test_the_server_goes_away_meanwhile(self):
        """What is asked for is asked for no longer; the terminal is given back."""
        shell = self.shell("list")
        self.asked(shell)
        self.server.stop()
        shell.expect_exact("cifra: ")
        self.ends_with(shell, 8)
        type(self).server = Server(self.shared)
        self.addClassCleanup(self.server.stop)


class WhilePlaying(OnTerminal):
    """Without tickets a connection that is lost costs a PIN: it is asked for where keys were read a moment ago."""

    @classmethod
    def prepare(cls, site):
        super().prepare(site)
        site.add_media(SONG.name, SONG)

    def test_a_question_and_then_keys_again(self):
        proxy = Proxy(self.shared.port)
        self.addCleanup(proxy.close)
        shell = self.shell("--server", f"localhost:{proxy.port}", "--no-ticket", "play", "-o", "null", SONG.name)
        self.asked(shell)
        shell.sendline(PIN)
        shell.expect_exact("playing Kenta Cho")
        proxy.cut_all()
        self.asked(shell)
        shell.sendline(PIN)
        shell.expect_exact("reconnected: ")
        shell.send("-")
        shell.expect_exact("volume 95%")
        shell.send("q")
        shell.expect_exact("played 1 track")
        self.ends_with(shell, 0)

    for name in [name for name in dir(OnTerminal) if name.startswith("test_")]:
        locals()[name] = None
    del name


class Elsewhere(WithCard):
    def fails(self, *arguments, says, remedy, status=14, **options):
        done = self.card(*arguments, **options)
        self.told(status, *done, says, remedy)

    def test_from_a_descriptor(self):
        self.assertEqual(self.card("list", pin=PIN)[0], 0)
        self.fails("list", pin="000000", says="wrong PIN", remedy="")
        self.fails("list", pin="", says="no PIN was given", remedy="--pin-fd")
        status, out, error = self.run_program("cifra", "--config", self.shared.client_config, "--pin-fd", "77", "list", env=self.token.env())
        self.told(14, status, out, error, "descriptor 77 of --pin-fd has no (further) line with a PIN", "--pin-fd N")

    def test_from_the_service_manager(self):
        (self.folder / "cifra-pin").write_text(PIN + "\n")
        self.assertEqual(self.card("list", CREDENTIALS_DIRECTORY=str(self.folder))[0], 0)

    def test_from_a_window(self):
        program = pinentry(self.folder / "pinentry")
        path = f"{self.folder}:{os.environ['PATH']}"
        self.assertEqual(self.card("list", DISPLAY=":7", PATH=path)[0], 0)
        log = (self.folder / "pinentry.log").read_text()
        self.assertIn("SETDESC Card of listener", log)
        self.assertIn("%0Aas configured: " + LABEL, log)
        self.assertNotIn(PIN, log)
        pinentry(program, answer="ERR 83886179 Operation cancelled")
        self.fails("list", DISPLAY=":7", PATH=path, says="no PIN was given", remedy="--pin-fd")
        pinentry(program, answer="D %%35%%382019\\nOK")  # escaped, as any byte may be
        self.assertEqual(self.card("list", DISPLAY=":7", PATH=path)[0], 0)

    def test_a_window_that_is_none(self):
        program = self.folder / "pinentry"
        for text, says in (("#!/bin/sh\nexit 1\n", "it ended too early"), ("#!/bin/sh\nyes\n", "it refused: y"),
                           ("#!/bin/sh\nhead -c 2000 /dev/zero\n", "it does not speak the protocol of pinentry")):
            program.write_text(text)
            program.chmod(0o755)
            with self.subTest(text):
                self.fails("list", DISPLAY=":7", PATH=f"{self.folder}:{os.environ['PATH']}", says=["cannot ask for the PIN", says],
                           remedy="set pinentry")

    def test_nobody_to_ask(self):
        env = {"DISPLAY": "", "WAYLAND_DISPLAY": ""}
        self.fails("list", says="no terminal to ask for the PIN on", remedy="--pin-fd N", **env)

    def test_another_card(self):
        self.fails("--card", "pkcs11:token=somebody", "list", pin=PIN, says="no certificate matches", remedy="`cifra card`")
        self.fails("--card", f"pkcs11:token=x?pin-value={PIN}", "list", pin=PIN, status=3, says="does not belong into a URI", remedy="")
        self.fails("--card-module", "/nowhere.so", "list", pin=PIN, status=3, says="", remedy="")

    def test_one_pin_for_several_connections(self):
        """A ticket is kept in memory, so that a connection that is lost costs no second PIN."""
        self.assertEqual(self.card("login", pin=PIN, XDG_RUNTIME_DIR=str(self.folder))[0], 0)
        self.assertEqual(self.card("list", XDG_RUNTIME_DIR=str(self.folder))[0], 0)
        self.fails("--no-ticket", "list", XDG_RUNTIME_DIR=str(self.folder), DISPLAY="", WAYLAND_DISPLAY="",
                   says="no terminal to ask for the PIN on", remedy="--pin-fd N")
