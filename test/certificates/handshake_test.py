# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""The certificate matrix through the handshake: every chain of a device and a person is shown to the real cifrad, every chain of a
server to the real cifra, each of which says the exact reason. One cifrad and one certificate store serve them all."""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

TESTS = Path(__file__).resolve().parents[1]
sys.path += [str(TESTS / "interop"), str(TESTS / "e2e")]

import cifra_certificates as certificates  # noqa: E402
import cifra_wire as wire  # noqa: E402
import impostor  # noqa: E402
import make  # noqa: E402
from cifra_certificates import Identity  # noqa: E402
from cifra_client import Client  # noqa: E402
from cifra_connection import Failed, Options, Truncated  # noqa: E402
from running import PATIENCE, Server, Site, parse_line, wait_until  # noqa: E402

# What no client and no server gets to see as a certificate: CHAIN itself has limits (PROTOCOL.md section 4.3).
LIMITS_OF_CHAIN = ("too_large", "chain_too_long")
CODES = {"revoked": "REVOKED", "ca_revoked": "REVOKED", "expired": "USER_EXPIRED", "ca_expired": "USER_EXPIRED", "not_yet_valid": "USER_EXPIRED",
         "crl_missing": "NOT_CHECKED", "crl_not_yet_valid": "NOT_CHECKED", "crl_stale": "NOT_CHECKED", "crl_invalid": "NOT_CHECKED"}


class Row:
    def __init__(self, folder: Path, line: str):
        self.number, self.role, count, self.verdict, self.case = line.split("\t")
        self.chain = [(folder / "chains" / f"{self.number}.{place}").read_bytes() for place in range(int(count))]
        self.key_file = folder / "keys" / f"{self.number}.pem"

    def __str__(self):
        return f"{self.role} {self.case!r}: {self.verdict}"


class Matrix(unittest.TestCase):
    maxDiff = 10_000

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="cifra-matrix-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        matrix = cls.folder / "matrix"
        cls.rows = [Row(matrix, line) for line in make.write(matrix)]
        cls.controls = [Row(matrix, line) for line in (matrix / "control.tsv").read_text().splitlines()]
        cls.holders = {row.number for row in cls.rows if row.verdict == "accepted"}
        words = subprocess.run([os.environ["CERTIFICATE_MATRIX"], "--words"], check=True, capture_output=True, text=True).stdout
        cls.words = dict(line.split("\t") for line in words.splitlines())
        (cls.folder / "site").mkdir()
        cls.site = Site(cls.folder / "site")
        cls.spare_key = ec.generate_private_key(ec.SECP256R1())
        cls.prepare(matrix)
        cls.server = Server(cls.site)
        cls.addClassCleanup(cls.server.stop)
        cls.log = cls.server.log.open()
        cls.addClassCleanup(cls.log.close)
        cls.good = {role: cls.identity(next(row for row in cls.rows if row.role == role and row.case == "good"))
                    for role in ("device", "user")}
        cls.server_roots = certificates.load_roots(cls.folder / "site/pki/client/server-roots.pem")

    @classmethod
    def prepare(cls, matrix: Path):
        """The site trusts what the matrix trusts, and asks its revocation lists; its server keeps the certificate it has."""
        server, client = cls.folder / "site/pki/server", cls.folder / "site/pki/client"
        for name in ("device-roots.pem", "user-roots.pem"):
            shutil.copyfile(matrix / "roots.pem", server / name)
        shutil.rmtree(server / "crls", ignore_errors=True)
        shutil.copytree(matrix / "crls", server / "crls")
        text = "".join(line for line in cls.site.config.read_text().splitlines(True) if not line.startswith(("crls =", "# crls =")))
        cls.site.config.write_text(text.replace("[certificates]\n", '[certificates]\ncrls = "crls"\n'))
        config = client / "matrix.toml"
        lines = [line for line in cls.site.client_config.read_text().splitlines() if not line.startswith(("server_crls", "server_roots"))]
        given = [f'server_roots = "{matrix}/roots.pem"', f'server_crls = "{matrix}/crls"']
        config.write_text("\n".join([*given, *lines]) + "\n")
        cls.client_config = config

    @classmethod
    def identity(cls, row: Row) -> Identity:
        """Whoever is refused need not be able to sign: some of these keys nobody has."""
        key = load_pem_private_key(row.key_file.read_bytes(), None) if row.number in cls.holders else cls.spare_key
        return Identity(row.chain, key)

    def next_certificate(self) -> dict:
        """The next line of the log about a certificate."""
        def find():
            while True:
                before = self.log.tell()
                line = self.log.readline()
                if not line.endswith("\n"):
                    self.log.seek(before)
                    return None
                record = parse_line(line)
                if record["event"] == "certificate":
                    return record
        return wait_until("cifrad to say what it thinks of a certificate", find)

    def visit(self, row: Row) -> str:
        """What cifrad makes of it: "" or the code, and the reason in its log."""
        identity = self.identity(row)
        device, user = (identity, self.good["user"]) if row.role == "device" else (self.good["device"], identity)
        try:
            with Client(("127.0.0.1", self.site.port), Options(), self.server_roots, device, user) as client:
                client.login()
                return ""
        except Failed as failure:
            code = failure.name
        except (Truncated, ConnectionError):
            code = "closed"
        if row.verdict in LIMITS_OF_CHAIN:
            return code
        record = self.next_certificate()
        return f"{code} {record['party']}: {record['reason']}"

    def wanted_of_visit(self, row: Row) -> str:
        if row.verdict == "accepted":
            return ""
        code = "AUTH_FAILED" if row.role == "device" else CODES.get(row.verdict, "USER_REFUSED")
        if row.verdict in LIMITS_OF_CHAIN:
            return "AUTH_FAILED" if row.role == "device" else "PROTOCOL"
        return f"{code} {row.role}: {self.words[row.verdict]}"

    def objections(self, rows, visit, wanted) -> list[str]:
        found = []
        for row in rows:
            got = visit(row)
            if got != wanted(row):
                found.append(f"{row}: {got!r} instead of {wanted(row)!r}")
        return found

    def check(self, role, visit, wanted):
        rows, controls = ([row for row in some if row.role == role] for some in (self.rows, self.controls))
        self.assertGreaterEqual(len(rows), 80)
        self.assertEqual(self.objections(rows, visit, wanted), [])
        self.assertTrue(controls)
        self.assertEqual(len(self.objections(controls, visit, wanted)), len(controls), "a wrong expectation went unnoticed")

    def test_devices(self):
        self.check("device", self.visit, self.wanted_of_visit)

    def test_people(self):
        self.check("user", self.visit, self.wanted_of_visit)

    def dial(self, row: Row) -> str:
        """What cifra makes of a server that shows this: "" when it goes on to show its own device, else its words."""
        identity, answers = self.identity(row), []

        def serve():
            with listener.accept()[0] as visitor:
                visitor.settimeout(PATIENCE)
                try:
                    answers.append(impostor.Impostor(visitor, identity.chain, identity.key).meet())
                except ConnectionError:
                    pass

        with impostor.listen() as listener:
            listener.settimeout(PATIENCE)
            thread = threading.Thread(target=serve)
            thread.start()
            done = subprocess.run([os.environ["CIFRA"], "--config", self.client_config, "--server",
                                   f"localhost:{listener.getsockname()[1]}", "list"], capture_output=True, text=True, timeout=PATIENCE,
                                  stdin=subprocess.DEVNULL, check=False)
            thread.join()
        if answers == [wire.AUTHENTICATE]:
            return ""
        return f"{done.returncode} {done.stderr.splitlines()[0]}"

    def wanted_of_dial(self, row: Row) -> str:
        if row.verdict == "accepted":
            return ""
        if row.verdict in LIMITS_OF_CHAIN:
            return "9"
        return f"7 could not prove who it is; its certificate: {self.words[row.verdict]}"

    def dial_briefly(self, row: Row) -> str:
        """Without the address, which is another one each time."""
        status, _, words = self.dial(row).partition(" ")
        if status == "7":
            self.assertIn("could not prove who it is", words)
            words = words[words.index("could not prove"):]
            if CODES.get(row.verdict) == "NOT_CHECKED":  # whose list, which file: asked for of just these
                words, _, detail = words.partition(" (")
                self.assertRegex(detail, r"^(no )?CRL of CN=.*/matrix/crls.*\)$")
            return f"7 {words}"
        return status

    def test_servers(self):
        self.check("server", self.dial_briefly, self.wanted_of_dial)


if __name__ == "__main__":
    unittest.main()
