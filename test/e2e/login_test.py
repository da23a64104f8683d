# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""cifra login and logout: a ticket in a file that nobody else can read, and commands that need no personal key any more."""
import json
import os
import stat
from signal import SIGHUP

from refusals import Refusals
from running import CLIENT, Server, environment, wait_until


class Login(Refusals):
    encrypted = True

    def setUp(self):
        super().setUp()
        self.runtime = self.folder / "run"
        self.runtime.mkdir()

    def program(self, *arguments, lines=(CLIENT,), env=None, **options):
        """By default with the passphrase of the device key alone."""
        env = environment(XDG_RUNTIME_DIR=str(self.runtime)) if env is None else env
        return self.cifra(self.shared, *arguments, lines=lines, env=env, **options)

    def log_in(self) -> str:
        status, _, error = self.program("login", lines=(CLIENT, CLIENT))
        self.assertEqual(status, 0, error)
        self.assertRegex(error, r"logged in as listener until \d\d:\d\d\n")
        return error

    def ticket(self):
        return next((self.runtime / "cifra").iterdir())

    def no(self, wanted, *arguments, says, remedy, **options):
        self.told(wanted, *self.program(*arguments, **options), says, remedy)

    def test_one_login_for_several_commands(self):
        self.no(13, "list", says="has no (further) line with a passphrase", remedy="a line for each key")
        self.log_in()
        self.assertEqual(stat.S_IMODE(os.stat(self.ticket()).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(self.ticket().parent).st_mode), 0o700)
        for _ in range(2):
            self.assertEqual(self.program("list")[0], 0)
        self.assertEqual(self.program("logout", lines=())[2], "logged out\n")
        self.assertEqual(list((self.runtime / "cifra").iterdir()), [])
        self.no(13, "list", says="has no (further) line with a passphrase", remedy="a line for each key")
        self.assertEqual(self.program("logout", lines=())[2], "there was no ticket\n")

    def test_for_whom(self):
        """Who asks for another card, or has another certificate, does not come in as whoever logged in."""
        self.log_in()
        self.assertEqual(self.program("--card", "pkcs11:token=another", "list")[0], 14)
        chain = self.shared.folder / "pki/client/user-chain.pem"
        text = chain.read_text()
        self.addCleanup(chain.write_text, text)
        chain.write_text(text + "\n")
        self.no(13, "list", says="has no (further) line with a passphrase", remedy="a line for each key")
        self.assertEqual(self.program("login", lines=(CLIENT, CLIENT))[0], 0)
        self.assertEqual(len(list((self.runtime / "cifra").iterdir())), 2)
        self.assertEqual(self.program("--card", "pkcs11:token=another", "logout", lines=())[2], "logged out\n")
        self.assertEqual(list((self.runtime / "cifra").iterdir()), [])

    def test_json(self):
        status, out, _ = self.program("--json", "login", lines=(CLIENT, CLIENT))
        said = json.loads(out)
        self.assertEqual((status, said["person"], said["device"], said["ticket"]), (0, "listener", "device1", True))
        self.assertGreater(said["expires"], 0)

    def test_places(self):
        """The state of a user whose system has no place for what lives as long as a session."""
        home = self.folder / "home"
        for env, place in (({"XDG_STATE_HOME": str(home / "state")}, home / "state/cifra"), ({}, home / ".local/state/cifra")):
            env = environment(HOME=str(home), **env)
            env.pop("XDG_RUNTIME_DIR", None)
            self.assertEqual(self.program("login", lines=(CLIENT, CLIENT), env=env)[0], 0)
            self.assertEqual(len(list(place.iterdir())), 1)
            self.assertEqual(self.program("list", env=env)[0], 0)

    def test_a_ticket_that_others_can_read(self):
        self.log_in()
        folder = self.ticket().parent
        for path, mode, remedy in ((self.ticket(), 0o640, "others may know it: remove"), (folder, 0o755, f"'chmod 700 {folder}'")):
            good = stat.S_IMODE(os.stat(path).st_mode)
            path.chmod(mode)
            self.no(3, "list", says="open to other users", remedy=remedy)
            path.chmod(good)
        self.assertEqual(self.program("list")[0], 0)

    def test_a_folder_that_others_can_read_without_a_ticket(self):
        (self.runtime / "cifra").mkdir(mode=0o755)
        self.assertEqual(self.program("list", lines=(CLIENT, CLIENT))[0], 0)

    def test_a_ticket_that_is_none(self):
        self.log_in()
        ticket = self.ticket()
        for text in ("", "{", "{}", "[]"):
            ticket.write_text(text)
            ticket.chmod(0o600)
            with self.subTest(text):
                wanted, says = (13, "has no (further) line") if text == "" else (3, "this is no ticket, or a damaged one")
                status, _, error = self.program("list")
                self.assertEqual(status, wanted)
                self.assertIn(says, error)
                self.assertNotIn("others may know", error)
        ticket.unlink()
        ticket.symlink_to(self.shared.client_config)
        self.no(3, "list", says="ticket-", remedy="'cifra logout'")

    def test_the_server_no_longer_takes_it(self):
        self.log_in()
        self.server.stop()
        type(self).server = Server(self.shared)
        self.addClassCleanup(self.server.stop)
        status, _, error = self.program("list", lines=(CLIENT, CLIENT))
        self.assertEqual(status, 0, error)
        self.assertEqual(list((self.runtime / "cifra").iterdir()), [])
        self.assertEqual([line["reason"] for line in self.server.records("ticket")],
                         ["sealed with a key that is not known here, or no longer"])

    def test_without_tickets(self):
        self.no(2, "--no-ticket", "login", says="a login without a ticket is none", remedy="--no-ticket")
        self.log_in()
        self.no(13, "--no-ticket", "list", says="has no (further) line with a passphrase", remedy="a line for each key")
        self.shared.configure(lifetime_s="0")
        self.addCleanup(self.shared.configure, lifetime_s="3600")
        self.server.send(SIGHUP)
        wait_until("a reload", lambda: self.server.records("reloaded"))
        status, _, error = self.program("login", lines=(CLIENT, CLIENT))
        self.assertEqual(status, 0, error)
        self.assertIn("this server gives no tickets", error)
        self.assertEqual(list((self.runtime / "cifra").iterdir()), [])


class DeviceAlone(Refusals):
    @classmethod
    def prepare(cls, site):
        site.configure(user='"none"')

    def test_no_person(self):
        _, error = self.succeed(self.shared, "login", env=environment(XDG_RUNTIME_DIR=str(self.folder)))
        self.assertIn("asks for no person", error)
        self.assertEqual(self.left(), [])
