# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Tickets: one signature serves for a while, on one device, and for nobody who is no longer let in."""

import os
from signal import SIGHUP

from authority import Authority
from outsider import client, identity, refused
from policy import DAY, Policy, key_hash
from running import free_port, wait_until


class Tickets(Policy):
    def setUp(self):
        super().setUp()
        self.server = self.serve(self.shop)

    def ticket(self) -> bytes:
        visitor = client(self, self.shop)
        login = visitor.login()
        self.assertTrue(visitor.takes_tickets)
        self.assertTrue(login.ticket)
        visitor.sock.close()
        return login.ticket

    def enter(self, ticket: bytes, **options):
        visitor = client(self, self.shop, **options)
        return visitor, visitor.login(ticket=ticket)

    def no_entry(self, ticket: bytes, code: str = "TICKET_REFUSED", reason: str = "", **options) -> None:
        known = len(self.server.records("ticket"))
        refused(self, code, client(self, self.shop, **options).login, ticket=ticket)
        lines = wait_until("the log", lambda: self.server.records("ticket")[known:] if reason else [{}])
        if reason:
            self.assertEqual([line["reason"] for line in lines], [reason])

    def key_file(self, *keys: str):
        path = self.shop.folder / "pki/server/ticket-keys"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.writelines(key + "\n" for key in keys)
        return path

    def test_one_signature_serves_for_several_logins(self):
        visitor = client(self, self.shop)
        login = visitor.login()
        self.assertEqual((login.ticket_lifetime, login.pause_without_card), (3600, False))
        for _ in range(3):
            again, by_ticket = self.enter(login.ticket)
            self.assertEqual((by_ticket.device, by_ticket.person), ("device1", "listener"))
            # It earns no other, or one signature would do for ever.
            self.assertEqual((by_ticket.ticket, by_ticket.ticket_lifetime), (b"", 0))
            self.assertEqual(len(again.list()), 1)
        lines = wait_until("four logins", lambda: self.server.records("login")[3:] and self.server.records("login"))
        self.assertEqual([line.get("ticket") for line in lines], [None, "true", "true", "true"])

    def test_what_is_no_ticket_of_ours(self):
        ticket = self.ticket()
        self.no_entry(b"x" * 200, reason="not a ticket")
        self.no_entry(ticket[:40], reason="not a ticket")
        self.no_entry(ticket[:-1], reason="altered")
        self.no_entry(ticket[:-1] + bytes([ticket[-1] ^ 1]), reason="altered")
        self.no_entry(ticket[:2] + bytes([ticket[2] ^ 1]) + ticket[3:], reason="sealed with a key that is not known here, or no longer")
        self.enter(ticket)

    def test_on_another_device(self):
        ticket, folder = self.ticket(), self.folder / "other"
        folder.mkdir()
        Authority(self.shop, "device").issue("device", folder / "device-chain.pem", folder / "device-key.pem", name="device1")
        self.no_entry(ticket, reason="of another device", device=identity(folder, "device"))
        self.enter(ticket)

    def test_who_is_no_longer_let_in(self):
        ticket = self.ticket()
        visitor = self.enter(ticket)[0]
        self.changed("withdrawn", lambda: self.people({"name": "listener", "disabled": True}))
        refused(self, "REVOKED", visitor.receive)
        self.no_entry(ticket, "DISABLED")
        self.changed("people_reloaded", self.people)
        self.changed("crls_reloaded", lambda: self.lists.write("user-ca", number=2, begins=-2 * DAY, ends=-DAY))
        self.no_entry(ticket, "NOT_CHECKED")
        self.changed("crls_reloaded", lambda: self.lists.write("user-ca", number=3, revoked=[self.user.serial_number]))
        self.no_entry(ticket, "REVOKED")
        self.changed("crls_reloaded", lambda: self.lists.write("user-ca", number=4))
        self.enter(ticket)

    def test_a_card_and_its_removal(self):
        self.changed("people_reloaded", lambda: self.people({"name": "listener", "keys": [key_hash(self.user)], "card": True}))
        for word, pause in (("pause", True), ("ignore", False)):
            self.shop.configure(user='"card"', card_removal=f'"{word}"')
            self.hang_up()
            visitor = client(self, self.shop)
            login = visitor.login()
            self.assertEqual((visitor.user_asked, login.pause_without_card), (2, pause))
            self.assertEqual(self.enter(login.ticket)[1].pause_without_card, pause)
        lines = self.server.records("login")
        self.assertEqual([line.get("card") for line in lines], ["true"] * 4)
        self.changed("people_reloaded", self.people)
        self.no_entry(login.ticket, "CARD_REQUIRED")

    def test_it_ends(self):
        self.shop.configure(lifetime_s="2")
        self.hang_up()
        visitor = client(self, self.shop)
        login = visitor.login()
        self.assertEqual(login.ticket_lifetime, 2)

        def over():
            try:
                self.enter(login.ticket)[0].sock.close()
            except Exception as error:  # noqa: BLE001
                return error
            return None

        self.assertEqual(getattr(wait_until("its end", over), "name", None), "TICKET_REFUSED")
        self.assertEqual(self.server.records("ticket")[-1]["reason"], "expired")

    def test_none_are_given(self):
        ticket = self.ticket()
        self.shop.configure(lifetime_s="0")
        self.hang_up()
        visitor = client(self, self.shop)
        self.assertEqual(visitor.login().ticket, b"")
        self.assertFalse(visitor.takes_tickets)
        self.no_entry(ticket, "PROTOCOL")

    def test_keys_of_its_own_last_over_reloads_and_no_longer(self):
        ticket = self.ticket()
        for _ in range(3):
            self.hang_up()
        self.enter(ticket)
        self.server.stop()
        self.server = self.serve(self.shop)
        self.no_entry(ticket, reason="sealed with a key that is not known here, or no longer")

    def test_keys_of_a_fleet(self):
        first, second, third = "1" * 64, "ab" * 32, "cD" * 32
        path = self.key_file(first)
        self.shop.configure(key_file=f'"{path.name}"')
        self.hang_up()
        ticket = self.ticket()
        self.server.stop()
        self.shop.configure(listen=f'["127.0.0.1:{free_port()}"]')
        port = int(self.shop.config.read_text().split('listen = ["127.0.0.1:')[1].split('"')[0])
        self.server = self.serve(self.shop)
        self.enter(ticket, port=port)
        self.changed("ticket_keys_reloaded", lambda: self.key_file(second, first))
        self.enter(ticket, port=port)
        newer = client(self, self.shop, port=port).login().ticket
        failure = self.changed("ticket_keys_failed", lambda: self.key_file(second, first, "no key"))
        self.assertIn("ticket-keys:3", failure["error"])
        self.assertNotIn(second, self.server.text())
        self.enter(newer, port=port)
        told = len(self.server.records("reload_failed"))
        self.server.send(SIGHUP)
        self.server.wait_log("reload_failed", told + 1)
        self.changed("ticket_keys_reloaded", lambda: self.key_file(third, second))
        self.enter(newer, port=port)
        self.no_entry(ticket, port=port, reason="sealed with a key that is not known here, or no longer")
