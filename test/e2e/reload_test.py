# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""SIGHUP: configuration, certificates and media anew, for whoever comes after it."""

import json
import shutil
from signal import SIGHUP

from broken import CHUNKS, Broken
from proxy import DOWN
from rotating import rotations_implied
from running import Case, Site


class Reload(Broken):
    def reload(self, says: str = " reloaded") -> None:
        told = self.server.text().count(says)
        self.server.send(SIGHUP)
        self.server.wait_log(says, told + 1)

    def test_configuration_is_that_of_new_sessions(self):
        old = self.held(DOWN, 1 << 20, "--json", "get", "some.bin", "old")
        self.far.configure(chunks="8", level='"debug"', suites='["AES128_GCM_SHA256"]', chunk_limit="32768")
        self.reload()
        new = json.loads(self.succeed(self.far, "--json", "get", "some.bin", "new")[0])
        chunks = (CHUNKS + 1) // 2
        self.assertEqual((new["suite"], new["chunks"]), ("AES128_GCM_SHA256", chunks))
        self.assertIn(new["rotations"], rotations_implied(8, chunks))
        self.assertGreaterEqual(len(self.server.records("rotated")), new["rotations"])
        self.refuse(6, self.far, "--suite", "AES256_GCM_SHA384", "list", says="[SUITE]")
        self.proxy.release()
        report = json.loads(self.finish(old)[0])
        self.assertEqual(report["chunks"], CHUNKS)
        self.assertIn(report["rotations"], rotations_implied(64, CHUNKS))
        for name in ("old", "new"):
            self.assert_whole((self.folder / name).read_bytes())

    def test_certificates_are_those_of_new_sessions(self):
        (self.folder / "other").mkdir()
        other = Site(self.folder / "other")
        other.point_client(self.proxy.port)
        self.refuse(7, other, "list")
        old = self.held(DOWN, 1 << 20, "get", "some.bin", "old")
        for name in ("chain.pem", "key.pem"):
            shutil.copyfile(other.folder / "pki/server" / name, self.far.folder / "pki/server" / name)
        for name in ("device-roots.pem", "user-roots.pem"):  # who is trusted by the former goes on
            with (self.far.folder / "pki/server" / name).open("ab") as roots:
                roots.write((other.folder / "pki/server" / name).read_bytes())
        for path in (other.folder / "pki/server/crls").iterdir():
            shutil.copyfile(path, self.far.folder / "pki/server/crls" / f"other-{path.name}")
        self.reload()
        self.succeed(other, "list")
        self.refuse(7, self.far, "list")
        self.proxy.release()
        self.finish(old)
        self.assert_whole((self.folder / "old").read_bytes())

    def test_what_is_broken_is_refused_and_the_former_stays(self):
        good = self.far.config.read_text()
        key = self.far.folder / "pki/server/key.pem"
        words = key.read_bytes()

        def broken(what: str, says: str) -> None:
            told = len(self.server.records("reload_failed"))
            self.reload(" reload_failed")
            failure = self.server.records("reload_failed")[told]
            self.assertIn(says, failure["error"], what)
            self.assertEqual(failure["level"], "error")
            self.assertIn("stays in force", failure["remedy"])
            self.succeed(self.far, "list")

        for old, new, says in (("chunks = 64", 'chunks = "many"', "chunks"), ("chunks = 64", "chnks = 64", "did you mean"),
                               ("[rotation]", "[rotation", "cifrad.toml"), ("media_dir = ", 'media_dir = "nowhere" # ', "nowhere")):
            self.assertIn(old, good)
            self.far.config.write_text(good.replace(old, new))
            broken(new, says)
        self.far.config.unlink()
        broken("no file", "cifrad.toml")
        self.far.config.write_text(good)
        key.write_bytes(words[:100])
        broken("half a key", "key.pem")
        key.write_bytes(words)
        self.reload()
        self.succeed(self.far, "list")

    def test_new_media_are_found(self):
        self.far.add_media("more.bin", b"more")
        self.assertNotIn(b"more.bin", self.succeed(self.far, "list")[0])
        self.reload("added=1")
        self.assertIn(b"more.bin", self.succeed(self.far, "list")[0])
        (self.far.media / "more.bin").unlink()
        self.reload("removed=1")
        self.assertNotIn(b"more.bin", self.succeed(self.far, "list")[0])


class Encrypted(Case):
    def test_the_passphrase_is_asked_for_once(self):
        site = self.site(encrypted=True)
        server = self.serve(site)
        server.send(SIGHUP)
        server.wait_log(" reloaded")
        self.succeed(site, "list")
        self.assertEqual(server.stop(), 0)
