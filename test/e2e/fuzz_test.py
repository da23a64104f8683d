# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""cifra-fuzz against the real cifrad: every named bug and some random sequences are answered as the rules demand."""

import json
import subprocess

from fuzzing import PROGRAM, UNREACHABLE, USAGE, Fuzzing


class Real(Fuzzing):
    def test_every_bug(self):
        results = self.results(status=None)
        wrong = [f"{r['id']}: {r['demanded']} demanded, {r['did']} done" for r in results.values() if r["verdict"] == "violation"]
        self.assertEqual(wrong, [])
        # What this server cannot be asked, of all that there is.
        self.assertEqual([r["id"] for r in results.values() if r["verdict"] == "skipped"], ["ticket.unasked", "enrolment.unasked"])
        self.assertGreater(len(results), 900)

    def test_random(self):
        first = self.results("--random", "7", "--count", "100")
        self.assertEqual({r["verdict"] for r in first.values()}, {"as demanded"})
        self.assertEqual(len({r["what"] for r in first.values()}), 100)
        again = self.results("--random", "7", "--count", "5")
        self.assertEqual([r["what"] for r in again.values()], [r["what"] for r in first.values()][:5], "the same seed")
        # One that stands in a report can be run by itself.
        one = self.results("--sequence", first["random.7/3"]["what"])["sequence"]
        self.assertEqual((one["did"], one["demanded"]), (first["random.7/3"]["did"], first["random.7/3"]["demanded"]))


class Slow(Fuzzing):
    configuration = {"device_timeout_s": "1", "user_timeout_s": "1"}

    def test_slow(self):
        """Those whose timers are short here; each waits for one."""
        results = self.results("--slow", "--only", "slow.silent-*", "--only", "slow.half-device", "--only", "slow.drip-device")
        self.assertEqual({r["verdict"] for r in results.values()}, {"as demanded"})
        self.assertEqual(len(results), 7)


class Unasked(Fuzzing):
    configuration = {"enrolment": "false", "lifetime_s": "0"}

    def test_what_this_server_does_not_take(self):
        results = self.results("--only", "*.unasked")
        self.assertEqual([(r["id"], r["verdict"]) for r in results.values()],
                         [("ticket.unasked", "as demanded"), ("enrolment.unasked", "as demanded")])

    def test_usage(self):
        for arguments, says in ((("--only", "nothing.*"), "no bug has such an id"), (("--frobnicate",), "unrecognized"), (("--count", "0"), "at least 1"),
                                (("--list", "--random", "1"), "exclude each other"), (("--minimise",), "goes with --random"),
                                (("--sequence", "dance:1"), "dance:1: no step")):
            with self.subTest(arguments):
                self.assertIn(says, self.fuzz(*arguments, status=USAGE)[1])

    def test_credentials_and_peer(self):
        """Of a site whose server does not run, with encrypted keys."""
        site, one = self.site(encrypted=True), ("--only", "frame.type-0")
        self.assertIn("client", self.fuzz(*one, site=site, words="wrong\n", status=UNREACHABLE)[1])
        self.assertIn("refused", self.fuzz(*one, site=site, status=UNREACHABLE)[1])
        self.serve(site)
        self.assertIn("1 bugs: 1 answered as demanded", self.fuzz(*one, site=site)[0])
        (site.folder / "pki/client/device-key.pem").unlink()
        self.assertIn("device-key.pem", self.fuzz(*one, site=site, status=UNREACHABLE)[1])

    def test_list(self):
        listed = subprocess.run([PROGRAM, "--list"], capture_output=True, text=True, check=True).stdout.splitlines()
        as_json = json.loads(subprocess.run([PROGRAM, "--list", "--json"], capture_output=True, text=True, check=True).stdout)
        self.assertEqual([line.split()[0] for line in listed], [one["id"] for one in as_json])
        for one in as_json:
            self.assertRegex(one["rule"], r"^(R-\d+|section \d)", one["id"])
            self.assertTrue(one["demanded"] and one["what"], one["id"])
