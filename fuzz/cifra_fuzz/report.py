# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""What was done against what was demanded: a table for people, JSON for programs."""

import json
from collections import Counter

MARKS = {"as demanded": "ok", "violation": "VIOLATION", "skipped": "skipped"}


def line(result):
    return f"{MARKS[result.verdict]:<9}  {result.id:<34}  {result.rule:<12}  {result.demanded:<38}  {result.did}"


HEAD = f"{'':<9}  {'BUG':<34}  {'RULE':<12}  {'DEMANDED':<38}  DONE"


def summary(results):
    count = Counter(result.verdict for result in results)
    return (f"{len(results)} bugs: {count['as demanded']} answered as demanded, {count['violation']} not, "
            f"{count['skipped']} skipped")


def violations(results):
    for result in results:
        if result.verdict == "violation":
            yield f"\n{result.id} ({result.rule}): {result.what}\n  demanded: {result.demanded}\n  done: {result.did}"
            if result.reproduce:
                yield f"  again: {result.reproduce}"


def as_json(results, **more):
    return json.dumps(more | {"results": [result.as_json() for result in results]}, ensure_ascii=False)


def listing(bugs):
    """--list."""
    for bug in bugs:
        slow = f"  (waits {bug.wait:.0f} s: --slow)" if bug.wait else ""
        yield f"{bug.id:<34}  {bug.rule:<12}  {bug.demanded:<38}  {bug.what}{slow}"


def listing_json(bugs):
    return json.dumps([{"id": b.id, "rule": b.rule, "demanded": list(b.demand), "what": b.what, "wait": b.wait} for b in bugs],
                      ensure_ascii=False)
