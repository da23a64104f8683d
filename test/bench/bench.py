#!/usr/bin/python3
# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""cifrad and cifra against nginx with TLS 1.3 and curl; cifrad with a vault against cifrad with plain files; the ledger against
bare INSERTs into its database. Each interleaved in one run: absolute figures of a machine drift by the hour, the ratios of one
run are what counts."""

import argparse
import contextlib
import json
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import measure
from nginx import Nginx

AGAINST_NGINX, OUR_OWN = ["stream", "login", "idle"], ["vault", "ledger"]


def median(values) -> float:
    return statistics.median(values)


def interleaved(rounds: int, contenders: dict, action) -> dict[str, list]:
    """Each contender once a round, beginning with another one each time."""
    names = list(contenders)
    results: dict[str, list] = {name: [] for name in names}
    for name in names:
        action(contenders[name])  # warm
    for turn in range(rounds):
        for name in names[turn % len(names):] + names[:turn % len(names)]:
            results[name].append(action(contenders[name]))
    return results


def ratios(results: dict[str, list], quantity, base: str = "nginx") -> dict[str, float]:
    """Median over the rounds of each contender's quantity in relation to the base's of the same round."""
    return {name: median(quantity(cost) / quantity(reference) for cost, reference in zip(costs, results[base]))
            for name, costs in results.items()}


def table(title: str, columns: list[str], rows: dict[str, list[float]]) -> None:
    print(f"\n{title}")
    print(" " * 30 + "".join(f"{column:>16}" for column in columns))
    for name, values in rows.items():
        print(f"{name:<30}" + "".join(f"{value:>16.2f}" for value in values))


def streams(title: str, contenders: dict, rounds: int, size: int, base: str) -> dict:
    results = interleaved(rounds, contenders, lambda contender: contender.stream())
    share = size / measure.GIB
    faster = ratios(results, lambda cost: 1 / cost.seconds, base)
    figures = {name: {
        "gigabytes_per_second": median(size / 1e9 / cost.seconds for cost in costs),
        "server_cpu_seconds_per_gib": median(cost.server_cpu / share for cost in costs),
        "client_cpu_seconds_per_gib": median(cost.client_cpu / share for cost in costs),
        "rate_against_" + base.replace(" ", "_"): faster[name],
    } for name, costs in results.items()}
    table(f"{title}, AES-256-GCM, server and client on a core each",
          ["GB/s", "server s/GiB", "client s/GiB", "rate / " + base.split()[0]],
          {name: list(row.values()) for name, row in figures.items()})
    return figures


def logins(contenders: dict, rounds: int, count: int) -> dict:
    results = interleaved(rounds, contenders, lambda contender: contender.logins(count))
    more = ratios(results, lambda cost: 1 / cost.server_cpu)
    figures = {name: {
        "per_second": median(count / cost.seconds for cost in costs),
        "server_cpu_ms": median(cost.server_cpu / count * 1e3 for cost in costs),
        "per_server_cpu_second": median(count / cost.server_cpu for cost in costs),
        "per_server_cpu_second_against_nginx": more[name],
    } for name, costs in results.items()}
    table("Full mutual handshakes, P-256 certificates, X25519, no resumption",
          ["one by one, /s", "server ms", "per CPU second", "ratio / nginx"], {name: list(row.values()) for name, row in figures.items()})
    return figures


def idle(contenders: dict, count: int) -> dict:
    figures = {name: {"resident_kib_per_connection": contender.idle_bytes(count) / 1024} for name, contender in contenders.items()}
    table(f"{count} idle connections", ["KiB each"], {name: list(row.values()) for name, row in figures.items()})
    return figures


def ledgers(databases: dict, rounds: int) -> dict:
    results = interleaved(rounds, {(name, what): getattr(database, what) for name, database in databases.items()
                                   for what in ("plays", "inserts")}, lambda action: action())
    figures = {}
    for name in databases:
        plays, inserts = results[name, "plays"], results[name, "inserts"]
        figures[name] = {
            "plays_per_second": median(run["per_second"] for run in plays),
            "grant_median_ms": median(run["median_ms"] for run in plays),
            "grant_99th_percentile_ms": median(run["p99_ms"] for run in plays),
            "cpu_ms": median(run["cpu_ms"] for run in plays),
            "inserts_per_second": median(inserts),
            "transactions_against_inserts": median(2 * run["per_second"] / bare for run, bare in zip(plays, inserts)),
        }
    table("Plays that a ledger authorises, begun and ended: two transactions, each on the disk before it counts",
          ["plays/s", "grant, ms", "99 % within", "CPU ms a play", "bare INSERTs/s", "trans./INSERTs"],
          {name: list(row.values()) for name, row in figures.items()})
    return figures


def make_item(path: Path, size: int) -> None:
    with path.open("wb") as file:
        for _ in range(size >> 20):
            file.write(os.urandom(1 << 20))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--build", type=Path, default=Path(__file__).resolve().parents[2] / "build", help="where our programs are")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", type=int, default=1024, help="MiB of the item that is streamed")
    parser.add_argument("--logins", type=int, default=300, help="handshakes a round")
    parser.add_argument("--idle", type=int, default=1000, help="idle connections")
    parser.add_argument("--seconds", type=int, default=5, help="of each run of a ledger")
    parser.add_argument("--only", nargs="+", choices=AGAINST_NGINX + OUR_OWN, default=AGAINST_NGINX + OUR_OWN, metavar="ROW",
                        help=", ".join(AGAINST_NGINX + OUR_OWN) + "; all of them, if not given")
    parser.add_argument("--nginx-only", action="store_true", help="the other side alone, to see what this machine does today")
    parser.add_argument("--json", type=Path, help="write the figures there")
    return parser.parse_args()


def against_nginx(wanted: argparse.Namespace, folder: Path, item: Path) -> dict:
    figures = {}
    with contextlib.ExitStack() as running:
        nginx = Nginx(folder / "nginx", item.parent)
        running.callback(nginx.stop)
        contenders, one_of_each = {"nginx": nginx}, {"nginx": nginx}
        if not wanted.nginx_only:
            from cifra import Cifra
            for label, rotation in [("cifra, no rotation", 0), ("cifra, rotation each 128", 128), ("cifra, rotation each 16", 16)]:
                contenders[label] = Cifra(wanted.build, folder / f"cifra-{rotation}", item, rotation)
                running.callback(contenders[label].stop)
            one_of_each["cifra"] = contenders["cifra, rotation each 128"]
        if "stream" in wanted.only:
            figures["stream"] = streams("One stream", contenders, wanted.rounds, wanted.size << 20, "nginx")
        if "login" in wanted.only:
            figures["login"] = logins(one_of_each, wanted.rounds, wanted.logins)
        if "idle" in wanted.only:
            figures["idle"] = idle(one_of_each, wanted.idle)
    return figures


def against_plain_files(wanted: argparse.Namespace, folder: Path, item: Path) -> dict:
    from cifra import Cifra
    kinds = {"plain files": {}, "vault": {"vault": True}, "vault and licences": {"vault": True, "licences": True}}
    contenders = {}
    with contextlib.ExitStack() as running:
        for number, (label, kind) in enumerate(kinds.items()):
            contenders[label] = Cifra(wanted.build, folder / f"lender-{number}", item, 128, **kind)
            running.callback(contenders[label].stop)
        return {"vault": streams("One stream from a vault", contenders, wanted.rounds, wanted.size << 20, "plain files")}


def against_inserts(wanted: argparse.Namespace) -> dict:
    from ledger import Postgresql, Sqlite, disk_folder, start_postgres
    with contextlib.ExitStack() as running:
        disk = disk_folder()
        running.callback(shutil.rmtree, disk)
        postgres = start_postgres()
        running.callback(postgres.close)
        databases = {"SQLite": Sqlite(wanted.build, disk, wanted.seconds)}
        for label, servers in [("PostgreSQL", 1), ("PostgreSQL, 4 servers", 4)]:
            databases[label] = Postgresql(postgres, wanted.build, disk, wanted.seconds, servers)
        return {"ledger": ledgers(databases, wanted.rounds)}


def main() -> None:
    wanted = arguments()
    if os.cpu_count() < 2:
        sys.exit("scripts/bench: needs two cores, one for the server and one for the client")
    os.sched_setaffinity(0, {measure.CLIENT_CORE})
    if wanted.nginx_only:
        wanted.only = [row for row in wanted.only if row in AGAINST_NGINX]
    figures = {"machine": os.uname().release, "cores": os.cpu_count(), "rounds": wanted.rounds}
    with tempfile.TemporaryDirectory(prefix="cifra-bench-", dir="/dev/shm") as name:  # memory: of streams, no disk is measured
        folder = Path(name)
        item = folder / "media/item.bin"
        item.parent.mkdir()
        if wanted.only != ["ledger"]:
            make_item(item, wanted.size << 20)
        if set(wanted.only) & set(AGAINST_NGINX):
            figures |= against_nginx(wanted, folder, item)
        if "vault" in wanted.only:
            figures |= against_plain_files(wanted, folder, item)
    if "ledger" in wanted.only:
        figures |= against_inserts(wanted)
    if wanted.json:
        wanted.json.write_text(json.dumps(figures, indent=2) + "\n")
        print(f"\nFigures written to {wanted.json}")


main()
