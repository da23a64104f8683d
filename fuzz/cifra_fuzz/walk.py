# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Random sequences: honest steps, each answer held against what may come, and then one that is not honest.

A sequence is a text, "list:12 open:7 read:3 body:99": the name of each step, and the seed of what it decides. So every sequence
can be run again, and each step can be left out.
"""

import random as source
import re
import socket

from .peer import Skip, describe
from .runner import Result, Unreachable, alive
from .steps import FATAL, HANDSHAKE, HONEST, STEPS, Walk

RULES = "all"


def made(seed, count):
    """(id, sequence): the same for the same seed."""
    for number in range(count):
        random = source.Random(f"{seed}/{number}")
        names = []
        kind = random.random()
        if kind < 0.25:
            names.append(random.choice(HANDSHAKE))
        else:
            names += random.choices(HONEST, k=random.randrange(1, 12))
            if kind < 0.9:
                names.append(random.choice(FATAL))
        yield f"random.{seed}/{number}", " ".join(f"{name}:{random.randrange(10**6)}" for name in names)


def given(text):
    """The one of --sequence."""
    if not text.split():
        raise ValueError("--sequence: no steps")
    for word in text.split():
        if not re.fullmatch(r"[a-z-]+:\d{1,9}", word) or word.split(":")[0] not in STEPS:
            raise ValueError(f"{word}: no step; there are: {' '.join(sorted(STEPS))}")
    return [("sequence", text)]


def once(target, name, text):
    """The Result of one sequence."""
    result = Result(name, RULES, text, "", "", "skipped")
    try:
        walk = Walk(target)
        result.did, result.verdict = walk.run(text.split())
        result.demanded = " or ".join(walk.demand)
    except Skip as e:
        result.did = str(e)
    except (socket.timeout, TimeoutError):
        result.did, result.verdict = "silent", "violation"
    except Exception as e:  # noqa: BLE001: whatever the peer did, it is told
        result.did, result.verdict = describe(e), "violation"
    finally:
        target.close()
    return result


def minimised(target, result):
    """The same failure with as few steps as still lead to it."""
    words, best = result.what.split(), result
    size = max(1, len(words) // 2)
    while size:
        at = 0
        while at < len(words):
            fewer = words[:at] + words[at + size:]
            tried = once(target, result.id, " ".join(fewer)) if fewer else None
            if tried and tried.verdict == "violation" and tried.did == best.did:
                words, best = fewer, tried
            else:
                at += size
        size //= 2
    return best


def run(target, sequences, every, minimise, reproduce, note):
    failure = alive(target)
    if failure:
        raise Unreachable(failure)
    for number, (name, text) in enumerate(sequences, 1):
        result = once(target, name, text)
        if result.verdict == "violation" and minimise:
            result = minimised(target, result)
        result.reproduce = reproduce(result.what)
        note(result)
        yield result
        failure = alive(target) if number % every == 0 or result.verdict == "violation" else ""
        if failure:
            last = Result("honest-session", "", f"an honest session behind {name}", "succeeds", failure, "violation")
            note(last)
            yield last
            if alive(target):
                return
