# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""cifrad, cifra and cifra-bench-login, set up like nginx here: AES-256-GCM, X25519, P-256 certificates of server and device."""

import os
import socket
import subprocess
import time
from pathlib import Path

import measure

PASSPHRASES = b"authority\nserver\nclient\n"
SUITE = "AES256_GCM_SHA384"


class Cifra:
    """Lends the item as a plain file; or from a vault, to everybody, or by a licence that each is given."""

    def __init__(self, build: Path, folder: Path, item: Path, rotation: int, *, vault: bool = False, licences: bool = False):
        self.programs = {path.name: path for path in build.rglob("cifra*") if path.is_file() and os.access(path, os.X_OK)}
        for name in ("cifractl", "cifrad", "cifra", "cifra-bench-login"):
            if name not in self.programs:
                raise SystemExit(f"scripts/bench: {name} is not in {build}")
        self.folder, self.item, self.port = folder, item, self.free_port()
        plain = []
        if not vault:
            media = folder.parent / f"{folder.name}-media"
            media.mkdir()
            os.link(item, media / item.name)
            plain = ["--media", media]
        self.admin(PASSPHRASES, "init", "--key", "p256", "--name", "127.0.0.1", "--listen", f"127.0.0.1:{self.port}", *plain)
        self.configure({"login.user": '"none"', "protocol.suites": f'["{SUITE}"]', "server.threads": "1",
                        "rotation.chunks": str(rotation), "rotation.seconds": "0", "log.level": '"warning"'})
        self.decrypt_keys()
        if vault:
            self.fill_vault()
            self.configure({"licences.first": '"custom"', "licences.rights": '["play", "save"]'} if licences else
                           {"ledger.database": '""'})
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

    def admin(self, lines: bytes, *words) -> None:
        done = subprocess.run([self.programs["cifractl"], *words, "--dir", self.folder, "--passphrase-fd", "0"], input=lines,
                              check=False, capture_output=True)
        if done.returncode:
            raise RuntimeError(f"cifractl {words[0]}: {done.stderr.decode(errors='replace')}")

    def configure(self, values: dict[str, str]) -> None:
        """Each key with its table: a key may be in several of them."""
        path = self.folder / "server/cifrad.toml"
        lines, table, left = path.read_text().splitlines(), "", dict(values)
        for number, line in enumerate(lines):
            if line.startswith("["):
                table = line.strip("[]") + "."
            key = line.partition(" = ")[0]
            if table + key in left:
                lines[number] = f"{key} = {left.pop(table + key)}"
        if left:
            raise RuntimeError(f"{path}: no line of {', '.join(left)}")
        path.write_text("\n".join(lines) + "\n")

    def fill_vault(self) -> None:
        """Opened by a key file, as there is no passphrase any more that cifrad would be given."""
        opener = self.folder / "server/vault.bin"
        opener.write_bytes(os.urandom(32))
        opener.chmod(0o600)
        self.admin(b"server\n", "media", "rewrap", "--to-key-file", opener)
        self.configure({"vault.key_file": f'"{opener.name}"'})
        self.admin(b"server\n", "media", "add", self.item)

    def decrypt_keys(self) -> None:
        """Like nginx and curl here: deriving the key of an encrypted file takes the client longer than half a GiB."""
        for key, words in [("server/key.pem", b"server\n"), ("client/device-key.pem", b"client\n"), ("client/user-key.pem", b"client\n"),
                           ("server/publisher-key.pem", b"server\n")]:
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
