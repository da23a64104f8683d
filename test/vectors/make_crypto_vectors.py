#!/usr/bin/python3
# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""make_crypto_vectors.py: writes crypto/*.json beside itself, the same bytes in every run. Numbers that stand in the files: bytes are hex,
lengths and sequence numbers are decimal."""

import hashlib
import json
from pathlib import Path

import crypto_groups
import crypto_signatures
from crypto_reference import SUITES, Schedule, Sealer, digest, fixed, keys, u

GROUPS = ["X25519", "P-256", "P-384", "ffdhe2048", "ffdhe3072", "ffdhe4096"]
AUTHENTICATE, PING, ROTATE, ROTATE_RESPONSE, ROTATED, LIST, DATA = 1, 5, 7, 8, 9, 16, 21


def as_json(value):
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: as_json(member) for name, member in value.items()}
    return [as_json(member) for member in value] if isinstance(value, list) else value


def rotation(schedule, exchange, epoch):
    rotate = u(epoch, 4) + u(len(exchange["public"]), 2) + exchange["public"]
    response = u(epoch, 4) + u(len(exchange["peer"]), 2) + exchange["peer"]
    schedule.rotate(exchange["shared"], rotate, response)
    return {"dh": exchange["shared"], "rotate": rotate, "response": response}


def epoch_secrets(suite, schedule):
    return {side: {"secret": secret, **keys(suite, secret)} for side, secret in (("client", schedule.client), ("server", schedule.server))}


def schedule_case(suite, group):
    """A handshake whose frames and items are of any content, and two rotations."""
    label = f"{suite.name} {group}"
    frames = [u(i + 1, 1) + u(length, 3) + fixed(f"{label} frame {i}", length) for i, length in enumerate((300, 36, 250, 36))]
    items = [fixed(f"{label} item {i}", length) for i, length in enumerate((20, 700, 80, 36))]
    exchange = crypto_groups.exchange(group, label)
    th0, th_signature, th_finished = digest(suite, *frames), digest(suite, *frames, *items[:3]), digest(suite, *frames, *items)
    schedule = Schedule(suite, exchange["shared"], th0)
    case = {"suite": suite.name, "group": group, "dh": exchange["shared"], "frames": frames, "items": items, "th_dh": th0, "th_signature": th_signature,
            "th_finished": th_finished, "epoch0": epoch_secrets(suite, schedule),
            "finished": {side: schedule.finished(side, th_signature) for side in ("client", "server")}}
    schedule.start(th_finished)
    case["epoch1"] = epoch_secrets(suite, schedule)
    case["rotations"] = []
    for epoch in (2, 3):
        step = rotation(schedule, crypto_groups.exchange(group, f"{label} rotation {epoch}"), epoch)
        case["rotations"].append(step | epoch_secrets(suite, schedule))
    return case


def seal(sealer, number, inner_type, body, padding, label):
    iv = fixed(f"{label} iv {number}", sealer.suite.block)
    frame, mac = sealer.seal(number, inner_type, body, padding, iv)
    return {"epoch": sealer.epoch, "number": number, "type": inner_type, "body": body, "padding": padding, "iv": iv, "frame": frame, "mac": mac}


def record_case(suite, epoch, ratchet, first):
    label = f"{suite.name} {epoch} {ratchet} {first}"
    secret = fixed(f"{label} secret", suite.hash_length)
    sealer = Sealer(suite, secret, epoch, ratchet)
    wanted = [(AUTHENTICATE, 37, 0), (LIST, 0, 0), (PING, 8, 0), (DATA, 100, 5), (DATA, 12, 300), (LIST, 1, 3), (254, 33, 1)]
    records = [seal(sealer, first + i, kind, fixed(f"{label} body {i}", length), padding, label)
               for i, (kind, length, padding) in enumerate(wanted)]
    return {"suite": suite.name, "epoch": epoch, "ratchet": ratchet, "secret": secret, "records": records}


def large_case(suite, length):
    """Only the digest of the wire's bytes is kept. Byte i of the body is i mod 251."""
    label = f"{suite.name} large {length}"
    body = bytes(i % 251 for i in range(length))
    secret, iv = fixed(f"{label} secret", suite.hash_length), fixed(f"{label} iv", suite.block)
    frame, mac = Sealer(suite, secret, 1, False).seal(7, DATA, body, 0, iv)
    return {"suite": suite.name, "secret": secret, "number": 7, "length": length, "iv": iv, "frame_sha256": hashlib.sha256(frame).digest(), "mac": mac}


def rotation_case(suite, group, ratchet):
    """Both directions from epoch 0 over two rotations: numbers go on, epochs and secrets change (sections 4.4, 5.1 and 6)."""
    label = f"rotation {suite.name} {group} {ratchet}"
    th0, th1 = fixed(f"{label} th0", suite.hash_length), fixed(f"{label} th1", suite.hash_length)
    first = crypto_groups.exchange(group, f"{label} first")
    schedule = Schedule(suite, first["shared"], th0)
    sealers, numbers, log = {}, {"client": 0, "server": 0}, []

    def enter(side, epoch):
        sealers[side] = Sealer(suite, getattr(schedule, side), epoch, ratchet)

    def send(side, inner_type, body, padding=0):
        log.append({"from": side} | seal(sealers[side], numbers[side], inner_type, body, padding, f"{label} {side}"))
        numbers[side] += 1

    enter("server", 0)
    enter("client", 0)
    send("server", AUTHENTICATE, fixed(f"{label} a", 90))
    send("client", AUTHENTICATE, fixed(f"{label} b", 70))
    schedule.start(th1)
    enter("server", 1)
    enter("client", 1)
    steps = []
    for epoch in (2, 3):
        for i in range(3):
            send("server", DATA, fixed(f"{label} data {epoch} {i}", 64))
            send("client", LIST, fixed(f"{label} list {epoch} {i}", 20), 12)
        step = rotation(schedule, crypto_groups.exchange(group, f"{label} {epoch}"), epoch)
        send("server", ROTATE, step["rotate"])
        send("server", DATA, fixed(f"{label} between {epoch}", 40))
        send("client", ROTATE_RESPONSE, step["response"])
        enter("client", epoch)
        enter("server", epoch)
        send("server", ROTATED, b"")
        send("client", PING, fixed(f"{label} ping {epoch}", 8))
        steps.append(step)
    return {"suite": suite.name, "group": group, "ratchet": ratchet, "dh": first["shared"], "th_dh": th0, "th_finished": th1,
            "rotations": steps, "records": log}


def main():
    by_name = {suite.name: suite for suite in SUITES}
    records = [record_case(suite, *variant) for suite in SUITES
               for variant in ((0, False, 0), (0, True, 0), (1, False, 3), (1, True, 3), (2, True, 2**32 - 2))]
    rotations = [rotation_case(by_name[name], group, ratchet) for name, group, ratchet in (
        ("CHACHA20_POLY1305_SHA256", "X25519", False), ("AES256_GCM_SHA384", "P-384", True), ("AES128_GCM_SHA256", "P-256", False),
        ("AES256_CTR_SHA256", "X25519", True), ("AES256_CBC_BLAKE2B", "P-256", True), ("3DES_CBC_SHA256", "ffdhe2048", False))]
    files = {
        "key_exchange": crypto_groups.vectors(),
        "key_schedule": [schedule_case(suite, GROUPS[i % len(GROUPS)]) for i, suite in enumerate(SUITES)],
        "records": {"cases": records, "large": [large_case(suite, n) for suite in SUITES for n in (16384, 1048576)]},
        "rotation": rotations,
        "signatures": crypto_signatures.vectors(),
    }
    folder = Path(__file__).parent / "crypto"
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(as_json(content), indent=1) + "\n")


if __name__ == "__main__":
    main()
