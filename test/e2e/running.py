# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""A site in a temporary folder (PKI, media, configurations) and the real programs that run in it."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from signal import SIGTERM

sys.path.append(str(Path(__file__).resolve().parents[1] / "support"))

PROGRAMS = {name: os.environ[name.upper()] for name in ("cifractl", "cifrad", "cifra")}
CA, SERVER, CLIENT = "authority words", "server words", "client words"
MEDIA = Path(__file__).resolve().parents[2] / "media"
PATIENCE = 60  # seconds until something that should have happened is given up; no test measures time with it


def environment(**more: str) -> dict[str, str]:
    ours = ("CIFRA_CONFIG", "CIFRA_SERVER", "CREDENTIALS_DIRECTORY", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME")
    return {key: value for key, value in os.environ.items() if key not in ours} | {"LC_ALL": "C.UTF-8", "CIFRA_PBKDF2_ROUNDS": "1000"} | more


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(what, condition):
    """The first true value of condition(), or a failure that names `what`."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"waited {PATIENCE} s for {what}")


def parse_line(line: str) -> dict:
    """One line of cifrad's log, in whichever of its two formats; fails on anything else."""
    if line.startswith("{"):
        return json.loads(line)
    whole = re.fullmatch(r'(\S+Z) (\w+) +(\w+)((?: \w+=(?:"(?:[^"\\]|\\.)*"|[^\s"]+))*)\n?', line)
    if not whole:
        raise AssertionError(f"no line of a log: {line!r}")
    time_of, level, event, fields = whole.groups()
    values = re.findall(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|(\S+))', fields)
    return {"time": time_of, "level": level, "event": event} | {key: quoted or plain for key, quoted, plain in values}


class Site:
    """What `cifractl init` makes, in `folder`. With `encrypted` keys each start of a program costs a key derivation. Lends the
    plain files of `media`, without licences; with `vault`, what is in there (lending.py)."""

    def __init__(self, folder: Path, *, encrypted: bool = False, init: tuple = (), vault: bool = False):
        self.folder, self.encrypted = Path(folder), encrypted
        self.port = free_port()
        self.media = self.folder / "media"
        self.config, self.client_config = self.folder / "pki/server/cifrad.toml", self.folder / "pki/client/cifra.toml"
        self.media.mkdir(exist_ok=True)
        init += () if vault else ("--media", self.media)
        subprocess.run([PROGRAMS["cifractl"], "init", "--dir", self.folder / "pki", "--name", "localhost", "--listen",
                        f"127.0.0.1:{self.port}", "--passphrase-fd", "0", *init], input=f"{CA}\n{SERVER}\n{CLIENT}\n".encode(),
                       check=True, capture_output=True, env=environment())
        if not encrypted:
            for key, words in (("server/key.pem", SERVER), ("client/device-key.pem", CLIENT), ("client/user-key.pem", CLIENT)):
                self.decrypt(self.folder / "pki" / key, words)
        self.point_client(self.port)

    @staticmethod
    def decrypt(path: Path, words: str) -> None:
        path.write_bytes(subprocess.run(["openssl", "pkey", "-in", path, "-passin", "stdin"], input=words.encode() + b"\n",
                                        check=True, capture_output=True).stdout)

    def configure(self, **values: str) -> None:
        """Each key once in cifrad.toml; values as TOML writes them: configure(chunks="3", level='"debug"'). A key that several
        tables have goes with its table: configure(log__file=…)."""
        text = self.config.read_text()
        for name, value in values.items():
            table, _, key = name.rpartition("__")
            line = rf"(?m)^{key} = .*$" if not table else rf"(?ms)(?<=^\[{table}\]\n)((?:(?!^\[).)*?)^{key} = [^\n]*$"
            text, changed = re.subn(line, lambda found, key=key, value=value: "".join(found.groups()) + f"{key} = {value}", text)
            if changed != 1:
                raise AssertionError(f"{self.config}: no single line '{key} =' for {name}")
        self.config.write_text(text)

    def point_client(self, port: int) -> None:
        text = self.client_config.read_text()
        self.client_config.write_text(re.sub(r'^server = .*$', f'server = "localhost:{port}"', text, flags=re.M))

    def add_media(self, name: str, content: bytes | Path) -> Path:
        path = self.media / name
        if isinstance(content, Path):
            shutil.copyfile(content, path)
        else:
            path.write_bytes(content)
        return path


class Server:
    """A running cifrad. Its log is text or JSON lines, as the site is configured; text() is all of it so far."""

    def __init__(self, site: Site, *, wait: bool = True, **options):
        self.site = site
        self.log = site.folder / f"cifrad-{time.monotonic_ns()}.log"
        words = ["--passphrase-fd", "0"] if site.encrypted else []
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([PROGRAMS["cifrad"], "--config", site.config, *words], stdin=subprocess.PIPE,
                                            stdout=log, stderr=log, env=environment(), start_new_session=True, **options)
        self.process.stdin.write(f"{SERVER}\n".encode() if site.encrypted else b"")
        self.process.stdin.close()
        if wait:
            self.wait_ready()

    def text(self) -> str:
        return self.log.read_text()

    def records(self, event: str | None = None) -> list[dict]:
        """The log's lines as dictionaries, those of `event` only if one is given; values of a text log are strings."""
        lines = [parse_line(line) for line in self.text().splitlines(keepends=True) if line.endswith("\n")]
        return [line for line in lines if event in (None, line["event"])]

    def wait_log(self, words: str, count: int = 1) -> str:
        wait_until(f"{words!r} in {self.log.name}", lambda: self.text().count(words) >= count or self.process.poll() is not None)
        if self.text().count(words) < count:
            raise AssertionError(f"cifrad ended with {self.process.returncode} before it logged {words!r}:\n{self.text()}")
        return self.text()

    def wait_ready(self) -> None:
        """Listening, and every file in media/ is in the catalogue."""
        self.wait_log("listening")

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def stop(self, number: int = SIGTERM) -> int:
        """Its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"cifrad did not stop within {PATIENCE} s:\n{self.text()[-4000:]}") from None


class Case(unittest.TestCase):
    """One folder a test, removed behind it."""

    maxDiff = 4000

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="cifra-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def site(self, **options) -> Site:
        return Site(self.folder, **options)

    def serve(self, site: Site, **options) -> Server:
        server = Server(site, **options)
        self.addCleanup(server.stop)
        return server

    def command(self, site: Site, *arguments) -> list:
        return [PROGRAMS["cifra"], "--config", site.client_config, *(["--passphrase-fd", "0"] if site.encrypted else []), *arguments]

    def start(self, site: Site, *arguments, **options) -> subprocess.Popen:
        """A cifra that runs beside the test; its output is in pipes unless `options` say otherwise."""
        given = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": self.folder,
                 "env": environment(), "start_new_session": True} | options
        process = subprocess.Popen(self.command(site, *arguments), **given)
        self.addCleanup(self.reap, process)
        if site.encrypted:
            process.stdin.write(f"{CLIENT}\n{CLIENT}\n".encode())
            process.stdin.flush()
        return process

    @staticmethod
    def reap(process: subprocess.Popen) -> None:
        if process.poll() is None:
            process.kill()
        process.communicate()

    def cifra(self, site: Site, *arguments, lines: tuple = (CLIENT, CLIENT), **options):
        """Gives (exit status, standard output as bytes, standard error as text)."""
        given = {"cwd": self.folder, "env": environment(), "timeout": 2 * PATIENCE, "start_new_session": True} | options
        words = "".join(line + "\n" for line in lines).encode() if site.encrypted else b""
        if "stdin" not in given:
            given["input"] = words
        done = subprocess.run(self.command(site, *arguments), capture_output=True, check=False, **given)
        error = done.stderr.decode()
        for secret in (CA, SERVER, CLIENT):
            self.assertNotIn(secret, error)
        return done.returncode, done.stdout, error

    def succeed(self, site: Site, *arguments, **options):
        """Gives (standard output as bytes, standard error as text)."""
        status, out, error = self.cifra(site, *arguments, **options)
        self.assertEqual(status, 0, error)
        return out, error

    def refuse(self, wanted: int, site: Site, *arguments, says=(), **options) -> str:
        """cifra exits with `wanted` and its words contain all of `says`."""
        status, _, error = self.cifra(site, *arguments, **options)
        self.assertEqual(status, wanted, error)
        self.assertTrue(error.startswith("cifra: "), error)
        for part in [says] if isinstance(says, str) else says:
            self.assertIn(part, error)
        return error

    def files(self, folder: Path) -> list[str]:
        return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
