# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Servers that are not there, are something else, or cannot prove who they are; devices and people that are not let in."""
import shutil
import socket
import threading
import time
import unittest

from authority import Authority
from refusals import Refusals
from running import Site, free_port, wait_until

ANOTHER = "check that a Cifra server runs at that address and port"


class Elsewhere(Refusals):
    """What answers is no Cifra server."""

    serving = False

    def stranger(self, talk) -> int:
        """A port where each visitor is talked to by talk(socket)."""
        listener = socket.create_server(("127.0.0.1", 0))

        def serve():
            while True:
                try:
                    visitor = listener.accept()[0]
                except OSError:
                    return
                with visitor:
                    talk(visitor)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()

        def stop():
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            thread.join()

        self.addCleanup(stop)
        return listener.getsockname()[1]

    def dial(self, wanted, port, says, remedy):
        self.no(wanted, "--server", f"localhost:{port}", "get", "x", says=says, remedy=remedy)
        self.assertEqual(self.left(), [])

    def test_nobody(self):
        self.dial(5, free_port(), "cannot reach localhost:", "check the address, and that cifrad runs there")
        self.no(5, "--server", "no-such-host.invalid", "list", says="cannot reach no-such-host.invalid:7411: Host",
                remedy="check the address")

    def test_another_protocol(self):
        def http(visitor):
            visitor.recv(4096)
            visitor.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

        self.dial(9, self.stranger(http), "the server broke the protocol", ANOTHER)
        self.dial(9, self.stranger(lambda visitor: visitor.sendall(b"220 mail.example ESMTP\r\n") or visitor.recv(9)),
                  "the server broke the protocol", ANOTHER)

    def test_somebody_who_hangs_up(self):
        says = "the server closed the connection during login"
        self.dial(8, self.stranger(lambda visitor: None), says, "check that it is a Cifra server")
        self.dial(8, self.stranger(lambda visitor: visitor.recv(1)), says, "check that it is a Cifra server")

    def test_silence(self):
        over = threading.Event()
        silent = self.stranger(lambda visitor: over.wait(60))
        self.addCleanup(over.set)
        full = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.addCleanup(full.close)
        fillers = [socket.socket() for _ in range(4)]  # whoever comes now is not even answered
        for filler in fillers:
            self.addCleanup(filler.close)
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        waiting = [self.start(self.shared, "--server", f"127.0.0.1:{port}", "list") for port in (silent, full.getsockname()[1])]
        for process, wanted, says, remedy in ((waiting[0], 8, "the server took too long to answer", ANOTHER),
                                              (waiting[1], 5, "no answer from 127.0.0.1:", "check the address")):
            out, error = process.communicate(timeout=60)
            self.told(wanted, process.returncode, out, error.decode(), says, remedy)


class Servers(Refusals):
    """The client does not believe the server."""

    serving = False

    def setUp(self):
        super().setUp()
        for name in ("chain.pem", "key.pem"):
            path = self.shared.folder / "pki/server" / name
            self.addCleanup(shutil.copy2, shutil.copy2(path, self.folder), path)

    def certify(self, authority, **options):
        folder = self.shared.folder / "pki/server"
        authority.issue("server", folder / "chain.pem", folder / "key.pem", **options)

    def untrusted(self, reason, remedy, *options):
        self.no(7, *options, "get", "x", says=["the server at ", "could not prove who it is", reason], remedy=remedy)
        self.assertEqual(self.left(), ["chain.pem", "key.pem"])  # those that are put back

    def test_another_name(self):
        server = self.serve(self.shared)
        self.untrusted("in another name", "dial a name or address that stands in its subjectAltName", "--server",
                       f"127.0.0.1:{self.shared.port}")
        server.wait_log("refused")
        self.assertNotIn("event=login", server.text())

    def test_a_stranger(self):
        self.certify(Authority())
        self.serve(self.shared)
        self.untrusted("not issued by a CA that is trusted for this role", "check the file of trusted roots")

    def test_issued_by_the_ca_of_another_role(self):
        self.certify(Authority(self.shared, "device"))
        self.serve(self.shared)
        self.untrusted("issued by a CA for another role", "use a certificate from the CA of this role")

    def test_not_yet_valid(self):
        self.certify(Authority(self.shared, "server"), begins=3600, ends=7200)
        self.serve(self.shared)
        self.untrusted("not yet valid", "check the clock of this machine")

    def test_expired_while_it_runs(self):
        self.certify(Authority(self.shared, "server"), ends=6)
        end = time.time() + 6
        self.serve(self.shared)
        wait_until("the end of the certificate", lambda: time.time() > end + 1)
        self.untrusted("expired", "have a new one issued, or check the clock of this machine")


class Visitors(Refusals):
    """The server does not let the client in, and tells its own log alone why."""

    secrets_of_the_log = ("expired", "not yet", "CA", "role", "trusted", "certificate")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.authorities = {party: Authority(cls.shared, party) for party in ("device", "user")}
        cls.stranger = Authority()

    def visit(self, party, authority, reason, *, user_is_told="the device is known, the person is not let in [USER_REFUSED]",
              user_may="ask the operator", **options):
        client = self.folder / "client"
        shutil.copytree(self.shared.folder / "pki/client", client)
        self.addCleanup(shutil.rmtree, client, ignore_errors=True)
        authority.issue(party, client / f"{party}-chain.pem", client / f"{party}-key.pem", **options)
        before = len(self.server.records("certificate"))
        done = self.run_program("cifra", "--config", client / "cifra.toml", "list")
        says, remedy = {"device": ("login refused [AUTH_FAILED]", "the server's log says why"),
                        "user": (user_is_told, user_may)}[party]
        words = self.told(6, *done, says, remedy)
        if party == "device" or "USER_REFUSED" in user_is_told:  # nobody who is not proven is told anything
            for secret in self.secrets_of_the_log:
                self.assertNotIn(secret, words)
        wait_until("the server's log", lambda: len(self.server.records("certificate")) > before)
        record = self.server.records("certificate")[-1]
        self.assertEqual((record["party"], record["reason"]), (party, reason))
        self.assertIn("127.0.0.1", record["address"])
        shutil.rmtree(client)

    def test_expired(self):
        for party, authority in self.authorities.items():
            self.visit(party, authority, "expired", begins=-7200, ends=-1, user_may="have it renewed",
                       user_is_told="the person's certificate is not valid at this time [USER_EXPIRED]")

    def test_not_yet_valid(self):
        for party, authority in self.authorities.items():
            self.visit(party, authority, "not yet valid", begins=3600, ends=7200, user_may="the clock of one side is wrong",
                       user_is_told="the person's certificate is not valid at this time [USER_EXPIRED]")

    def test_strangers(self):
        for party in self.authorities:
            self.visit(party, self.stranger, "not issued by a CA that is trusted for this role")

    def test_issued_by_the_ca_of_another_role(self):
        self.visit("device", self.authorities["user"], "issued by a CA for another role")
        self.visit("user", self.authorities["device"], "issued by a CA for another role")

    def test_nobody_at_the_device(self):
        config = self.folder / "cifra.toml"
        client = self.shared.folder / "pki/client"
        text = self.shared.client_config.read_text()
        lines = [line for line in text.splitlines() if not line.startswith("user_")]
        config.write_text("\n".join(lines).replace(' = "d', f' = "{client}/d').replace(' = "server-', f' = "{client}/server-'))
        done = self.run_program("cifra", "--config", config, "list")
        self.told(6, *done, "the server asks for a person, and no personal key is configured", "set user_chain and user_key")

    def test_nothing_in_common(self):
        self.no(6, "--suite", "AES256_CTR_SHA256", "list", says="no common suite [SUITE]", remedy="enable a suite")
        self.no(6, "--group", "ffdhe4096", "list", says="no common group [GROUP]", remedy="enable a group")


class Crowded(Refusals):
    @classmethod
    def prepare(cls, site: Site):
        site.configure(max_half_open_per_address="1")

    def test_too_many_at_once(self):
        with socket.create_connection(("127.0.0.1", self.shared.port)):
            wait_until("the place to be taken", lambda: self.refused())
        self.succeed(self.shared, "list")

    def refused(self) -> bool:
        status, out, error = self.cifra(self.shared, "list")
        if status == 0:
            return False  # it came before the other
        self.told(8, status, out, error, "the server closed the connection during login", "it may be too busy")
        return True


if __name__ == "__main__":
    unittest.main()
