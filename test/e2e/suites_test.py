# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
import json
import random
from concurrent.futures import ThreadPoolExecutor

from running import Case, wait_until
from suites import GROUPS, LEGACY, SUITES

ALL_SUITES, ALL_GROUPS = json.dumps(SUITES), json.dumps(GROUPS)
CONTENT = random.Random(1).randbytes(5 * 16384 + 1001)


class Suites(Case):
    def get(self, site, suite: str, group: str) -> dict:
        """Fetches the file in one suite and group; gives what cifra reports."""
        target = self.folder / f"{suite}-{group}"
        out, error = self.succeed(site, "--json", "--suite", suite, "--group", group, "get", "some.bin", target)
        self.assertEqual(error, "")
        self.assertEqual(target.read_bytes(), CONTENT, f"{suite} with {group}")
        return json.loads(out)

    def test_every_suite_with_every_group(self):
        site = self.site()
        site.configure(suites=ALL_SUITES, groups=ALL_GROUPS, allow_legacy="true", chunk_limit="16384")
        site.add_media("some.bin", CONTENT)
        server = self.serve(site)
        pairs = [(suite, group) for suite in SUITES for group in GROUPS]
        with ThreadPoolExecutor(2) as pool:
            reports = list(pool.map(lambda pair: self.get(site, *pair), pairs))
        for report, pair in zip(reports, pairs):
            self.assertEqual((report["suite"], report["group"], report["chunks"]), (*pair, 6))
        self.assertEqual(server.stop(), 0)
        logins = server.records("login")
        self.assertEqual(sorted((login["suite"], login["group"]) for login in logins), sorted(pairs))
        for login in logins:
            legacy = login["suite"] == LEGACY
            self.assertEqual((login["level"], login["legacy"]), ("warning", "true") if legacy else ("info", "false"))
            self.assertEqual((login["device"], login["person"]), ("device1", "listener"))
        self.assertEqual([end["how"] for end in server.records("ended")], ["clean"] * len(pairs))

    def test_what_is_not_configured_is_refused(self):
        site = self.site()
        site.add_media("some.bin", CONTENT)
        server = self.serve(site)
        usual = json.loads(self.succeed(site, "--json", "get", "some.bin", "usual")[0])
        self.assertIn(usual["suite"], SUITES[:3])
        self.assertEqual(usual["group"], "X25519")
        self.refuse(6, site, "--suite", LEGACY, "get", "some.bin", "old", says="[SUITE]")
        self.refuse(6, site, "--suite", "AES256_CTR_SHA256", "list", says="[SUITE]")
        self.refuse(6, site, "--group", "ffdhe2048", "list", says="[GROUP]")
        self.refuse(2, site, "--suite", "ROT13", "list", says="ROT13")
        wait_until("the refusals in the log", lambda: len(server.records("refused")) == 3)
        self.assertEqual({refused["how"] for refused in server.records("refused")}, {"login_failed"})
        self.assertEqual(len(server.records("login")), 1)
        self.assertFalse((self.folder / "old").exists())

    def test_legacy_suite_without_leave_is_no_configuration(self):
        site = self.site()
        site.configure(suites=f'["AES256_GCM_SHA384", "{LEGACY}"]')
        server = self.serve(site, wait=False)
        self.assertEqual(server.process.wait(60), 3)
        self.assertIn("allow_legacy", server.text())

    def test_a_wrong_guess_of_the_group_is_put_right(self):
        site = self.site()
        site.configure(groups='["P-384"]')
        site.add_media("some.bin", CONTENT)
        server = self.serve(site)
        report = json.loads(self.succeed(site, "--json", "--group", "X25519", "--group", "P-384", "get", "some.bin", "it")[0])
        self.assertEqual(report["group"], "P-384")
        self.assertEqual(server.records("login")[0]["group"], "P-384")
