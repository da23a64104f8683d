# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""What cifrad says when it cannot start, the same with -t, which binds nothing."""
import os
import shutil
import signal
import socket
import subprocess
import time
import unittest

from authority import Authority
from refusals import NOBODY, Refusals, may_mount, somebody_else
from running import CLIENT, PROGRAMS, SERVER, environment

MEND = "mend the configuration; 'cifrad -t' checks it"
CHECK = "check the file or folder, and what the configuration says of it"


class Start(Refusals):
    serving = False

    def setUp(self):
        super().setUp()
        self.place = self.folder / "server"
        shutil.copytree(self.shared.folder / "pki/server", self.place)
        self.config = self.place / "cifrad.toml"
        self.change("media_dir", f'"{self.place}/media"')

    def change(self, key, value):
        lines = self.config.read_text().splitlines()
        # "file" of [log], which comes last, and not of [people].
        found = [number for number, line in enumerate(lines) if line.startswith(key + " = ")][-1 if key == "file" else 0:]
        self.assertEqual(len(found), 1, key)
        lines[found[0]] = f"{key} = {value}"
        self.config.write_text("\n".join(lines) + "\n")
        return found[0] + 1

    def cifrad(self, *arguments, **options):
        return self.run_program("cifrad", *arguments, **options)

    def refused(self, wanted, says, remedy, *arguments, modes=((), ("-t",)), **options):
        """The same words whether it shall start or only check."""
        words = []
        for mode in modes:
            before = self.left()
            status, out, error = self.cifrad("--config", self.config, *mode, *arguments, **options)
            words.append(self.told(wanted, status, out, error, says, remedy, "cifrad"))
            self.assertEqual(self.left(), before)
        self.assertEqual(len(set(words)), 1)
        return words[0]

    def test_usage(self):
        for arguments, says in ((("--cnfig", "x"), "--cnfig"), (("extra",), "extra"), (("--config",), "--config"),
                                (("--passphrase-fd", "three"), "three")):
            self.told(2, *self.cifrad(*arguments), says, "see: cifrad --help", "cifrad")
        status, out, _ = self.cifrad("--help")
        self.assertEqual(status, 0)
        self.assertIn("Exit statuses: 0 done", out)

    def test_no_configuration(self):
        for mode in ((), ("-t",)):
            self.told(3, *self.cifrad("--config", "nowhere.toml", *mode), "nowhere.toml: cannot be read: No such file",
                      "'cifractl init' writes one", "cifrad")
        self.told(3, *self.cifrad("--config", self.folder), "cannot be read: not a regular file", MEND, "cifrad")
        self.config.chmod(0)
        self.folder.chmod(0o755)
        self.place.chmod(0o755)
        done = self.cifrad("--config", self.config, "-t", preexec_fn=somebody_else)
        self.told(3, *done, "cifrad.toml: cannot be read: Permission denied", MEND, "cifrad")

    def test_keys_and_values(self):
        for key, value, says in (
                ("chunks", '"many"', "chunks is a string; expected an integer from 0 to "),
                ("listen", '["localhost:7411"]', 'listen has "localhost:7411"; expected a numeric address and a port'),
                ("listen", "7411", "listen is an integer; expected an array"),
                ("suites", '["AES256_GCM_SHA348"]', 'which is no suite; expected names out of: '),
                ("groups", '["P256"]', "did you mean P-256?"),
                ("enabled", "1", "enabled is an integer; expected true or false"),
                ("level", '"loud"', 'level is "loud"; expected one of: debug, info, warning, error'),
                ("chunk_limit", "20000", "chunk_limit is 20000; expected a power of two")):
            with self.subTest(key):
                before = self.config.read_text()
                line = self.change(key, value)
                self.refused(3, f"cifrad.toml:{line}:", MEND)
                self.refused(3, says, MEND)
                self.config.write_text(before)

    def test_an_unknown_key_and_several_problems_at_once(self):
        text = self.config.read_text().replace("media_dir = ", "media_dri = ").replace("[rotation]", "[rotatoin]")
        self.config.write_text(text)
        line = {word: number for number, text in enumerate(text.splitlines(), 1) for word in text.split()}
        words = self.refused(3, f'cifrad.toml:{line["media_dri"]}:1: unknown key "media_dri"; did you mean media_dir?', MEND)
        self.assertIn("media_dir is missing; expected the path of a folder", words)
        self.assertIn(f'cifrad.toml:{line["[rotatoin]"]}:', words)
        self.assertIn("did you mean the table [rotation]?", words)

    def test_no_toml(self):
        self.config.write_text("listen = \n")
        self.refused(3, "cifrad.toml:1:", MEND)
        self.config.write_bytes(b"\xff\xfe")
        self.refused(3, "cifrad.toml:1:", MEND)

    def test_folders(self):
        for key, value, says in (("media_dir", '"nowhere"', 'nowhere", which does not exist; expected an existing folder'),
                                 ("media_dir", '"key.pem"', 'key.pem", which is no folder; expected a folder'),
                                 ("media_dir", '""', 'media_dir is ""; expected a path'),
                                 ("state_dir", '"nowhere"', 'nowhere", which does not exist; expected an existing folder'),
                                 ("state_dir", '"media/state"', "state_dir lies in media_dir"),
                                 ("state_dir", '"media"', "state_dir lies in media_dir"),
                                 ("state_dir", '"media/../media/state"', "state_dir lies in media_dir")):
            with self.subTest(value):
                before = self.config.read_text()
                (self.place / "media/state").mkdir(exist_ok=True)
                line = self.change(key, value)
                self.refused(3, [f"cifrad.toml:{line}:", says], MEND)
                self.config.write_text(before)

    def test_folders_without_permission(self):
        for path in (self.folder, self.place, *self.place.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        (self.place / "key.pem").chmod(0o600)
        if os.geteuid() == 0:
            os.chown(self.place / "key.pem", NOBODY, NOBODY)
        state, media, log = self.place / "state", self.place / "media", self.place / "cifrad.log"
        (self.place / "cifrad.log").write_text("")
        log.chmod(0o444)
        self.change("file", f'"{log}"')
        media.chmod(0o300)
        words = self.refused(3, ['state", which this user may not write to (Permission denied)'], MEND,
                             preexec_fn=somebody_else)
        self.assertIn('media", which this user may not read (Permission denied)', words)
        self.assertIn('server", which this user may not write to (Permission denied)', words)
        if os.geteuid() == 0:
            os.chown(self.place, NOBODY, NOBODY)
            self.refused(3, 'cifrad.log", which this user may not write to (Permission denied)', MEND,
                         preexec_fn=somebody_else)
        state.chmod(0o755)

    def test_a_log_that_cannot_be_written(self):
        self.change("file", '"nowhere/cifrad.log"')
        self.refused(3, 'nowhere", which does not exist; expected an existing folder', MEND)
        self.change("file", '"media"')
        self.refused(3, 'media", which is a folder; expected a file', MEND)

    def test_certificates(self):
        good = {name: (self.place / name).read_bytes() for name in ("chain.pem", "key.pem", "device-roots.pem", "user-roots.pem")}
        for name, content, says in (
                ("device-roots.pem", b"", "device-roots.pem: no certificate in it"),
                ("user-roots.pem", b"", "user-roots.pem: no certificate in it"),
                ("chain.pem", b"", "chain.pem: no certificate in it"),
                ("chain.pem", good["chain.pem"][:300], "chain.pem: certificate 1: damaged PEM"),
                ("key.pem", b"", "key.pem: no private key in it"),
                ("key.pem", good["key.pem"][:100], "key.pem: "),
                ("key.pem", b"-----BEGIN EC PRIVATE KEY-----\n", "key.pem: not PKCS#8: convert it with openssl pkcs8"),
                ("key.pem", (self.shared.folder / "pki/client/device-key.pem").read_bytes(),
                 "key.pem is not the key of the certificate in"),
                ("chain.pem", (self.shared.folder / "pki/client/device-chain.pem").read_bytes(),
                 "chain.pem: this certificate was not made for a server"),
                ("device-roots.pem", (self.shared.folder / "pki/ca/server-ca.pem").read_bytes(),
                 "device-roots.pem: certificate 1")):
            with self.subTest(says):
                (self.place / name).write_bytes(content)
                self.refused(3, says, CHECK)
                (self.place / name).write_bytes(good[name])
        for name in good:
            (self.place / name).rename(self.place / "away")
            words = self.refused(3, f'{name}", which does not exist; expected an existing file', MEND)
            self.assertIn("cifrad.toml:", words)
            (self.place / "away").rename(self.place / name)

    def test_a_key_that_others_may_read(self):
        (self.place / "key.pem").chmod(0o644)
        self.refused(3, ["key.pem: this key is not encrypted and open to other users: chmod 600 "], CHECK)

    def test_an_expired_certificate(self):
        authority = Authority(self.shared, "server")
        authority.issue("server", self.place / "chain.pem", self.place / "key.pem", begins=-7200, ends=-3600)
        day = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 3600))
        self.refused(3, [f"chain.pem: the certificate, or its CA's, expired on {day}", "have a new one issued"], CHECK)

    def test_addresses(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            self.change("listen", f'["127.0.0.1:{port}"]')
            self.refused(5, f"cannot listen on 127.0.0.1:{port}: Address already in use",
                         "stop what uses the port, or change 'listen'", modes=((),))
            self.check_is_good()
        self.change("listen", '["192.0.2.1:7411"]')
        self.refused(5, "cannot listen on 192.0.2.1:7411: Cannot assign requested address", "an address of this machine",
                     modes=((),))
        self.check_is_good()

    def test_a_privileged_port(self):
        if os.geteuid() == 0 and int(open("/proc/sys/net/ipv4/ip_unprivileged_port_start", encoding="ascii").read()) <= 80:
            self.skipTest("no port is privileged here")
        for path in (self.place, *self.place.rglob("*")):
            if os.geteuid() == 0:
                os.chown(path, NOBODY, NOBODY)
        self.folder.chmod(0o755)
        self.change("listen", '["127.0.0.1:80"]')
        self.refused(5, "cannot listen on 127.0.0.1:80: Permission denied", "a port that this user may use", modes=((),),
                     preexec_fn=somebody_else)

    def check_is_good(self, **options):
        status, out, error = self.cifrad("--config", self.config, "-t", **options)
        self.assertEqual((status, out, error), (0, f"{self.config}: the configuration is good\n", ""))

    def test_state_that_cannot_be_made(self):
        if not may_mount(self.place / "state"):
            self.skipTest("no mount namespaces here")
        (self.place / "state/uploads").write_text("in the way")
        self.refused(3, "cannot use ", CHECK, modes=((),))


class Passphrase(Refusals):
    serving = False
    encrypted = True

    def attempt(self, says, remedy, *arguments, program=(), **options):
        for mode in ((), ("-t",)):
            done = self.run_program("cifrad", "--config", self.shared.config, *mode, *arguments, **options)
            self.told(13, *done, says, remedy, "cifrad")

    def test_passphrases(self):
        fd = ("--passphrase-fd", "0")
        self.attempt("key.pem: wrong passphrase", "try again", *fd, lines=(CLIENT,))
        self.attempt("descriptor 0 of --passphrase-fd has no (further) line", "give --passphrase-fd N", *fd)
        self.attempt("descriptor 77 of --passphrase-fd", "give --passphrase-fd N", "--passphrase-fd", "77")
        self.attempt("no terminal to ask for a passphrase on", "a systemd credential 'cifra-server'")
        (self.folder / "cifra-server").write_text("wrong\n")
        self.attempt("key.pem: wrong passphrase", "try again", env=environment(CREDENTIALS_DIRECTORY=str(self.folder)))
        (self.folder / "cifra-server").write_text(SERVER + "\n")
        done = self.run_program("cifrad", "--config", self.shared.config, "-t",
                                env=environment(CREDENTIALS_DIRECTORY=str(self.folder)))
        self.assertEqual(done, (0, f"{self.shared.config}: the configuration is good\n", ""))


class Reload(Refusals):
    def test_what_is_wrong_is_not_taken(self):
        good = self.shared.config.read_text()
        self.addCleanup(self.shared.config.write_text, good)
        self.shared.config.write_text(good.replace("[rotation]", "[rotatoin]"))
        self.server.send(signal.SIGHUP)
        self.server.wait_log("reload_failed")
        record = self.server.records("reload_failed")[0]
        self.assertIn("did you mean the table [rotation]?", record["error"])
        self.assertEqual(record["remedy"], "the former configuration stays in force")
        self.succeed(self.shared, "list")
        self.shared.config.write_text(good)
        self.server.send(signal.SIGHUP)
        self.server.wait_log("reloaded")
        self.succeed(self.shared, "list")

    def test_another_on_the_same_port(self):
        done = subprocess.run([PROGRAMS["cifrad"], "--config", self.shared.config], capture_output=True, text=True,
                              env=environment(), timeout=60, check=False, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 5)
        self.assertIn("cifrad: cannot listen on 127.0.0.1:", done.stderr)
        self.succeed(self.shared, "list")


if __name__ == "__main__":
    unittest.main()
