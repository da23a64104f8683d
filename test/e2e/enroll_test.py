# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""cifra enroll: keys are made here and stay here, the operator answers, and the same command fetches what came of it."""
import hashlib
import json
import shlex
import stat
import subprocess
import termios

import pexpect
from authority import Authority, _USAGES, _builder
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from policy import replace
from refusals import Refusals
from running import PATIENCE, PROGRAMS, environment
from soft_token import MODULE, SoftToken
from terminals import end

WORDS = "words of mine"


def pem(*certificates) -> str:
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in certificates)


def certificates(path) -> list:
    end = "-----END CERTIFICATE-----\n"
    return [x509.load_pem_x509_certificate((one + end).encode()) for one in path.read_text().split(end)[:-1]]


class Enrolment(Refusals):
    @classmethod
    def prepare(cls, site):
        folder = site.folder / "pki/server"
        (folder / "server-roots.pem").write_bytes((site.folder / "pki/client/server-roots.pem").read_bytes())
        site.configure(enrolment="true", server_roots='"server-roots.pem"')
        cls.requests = folder / "state/enrolment"
        cls.chain = certificates(folder / "chain.pem")
        cls.pin = hashlib.sha256(cls.chain[0].public_bytes(Encoding.DER)).hexdigest()
        cls.authorities = {party: Authority(site, party) for party in ("device", "user")}

    def setUp(self):
        super().setUp()
        self.home = self.folder / "mine"

    def where(self) -> str:
        return f"localhost:{self.shared.port}"

    def enroll(self, *arguments, words: int = 1, **options):
        return self.run_program("cifra", "--passphrase-fd", "0", "enroll", self.where(), "--dir", self.home, *arguments,
                                lines=(WORDS,) * words, **options)

    def first(self, *arguments, **options) -> str:
        """The id of the request that it sends."""
        status, out, error = self.enroll("--fingerprint", self.pin, *arguments, **options)
        self.assertEqual(status, 16, error)
        self.assertIn("'cifractl person approve'", error)
        self.assertRegex(out, r"^request  [0-9a-f]{4}(-[0-9a-f]{4}){4}\n$")
        return out.split()[1]

    def request(self, shown: str) -> dict:
        return json.loads((self.requests / (shown.replace("-", "") + ".json")).read_text())

    def issue(self, party: str, request: str, *, ends: float = 3600, key=None) -> list[str]:
        """The chain that the operator would issue, as PEM."""
        asked, authority = x509.load_pem_x509_csr(request.encode()), self.authorities[party]
        builder = _builder("ada", authority.certificate.subject, key or asked, -3600, ends, False).add_extension(
            x509.ExtendedKeyUsage([x509.ObjectIdentifier(usage) for usage in _USAGES[party]]), False)
        above = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(above), False)
        return [pem(builder.sign(authority.key, hashes.SHA256())), pem(authority.certificate)]

    def answer(self, shown: str, **answer) -> None:
        whole = {"version": 1, "status": "approved", "text": "", "device_chain": [], "user_chain": []} | answer
        replace(self.requests / (shown.replace("-", "") + ".answer.json"), json.dumps(whole).encode())

    def approve(self, shown: str, **options) -> None:
        asked = self.request(shown)
        user = self.issue("user", asked["user_pem"], **options) if asked["user"] == "request" else []
        self.answer(shown, device_chain=self.issue("device", asked["device_request"], **options), user_chain=user)

    def listen(self, words: int = 2):
        return self.run_program("cifra", "--config", self.home / "cifra.toml", "--passphrase-fd", "0", "-v", "list", lines=(WORDS,) * words)


class Enrolling(Enrolment):
    def test_from_nothing_to_listening(self):
        shown = self.first("--name", "ada")
        self.assertEqual(sorted(self.left()), ["mine/device-key.pem", "mine/enrolment.json", "mine/user-key.pem"])
        self.assertEqual(stat.S_IMODE(self.home.stat().st_mode), 0o700)
        for key in ("device-key.pem", "user-key.pem"):
            self.assertIn("ENCRYPTED PRIVATE KEY", (self.home / key).read_text())
            self.assertEqual(stat.S_IMODE((self.home / key).stat().st_mode), 0o600)
        asked = self.request(shown)
        self.assertEqual((asked["name"], asked["user"]), ("ada", "request"))
        self.assertNotIn("PRIVATE", json.dumps(asked))
        status, out, error = self.enroll()
        self.assertEqual((status, out.split()[1]), (16, shown), error)
        self.approve(shown)
        status, out, error = self.enroll()
        self.assertEqual((status, out), (0, ""), error)
        self.assertIn(f"Try: cifra --config {self.home}/cifra.toml list", error)
        status, _, error = self.listen()
        self.assertEqual(status, 0, error)
        self.assertIn("device ada, person ada", error)

    def test_renewed_certificates(self):
        shown = self.first()
        self.approve(shown)
        self.assertEqual(self.enroll()[0], 0)
        before = (self.home / "device-chain.pem").read_bytes()
        (self.home / "cifra.toml").write_text((self.home / "cifra.toml").read_text() + 'padding = "full"\n')
        self.assertEqual(self.enroll(), (0, "", ""))
        self.approve(shown, ends=7200)
        self.assertEqual(self.enroll()[0], 0)
        self.assertNotEqual((self.home / "device-chain.pem").read_bytes(), before)
        self.assertIn('padding = "full"', (self.home / "cifra.toml").read_text())
        status, _, error = self.run_program("cifra", "--passphrase-fd", "0", "enroll", "--dir", self.home, lines=(WORDS,))
        self.assertEqual((status, error), (0, ""))

    def test_a_device_alone(self):
        shown = self.first("--device-only", "--name", "ada")
        self.assertEqual(self.request(shown)["user"], "none")
        self.approve(shown)
        self.assertEqual(self.enroll()[0], 0)
        self.assertNotIn("user_key", (self.home / "cifra.toml").read_text())
        status, _, error = self.listen()
        self.told(6, status, "", error, "no personal key is configured", "give --card")

    def test_waiting_for_the_operator(self):
        process = self.start_enrolling("--fingerprint", self.pin, "--wait")
        shown = process.stdout.readline().decode().split()[1]
        self.approve(shown)
        self.assertEqual(process.wait(PATIENCE), 0)
        self.assertTrue((self.home / "cifra.toml").exists())

    def start_enrolling(self, *arguments):

        process = subprocess.Popen([PROGRAMS["cifra"], "--passphrase-fd", "0", "enroll", self.where(), "--dir", self.home, *arguments],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
        self.addCleanup(self.reap, process)
        process.stdin.write(f"{WORDS}\n".encode())
        process.stdin.flush()
        return process

    def test_json(self):
        status, out, _ = self.run_program("cifra", "--json", "--passphrase-fd", "0", "enroll", self.where(), "--dir", self.home,
                                          "--fingerprint", self.pin, "--name", "ada", lines=(WORDS,))
        said = json.loads(out)
        self.assertEqual((status, said["status"], said["name"]), (16, "pending", "ada"))

    def test_the_fingerprint_of_the_ca_as_other_programs_write_it(self):
        ca = hashlib.sha256(self.chain[1].public_bytes(Encoding.DER)).hexdigest().upper()
        self.pin = "SHA256:" + ":".join(ca[i:i + 2] for i in range(0, 64, 2))
        self.first()

    def test_a_card(self):
        token = SoftToken(self.shared, self.folder / "softhsm")
        env = token.env()
        card = ("--card", "soft card", "--card-module", MODULE)
        shown = self.first(*card, "--name", "ada", env=env)
        asked = self.request(shown)
        self.assertEqual(asked["user"], "certificate")
        self.assertEqual(x509.load_pem_x509_certificate(asked["user_pem"].encode()),
                         x509.load_pem_x509_certificate((self.shared.folder / "pki/client/user-chain.pem").read_bytes()))
        self.approve(shown)
        self.assertEqual(self.enroll(env=env)[0], 0)
        self.assertIn('card = "pkcs11:', (self.home / "cifra.toml").read_text())
        status, _, error = self.run_program("cifra", "--config", self.home / "cifra.toml", "doctor", "-o", "null", env=env)
        self.assertEqual((status, error), (0, ""))
        self.assertFalse((self.home / "user-key.pem").exists())


class Refused(Enrolment):
    def no_enrolment(self, wanted, *arguments, says, remedy, words=1):
        status, _, error = self.enroll(*arguments, words=words)
        self.told(wanted, status, "", error, says, remedy)

    def count(self) -> int:
        return len(list(self.requests.glob("*.json"))) if self.requests.exists() else 0

    def test_another_server_than_the_one_meant(self):
        before = self.count()
        self.no_enrolment(7, "--fingerprint", "ab" * 32, says=["is not the one that was meant", "nothing was sent to it"], remedy="")
        self.assertEqual(self.count(), before)

    def test_no_fingerprint(self):
        self.no_enrolment(2, says="no fingerprint was given, and there is no terminal to ask on", remedy="--fingerprint SHA256")
        self.no_enrolment(2, "--fingerprint", "abc", says="no SHA-256 fingerprint", remedy="64 hexadecimal digits")
        self.assertEqual(self.left(), [])

    def test_by_the_operator(self):
        shown = self.first()
        self.answer(shown, status="refused", text="who are you?")
        self.no_enrolment(6, says="the operator refused the request: who are you?", remedy="--dir")
        self.assertFalse((self.home / "cifra.toml").exists())

    def test_certificates_for_another_key(self):
        shown = self.first()
        asked = self.request(shown)
        stranger = Authority()
        self.answer(shown, device_chain=self.issue("device", asked["device_request"], key=stranger.key), user_chain=self.issue("user", asked["user_pem"]))
        self.no_enrolment(9, says="the device's certificate that came is not for the key that asked", remedy="nothing was changed")
        self.answer(shown, device_chain=self.issue("device", asked["device_request"]), user_chain=self.issue("device", asked["user_pem"]))
        self.no_enrolment(9, says="the user's certificate that came", remedy="nothing was changed")
        self.assertFalse((self.home / "device-chain.pem").exists())

    def test_a_folder_of_something_else(self):
        self.home.mkdir()
        (self.home / "cifra.toml").write_text("")
        self.no_enrolment(4, "--fingerprint", self.pin, says="was not made by enrolling", remedy="--dir")
        (self.home / "cifra.toml").unlink()
        self.first()
        status, _, error = self.run_program("cifra", "enroll", "localhost:1", "--dir", self.home)
        self.told(4, status, "", error, "belongs to the server localhost", "--dir")
        (self.home / "enrolment.json").write_text("{}")
        self.no_enrolment(3, says="enrolment.json is damaged", remedy="remove it")

    def test_words(self):
        status, out, error = self.run_program("cifra", "enroll", "--dir", self.home)
        self.told(2, status, out, error, "no server to enrol at", "--fingerprint")
        self.no_enrolment(2, "--fingerprint", self.pin, "--name", "", "--name", "x" * 65, says="", remedy="")
        self.no_enrolment(13, "--fingerprint", self.pin, words=0, says="no (further) line", remedy="")
        status, out, error = self.enroll("--fingerprint", self.pin, env=environment(CIFRA_PBKDF2_ROUNDS="few"))
        self.told(2, status, out, error, "CIFRA_PBKDF2_ROUNDS is no number from 1000 to 100000000", "unset it")
        self.first()
        status, out, error = self.run_program("cifra", "--passphrase-fd", "0", "enroll", self.where(), "--dir", self.home, lines=("wrong",))
        self.told(13, status, out, error, "wrong passphrase", "try again")


class ClosedDesk(Refusals):
    def test_a_server_that_takes_none(self):
        chain = certificates(self.shared.folder / "pki/server/chain.pem")
        pin = hashlib.sha256(chain[0].public_bytes(Encoding.DER)).hexdigest()
        done = self.run_program("cifra", "--passphrase-fd", "0", "enroll", f"localhost:{self.shared.port}", "--dir", self.folder / "mine",
                                "--fingerprint", pin, lines=(WORDS,))
        self.told(11, *done, "this server takes no requests to be enrolled", "enrolment in cifrad.toml")


class OnTerminal(Enrolment):
    def shell(self):
        shell = pexpect.spawn("sh", cwd=self.folder, env=environment(PS1="READY ", TERM="xterm"), encoding="utf-8",
                              timeout=PATIENCE, dimensions=(25, 200))
        self.addCleanup(end, shell)
        shell.expect_exact("READY ")
        self.modes = termios.tcgetattr(shell.child_fd)
        words = [PROGRAMS["cifra"], "enroll", self.where(), "--dir", str(self.home), "--name", "ada"]
        shell.sendline(" ".join(map(shlex.quote, words)) + "; echo status=$?")
        groups = " ".join(self.pin[i:i + 4] for i in range(0, 64, 4))
        shell.expect_exact(groups)
        shell.expect_exact("Type yes to go on: ")
        return shell

    def ends_with(self, shell, status):
        shell.expect(r"\nstatus=(\d+)")
        self.assertEqual(int(shell.match.group(1)), status)
        shell.expect_exact("READY ")
        self.assertEqual(termios.tcgetattr(shell.child_fd), self.modes)

    def answer_hidden(self, shell, prompt, words):
        shell.expect_exact(prompt)
        shell.waitnoecho(timeout=PATIENCE)
        shell.sendline(words)

    def test_the_fingerprint_is_shown_and_asked_for(self):
        shell = self.shell()
        shell.sendline("yes")
        self.answer_hidden(shell, "Passphrase for your new keys, of device and person: ", WORDS)
        self.answer_hidden(shell, "The same again: ", "others")
        self.answer_hidden(shell, "They differ. Once more, please.", WORDS)
        self.answer_hidden(shell, "The same again: ", WORDS)
        shell.expect(r"request  [0-9a-f-]{24}")
        self.ends_with(shell, 16)

    def test_it_is_another(self):
        shell = self.shell()
        shell.sendline("no")
        shell.expect_exact("the fingerprint was not confirmed; nothing was sent")
        self.ends_with(shell, 7)
        self.assertEqual(self.left(), [])

    def test_ctrl_c(self):
        shell = self.shell()
        shell.sendline("yes")
        shell.expect_exact("Passphrase for your new keys")
        shell.waitnoecho(timeout=PATIENCE)
        shell.sendintr()
        shell.expect_exact("cifra: interrupted")
        self.ends_with(shell, 130)
