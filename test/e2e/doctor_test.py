# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""cifra doctor: a line for each thing, whatever else is missing, and what to do about it."""
import json
import re
import shutil

from policy import crl, leaf_of
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from refusals import Refusals
from running import CA, environment
from soft_token import LABEL, MODULE, PIN, SoftToken

NULL = ("-o", "null")


class Doctor(Refusals):
    def examine(self, *arguments, status=0, site=True, **options) -> dict[str, tuple[str, str, str]]:
        """check: (level, text, remedy)"""
        config = ("--config", self.mine) if site else ()
        got, out, error = self.run_program("cifra", *config, "--json", "doctor", *NULL, *arguments, **options)
        lines = json.loads(out)
        self.assertEqual(got, status, error + out)
        self.assertEqual(got == 15, any(one["level"] == "failure" for one in lines))
        for one in lines:
            self.assertEqual(bool(one["remedy"]), one["level"] != "ok", one)
        return {one["check"]: (one["level"], one["text"], one["remedy"]) for one in lines}

    def setUp(self):
        super().setUp()
        shutil.copytree(self.shared.folder / "pki/client", self.folder / "client")
        self.mine = self.folder / "client/cifra.toml"

    def edit(self, pattern: str, line: str) -> None:
        text, changed = re.subn(pattern, line, self.mine.read_text(), count=1, flags=re.M)
        self.assertEqual(changed, 1)
        self.mine.write_text(text)

    def failure(self, check: str, says: str, **options) -> None:
        level, text, _ = self.examine(status=15, **options)[check]
        self.assertEqual(level, "failure")
        self.assertIn(says, text)

    def test_all_is_well(self):
        found = self.examine()
        self.assertEqual({check for check, (level, *_) in found.items() if level == "ok"},
                         {"configuration", "server roots", "CRL", "device", "device key", "person", "personal key", "card", "server",
                          "trust", "login", "clock", "audio"})
        self.assertEqual(found["login"][1], "as device device1, person listener")

    def test_for_people(self):
        status, out, error = self.run_program("cifra", "--config", self.mine, "doctor", *NULL)
        self.assertEqual((status, error), (0, ""))
        self.assertRegex(out, r"(?m)^ok       configuration  .*cifra\.toml$")
        self.edit("^server = .*$", 'server = "localhost:1"')
        status, out, error = self.run_program("cifra", "--config", self.mine, "doctor", *NULL)
        self.assertEqual((status, error), (15, ""))
        self.assertRegex(out, r"(?m)^failure  server         cannot reach localhost:1: .*\n {24}check the address")

    def test_nothing_is_there(self):
        found = self.examine(site=False, status=15, env=environment(HOME=str(self.folder)))
        self.assertEqual([found[check][0] for check in ("configuration", "server roots", "device", "person", "audio")],
                         ["failure", "failure", "failure", "warning", "ok"])
        self.assertIn("cifra enroll", found["configuration"][2])

    def test_a_configuration_with_a_fault(self):
        self.mine.write_text(self.mine.read_text() + "nonsense = 1\n")
        self.failure("configuration", "unknown key 'nonsense'")

    def test_files(self):
        for name, check in (("server-roots.pem", "server roots"), ("device-chain.pem", "device"), ("device-key.pem", "device key"),
                            ("user-chain.pem", "person"), ("user-key.pem", "personal key")):
            path = self.mine.parent / name
            whole = path.read_bytes()
            path.unlink()
            self.failure(check, name)
            path.write_bytes(b"-----BEGIN")
            self.failure(check, name)
            path.write_bytes(whole)
            path.chmod(0o600)
        (self.mine.parent / "device-key.pem").chmod(0o666)
        self.failure("device key", "open to other users")

    def test_another_server(self):
        self.edit("^server = .*$", f'server = "127.0.0.1:{self.shared.port}"')
        self.failure("trust", "")

    def test_the_list_of_revoked_servers(self):
        root = self.shared.folder / "pki/ca"
        key = load_pem_private_key((root / "root-key.pem").read_bytes(), CA.encode())
        lists = self.mine.parent / "crls"
        lists.mkdir()
        self.mine.write_text(self.mine.read_text() + 'server_crls = "crls"\n')
        self.failure("CRL", "holds none")
        (lists / "root.pem").write_bytes(crl(leaf_of(root / "root.pem"), key))
        found = self.examine(status=15)
        self.assertEqual((found["CRL"][0], found["trust"][0]), ("ok", "failure"))  # that of the CA below is missing
        (lists / "root.pem").write_bytes(crl(leaf_of(root / "root.pem"), key, begins=-200, ends=-100))
        self.failure("CRL", "not good now")

    def test_no_sound(self):
        status, out, _ = self.run_program("cifra", "--config", self.mine, "--json", "doctor",
                                          env=environment(ALSA_CONFIG_PATH="/dev/null"))
        found = {one["check"]: one for one in json.loads(out)}
        self.assertEqual((status, found["audio"]["level"]), (15, "failure"))


class Encrypted(Doctor):
    encrypted = True

    def test_all_is_well(self):
        found = self.examine()
        self.assertEqual(found["login"], ("warning", "not tried: the device key is encrypted", "run it in a terminal"))
        self.assertIn("encrypted", found["device key"][1])

    def test_for_people(self):
        found = self.examine("--passphrase-fd", "0", lines=("client words",) * 2)
        self.assertEqual(found["login"][0], "ok")
        found = self.examine("--passphrase-fd", "0", lines=("wrong",), status=15)
        self.assertIn("wrong passphrase", found["login"][1])

    test_files = test_no_sound = test_another_server = test_the_list_of_revoked_servers = None


class Card(Doctor):
    @classmethod
    def prepare(cls, site):
        shutil.copytree(site.folder / "pki/client", site.folder / "kept")
        cls.token = SoftToken(site, site.folder / "softhsm")

    def test_all_is_well(self):
        self.edit("^user_key = .*$", f'card = "{LABEL}"\ncard_module = "{MODULE}"')
        found = self.examine(env=self.token.env())
        self.assertEqual(found["reader"][0], "ok")
        self.assertEqual((found["card module"][0], found["card"][0]), ("ok", "ok"))
        self.assertIn("certificate of listener on " + LABEL, found["card"][1])
        self.assertIn("tries for the PIN", found["PIN"][1])
        self.assertEqual(found["login"], ("warning", "not tried: it needs the PIN", "try 'cifra login'"))
        self.assertNotIn(PIN, str(found))

    def test_for_people(self):
        self.edit("^user_key = .*$", f'card = "pkcs11:token=other"\ncard_module = "{MODULE}"')
        self.failure("card", "no certificate matches", env=self.token.env())
        self.edit("^card_module = .*$", 'card_module = "/nowhere.so"')
        self.failure("card module", "", env=self.token.env())

    test_files = test_no_sound = test_another_server = test_the_list_of_revoked_servers = None
    test_nothing_is_there = test_a_configuration_with_a_fault = None
