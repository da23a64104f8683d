# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
import json
import random
import subprocess

from running import CA, CLIENT, MEDIA, PROGRAMS, SERVER, Case, Site, environment

SONG = MEDIA / "gunroar-0-part-1.mp3"
DATA = random.Random(5).randbytes(20 * 16384)


class Log(Case):
    def busy(self, **options):
        """A server that has seen all kinds of visitors at level debug, stopped; its site."""
        site = Site(self.folder)
        site.configure(level='"debug"', chunks="4", chunk_limit="16384", **options)
        site.add_media("some.bin", DATA)
        site.add_media(SONG.name, SONG)
        (self.folder / "mine.bin").write_bytes(DATA)
        (self.folder / "stranger").mkdir()
        stranger = Site(self.folder / "stranger")
        server = self.serve(site)
        stranger.point_client(site.port)
        (stranger.folder / "pki/client/server-roots.pem").write_bytes((site.folder / "pki/client/server-roots.pem").read_bytes())
        self.succeed(site, "get", "some.bin", "it")
        self.succeed(site, "put", "mine.bin")
        self.succeed(site, "play", SONG.name, "-o", "file:heard.raw")
        self.refuse(6, stranger, "list")
        self.refuse(6, site, "--suite", "AES256_CTR_SHA256", "list")
        self.refuse(11, site, "put", "mine.bin", "--name", "some.bin")
        self.assertEqual(server.stop(), 0)
        return site, server

    def assert_told(self, server, number) -> None:
        """`number`: how the log writes numbers and booleans."""
        (get, put, play, refused_put) = server.records("login")
        for login in (get, put, play, refused_put):
            self.assertEqual((login["device"], login["person"]), ("device1", "listener"))
            self.assertEqual(login["group"], "X25519")
            self.assertRegex(login["suite"], "^(AES|CHACHA)")
            self.assertRegex(login["address"], r"^127\.0\.0\.1:\d+$")
            self.assertEqual(login["legacy"], number(False))
        for event, login, item in (("save", get, "some.bin"), ("play", play, SONG.name)):
            (record,) = server.records(event)
            wanted = {"item": item, "connection": login["connection"], "device": "device1", "person": "listener", "level": "info"}
            self.assertEqual(record, record | wanted)
        (record,) = server.records("upload")
        wanted = {"name": "mine.bin", "size": number(len(DATA)), "next_chunk": number(0), "connection": put["connection"]}
        self.assertEqual(record, record | wanted)
        self.assertEqual(server.records("stored")[0]["name"], "mine.bin")
        self.assertEqual(server.records("upload_refused")[0]["code"], "EXISTS")
        ended = {record["connection"]: record for record in server.records("ended")}
        self.assertEqual(ended[get["connection"]]["chunks_sent"], number(20))
        self.assertEqual(ended[put["connection"]]["chunks_received"], number(20))
        for record in ended.values():
            self.assertEqual((record["device"], record["person"]), ("device1", "listener"))
            rotated = [line for line in server.records("rotated") if line["connection"] == record["connection"]]
            self.assertEqual(record["rotations"], number(len(rotated)))
            self.assertEqual([line["epoch"] for line in rotated], [number(2 + i) for i in range(len(rotated))])
        self.assertEqual({ended[login["connection"]]["how"] for login in (get, put, play)}, {"clean"})
        self.assertGreaterEqual(int(ended[get["connection"]]["rotations"]), 4)
        self.assertEqual(len(server.records("refused")), 2)
        self.assertEqual(server.records("certificate")[0]["party"], "device")
        self.assertEqual(len(server.records("connected")), 6)
        for line in server.records():
            self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            self.assertIn(line["level"], ("debug", "info", "warning", "error"))
        self.assertEqual([line["event"] for line in server.records()][-1], "stopped")

    def assert_no_secrets(self, site, server) -> None:
        text = server.text()
        for words in (CA, SERVER, CLIENT, "PRIVATE"):
            self.assertNotIn(words, text)
        for pem in site.folder.rglob("*key*.pem"):
            for line in pem.read_text().splitlines():
                self.assertNotIn(line, text)

    def test_json(self):
        site, server = self.busy(format='"json"')
        self.assert_told(server, lambda value: value)
        self.assert_no_secrets(site, server)
        for line in server.text().splitlines():
            json.loads(line, object_pairs_hook=self.once)

    def once(self, pairs) -> dict:
        self.assertEqual(len(dict(pairs)), len(pairs))
        return dict(pairs)

    def test_text(self):
        site, server = self.busy()
        self.assert_told(server, lambda value: str(value).lower())
        self.assert_no_secrets(site, server)

    def test_passphrases_are_not_told(self):
        site = self.site(encrypted=True)
        site.configure(level='"debug"')
        server = self.serve(site)
        self.succeed(site, "list")
        self.refuse(13, site, "list", lines=("wrong", "words"))
        self.assertEqual(server.stop(), 0)
        self.assert_no_secrets(site, server)

    def test_level_and_file(self):
        site = self.site()
        site.configure(level='"warning"', log__file='"of-its-own.log"')
        server = self.serve(site, wait=False)
        own = site.folder / "pki/server/of-its-own.log"
        self.assertEqual(self.cifra_when_up(site)[0], 0)
        self.refuse(6, site, "--suite", "AES256_CTR_SHA256", "list")
        self.assertEqual(server.stop(), 0)
        self.assertEqual(server.text(), "")
        (line,) = own.read_text().splitlines()
        self.assertIn(" warning refused ", line)

    def cifra_when_up(self, site):
        while (done := self.cifra(site, "list"))[0] == 5:
            pass
        return done


class Check(Case):
    def check(self, site, words: str = "") -> tuple[int, str, str]:
        fd = ["--passphrase-fd", "0"] if words else []
        done = subprocess.run([PROGRAMS["cifrad"], "--config", site.config, "-t", *fd], input=words, text=True, check=False,
                              capture_output=True, env=environment(), timeout=60, start_new_session=True)
        return done.returncode, done.stdout, done.stderr

    def test_good(self):
        site = self.site()
        self.serve(site)  # which has the port
        self.assertEqual(self.check(site), (0, f"{site.config}: the configuration is good\n", ""))

    def test_good_with_a_passphrase(self):
        site = self.site(encrypted=True)
        self.assertEqual(self.check(site, f"{SERVER}\n")[0], 0)
        status, _, error = self.check(site, "other words\n")
        self.assertEqual(status, 13)
        self.assertNotIn("other words", error)

    def test_bad(self):
        site = self.site()
        good = site.config.read_text()
        for old, new, says in (("chunks = 128", "chunks = -1", "chunks"), ("seconds = 3600", "secnds = 3600", "did you mean seconds?"),
                               ('"X25519"', '"X25518"', "X25518"), ("key.pem", "no-key.pem", "no-key.pem"),
                               ("[log]", "[log", "cifrad.toml:")):
            with self.subTest(new=new):
                self.assertIn(old, good)
                site.config.write_text(good.replace(old, new))
                status, out, error = self.check(site)
                self.assertEqual((status, out), (3, ""))
                self.assertIn(says, error)
                self.assertRegex(error, r"cifrad\.toml:\d+:\d+: ")
                self.assertIn("cifrad -t", error)

    def test_all_problems_at_once(self):
        site = self.site()
        site.configure(chunks="-1", level='"loud"', drain_s='"long"')
        status, _, error = self.check(site)
        self.assertEqual(status, 3)
        self.assertEqual(len([line for line in error.splitlines() if "cifrad.toml:" in line]), 3)
