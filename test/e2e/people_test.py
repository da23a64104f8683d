# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Who may listen, by people.json and [people] in the configuration, and who no longer."""

import subprocess
from signal import SIGHUP

from cryptography.x509.oid import NameOID

from authority import Authority
from outsider import client, refused
from policy import Policy, key_hash, leaf_of
from running import PROGRAMS, Site, environment

DISABLED, UNKNOWN = "disabled here", "nobody who is known here"


class People(Policy):
    def setUp(self):
        super().setUp()
        self.server = self.serve(self.shop)
        self.succeed(self.shop, "list")

    def another(self, name: str) -> Site:
        """A second listener of the same site, on a second device."""
        other = Site.__new__(Site)
        other.__dict__ |= self.shop.__dict__
        folder = self.folder / name
        folder.mkdir()
        for party, who in (("device", f"{name}'s desk"), ("user", name)):
            Authority(self.shop, party).issue(party, folder / f"{party}-chain.pem", folder / f"{party}-key.pem", name=who)
        text = self.shop.client_config.read_text()
        roots = self.shop.client_config.parent / "server-roots.pem"
        (folder / "cifra.toml").write_text(text.replace('"server-roots.pem"', f'"{roots}"'))
        other.client_config = folder / "cifra.toml"
        return other

    def test_disabled_while_playing_and_enabled_again(self):
        other = self.another("somebody")
        players = [self.playing(), self.playing(other)]
        line = self.changed("withdrawn", lambda: self.people({"name": "listener", "disabled": True, "reason": "left"}))
        self.assertEqual((line["person"], line["party"], line["reason"]), ("listener", "user", DISABLED))
        self.assert_ended(players[0])
        self.assertEqual(self.denied(DISABLED, code="DISABLED")["name"], "listener")
        self.succeed(other, "list")
        self.assertIsNone(players[1].poll())
        self.changed("people_reloaded", self.people)
        self.succeed(self.shop, "list")
        self.assertIsNone(players[1].poll())
        self.assertEqual(len(self.server.records("withdrawn")), 1)

    def test_a_broken_file_changes_nothing(self):
        self.changed("people_reloaded", lambda: self.people({"name": "nobody", "disabled": True}))
        player = self.playing()
        good = self.people_file.read_bytes()
        for content, says in ((b"{", "people.json"), (good.replace(b'"version"', b'"versoin"'), "versoin"),
                              (good.replace(b"false", b"0"), "people.json"), (b"", "people.json")):
            failure = self.changed("people_failed", lambda content=content: self.people_file.write_bytes(content))
            self.assertIn(says, failure["error"])
            self.assertIn("the former one counts", failure["remedy"])
            self.succeed(self.shop, "list")
        self.changed("people_failed", self.people_file.unlink)
        self.succeed(self.shop, "list")
        # A reload demands that it is there, and keeps what was.
        self.changed("reload_failed", lambda: self.server.send(SIGHUP))
        self.succeed(self.shop, "list")
        self.assertIsNone(player.poll())
        self.changed("withdrawn", lambda: self.people({"name": "listener", "disabled": True}))
        self.assert_ended(player)

    def test_a_start_demands_a_good_file(self):
        self.people_file.write_text('{"version": 1, "people": [], "rules": [{}]}')
        for arguments in (["-t"], []):
            done = subprocess.run([PROGRAMS["cifrad"], "--config", self.shop.config, *arguments], capture_output=True, text=True,
                                  env=environment())
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn(f"{self.people_file}: rules[0]", done.stderr)

    def test_only_those_who_are_named(self):
        player, other = self.playing(), self.another("somebody")
        self.people({"name": "a lender", "keys": [key_hash(self.user)]})
        self.shop.configure(issued="false")
        self.hang_up()
        self.assertEqual(self.denied(UNKNOWN, other, "USER_REFUSED")["name"], "somebody")
        self.assertEqual(self.denied(UNKNOWN, other)["detail"][:4], "key ")
        # Known by the key, now under the name that people.json has for it.
        self.assert_ended(player)
        self.succeed(self.shop, "list")
        self.assertEqual(self.server.records("login")[-1]["person"], "a lender")
        self.people()
        self.changed("people_reloaded", lambda: self.people({"name": "listener", "keys": ["0" * 64]}))
        self.denied(UNKNOWN, code="USER_REFUSED")

    def test_who_is_removed_has_to_go(self):
        self.shop.configure(issued="false")
        self.changed("people_reloaded", lambda: self.people({"name": "listener", "keys": [key_hash(self.user)]}))
        self.hang_up()
        player = self.playing()
        line = self.changed("withdrawn", self.people)
        self.assertEqual(line["reason"], UNKNOWN)
        self.assert_ended(player)

    def test_a_card_is_asked_for(self):
        player = self.playing()
        self.shop.configure(user='"card"')
        line = self.changed("withdrawn", self.hang_up)
        self.assertEqual(line["reason"], "not on a card, and one is required")
        self.assert_ended(player)
        # cifra would not even try with a key in a file.
        refused(self, "CARD_REQUIRED", client(self, self.shop).login)
        self.assertEqual(self.server.records("certificate")[-1]["reason"], "not on a card, and one is required")
        self.changed("people_reloaded", lambda: self.people({"name": "listener", "keys": [key_hash(self.user)], "card": True}))
        self.assertEqual(client(self, self.shop).login().person, "listener")

    def test_issuers(self):
        name = self.user.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        for wanted, fits in ((name, True), ("another CA", False)):
            self.shop.configure(issuers=f'["no CA", "{wanted}"]')
            self.hang_up()
            if fits:
                self.succeed(self.shop, "list")
            else:
                self.denied("not issued by a CA that is accepted here", code="USER_REFUSED")

    def test_a_key_that_is_trusted_without_a_path(self):
        stranger, client = Authority(), self.shop.folder / "pki/client"
        stranger.issue("user", client / "user-chain.pem", client / "user-key.pem", name="a guest")
        self.denied("not issued by a CA that is trusted for this role", code="USER_REFUSED")
        entry = {"name": "the guest", "keys": [key_hash(leaf_of(client / "user-chain.pem"))]}
        self.changed("people_reloaded", lambda: self.people(entry))
        self.denied("not issued by a CA that is trusted for this role", code="USER_REFUSED")
        self.changed("people_reloaded", lambda: self.people(entry | {"trust": "key"}))
        player = self.playing()
        self.assertEqual(self.server.records("login")[-1]["person"], "the guest")
        self.changed("withdrawn", lambda: self.people(entry | {"trust": "key", "disabled": True}))
        self.assert_ended(player)
        self.denied(DISABLED, code="DISABLED")
        self.changed("people_reloaded", lambda: self.people(entry))
        self.denied("not issued by a CA that is trusted for this role", code="USER_REFUSED")
