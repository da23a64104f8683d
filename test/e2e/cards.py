# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Virtual readers with cards in them: a pcscd of this test process alone, vsmartcard's vpcd, and test/token/piv_card.py.

isolate() moves the process into a network and a mount namespace of its own, for good: everything that it starts from then on
sees its readers and no others, and vpcd, which listens on all addresses, can be reached from there only.
"""

import ctypes
import fcntl
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
from pathlib import Path

from running import wait_until

EMULATOR = Path(__file__).resolve().parents[1] / "token/piv_card.py"
DRIVERS = (Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so"), Path("/usr/lib64/pcsc/drivers/serial/libifdvpcd.so"))
FIRST_PORT = 35963
PIN, PUK = "739184", "48151623"

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x00020000, 0x10000000, 0x40000000
MS_REC, MS_PRIVATE = 0x4000, 1 << 18
SIOCSIFFLAGS, IFF_UP, IFF_RUNNING = 0x8914, 0x1, 0x40

libc = ctypes.CDLL(None, use_errno=True)
is_isolated = False


def call(name: str, *arguments) -> None:
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}: tests with cards need root, or user namespaces")


def isolate() -> None:
    """Once a process; before it has threads or servers."""
    global is_isolated
    if is_isolated:
        return
    user, group = os.geteuid(), os.getegid()
    call("unshare", CLONE_NEWNS | CLONE_NEWNET | (CLONE_NEWUSER if user else 0))
    if user:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    call("mount", b"tmpfs", b"/run", b"tmpfs", 0, b"size=1m")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP | IFF_RUNNING))
    is_isolated = True


class Readers:
    """pcscd with `count` virtual readers, called "Reader A", "Reader B", …"""

    def __init__(self, folder: Path, count: int = 1):
        isolate()
        self.folder, self.count = folder, count
        driver = next((path for path in DRIVERS if path.exists()), None)
        if driver is None or not shutil.which("pcscd"):
            raise AssertionError("pcscd or vsmartcard-vpcd is not installed: scripts/deps check")
        configuration = folder / "readers"
        configuration.mkdir()
        entries = []
        for number in range(count):
            # The driver keeps its state in variables: each reader needs a copy of its own.
            own = folder / f"libifdvpcd-{number}.so"
            shutil.copyfile(driver, own)
            port = f"0x{self.port(number):X}"
            entries.append(f'FRIENDLYNAME "Reader {chr(65 + number)}"\nDEVICENAME /dev/null:{port}\nLIBPATH {own}\nCHANNELID {port}\n')
        # Its "slot 00 01" is not used.
        (configuration / "vpcd").write_text("\n".join(entries))
        self.start()

    @staticmethod
    def port(number: int) -> int:
        return FIRST_PORT + 0x20 * number

    def start(self) -> None:
        Path("/run/pcscd").mkdir(exist_ok=True)
        with (self.folder / "pcscd.log").open("ab") as log:
            self.process = subprocess.Popen(["pcscd", "--foreground", "--config", self.folder / "readers"], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True)
        wait_until("pcscd", Path("/run/pcscd/pcscd.comm").is_socket)
        if self.count:
            wait_until("the virtual reader", lambda: self.listens(self.port(self.count - 1)))

    @staticmethod
    def listens(port: int) -> bool:
        # Looked up, not connected to: a connection is a card.
        return any(line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A"
                   for line in Path("/proc/net/tcp").read_text().splitlines()[1:])

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:  # it waits for a card that hangs
                self.process.kill()
                self.process.wait()
        Path("/run/pcscd/pcscd.comm").unlink(missing_ok=True)


class ReaderState(ctypes.Structure):
    """SCARD_READERSTATE of pcsclite."""
    _fields_ = [("name", ctypes.c_char_p), ("data", ctypes.c_void_p), ("current", ctypes.c_ulong), ("event", ctypes.c_ulong),
                ("size", ctypes.c_ulong), ("atr", ctypes.c_ubyte * 33)]


def wait_seen(present: bool, reader: int = 0) -> None:
    """PC/SC says that a card is, or is not, in that reader: a program that starts now sees the same."""
    pcsc = ctypes.CDLL("libpcsclite.so.1")
    context = ctypes.c_long()
    if pcsc.SCardEstablishContext(2, None, None, ctypes.byref(context)) != 0:
        raise AssertionError("pcscd does not run")
    state = ReaderState(name=f"Reader {chr(65 + reader)} 00 00".encode())

    def is_so() -> bool:
        pcsc.SCardGetStatusChange(context, 1000, ctypes.byref(state), 1)
        state.current = state.event & ~0x2
        return bool(state.event & 0x20) == present and not (present and state.event & 0x200)

    try:
        wait_until(f"a card {'in' if present else 'out of'} reader {reader}", is_so)
    finally:
        pcsc.SCardReleaseContext(context)


class Card:
    """A card; in its reader from the beginning. `keys`: (reference, key file, certificate file) each."""

    def __init__(self, folder: Path, *keys: tuple, reader: int = 0, memory: str = "card", unknown: bool = False):
        self.memory, self.reader = folder / f"{memory}.json", reader
        words = [word for reference, key, certificate in keys for word in ("--key", reference, key, certificate)]
        self.process = subprocess.Popen([sys.executable, "-B", EMULATOR, "--port", str(Readers.port(reader)), "--memory", self.memory,
                                         "--pin", PIN, "--puk", PUK, *(["--unknown"] if unknown else []), *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        start_new_session=True)
        self.answer()
        wait_seen(True, reader)

    def insert(self) -> None:
        self.tell("insert")
        wait_seen(True, self.reader)

    def eject(self) -> None:
        self.tell("eject")
        wait_seen(False, self.reader)

    def answer(self) -> str:
        line = self.process.stdout.readline().strip()
        if not line or line.startswith("no "):
            raise AssertionError(f"the card emulator says {line!r}")
        return line

    def tell(self, command: str) -> str:
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.answer()

    def state(self) -> dict:
        return json.loads(self.tell("state"))

    def stop(self) -> None:
        """It is out of the reader then."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
