# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""cifra-fuzz against the real cifrad: every named bug and some random sequences are answered as the rules demand; a server that
does not is found out."""

import json
import os
import random
import shutil
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

from running import CA, CLIENT, Case, Site, environment
from running import Server as ServerProcess
from suites import SUITES

PROGRAM = Path(__file__).resolve().parents[2] / "fuzz/cifra-fuzz"
GROUPS = ["X25519", "P-256", "P-384", "ffdhe2048", "ffdhe3072", "ffdhe4096"]
CHUNK = 16384
DONE, VIOLATION, USAGE, UNREACHABLE = range(4)
REFUSED, SECURE = 7, 5


class Fuzzing(Case):
    """One server for the tests of a class, with every suite and group, where keys are changed often."""

    configuration: dict[str, str] = {}

    @classmethod
    def setUpClass(cls):
        folder = Path(tempfile.mkdtemp(prefix="cifra-e2e-"))
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        cls.shop = Site(folder)
        values = {"suites": json.dumps(SUITES), "allow_legacy": "true", "groups": json.dumps(GROUPS), "chunk_limit": str(CHUNK), "chunks": "4",
                  "enrolment": "true", "max_bytes": str(64 * CHUNK)}
        cls.shop.configure(**values | cls.configuration)
        cls.shop.add_media("some.bin", random.Random(1).randbytes(40 * CHUNK + 5))
        cls.server = ServerProcess(cls.shop)
        cls.addClassCleanup(cls.server.stop)

    def fuzz(self, *arguments, site: Site | None = None, status: int | None = DONE, words: str = f"{CLIENT}\n{CLIENT}\n{CA}\n", port: int | None = None):
        """(standard output, standard error)"""
        site = site or self.shop
        read, write = os.pipe()
        os.write(write, words.encode())
        os.close(write)
        try:
            done = subprocess.run(
                [PROGRAM, "--connect", f"localhost:{port or site.port}", "--credentials", site.folder / "pki/client", "--authority",
                 site.folder / "pki/ca", "--passphrase-fd", str(read), *map(str, arguments)], pass_fds=(read,), capture_output=True, text=True,
                check=False, timeout=300, env=environment())
        finally:
            os.close(read)
        if status is not None:
            self.assertEqual(done.returncode, status, done.stdout[-6000:] + done.stderr)
        return done.stdout, done.stderr

    def results(self, *arguments, **options) -> dict[str, dict]:
        return {r["id"]: r for r in json.loads(self.fuzz("--json", *arguments, **options)[0])["results"]}


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


class Liar:
    """Stands before the real server, and alters what that says: a planted peer that misbehaves. `change` gets each frame, and b""
    at the end; None from it: the connection is left open."""

    def __init__(self, port: int, change):
        self.port_behind, self.change = port, change
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.sockets, self.threads = [self.listener], []
        self.start(self.accept)

    def start(self, what, *arguments):
        self.threads.append(threading.Thread(target=what, args=arguments, daemon=True))
        self.threads[-1].start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
                far = socket.create_connection(("127.0.0.1", self.port_behind))
            except OSError:
                return
            self.sockets += [near, far]
            self.start(self.up, near, far)
            self.start(self.down, far, near)

    @staticmethod
    def up(near, far):
        try:
            while data := near.recv(65536):
                far.sendall(data)
            far.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def down(self, far, near):
        try:
            with far.makefile("rb") as file:
                while len(header := file.read(4)) == 4:
                    near.sendall(self.change(header + file.read(int.from_bytes(header[1:], "big"))))
            last = self.change(b"")
            if last is not None:
                near.sendall(last)
                near.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        for one in self.sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)  # which wakes whoever waits there
            except OSError:
                pass
        for thread in self.threads:
            thread.join()
        for one in self.sockets:
            one.close()


# An ERROR of an AEAD suite: epoch, head, body and tag. Nothing else that a server says has this length.
ERROR_LENGTH = 4 + 4 + 7 + 16


class Planted(Fuzzing):
    """Controls: servers that break the rules."""

    def found(self, change, *only: str) -> dict:
        liar = Liar(self.shop.port, change)
        self.addCleanup(liar.close)
        globs = [word for one in only for word in ("--only", one)]
        return self.results(*globs, "--timeout", "1", port=liar.port, status=VIOLATION)

    def assert_found(self, results, **did):
        for name, done in did.items():
            result = results[name.replace("__", ".").replace("_", "-")]
            self.assertEqual((result["verdict"], result["did"]), ("violation", done))
            self.assertIn(f"--only {result['id']}", result["reproduce"])

    def test_another_code(self):
        results = self.found(lambda frame: frame[:5] + b"\1" if frame[:1] == bytes((REFUSED,)) else frame, "frame.type-0", "offer.version-2")
        self.assert_found(results, frame__type_0="REFUSED VERSION")
        self.assertEqual(results["offer.version-2"]["verdict"], "as demanded", "there it is the right one")

    def test_no_word(self):
        quiet = bytes((SECURE,)) + ERROR_LENGTH.to_bytes(3, "big")
        results = self.found(lambda frame: b"" if frame[:4] == quiet else frame, "record.gcm-replay", "device.finished-flipped")
        self.assert_found(results, record__gcm_replay="closed", device__finished_flipped="closed")

    def test_no_end(self):
        results = self.found(lambda frame: frame or None, "frame.type-0", "record.gcm-replay")
        self.assert_found(results, frame__type_0="REFUSED MALFORMED, not closed", record__gcm_replay="ERROR BAD_RECORD, not closed")

    def test_words_behind_the_last(self):
        results = self.found(lambda frame: frame + b"more" if frame[:1] == bytes((REFUSED,)) else frame, "frame.type-0")
        self.assert_found(results, frame__type_0="REFUSED MALFORMED, then 4 bytes behind the last word")

    def test_records_of_no_key(self):
        flipped = lambda frame: frame[:-1] + bytes((frame[-1] ^ 1,)) if len(frame) == 4 + ERROR_LENGTH else frame  # noqa: E731
        results = self.found(flipped, "record.gcm-replay")
        self.assert_found(results, record__gcm_replay="broke the protocol itself: BadRecord")

    def test_dead_behind_a_bug(self):
        """Once it has refused somebody it takes nobody any more."""
        dead = []

        def change(frame):
            if frame[:1] == bytes((REFUSED,)):
                dead.append(True)
                return frame
            return b"" if dead else frame
        results = self.found(change, "frame.type-0", "frame.type-8")
        self.assertEqual(results["frame.type-0"]["verdict"], "as demanded")
        self.assertEqual((results["honest-session"]["verdict"], results["honest-session"]["did"]), ("violation", "closed"))

    def test_minimised(self):
        """A random sequence that fails because of one of its steps is left with that step."""
        quiet = bytes((SECURE,)) + ERROR_LENGTH.to_bytes(3, "big")
        liar = Liar(self.shop.port, lambda frame: b"" if frame[:4] == quiet else frame)
        self.addCleanup(liar.close)
        whole = "list:1 ping:2 open:3 read:4 burst:5 flip:6"
        result = self.results("--sequence", whole, "--minimise", "--timeout", "2", port=liar.port, status=VIOLATION)["sequence"]
        self.assertEqual((result["what"], result["did"]), ("flip:6", "closed"))
        self.assertIn("--sequence flip:6", result["reproduce"])
