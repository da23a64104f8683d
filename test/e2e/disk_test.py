# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""The server while it reads its media, and what it takes from a changed configuration."""
import json
import os
import resource
import socket
import subprocess
import time
from pathlib import Path
from signal import SIGHUP, SIGKILL, SIGSTOP, SIGTERM

import pexpect

from running import PROGRAMS, SERVER, Case, Server, environment, wait_until
from terminals import end

FOREVER = 1 << 42  # bytes; a file of that many zeros takes no place, and hours to read


def has_open(pid: int, path: Path) -> bool:
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            if entry.readlink() == path:
                return True
        except FileNotFoundError:  # closed since it was listed
            pass
    return False


class WhileItReads(Case):
    def endless(self, site):
        with site.add_media("endless.bin", b"").open("r+b") as file:
            file.truncate(FOREVER)

    def kill(self, server):
        if server.process.poll() is None:
            server.process.send_signal(SIGKILL)
            server.process.wait()

    def serve(self, site, **options):
        server = Server(site, **options)
        self.addCleanup(self.kill, server)
        return server

    def is_refused(self, site) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", site.port)) != 0

    def test_a_signal_ends_it_in_the_first_scan(self):
        site = self.site()
        self.endless(site)
        server = self.serve(site, wait=False)
        server.wait_log("scanning")
        self.assertTrue(self.is_refused(site))
        self.assertEqual(server.stop(), 0)
        self.assertEqual([line["event"] for line in server.records()], ["scanning", "draining", "stopped"])

    def test_a_signal_ends_it_in_a_later_scan(self):
        site = self.site()
        server = self.serve(site)
        self.endless(site)
        server.send(SIGHUP)
        server.wait_log("scanning", 2)
        self.assertEqual(server.stop(), 0)
        self.assertEqual(server.records()[-1]["event"], "stopped")

    def test_it_serves_in_a_later_scan(self):
        site = self.site()
        site.add_media("note.txt", b"hello")
        server = self.serve(site)
        self.endless(site)
        server.send(SIGHUP)
        server.wait_log("scanning", 2)
        (self.folder / "mine.txt").write_bytes(b"mine")
        self.succeed(site, "put", "mine.txt")
        self.succeed(site, "get", "note.txt")
        self.assertEqual((self.folder / "note.txt").read_bytes(), b"hello")
        self.assertEqual(server.stop(), 0)

    def test_what_it_has_read_until_then_is_not_read_again(self):
        site = self.site()
        site.add_media("a.txt", b"hello")
        self.endless(site)
        server = self.serve(site, wait=False)
        server.wait_log("scanning")
        wait_until("endless.bin is read", lambda: has_open(server.process.pid, site.media / "endless.bin"))
        self.assertEqual(server.stop(), 0)
        self.assertIn(b"a.txt", (self.folder / "pki/server/state/catalogue.index").read_bytes())

    def test_a_port_that_is_taken_is_told_before_the_scan(self):
        site = self.site()
        self.endless(site)
        with socket.create_server(("127.0.0.1", site.port)):
            server = self.serve(site, wait=False)
            self.assertEqual(server.process.wait(60), 5)
        self.assertIn("cannot listen", server.text())
        self.assertNotIn("scanning", server.text())

    def test_a_second_signal_ends_it_at_once(self):
        site = self.site()
        site.configure(drain_s="3600")
        site.add_media("big.bin", os.urandom(32 << 20))
        server = self.serve(site)
        client = self.start(site, "get", "big.bin", "-o", "-")
        self.assertTrue(client.stdout.read(1))
        client.send_signal(SIGSTOP)
        server.send(SIGTERM)
        server.wait_log("draining")
        self.assertEqual(server.stop(), 0)
        self.assertEqual(server.records("stopped")[0]["at_once"], "true")

    def test_a_reload_in_the_middle_of_a_scan_scans_again(self):
        site = self.site()
        server = self.serve(site)
        with site.add_media("large.bin", b"").open("r+b") as file:
            file.truncate(1 << 30)
        server.send(SIGHUP)
        server.wait_log("scanning", 2)
        time.sleep(0.3)  # so that the names have been read; without it the test is weaker, and still true
        site.add_media("late.txt", b"hello")
        server.send(SIGHUP)
        server.wait_log("items=2")
        out, _ = self.succeed(site, "--json", "list")
        self.assertIn("late.txt", out.decode())
        self.assertEqual(server.stop(), 0)


class Reload(Case):
    def reload(self, server, outcome="reloaded"):
        count = len(server.records(outcome))
        server.send(SIGHUP)
        server.wait_log(outcome, count + 1)

    def test_the_log_changes(self):
        site = self.site()
        server = self.serve(site)
        site.configure(level='"debug"', format='"json"')
        self.reload(server)
        self.succeed(site, "list")
        self.assertTrue(server.records("state"))
        self.assertIn('"event":"state"', server.text())
        other = self.folder / "other.log"
        site.configure(log__file=json.dumps(str(other)), level='"info"')
        server.send(SIGHUP)
        wait_until("the new file", lambda: other.exists() and '"reloaded"' in other.read_text())
        self.succeed(site, "list")
        wait_until("a login in it", lambda: '"login"' in other.read_text())
        self.assertNotIn('"state"', other.read_text())
        self.assertEqual(server.stop(), 0)

    def test_a_log_that_cannot_be_opened_again_is_told(self):
        site = self.site()
        folder = self.folder / "logs"
        folder.mkdir()
        site.configure(log__file=json.dumps(str(folder / "cifrad.log")))
        server = self.serve(site, wait=False)
        moved = self.folder / "moved"
        wait_until("ready", lambda: (folder / "cifrad.log").exists() and "ready" in (folder / "cifrad.log").read_text())
        folder.rename(moved)
        server.send(SIGHUP)
        text = wait_until("a warning", lambda: "log_not_reopened" in (moved / "cifrad.log").read_text()
                          and (moved / "cifrad.log").read_text())
        self.assertIn("warning log_not_reopened", text)
        self.assertEqual(server.stop(), 0)

    def test_a_new_log_that_cannot_be_opened_changes_nothing(self):
        site = self.site()
        server = self.serve(site)
        site.configure(log__file=json.dumps(str(self.folder / "missing/cifrad.log")), user_timeout_s="77")
        self.reload(server, "reload_failed")
        self.assertNotIn("reloaded", server.text())
        self.succeed(site, "list")
        self.assertEqual(server.stop(), 0)

    def test_keys_that_need_a_restart_are_named(self):
        site = self.site()
        server = self.serve(site)
        state = self.folder / "other-state"
        state.mkdir()
        site.configure(listen='["127.0.0.1:1"]', state_dir=json.dumps(str(state)), threads="3", drain_s="5")
        self.reload(server)
        self.assertEqual([line["key"] for line in server.records("restart_needed")],
                         ["listen", "state_dir", "server.threads"])
        self.succeed(site, "list")
        self.assertEqual(server.stop(), 0)
        self.assertEqual(server.records("draining")[0]["patience_s"], "5")

    def encrypt(self, site, words):
        key = site.folder / "pki/server/key.pem"
        key.write_bytes(subprocess.run(["openssl", "pkcs8", "-topk8", "-in", key, "-passout", "stdin"],
                                       input=words.encode() + b"\n", check=True, capture_output=True).stdout)

    def on_terminal(self, site, log, **more):
        site.configure(log__file=json.dumps(str(log)))
        child = pexpect.spawn(PROGRAMS["cifrad"], ["--config", str(site.config)], env=environment(**more), encoding="utf-8")
        self.addCleanup(end, child)
        wait_until("ready", lambda: log.exists() and "ready" in log.read_text())
        return child

    def test_nobody_is_asked_for_a_passphrase(self):
        site = self.site()
        log = self.folder / "cifrad.log"
        child = self.on_terminal(site, log)
        self.encrypt(site, SERVER)
        child.kill(SIGHUP)
        wait_until("the refusal", lambda: "reload_failed" in log.read_text())
        self.assertIn("key.pem", log.read_text())
        self.succeed(site, "list")
        child.kill(SIGTERM)
        child.expect(pexpect.EOF)
        self.assertNotIn("assphrase", child.before)

    def test_a_key_that_is_now_encrypted_opens_with_a_credential(self):
        site = self.site()
        log, words = self.folder / "cifrad.log", self.folder / "cifra-server"
        child = self.on_terminal(site, log, CREDENTIALS_DIRECTORY=str(self.folder))
        self.encrypt(site, SERVER)
        words.write_text("other words\n")
        child.kill(SIGHUP)
        wait_until("the refusal", lambda: "reload_failed" in log.read_text())
        words.write_text(SERVER + "\n")
        child.kill(SIGHUP)
        wait_until("the words are taken", lambda: " reloaded" in log.read_text())
        words.unlink()
        child.kill(SIGHUP)
        wait_until("they are kept", lambda: log.read_text().count(" reloaded") == 2)
        self.succeed(site, "list")


class Descriptors(Case):
    def limited(self, soft, hard):
        return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    def test_the_limit_is_raised(self):
        site = self.site()
        site.configure(level='"debug"')
        server = self.serve(site, preexec_fn=self.limited(100, 1000))
        self.assertEqual(server.records("descriptors")[0]["limit"], "1000")
        self.assertFalse(server.records("few_descriptors"))
        self.assertEqual(server.stop(), 0)

    def test_too_few_are_told(self):
        site = self.site()
        server = self.serve(site, preexec_fn=self.limited(100, 500))
        told = server.records("few_descriptors")[0]
        self.assertEqual((told["level"], told["limit"], told["needed"]), ("warning", "500", "576"))
        self.assertEqual(server.stop(), 0)
