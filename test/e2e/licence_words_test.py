# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""What cifra says of licences, at a server that lends without any; and how its commands of licences are used."""
import json
import os
import unittest

from refusals import Refusals
from terminal_test import OnTerminal as _OnTerminal

ITEM = "one.bin"


class WithoutLicences(Refusals):
    @classmethod
    def prepare(cls, site):
        site.add_media(ITEM, b"1" * 1000)

    def test_nothing_is_said_of_what_needs_no_licence(self):
        out, error = self.succeed(self.shared, "list")
        self.assertEqual(out.decode().splitlines()[0].split(), ["NAME", "TITLE", "TIME", "SIZE"])
        self.assertEqual(error, "")
        out, _ = self.succeed(self.shared, "info", ITEM)
        self.assertIn("licence   none is needed\n", out.decode())
        self.assertNotIn("renewal", out.decode())
        _, error = self.succeed(self.shared, "get", ITEM)
        self.assertNotIn("left", error)

    def test_nothing_to_renew_or_give_back(self):
        for verb, says in ((("renew", ITEM), "there is nothing to renew"), (("return", ITEM, "--yes"), "there is nothing to give back")):
            out, error = self.succeed(self.shared, *verb)
            self.assertEqual((out, error), (b"", f"{ITEM} needs no licence: {says}\n"))
            report = json.loads(self.succeed(self.shared, "--json", *verb)[0])
            self.assertEqual(set(report), {"id", "name", "licence"})
            self.assertEqual((report["name"], report["licence"]["state"]), (ITEM, "open"))

    def test_items_that_are_not_there(self):
        for verb in (("renew",), ("return", "--yes")):
            self.no(11, *verb, "nothing", says="no item 'nothing' is there for you", remedy="'cifra list' shows")

    def test_wrong_use(self):
        self.no(2, "renew", says="ITEM is required", remedy="see: cifra renew --help")
        self.no(2, "return", says="ITEM is required", remedy="see: cifra return --help")
        self.no(2, "return", ITEM, says="there is nobody to ask", remedy="give --yes")
        self.no(2, "renew", ITEM, "--voucher", "x" * 129, says="at most 128 bytes", remedy="give the code alone")

    def test_a_voucher_from_standard_input(self):
        for given, says in ((b"", "holds no voucher's code"), (b" \n", "holds no voucher's code"),
                            (b"x" * 2000, "at most 128 bytes"), (b"a\x01b\n", "one line of plain text")):
            with self.subTest(given=given[:3]):
                status, out, error = self.cifra(self.shared, "renew", ITEM, "--voucher", "-", input=given)
                self.told(2, status, out, error, says, "")
        status, _, error = self.cifra(self.shared, "renew", ITEM, "--voucher", "-", input=b" ABCD-EFGH\r\nmore\n")
        self.assertEqual(status, 0, error)
        read, write = os.pipe()
        os.close(read)
        self.addCleanup(os.close, write)
        status, out, error = self.cifra(self.shared, "renew", ITEM, "--voucher", "-", stdin=write)
        self.told(3, status, out, error, "cannot read standard input", "check what writes it")


class OnATerminal(_OnTerminal):
    @classmethod
    def prepare(cls, site):
        site.add_media(ITEM, b"1" * 1000)

    def test_nothing_is_asked_about_what_needs_no_licence(self):
        for verb in ("renew", "return"):
            shell = self.shell(verb, ITEM)
            shell.expect_exact("needs no licence")
            self.ends_with(shell, 0)


if __name__ == "__main__":
    unittest.main()
