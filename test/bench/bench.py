#!/usr/bin/python3
# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""cifrad and cifra against nginx with TLS 1.3 and curl, interleaved in one run. Absolute figures of a machine drift by the
hour; the ratios of one run are what counts."""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import measure
from nginx import Nginx


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


def streams(contenders: dict, rounds: int, size: int) -> dict:
    results = interleaved(rounds, contenders, lambda contender: contender.stream())
    share = size / measure.GIB
    faster = ratios(results, lambda cost: 1 / cost.seconds)
    figures = {name: {
        "gigabytes_per_second": median(size / 1e9 / cost.seconds for cost in costs),
        "server_cpu_seconds_per_gib": median(cost.server_cpu / share for cost in costs),
        "client_cpu_seconds_per_gib": median(cost.client_cpu / share for cost in costs),
        "rate_against_nginx": faster[name],
    } for name, costs in results.items()}
    table("One stream, AES-256-GCM, server and client on a core each",
          ["GB/s", "server s/GiB", "client s/GiB", "rate / nginx"], {name: list(row.values()) for name, row in figures.items()})
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
    parser.add_argument("--only", nargs="+", choices=["stream", "login", "idle"], default=["stream", "login", "idle"])
    parser.add_argument("--nginx-only", action="store_true", help="the other side alone, to see what this machine does today")
    parser.add_argument("--json", type=Path, help="write the figures there")
    return parser.parse_args()


def main() -> None:
    wanted = arguments()
    if os.cpu_count() < 2:
        sys.exit("scripts/bench: needs two cores, one for the server and one for the client")
    os.sched_setaffinity(0, {measure.CLIENT_CORE})
    folder = Path(tempfile.mkdtemp(prefix="cifra-bench-", dir="/dev/shm"))  # memory: no disk is measured
    running, figures = [], {"machine": os.uname().release, "cores": os.cpu_count(), "rounds": wanted.rounds}
    try:
        (folder / "media").mkdir()
        make_item(folder / "media/item.bin", wanted.size << 20)
        nginx = Nginx(folder / "nginx", folder / "media")
        running.append(nginx)
        contenders, one_of_each = {"nginx": nginx}, {"nginx": nginx}
        if not wanted.nginx_only:
            from cifra import Cifra
            for label, rotation in [("cifra, no rotation", 0), ("cifra, rotation each 128", 128), ("cifra, rotation each 16", 16)]:
                contenders[label] = Cifra(wanted.build, folder / f"cifra-{rotation}", folder / "media/item.bin", rotation)
                running.append(contenders[label])
            one_of_each["cifra"] = contenders["cifra, rotation each 128"]
        if "stream" in wanted.only:
            figures["stream"] = streams(contenders, wanted.rounds, wanted.size << 20)
        if "login" in wanted.only:
            figures["login"] = logins(one_of_each, wanted.rounds, wanted.logins)
        if "idle" in wanted.only:
            figures["idle"] = idle(one_of_each, wanted.idle)
    finally:
        for server in running:
            server.stop()
        shutil.rmtree(folder)
    if wanted.json:
        wanted.json.write_text(json.dumps(figures, indent=2) + "\n")
        print(f"\nFigures written to {wanted.json}")


main()
