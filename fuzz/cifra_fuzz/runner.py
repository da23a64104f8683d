# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Runs bugs one at a time against a target, and holds what it did against what the rules demand."""

import socket
import time
from dataclasses import asdict, dataclass

from .bug import LIVING_WORDS
from .peer import LIVING, Outcome, Peer, Skip, describe


@dataclass
class Result:
    id: str
    rule: str
    what: str
    demanded: str
    did: str
    verdict: str  # "as demanded", "violation", "skipped"
    seconds: float = 0.0
    reproduce: str = ""

    def as_json(self):
        return asdict(self) | {"seconds": round(self.seconds, 3)}


class Unreachable(Exception):
    """The peer does not even take honest sessions."""


def alive(target):
    """"" or why an honest session fails."""
    try:
        target.honest()
    except Skip as e:
        raise Unreachable(str(e)) from e
    except OSError as e:
        return f"{type(e).__name__}: {e}"
    except Exception as e:  # noqa: BLE001: whatever went wrong, it is said
        return describe(e)
    finally:
        target.close()
    return ""


def misbehave(target, bug):
    """The Outcome of one bug; raises Skip."""
    c = target.peer(**bug.options)
    if bug.wait:
        c.patience(bug.wait)
    try:
        another = bug.run(c)  # some need a session before the one that is looked at
        c = another if isinstance(another, Peer) else c
    except Skip:
        raise
    except (socket.timeout, TimeoutError):
        return Outcome("silent", False)
    except Exception as e:  # noqa: BLE001: the peer may answer before all of it was said
        return c.ended_by(e, target.timeout)
    if c.refuses_suite(bug.options):
        raise Skip("the server enables another suite only")
    return c.observe(bug.wait or target.timeout, bug.probe, bug.answer)


def run_one(target, bug):
    begin = time.monotonic()
    result = Result(bug.id, bug.rule, bug.what, bug.demanded, "", "skipped")
    try:
        outcome = misbehave(target, bug)
    except Skip as e:
        result.did = str(e)
        return result
    finally:
        target.close()
        result.seconds = time.monotonic() - begin
    result.did = str(outcome)
    ended = outcome.closed or outcome.word in LIVING or outcome.word.split()[0] in LIVING_WORDS
    result.verdict = "as demanded" if outcome.word in bug.demand and ended else "violation"
    if outcome.notes and "behind the last word" in outcome.notes[-1]:
        result.did, result.verdict = f"{outcome.word}, then {outcome.notes[-1]}", "violation"
    return result


def run(target, bugs, every, reproduce, note=lambda result: None):
    """Each bug; behind every few of them an honest session, which has to succeed. Yields a Result each."""
    failure = alive(target)
    if failure:
        raise Unreachable(failure)
    behind = []
    for number, bug in enumerate(bugs, 1):
        result = run_one(target, bug)
        result.reproduce = reproduce(bug)
        behind.append(bug.id)
        note(result)
        yield result
        if len(behind) >= every or number == len(bugs):
            failure = alive(target)
            if failure:
                last = Result("honest-session", "", f"an honest session behind {', '.join(behind)}", "succeeds", failure, "violation")
                note(last)
                yield last
                if alive(target):
                    return
            behind = []
