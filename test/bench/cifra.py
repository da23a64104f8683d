# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""cifrad, cifra and cifra-bench-login, set up like nginx here: AES-256-GCM, X25519, P-256 certificates of server and device."""

import os
import re
import socket
import subprocess
import time
from pathlib import Path

import measure

PASSPHRASES = b"authority\nserver\nclient\n"
SUITE = "AES256_GCM_SHA384"


class Cifra:
    def __init__(self, build: Path, folder: Path, item: Path, rotation: int):
        self.programs = {path.name: path for path in build.rglob("cifra*") if path.is_file() and os.access(path, os.X_OK)}
        for name in ("cifractl", "cifrad", "cifra", "cifra-bench-login"):
            if name not in self.programs:
                raise SystemExit(f"scripts/bench: {name} is not in {build}")
        self.folder, self.item, self.port = folder, item, self.free_port()
        media = folder.parent / f"{folder.name}-media"
        media.mkdir()
        os.link(item, media / item.name)
        words = [self.programs["cifractl"], "init", "--dir", folder, "--key", "p256", "--media", media, "--name", "127.0.0.1",
                 "--listen", f"127.0.0.1:{self.port}", "--passphrase-fd", "0"]
        subprocess.run(words, input=PASSPHRASES, check=True, capture_output=True)
        self.configure(rotation)
        self.decrypt_keys()
        self.log = folder / "cifrad.log"
        self.process = subprocess.Popen(
            measure.pinned(measure.SERVER_CORE, [self.programs["cifrad"], "--config", folder / "server/cifrad.toml"]),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.log.open("wb"))
        self.pid = self.process.pid
        self.wait_until_up()

    @staticmethod
    def free_port() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    def configure(self, rotation: int) -> None:
        path = self.folder / "server/cifrad.toml"
        text = path.read_text()
        for key, value in {"user": '"none"', "suites": f'["{SUITE}"]', "threads": "1", "chunks": str(rotation), "seconds": "0",
                           "level": '"warning"'}.items():
            text, changed = re.subn(rf"^{key} = .*$", f"{key} = {value}", text, flags=re.M)
            if changed != 1:
                raise RuntimeError(f"{path}: no single line '{key} ='")
        path.write_text(text)

    def decrypt_keys(self) -> None:
        """Like nginx and curl here: deriving the key of an encrypted file takes the client longer than half a GiB."""
        for key, words in [("server/key.pem", b"server\n"), ("client/device-key.pem", b"client\n"), ("client/user-key.pem", b"client\n")]:
            path = self.folder / key
            path.write_bytes(subprocess.run(["openssl", "pkey", "-in", path, "-passin", "stdin"], input=words,
                                            check=True, capture_output=True).stdout)

    def client(self, *words) -> list:
        return [self.programs["cifra"], "-c", self.folder / "client/cifra.toml", *words]

    def wait_until_up(self) -> None:
        """Up, and the item is in the catalogue: hashing a GiB takes a second."""
        for _ in range(300):
            if self.process.poll() is not None:
                raise RuntimeError("cifrad: " + self.log.read_text())
            answer = subprocess.run(self.client("list"), stdin=subprocess.DEVNULL, capture_output=True, text=True)
            if self.item.name in answer.stdout:
                return
            time.sleep(0.1)
        raise RuntimeError(f"cifrad does not list the item: {answer.stderr}")

    def stream(self) -> measure.Cost:
        return measure.timed(self.client("--suite", SUITE, "--quiet", "get", self.item.name, "-o", "-"), self.pid)

    def log_in(self, count: int, *more: str) -> subprocess.Popen:
        program = [self.programs["cifra-bench-login"], self.folder / "client/cifra.toml", count, *more]
        return subprocess.Popen(measure.pinned(measure.CLIENT_CORE, program), stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def logins(self, count: int) -> measure.Cost:
        """The same device each time, one login after the other; each is over when both have said BYE."""
        before = measure.cpu_seconds(self.pid)
        process = self.log_in(count)
        seconds = float(process.communicate()[0])
        _ = process.wait()
        return measure.Cost(seconds, 0, measure.cpu_seconds(self.pid) - before)

    def idle_bytes(self, count: int) -> float:
        before = measure.resident_bytes(self.pid)
        process = self.log_in(count, "hold")
        float(process.stdout.readline())  # all are logged in
        after = measure.resident_bytes(self.pid)
        process.communicate()
        return (after - before) / count

    def stop(self) -> None:
        measure.stop(self.process)
