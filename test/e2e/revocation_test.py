# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""CRLs: who is revoked is out, at once; without a CRL that is in date nobody gets in; and what the log says of that."""

import subprocess
from signal import SIGHUP

from policy import DAY, Policy, replace
from running import PROGRAMS, environment, wait_until

REVOKED, CA_REVOKED = "revoked by its CA", "the certificate of a CA above it was revoked"
MISSING, STALE = "there is no revocation list of its CA here", "the revocation list of its CA is out of date"
FUTURE, UNUSABLE = "the revocation list of its CA is from the future", "the revocation list of its CA cannot be used"


class Revocation(Policy):
    def setUp(self):
        super().setUp()
        self.server = self.serve(self.shop)
        self.succeed(self.shop, "list")

    def write(self, ca: str, **options) -> None:
        self.changed("crls_reloaded", lambda: self.lists.write(ca, **options))

    def test_a_person_while_playing(self):
        player = self.playing()
        line = self.changed("withdrawn", lambda: self.lists.write("user-ca", revoked=[self.user.serial_number], number=2))
        self.assertEqual((line["person"], line["device"], line["party"], line["reason"]), ("listener", "device1", "user", REVOKED))
        self.assert_ended(player)
        self.assertEqual(self.server.records("crls_reloaded")[-1]["revoked"], "1")
        self.assertEqual(self.denied(REVOKED, code="REVOKED")["party"], "user")
        ended = self.server.records("ended")[-1]
        self.assertEqual((ended["how"], ended["code"], ended["person"]), ("withdrawn", "REVOKED", "listener"))

    def test_a_list_by_a_clock_that_is_ahead(self):
        """It counts from its thisUpdate on, also for those who are there already."""
        player = self.playing()
        self.write("user-ca", name="ahead.crl", revoked=[self.user.serial_number], number=2, begins=4)
        self.assertEqual(self.server.records("withdrawn"), [])
        wait_until("the end", lambda: self.server.records("withdrawn"))
        self.assert_ended(player)

    def test_a_ca_that_is_no_longer_trusted(self):
        player = self.playing()
        roots = self.shop.folder / "pki/server/user-roots.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=other",
                        "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", self.folder / "key.pem", "-out", roots],
                       check=True, capture_output=True)
        self.changed("withdrawn", lambda: self.server.send(SIGHUP))
        self.assert_ended(player)

    def test_a_device_while_playing(self):
        player = self.playing()
        line = self.changed("withdrawn", lambda: self.lists.write("device-ca", revoked=[self.device.serial_number], number=2))
        self.assertEqual((line["device"], line["party"], line["reason"]), ("device1", "device", REVOKED))
        self.assert_ended(player)
        # Of a device nobody learns why.
        self.assertEqual(self.denied(REVOKED, code="AUTH_FAILED")["party"], "device")

    def test_a_whole_ca(self):
        player, ca = self.playing(), self.shop.folder / "pki/ca/user-ca.pem"
        serial = int(subprocess.run(["openssl", "x509", "-in", ca, "-noout", "-serial"], check=True, capture_output=True,
                                    text=True).stdout.strip().partition("=")[2], 16)
        self.changed("withdrawn", lambda: self.lists.write("root", revoked=[serial], number=2))
        self.assert_ended(player)
        self.denied(CA_REVOKED, code="REVOKED")

    def test_somebody_else(self):
        player = self.playing()
        for ca in ("root", "device-ca", "user-ca"):
            self.write(ca, revoked=[self.user.serial_number + 1, 1], number=2)
        self.succeed(self.shop, "list")
        self.assertIsNone(player.poll())
        self.assertEqual(self.server.records("withdrawn"), [])

    def test_out_of_date(self):
        player = self.playing()
        for ca, party in (("user-ca", "user"), ("device-ca", "device"), ("root", "device")):
            self.write(ca, begins=-2 * DAY, ends=-DAY, number=2)
            line = self.denied(STALE, code="NOT_CHECKED" if party == "user" else "AUTH_FAILED")
            self.assertEqual(line["party"], party)
            self.assertIn(f"{ca}.pem", line["detail"])
            check = subprocess.run([PROGRAMS["cifrad"], "-t", "--config", self.shop.config], capture_output=True, text=True,
                                   env=environment())
            self.assertEqual(check.returncode, 0, check.stderr)
            self.assertIn(f"warning: {self.lists.folder}/{ca}.pem: the CRL ended on ", check.stderr)
            told = wait_until("a line of it", lambda ca=ca: [one for one in self.server.records("crl_stale") if ca in one["file"]])
            self.assertEqual((len(told), told[0]["level"], told[0]["number"]), (1, "error", "2"))
            self.write(ca, number=3)
            self.succeed(self.shop, "list")
        self.assertIsNone(player.poll())
        self.assertEqual(self.server.records("withdrawn"), [])

    def test_while_it_runs_out(self):
        player = self.playing()
        self.write("user-ca", begins=-3600, ends=15, number=2)
        wait_until("a warning", lambda: self.server.records("crl_ends_soon"))
        wait_until("the end", lambda: self.server.records("crl_stale"))
        self.denied(STALE, code="NOT_CHECKED")
        self.server.send(SIGHUP)
        self.server.wait_log(" reloaded")
        self.assertEqual(len(self.server.records("crl_stale")), 1)
        self.assertIsNone(player.poll())
        # With a person disabled meanwhile nothing has to be found out.
        self.changed("withdrawn", lambda: self.people({"name": "listener", "disabled": True}))
        self.assert_ended(player)

    def test_missing(self):
        for ca, code in (("user-ca", "NOT_CHECKED"), ("device-ca", "AUTH_FAILED"), ("root", "AUTH_FAILED")):
            self.changed("crls_reloaded", (self.lists.folder / f"{ca}.pem").unlink)
            self.denied(MISSING, code=code)
            self.write(ca, number=2)
            self.succeed(self.shop, "list")

    def test_of_somebody_else(self):
        other = self.lists.folder / "device-ca.pem"
        self.changed("crls_reloaded", lambda: replace(self.lists.folder / "user-ca.pem", other.read_bytes()))
        self.denied(MISSING, code="NOT_CHECKED")

    def test_from_the_future(self):
        self.write("user-ca", begins=DAY, ends=2 * DAY, number=2)
        self.denied(FUTURE, code="NOT_CHECKED")

    def test_a_forged_one(self):
        path = self.lists.folder / "user-ca.pem"
        der = bytearray(subprocess.run(["openssl", "crl", "-in", path, "-outform", "der"], check=True, capture_output=True).stdout)
        der[-3] ^= 1
        self.changed("crls_reloaded", lambda: (path.unlink(), replace(self.lists.folder / "user-ca.der", bytes(der))))
        self.denied(UNUSABLE, code="NOT_CHECKED")

    def test_a_file_that_is_no_crl(self):
        player = self.playing()
        for content in (b"", b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", b"\x30\x82\xff\xff"):
            failure = self.changed("crls_failed", lambda content=content: replace(self.lists.folder / "broken.crl", content))
            self.assertIn("broken.crl", failure["error"])
            self.succeed(self.shop, "list")
            told = len(self.server.records("reload_failed"))
            self.server.send(SIGHUP)
            self.server.wait_log("reload_failed", told + 1)
            self.succeed(self.shop, "list")
        check = subprocess.run([PROGRAMS["cifrad"], "-t", "--config", self.shop.config], capture_output=True, text=True,
                               env=environment())
        self.assertEqual(check.returncode, 3, check.stderr)
        self.assertIn("broken.crl", check.stderr)
        self.changed("crls_reloaded", (self.lists.folder / "broken.crl").unlink)
        self.assertIsNone(player.poll())

    def test_a_delta(self):
        player, serial = self.playing(), self.user.serial_number
        self.write("user-ca", name="delta.crl", number=2, base=1, revoked=[1])
        self.succeed(self.shop, "list")
        self.changed("withdrawn", lambda: self.lists.write("user-ca", name="delta.crl", number=3, base=1, revoked=[serial]))
        self.assert_ended(player)
        self.denied(REVOKED, code="REVOKED")
        # Taken back by a later one. Out of date, it closes nothing, but whom it revokes stays out.
        self.write("user-ca", name="delta.crl", number=4, base=1, returned=[serial])
        self.succeed(self.shop, "list")
        self.write("user-ca", name="delta.crl", number=5, base=1, revoked=[1], begins=-2 * DAY, ends=-DAY)
        self.succeed(self.shop, "list")
        self.write("user-ca", name="delta.crl", number=6, base=1, revoked=[serial], begins=-2 * DAY, ends=-DAY)
        self.denied(REVOKED, code="REVOKED")
        wait_until("a line of it", lambda: [one for one in self.server.records("crl_stale") if one["delta"] == "true"])
        # One that stands on a CRL that is not there yet is of no use either.
        self.write("user-ca", name="delta.crl", number=9, base=8, revoked=[serial])
        self.succeed(self.shop, "list")

    def test_reloads_one_after_the_other(self):
        player = self.playing()
        for number in range(30):
            if number % 3 == 0:
                self.lists.write("user-ca", number=number + 2)
            if number % 5 == 0:
                self.people({"name": f"nobody-{number}", "disabled": True})
            self.hang_up()
        self.assertIsNone(player.poll())
        self.succeed(self.shop, "list")
        self.assertEqual(self.server.records("withdrawn"), [])
        self.changed("withdrawn", lambda: self.lists.write("user-ca", number=99, revoked=[self.user.serial_number]))
        self.assert_ended(player)

    def test_what_a_reload_finds(self):
        player = self.playing()
        self.lists.write("user-ca", number=2, revoked=[self.user.serial_number])
        self.server.send(SIGHUP)
        self.server.wait_log("withdrawn")
        self.assert_ended(player)

    def test_nobody_asks(self):
        self.lists.write("user-ca", number=2, revoked=[self.user.serial_number])
        self.server.wait_log("crls_reloaded")
        self.denied(REVOKED, code="REVOKED")
        self.shop.configure(crls='""')
        self.hang_up()
        self.succeed(self.shop, "list")
