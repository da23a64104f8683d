# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Passphrases asked on a terminal: prompts, no echo, and a terminal that is as before whatever happens."""
import os
import re
import signal
import termios

import pexpect

from cifractl import CA, CLIENT, PROGRAM, SECRETS, SERVER, Case, environment
from terminals import end


class Terminal(Case):
    def start(self, *arguments, through="sh"):
        """A shell on a terminal of its own, which goes on when cifractl has ended."""
        shell = pexpect.spawn(through, cwd=self.folder, env=environment() | {"PS1": "READY "}, encoding="utf-8",
                              timeout=60)
        self.addCleanup(end, shell)
        shell.expect_exact("READY ")
        shell.sendline(" ".join(f"'{word}'" for word in (PROGRAM, *arguments)) + "; echo status=$?")
        return shell

    def echoes(self, shell):
        return bool(termios.tcgetattr(shell.child_fd)[3] & termios.ECHO)

    def ends_with(self, shell, status):
        shell.expect(r"\nstatus=(\d+)")
        self.assertEqual(int(shell.match.group(1)), status)
        shell.expect_exact("READY ")
        self.assertTrue(self.echoes(shell))

    def answer(self, shell, prompt, text):
        shell.expect(prompt)
        shell.waitnoecho(timeout=10)
        shell.sendline(text)

    def test_three_prompts_each_twice(self):
        shell = self.start("init", "--dir", "pki", "--person", "reader")
        log = []
        shell.logfile_read = type("Log", (), {"write": lambda _, text: log.append(text), "flush": lambda _: None})()
        for prompt, secret in (("passphrase for the CA keys", CA), ("passphrase for the server's key", SERVER),
                               ("'device1' and person 'reader'", CLIENT)):
            self.answer(shell, prompt + ".*: ", secret)
            self.answer(shell, "The same again: ", secret)
        shell.expect("Made pki")
        self.ends_with(shell, 0)
        for secret in SECRETS:
            self.assertNotIn(secret, "".join(log))
        self.openssl("pkey", "-in", "pki/server/key.pem", "-passin", "pass:" + SERVER, "-noout")

    def test_a_slip_is_asked_again(self):
        shell = self.start("init", "--dir", "pki")
        self.answer(shell, "CA keys.*: ", "")
        shell.expect_exact("It must not be empty.")
        self.answer(shell, "CA keys.*: ", "one")
        self.answer(shell, "The same again: ", "two")
        shell.expect_exact("They differ. Once more, please.")
        for secret in SECRETS:
            self.answer(shell, "New passphrase.*: ", secret)
            self.answer(shell, "The same again: ", secret)
        self.ends_with(shell, 0)
        self.openssl("pkey", "-in", "pki/ca/root-key.pem", "-passin", "pass:" + CA, "-noout")

    def test_ctrl_c_restores_the_terminal(self):
        shell = self.start("init", "--dir", "pki")
        shell.expect("CA keys.*: ")
        shell.waitnoecho(timeout=10)
        shell.sendintr()
        shell.expect_exact("READY ")  # the shell drops the rest of the line
        self.assertTrue(self.echoes(shell))
        shell.sendline("echo status=$?")
        self.ends_with(shell, 130)
        self.assertEqual(self.left_behind(), [])

    def test_ctrl_d_is_no_passphrase(self):
        shell = self.start("init", "--dir", "pki")
        shell.expect("CA keys.*: ")
        shell.waitnoecho(timeout=10)
        shell.sendeof()
        shell.expect_exact("no passphrase was given")
        self.ends_with(shell, 13)

    def test_ctrl_z_restores_the_terminal_and_asks_again(self):
        shell = self.start("init", "--dir", "pki", through="bash --norc --noediting")
        shell.expect("CA keys.*: ")
        shell.waitnoecho(timeout=10)
        shell.send("\x1a")
        shell.expect("Stopped")
        shell.expect_exact("READY ")
        self.assertTrue(self.echoes(shell))
        shell.sendline("fg")
        shell.expect("CA keys.*: ")
        shell.waitnoecho(timeout=10)
        shell.sendintr()
        shell.expect_exact("READY ")
        self.assertTrue(self.echoes(shell))

    def test_a_request_to_terminate_restores_the_terminal(self):
        shell = self.start("init", "--dir", "pki")
        shell.expect("CA keys.*: ")
        shell.waitnoecho(timeout=10)
        with os.popen(f"pgrep -P {shell.pid}") as children:
            os.kill(int(children.read().split()[0]), signal.SIGTERM)
        self.ends_with(shell, 128 + signal.SIGTERM)

    def test_the_ca_is_asked_once_for_a_new_person(self):
        self.init()
        shell = self.start("person", "add", "second", "--dir", "pki")
        self.answer(shell, re.escape("Passphrase of the CA in pki: "), CA)
        self.answer(shell, "New passphrase for the key of 'second': ", CLIENT)
        self.answer(shell, "The same again: ", CLIENT)
        self.ends_with(shell, 0)
        shell.sendline(f"'{PROGRAM}' person add third --dir pki; echo status=$?")
        self.answer(shell, re.escape("Passphrase of the CA in pki: "), "wrong")
        shell.expect_exact("wrong passphrase")
        self.ends_with(shell, 13)

    def test_nothing_is_asked_that_cannot_be_used(self):
        self.init()
        shell = self.start("init", "--dir", "pki")
        shell.expect_exact("pki exists already")
        self.ends_with(shell, 4)
