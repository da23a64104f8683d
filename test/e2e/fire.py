# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""A server that is killed, starved and cut off from its ledger; a listener who knows what she heard; and the books, in which
both must be found again. CIFRA_FIRE=all: every call instead of some, and long waits."""

import atexit
import collections
import functools
import hashlib
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL, SIGTERM

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from lending import Lender
from proxy import abort
from running import MEDIA, PATIENCE, PROGRAMS, Case, Server, environment, free_port
from tracing import strace

sys.path.append(str(Path(__file__).resolve().parents[1] / "interop"))

import cifra_wire as wire  # noqa: E402
from cifra_certificates import Identity  # noqa: E402
from cifra_client import Client  # noqa: E402
from cifra_connection import Ended, Failed, Options, Refused, Truncated  # noqa: E402

ALL = os.environ.get("CIFRA_FIRE") == "all"
# What changes a file or tells somebody something. With "?": not every machine has each of them.
CALLS = ("write", "writev", "pwrite64", "pwritev", "fsync", "fdatasync", "ftruncate", "?rename", "renameat", "renameat2", "?link",
         "linkat", "?unlink", "unlinkat", "sendto", "sendmsg")
COUNTED, FREE = "gunroar-2.mp3", "gunroar-0-part-2.mp3"  # lent by chunks; by plays
LEASE = 16  # chunks: what a crash may cost
BROKEN = (OSError, Truncated, Refused, Ended)  # what a listener sees of a server that dies
Denied = Failed  # what it tells her instead, with the `name` of the code


def some(points: list, count: int) -> list:
    """All of them, or so many, evenly spread, with the first and the last."""
    if ALL or len(points) <= count:
        return points
    return [points[round(i * (len(points) - 1) / (count - 1))] for i in range(count)]


class Burning(Server):
    """cifrad under strace."""

    def __init__(self, site, words: list, *, wait: bool = True):
        self.site = site
        self.log = site.folder / f"cifrad-{time.monotonic_ns()}.log"
        # With the filter, calls that are not asked for cost nothing; but then strace sends no signals.
        quick = [] if any("signal=SIG" in word for word in words) else ["--seccomp-bpf"]
        command = [words[0], *quick, *words[1:], PROGRAMS["cifrad"], "--config", site.config]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment(),
                                            start_new_session=True)
        if wait:
            self.wait_ready()

    def wait_ready(self) -> None:
        self.wait_log(" ready ")

    def was_killed(self) -> bool:
        return self.process.poll() == -SIGKILL

    def send(self, number: int) -> None:
        """To cifrad: strace would let go of it, and leave it running."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        for pid in children.read_text().split() if self.process.poll() is None else ():
            os.kill(int(pid), number)

    def stop(self, number: int = SIGTERM) -> int:
        if self.process.poll() is None:
            self.send(number)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.send(SIGKILL)
            self.process.wait()
            raise AssertionError(f"cifrad did not stop within {PATIENCE} s:\n{self.text()[-4000:]}") from None


def counting(log: Path) -> list:
    words = strace(log=str(log))[:-1]
    return [*words, "trace=" + ",".join(CALLS), "-ttt", "-qq", "-e", "signal=none"]


def calls_behind(log: Path, begin: float) -> list:
    """(call, n) in the order of time: the calls since `begin`, each the n-th of its name in its thread, as strace counts
    them. Left out is what cannot be met, as another thread has its n-th call before."""
    seen, before, found = collections.Counter(), collections.Counter(), {}
    for line in log.read_text(errors="replace").splitlines():
        entered = re.match(r"(\d+) +([\d.]+) (\w+)\(", line)
        if not entered:
            continue
        thread, at, call = entered[1], float(entered[2]), entered[3]
        seen[thread, call] += 1
        number = seen[thread, call]
        if at < begin:
            before[call] = max(before[call], number)
        elif number > before[call]:
            found.setdefault((call, number), None)
    return list(found)


# The books

@dataclass
class Books:
    """All that cifractl says of a ledger."""

    verified: dict
    log: list
    licences: list
    report: dict


def _encoded(*values) -> bytes:
    """As ledger_keys.cpp puts values one behind the other."""
    out = b""
    for value in values:
        if isinstance(value, int):
            out += b"i" + struct.pack(">q", value)
        else:
            value = value.encode() if isinstance(value, str) else value
            out += b"b" + struct.pack(">I", len(value)) + value
    return out


def hash_of(entry: dict) -> str:
    sealed = [bytes.fromhex(entry[name]) for name in ("person_pseudonym", "item_pseudonym", "sealed")]
    rest = _encoded("audit", entry["seq"], entry["time"], entry["event"], *sealed)
    return hashlib.sha256(bytes.fromhex(entry["previous"]) + rest).hexdigest()


def demand(holds: bool, *what) -> None:
    if not holds:
        raise AssertionError(" ".join(str(word) for word in what))


def check_chain(log: list) -> None:
    previous = "00" * 32
    for number, entry in enumerate(log, 1):
        demand(entry["seq"] == number, "entry", number, "of the log is number", entry["seq"])
        demand(entry["previous"] == previous and hash_of(entry) == entry["hash"], "the log is torn at entry", number)
        previous = entry["hash"]


def debits(log: list) -> tuple[dict, dict]:
    """What the log alone says: of each play (licence, plays, chunks), and how often each began."""
    plays, begun = {}, collections.Counter()
    for entry in log:
        details = entry["details"]
        play, units = details.get("play"), details.get("units", 0)
        if entry["event"] == "play":
            begun[play] += 1
            plays[play] = (details["licence"], details["cost"], 0)
        elif entry["event"] in ("lease", "end") and "units" in details:
            demand(play in plays, entry["event"], "of a play that never began:", play)
            licence, cost, leased = plays[play]
            plays[play] = (licence, cost, leased + units if entry["event"] == "lease" else units)
    return plays, begun


def check(books: Books, heard: dict | None = None) -> dict:
    """Every play is metered exactly once, and nothing was heard that was not metered. `heard`: by licence (plays, chunks) that
    listeners have had something of. Gives (plays, chunks) that each licence was debited."""
    demand(books.verified["intact"] and not books.verified["findings"], "cifractl audit verify:", books.verified["findings"])
    check_chain(books.log)
    demand(books.verified["entries"] == len(books.log), "the log has", len(books.log), "entries, verified were", books.verified)
    plays, begun = debits(books.log)
    demand(all(count == 1 for count in begun.values()), "a play began twice:", begun)
    demand(books.verified["plays"] == len(plays), len(plays), "plays in the log,", books.verified["plays"], "in the ledger")
    taken = {licence["id"]: (0, 0) for licence in books.licences}
    demand(books.verified["licences"] == len(taken), "licences:", books.verified["licences"], len(taken))
    for licence, cost, units in plays.values():
        demand(licence in taken, "a play by an unknown licence", licence)
        taken[licence] = (taken[licence][0] + cost, taken[licence][1] + units)
    for licence in books.licences:
        check_licence(licence, *taken[licence["id"]], *(heard or {}).get(licence["id"], (0, 0)))
    total = sum(count for count, _ in taken.values())
    demand(books.report["total"]["plays"] == total, "the report has", books.report["total"]["plays"], "plays, the log", total)
    demand(sum(line["plays"] for line in books.report["lines"]) == total, "the report does not add up:", books.report)
    demand(books.report["total"]["chunks"] <= sum(units for _, units in taken.values()), "more was sent than debited")
    return taken


def check_licence(licence: dict, plays: int, units: int, heard: int, chunks: int) -> None:
    name = licence["id"]
    demand(licence["plays_used"] == plays, name, "was debited", licence["plays_used"], "plays, the log has", plays)
    for what, debited, had in (("plays", plays, heard), ("units", units, chunks)):
        amount = licence[what]
        if amount is None:
            continue
        demand(0 <= amount["left"] <= amount["of"], name, "has", amount, what)
        demand(amount["of"] - amount["left"] == debited, name, "has", amount, what, "and was debited", debited)
        demand(had <= debited, name, "was debited", debited, what, "and", had, "were heard")


@functools.cache
def _model() -> "Shop":
    """Made once: to make a copy of it is quicker."""
    folder = Path(tempfile.mkdtemp(prefix="cifra-e2e-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    model = Shop(folder)
    model.configure(first='"operator-only"', threads="1")
    model.put_in(MEDIA / FREE, MEDIA / COUNTED)
    return model


class Shop(Lender):
    @classmethod
    def copied(cls, folder: Path) -> "Shop":
        model = _model()
        shutil.copytree(model.folder / "pki", folder / "pki")
        shop = cls.__new__(cls)
        shop.folder, shop.encrypted, shop.port = folder, False, free_port()
        shop.config, shop.client_config = folder / "pki/server/cifrad.toml", folder / "pki/client/cifra.toml"
        shop.configure(listen=f'["127.0.0.1:{shop.port}"]')
        shop.point_client(shop.port)
        return shop

    def books(self) -> Books:
        """All of it at once: nobody plays meanwhile."""
        asked = [("audit", "verify", "--json"), ("audit", "export"), ("licence", "show", "--json"),
                 ("report", "--by", "item", "--json")]
        with ThreadPoolExecutor(len(asked)) as pool:
            verified, log, licences, report = pool.map(lambda words: self.admin(*words), asked)
        return Books(json.loads(verified), [json.loads(line) for line in log.splitlines()], json.loads(licences), json.loads(report))


# The listener

def _certificates(path: Path) -> list:
    whole = rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----"
    return [x509.load_pem_x509_certificate(pem) for pem in re.findall(whole, path.read_bytes(), re.S)]


class Listener(Client):
    """Somebody with a player of her own, who says which play it is, and counts what she hears."""

    def __init__(self, site, port: int | None = None, timeout: float = 10):
        folder = site.folder / "pki/client"

        def identity(kind):
            chain = [each.public_bytes(Encoding.DER) for each in _certificates(folder / f"{kind}-chain.pem")]
            return Identity(chain, load_pem_private_key((folder / f"{kind}-key.pem").read_bytes(), None))

        super().__init__(("127.0.0.1", port or site.port), Options(timeout=timeout), _certificates(folder / "server-roots.pem"),
                         identity("device"), identity("user"))
        try:
            self.login()
        except BaseException:
            self.sock.close()
            raise
        self.heard = 0  # chunks
        self.of, self.reads = collections.Counter(), collections.Counter()  # by stream: chunks, and READs

    def begin(self, item: bytes, play: bytes, mode=wire.PLAY):
        stream = self.next_request()
        self.send(wire.OPEN, wire.u32(stream) + wire.u8(mode) + play + item)
        return self._opened(stream)[2]

    def hear(self, opened, first: int, count: int) -> None:
        """So many chunks from the `first` on; whatever arrived before it fails is in `heard`."""
        stream = opened.request
        self.reads[stream] += 1
        read = self.reads[stream]
        self.send(wire.READ, wire.u32(stream) + wire.u32(read) + wire.u64(first) + wire.u32(count))
        for index in range(first, first + count):
            inner, r = self.receive()
            if inner != wire.DATA or (r.uint(4), r.uint(4), r.uint(8)) != (stream, read, index):
                raise wire.Violation("DATA")
            self.heard += 1
            self.of[stream] += 1

    def close(self, opened) -> None:
        """As the end of a play: it cannot be resumed."""
        self.send(wire.CLOSE, wire.u32(opened.request) + wire.u64(0) + wire.u64(self.of[opened.request]))
        inner, _ = self.receive()
        if inner != wire.CLOSE:
            raise wire.Violation("CLOSE")

    def drop(self) -> None:
        """As by a power cut: not even a FIN."""
        abort(self.sock)
        self.sock.close()


class Fire(Case):
    """A shop with two songs, of which one is lent by plays and one by chunks, more than anybody here needs."""

    plenty = 1_000_000

    def setUp(self):
        super().setUp()
        self.shop = Shop.copied(self.folder)
        self.prepare()
        self.by_plays = self.shop.issue("--plays", str(self.plenty), item=FREE)
        self.by_chunks = self.shop.issue("--units", str(self.plenty), "--rights", "play,save", item=COUNTED)
        self.items = {entry["name"]: bytes.fromhex(entry["item"]) for entry in self.shop.admin_json("media", "list")}
        self.chunks = {name: -(-(MEDIA / name).stat().st_size // 16384) for name in (FREE, COUNTED)}
        self.heard = {self.by_plays: (0, 0), self.by_chunks: (0, 0)}
        self.restarts = []  # seconds

    def prepare(self) -> None:
        """Before the first licence."""

    def burn(self, words: list, **options) -> Burning:
        server = Burning(self.shop, words, **options)
        self.addCleanup(server.stop, SIGKILL)
        return server

    def start_again(self) -> Server:
        """Without anybody's help."""
        begin = time.monotonic()
        server = self.serve(self.shop)
        self.restarts.append(time.monotonic() - begin)
        return server

    def note(self, licence: str, plays: int, chunks: int) -> None:
        """What somebody has had of it."""
        had = self.heard.get(licence, (0, 0))
        self.heard[licence] = (had[0] + plays, had[1] + chunks)

    def debited(self) -> dict:
        """By licence (plays, chunks), when all is well in the books."""
        return check(self.shop.books(), self.heard)

    def plays_whole(self, name: str, licence: str) -> None:
        """A listener comes, plays all of it and leaves."""
        with Listener(self.shop) as listener:
            try:
                opened = listener.begin(self.items[name], os.urandom(16))
                listener.hear(opened, 0, self.chunks[name])
                listener.close(opened)
                listener.goodbye()
            finally:
                self.note(licence, int(listener.heard > 0), listener.heard)

    def tell(self, what: str) -> None:
        slowest = f", slowest restart {max(self.restarts):.2f} s" if self.restarts else ""
        print(f"{self.id().split('.', 1)[-1]}: {what}{slowest}", file=sys.stderr)
