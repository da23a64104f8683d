# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""cifractl licence: issued, shown, explained, renewed, ended; vouchers; and a ledger that cannot be had."""
import os
import resource
import time
import unittest

from cifractl import CA, SERVER
from lending import CHECKPOINT, LEDGER, Lending

NOW = int(time.time())
DAY = 86_400


def day(offset):
    return time.strftime("%Y-%m-%d", time.gmtime(NOW + offset * DAY))


class Issued(Lending):
    def test_words_and_json(self):
        status, out, words = self.run_it("licence", "issue", "listener", "one.mp3", "--plays", "5", "--anyway", "--dir", "pki",
                                         lines=(SERVER,))
        self.assertEqual(status, 0, words)
        self.assertRegex(out, r"^[0-9a-f]{32}\n$")
        self.assertIn("Issued to 'listener' for 'one.mp3': 5 of 5 plays left", words)
        shown = self.lend_json("licence", "show", "listener", "one.mp3")
        self.assertEqual(len(shown), 1)
        self.assertEqual((shown[0]["id"], shown[0]["person"], shown[0]["item"]), (out.strip(), "listener", "one.mp3"))
        self.assertEqual((shown[0]["state"], shown[0]["rights"], shown[0]["origin"]), ("ready", ["play", "preview"], "operator"))
        self.assertEqual((shown[0]["plays"], shown[0]["units"], shown[0]["until"]), ({"left": 5, "of": 5}, None, None))

    def test_every_constraint(self):
        made = self.issue("--plays", "3", "--units", "100", "--seconds", "7200", "--from", day(1), "--until", day(30),
                          "--after-first-play", "48h", "--concurrent", "2", "--renewals", "4", "--renew-until", day(90),
                          "--renewal", "voucher", "--rights", "play,save,bridge")
        self.assertEqual(made["state"], "not yet")
        self.assertEqual(made["rights"], ["play", "save", "bridge"])
        self.assertEqual((made["plays"], made["units"], made["seconds"]),
                         ({"left": 3, "of": 3}, {"left": 100, "of": 100}, {"left": 7200, "of": 7200}))
        self.assertEqual((made["from"], made["until"]), (day(1) + "T00:00:00Z", day(30) + "T23:59:59Z"))
        self.assertEqual((made["after_first_play"], made["concurrent"]), (48 * 3600, 2))
        self.assertEqual((made["renewal"], made["renewals_left"], made["renew_until"]), ("voucher", 4, day(90) + "T23:59:59Z"))
        line = self.lend("licence", "show")
        for part in (f"{made['id']}  not yet  listener  {made['item_id']}  3 of 3 plays left, 100 of 100 chunks left, ",
                     "2 h of 2 h of sound left", f"from {day(1)} 00:00 UTC", f"until {day(30)} 23:59:59 UTC",
                     "for 2 days from the first play", "renewed by voucher, 4 times more"):
            self.assertIn(part, line)

    def test_days_count_from_now(self):
        until = self.issue("--days", "7")["until"]
        self.assertIn(until[:10], (day(7), day(8)))
        self.assertIn("without limits", self.lend("licence", "show") if self.issue() else "")

    def test_wrong_options_ask_for_no_passphrase(self):
        for options, says in ((("--plays", "0"), "--plays"),
                              (("--until", "2027-02-30"), "'2027-02-30' is no day"),
                              (("--until", "tomorrow"), "2027-01-15"),
                              (("--until", "2020-01-01"), "ended already"),
                              (("--from", "2999-01-02", "--until", "2999-01-01"), "end before it begins"),
                              (("--after-first-play", "2 days"), "48h"),
                              (("--rights", "play,copy"), "--rights"),
                              (("--renewal", "anybody"), "--renewal"),
                              (("--days", "3", "--until", "2999-01-01"), "--until")):
            with self.subTest(options):
                self.refuse(2, "licence", "issue", "listener", "one.mp3", *options, "--dir", "pki", says=says)

    def test_people_and_items_that_are_not_on_record(self):
        self.deny(3, "licence", "issue", "listner", "one.mp3", says=["there is no person 'listner'", "did you mean 'listener'?", "--anyway"])
        self.deny(3, "licence", "issue", "device:devise1", "one.mp3", says=["there is no device 'devise1'", "device:device1"])
        self.deny(3, "licence", "issue", "listener", "one.mp3", says=["there is no item 'one.mp3'", "--anyway"])
        made = self.issue(person="MARIA [A1]")
        self.assertEqual(made["person"], "MARIA [A1]")

    def test_names_of_items_are_found_in_the_vault(self):
        item = self.add("one.mp3")
        made = self.lend_json("licence", "issue", "listener", "one.mp3")
        self.assertEqual(made["item_id"], item)
        self.assertEqual(self.lend_json("licence", "show")[0]["item"], "one.mp3")
        self.assertIn("  listener  one.mp3  ", self.lend("licence", "show"))
        self.deny(3, "licence", "issue", "listener", "onne.mp3", says=["there is no item 'onne.mp3'", "did you mean 'one.mp3'?"])

    def test_an_id_in_place_of_a_name(self):
        made = self.issue()
        again = self.lend_json("licence", "issue", "listener", made["item_id"])
        self.assertEqual(again["item_id"], made["item_id"])
        self.assertEqual(len(self.lend_json("licence", "show", "listener", "one.mp3")), 2)

    def test_ids_say_nothing_without_the_key(self):
        made = self.issue()
        self.assertNotEqual(made["item_id"], self.issue(item="two.mp3")["item_id"])
        with open(self.path(LEDGER), "rb") as file:
            raw = file.read()
        for word in (b"listener", b"one.mp3", made["item_id"].encode(), bytes.fromhex(made["item_id"])):
            self.assertNotIn(word, raw)

    def test_none_yet(self):
        self.deny(3, "licence", "show", says=["ledger.db", "there is no ledger yet", "licence issue"])
        self.issue()
        status, out, words = self.run_it("licence", "show", "device:device1", "--dir", "pki", lines=(SERVER,))
        self.assertEqual((status, out), (0, ""))
        self.assertIn("none yet", words)


class Changed(Lending):
    def test_renewed_the_same_again(self):
        made = self.issue("--plays", "2", "--renewals", "1")
        self.assertEqual(self.play(*[("listener", made["item_id"], "play", NOW, 0, 0, "end")] * 3), ["granted", "granted", "EXHAUSTED"])
        self.assertIn("  exhausted  listener  ", self.lend("licence", "show"))
        renewed = self.lend_json("licence", "renew", made["id"][:8])
        self.assertEqual((renewed["state"], renewed["plays"], renewed["renewals_left"]), ("active", {"left": 2, "of": 4}, 0))
        self.deny(11, "licence", "renew", made["id"], says=["NOT_RENEWABLE: this licence was renewed as often as it may be", "licence issue"])

    def test_renewed_by_what_is_given(self):
        made = self.issue("--plays", "2", "--until", day(3))
        renewed = self.lend_json("licence", "renew", made["id"], "--plays", "1", "--days", "2")
        self.assertEqual(renewed["plays"], {"left": 3, "of": 3})
        self.assertEqual(renewed["until"], day(5) + "T23:59:59Z")
        self.deny(11, "licence", "renew", made["id"], "--units", "9", says="gives none of what the licence counts")

    def test_ended(self):
        made = self.issue("--plays", "2")
        status, out, words = self.run_it("licence", "return", made["id"], "--dir", "pki", lines=(SERVER,))
        self.assertEqual(status, 0, words)
        self.assertIn("  returned  listener  ", out)
        self.assertIn("Given back", words)
        self.deny(11, "licence", "revoke", made["id"], "--reason", "late", says="RETURNED")
        self.deny(11, "licence", "renew", made["id"], says="RETURNED: the licence was returned")
        revoked = self.lend_json("licence", "revoke", self.issue()["id"], "--reason", "passed on")
        self.assertEqual(revoked["state"], "revoked")
        self.assertEqual(self.lend_json("licence", "cancel", self.issue()["id"], "--reason", "by mistake")["state"], "cancelled")
        self.assertEqual(self.lend_json("audit", "show", "--last", "3")[0]["details"]["why"], "passed on")

    def test_used_ones_are_not_cancelled(self):
        made = self.issue("--plays", "2")
        self.play(("listener", made["item_id"], "play", NOW, 0, 0, "end"))
        words = self.deny(11, "licence", "cancel", made["id"], "--reason", "by mistake", says="licence " + made["id"])
        self.assertNotIn("UNKNOWN", words)

    def test_ids(self):
        made = self.issue()
        self.deny(3, "licence", "renew", "0" * 32, says=["no licence", "licence show"])
        self.deny(2, "licence", "renew", "xyz", says="no ID of a licence")
        self.deny(2, "licence", "renew", made["id"][:3], says="no ID of a licence")
        other = "0000" if not made["id"].startswith("0000") else "1111"
        self.deny(3, "licence", "renew", other, says=f"there is no licence '{other}'")
        self.refuse(2, "licence", "revoke", made["id"], "--dir", "pki", says="--reason")
        self.refuse(2, "licence", "revoke", made["id"], "--reason", "a\nb", "--dir", "pki", says="plain text")


class Explained(Lending):
    def explain(self, wanted, *options):
        return self.lend_json("licence", "explain", "listener", "one.mp3", *options, wanted=wanted)

    def test_each_licence_in_turn(self):
        made = self.issue("--plays", "1")
        self.add("one.mp3")
        self.play(("listener", made["item_id"], "play", NOW, 0, 0, "end"))
        later = self.issue("--from", day(2))
        good = self.issue("--plays", "4", "--days", "3")
        found = self.explain(0)
        self.assertTrue(found["granted"])
        self.assertEqual(found["licence"], good["id"])
        self.assertEqual([(one["id"], one["granted"], one.get("reason"), one.get("remedy")) for one in found["licences"]],
                         [(made["id"], False, "EXHAUSTED", "ask_operator"), (later["id"], False, "NOT_YET", "wait"),
                          (good["id"], True, None, None)])
        text = self.lend("licence", "explain", "listener", "one.mp3")
        self.assertIn(f"refuses  {made['id']}  exhausted  EXHAUSTED: the licence is used up (0 of 1 play left)\n", text)
        self.assertIn(f"refuses  {later['id']}  not yet  NOT_YET: the licence has not begun (from {day(2)} 00:00 UTC)\n", text)
        self.assertIn(f"grants   {good['id']}  ready  4 of 4 plays left", text)
        self.assertIn(f"by licence {good['id']}: it costs one play", text)

    def test_refused(self):
        made = self.issue("--plays", "1", "--renewal", "voucher", "--concurrent", "1")
        self.add("one.mp3")
        self.play(("listener", made["item_id"], "play", NOW, 0, 0, "on"))
        status, out, words = self.run_it("licence", "explain", "listener", "one.mp3", "--dir", "pki", lines=(SERVER,))
        self.assertEqual(status, 11, words)
        self.assertIn("EXHAUSTED: the licence is used up (0 of 1 play left)\n'listener' would be refused to play", out)
        self.assertIn("cifractl licence voucher", words)
        self.assertEqual(self.explain(11, "--right", "save")["licences"][0]["reason"], "RIGHT_MISSING")
        self.lend("licence", "renew", made["id"])
        found = self.explain(11)["licences"][0]
        self.assertEqual((found["reason"], found["remedy"], found["playing"]), ("CONCURRENT", "end_a_play", 1))
        self.lend("licence", "revoke", made["id"], "--reason", "x")
        self.assertEqual(self.explain(11)["licences"][0]["reason"], "LICENCE_REVOKED")

    def test_what_else_stands_in_the_way(self):
        self.issue("--plays", "1")
        found = self.explain(11)
        self.assertEqual([one["reason"] for one in found["obstructions"]], ["UNAVAILABLE"])
        self.add("one.mp3")
        self.explain(0)
        self.succeed("person", "disable", "listener", "--reason", "card lost", "--dir", "pki")
        found = self.explain(11)
        self.assertEqual([(one["reason"], one["text"]) for one in found["obstructions"]],
                         [("LOGIN_REFUSED", "'listener' is disabled: card lost")])

    def test_what_the_server_gives_by_itself(self):
        self.issue(person="device:device1")
        self.add("one.mp3")
        self.assertEqual(self.explain(0)["issues"], "5-plays")
        found = self.explain(11, "--right", "save")
        self.assertEqual([one["reason"] for one in found["obstructions"]], ["RIGHT_MISSING"])
        self.configure('[licences]\nfirst = "custom"\nrights = ["save"]\ndays = 3\n')
        self.assertEqual(self.explain(0, "--right", "save")["issues"], "custom")
        self.configure('[licences]\nfirst = "operator-only"\n')
        found = self.explain(11)
        self.assertIn("gives none by itself", found["obstructions"][0]["text"])
        self.assertIn("licence issue 'listener' 'one.mp3'", found["obstructions"][0]["remedy"])

    def test_plays_of_a_person_at_a_time(self):
        self.configure("[licences]\nperson_concurrent = 2\n")
        self.issue()
        self.add("one.mp3")
        other = self.issue(item="two.mp3")
        self.play(("listener", other["item_id"], "play", NOW, 0, 0, "on"))
        self.explain(0)
        self.play(("listener", other["item_id"], "play", NOW, 0, 0, "on"))
        found = self.explain(11)
        self.assertEqual([one["reason"] for one in found["obstructions"]], ["CONCURRENT"])
        self.assertTrue(found["licences"][0]["granted"])


class Vouchers(Lending):
    def test_made_without_a_ledger(self):
        codes = self.lend("licence", "voucher", "--plays", "5", "--count", "3").split()
        self.assertEqual(len(set(codes)), 3)
        for code in codes:
            self.assertRegex(code, r"^[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{1,5})+$")
        self.assertFalse(os.path.exists(self.path(LEDGER)))

    def test_json(self):
        made = self.lend_json("licence", "voucher", "--days", "30", "--seconds", "60", "--item", "one.mp3", "--anyway", "--expires", day(9))
        self.assertEqual({key: made[0][key] for key in ("days", "seconds", "item", "expires")},
                         {"days": 30, "seconds": 60, "item": "one.mp3", "expires": day(9) + "T23:59:59Z"})
        self.assertLess(made[0]["serial"], 2**63)

    def test_the_key_is_enough(self):
        os.remove(self.path("pki/server/cifrad.toml"))
        out = self.succeed("licence", "voucher", "--plays", "1", "--vault", "pki/server/vault", lines=(SERVER,))
        self.assertRegex(out, "-")

    def test_wrong_options(self):
        self.refuse(2, "licence", "voucher", "--expires", "2020-01-01", "--dir", "pki", says="out of date already")
        self.refuse(2, "licence", "voucher", "--plays", "0", "--dir", "pki", says="--plays")
        self.refuse(2, "licence", "voucher", "--count", "0", "--dir", "pki", says="--count")
        self.deny(3, "licence", "voucher", "--item", "one.mp3", says=["there is no item 'one.mp3'", "--anyway"])


class Places(Lending):
    def test_wrong_passphrase(self):
        self.refuse(13, "licence", "issue", "listener", "one.mp3", "--anyway", "--dir", "pki", lines=(CA,), says="vault.key")
        self.assertFalse(os.path.exists(self.path(LEDGER)))

    def test_no_passphrase(self):
        self.refuse(13, "licence", "show", "--dir", "pki", says="cifra-server")

    def test_options_in_place_of_the_configuration(self):
        self.issue()
        out = self.succeed("licence", "show", "--config", "pki/server/cifrad.toml", lines=(SERVER,))
        os.remove(self.path("pki/server/cifrad.toml"))
        self.assertEqual(out, self.succeed("licence", "show", "--vault", "pki/server/vault", "--database", "sqlite:pki/server/ledger.db",
                                           lines=(SERVER,)))

    def test_configurations_that_do_not_do(self):
        for text, says in (("[vault\n", "cifrad.toml:1: "), ("\xa0 = 1\n", "cifrad.toml:1: "),
                           ('[ledger]\ndatabase = "sqlite:ledger.db"\n', ["no vault", "--vault DIR"]),
                           ('[vault]\ndir = "vault"\n', ["no ledger", "--database sqlite:FILE"]),
                           ('[vault]\ndir = 7\n', "dir in [vault] is not a string"),
                           ('[vault]\ndir = "vault"\n[ledger]\ndatabase = "mysql:x"\n', "postgresql://"),
                           ('[vault]\ndir = "elsewhere"\n[ledger]\ndatabase = "sqlite:ledger.db"\n', ["vault.key", "cifractl init"])):
            with self.subTest(text):
                self.write("pki/server/cifrad.toml", text)
                self.deny(3, "licence", "show", says=says)
        self.refuse(3, "licence", "show", "--dir", "none", says=["none/server/cifrad.toml", "--config FILE"])


class Trouble(Lending):
    def test_a_database_that_does_not_answer(self):
        words = self.deny(5, "licence", "show", "--database", "postgresql://me:secret@127.0.0.1:1/ledger", says="give the same command again")
        self.assertNotIn("secret", words)

    def test_a_full_disk(self):
        made = self.issue()
        size = os.path.getsize(self.path(LEDGER))
        def full():
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        os.remove(self.path(CHECKPOINT))
        # What fits into the file is written: sooner or later it does not.
        for _ in range(200):
            status, out, words = self.run_it("licence", "revoke", made["id"], "--reason", "x" * 256, "--dir", "pki", lines=(SERVER,),
                                             preexec_fn=full)
            if status == 10:
                break
            made = self.issue()
        self.assertEqual((status, out), (10, ""), words)
        self.assertIn("free some space", words)
        self.assertEqual(self.lend_json("licence", "show")[-1]["state"], "ready")

    def test_no_database(self):
        self.write(LEDGER, "no database at all, however much of it is looked at\n" * 100)
        self.deny(9, "licence", "show", says="bring it back from a backup")

    def test_of_another_vault(self):
        self.issue()
        self.init_elsewhere()
        self.deny(9, "licence", "show", "--vault", "other/server/vault", says="another vault key")

    def init_elsewhere(self):
        self.succeed("init", "--dir", "other", lines=(CA, SERVER, "client secret three"))

    def test_gone(self):
        self.issue()
        os.remove(self.path(LEDGER))
        self.deny(21, "licence", "show", says=["the ledger is gone", "audit accept"])
        self.deny(21, "licence", "issue", "listener", "one.mp3", "--anyway", says="audit accept")


if __name__ == "__main__":
    unittest.main()
