# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""The command line of cifra-fuzz."""

import argparse
import fnmatch
import shlex
import sys

from . import bugs, report, walk
from .runner import Unreachable, run
from .target import Authority, Target, Unusable, read_passphrases

DONE, VIOLATION, USAGE, UNREACHABLE = range(4)
STATUSES = """Exit status: 0 all was answered as the rules demand, 1 something was not, 2 wrong usage, 3 the peer cannot be
reached, or the credentials are missing or not let in."""


class Usage(Exception):
    pass


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise Usage(message)


def parser():
    p = Parser(prog="cifra-fuzz", epilog=STATUSES, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, add_help=False,
               description="Speaks the Cifra protocol to a server as far as asked, misbehaves, and reports what\n"
                           "the server does against what PROTOCOL.md demands.")
    p._optionals.title = "Options"
    p.add_argument("--help", action="help", help="this, and no more")
    p.add_argument("--connect", metavar="HOST:PORT", help="the server; without it the one in DIR/cifra.toml")
    p.add_argument("--credentials", metavar="DIR", help="certificates and keys of a client, as 'cifractl init' writes them")
    p.add_argument("--passphrase-fd", metavar="FD", type=int, help="read passphrases from this descriptor, a line each: of the "
                   "device's key, the person's, the CAs' (with --authority); fewer lines: the last one for the others")
    p.add_argument("--name", help="the name that stands in the server's certificate, if it is not HOST")
    p.add_argument("--authority", metavar="DIR", help="keys of the CAs, as 'cifractl init' writes them: for certificates that are "
                   "wrong in one thing only")
    p.add_argument("--item", metavar="NAME", default="", help="which item is opened; without it the largest that may be")
    p.add_argument("--only", metavar="GLOB", action="append", help="some bugs, by their ids; may be given several times")
    p.add_argument("--slow", action="store_true", help="also those that wait for a timer of the server")
    p.add_argument("--random", metavar="SEED", help="random sequences of messages, whole ones and mutated ones, in place of the bugs")
    p.add_argument("--count", metavar="N", type=int, default=100, help="how many random sequences (100)")
    p.add_argument("--minimise", action="store_true", help="make random sequences that fail as short as they still fail")
    p.add_argument("--sequence", metavar="STEPS", help="one sequence, as --random reports it, in place of the bugs")
    p.add_argument("--honest-every", metavar="N", type=int, default=10, help="an honest session behind every N bugs (10)")
    p.add_argument("--timeout", metavar="SECONDS", type=float, default=10.0, help="how long an answer may take (10)")
    p.add_argument("--list", action="store_true", help="the bugs, the rules that they break, and what is demanded")
    p.add_argument("--json", action="store_true", help="JSON on standard output in place of a table")
    return p


def chosen(o):
    """The bugs of --only, without those that wait unless --slow or the very id asks for them."""
    every = bugs.load()
    if not o.only:
        return [b for b in every if o.slow or o.list or not b.wait]
    unknown = [glob for glob in o.only if not any(fnmatch.fnmatchcase(b.id, glob) for b in every)]
    if unknown:
        raise Usage(f"--only {unknown[0]}: no bug has such an id; --list shows them")
    return [b for b in every if any(fnmatch.fnmatchcase(b.id, glob) for glob in o.only)
            and (o.slow or o.list or not b.wait or b.id in o.only)]


def checked(o):
    if o.count < 1 or o.honest_every < 1 or not 0 < o.timeout <= 3600:
        raise Usage("--count and --honest-every are at least 1, --timeout is above 0 and at most 3600")
    if sum(bool(x) for x in (o.list, o.random is not None, o.sequence is not None)) > 1 or (o.only and (o.random or o.sequence)):
        raise Usage("--list, --random and --sequence exclude each other, and --only goes with neither of the last two")
    if o.minimise and o.random is None and o.sequence is None:
        raise Usage("--minimise goes with --random or --sequence")
    if not o.list and not o.credentials:
        raise Usage("--credentials DIR is missing")
    try:
        o.given = walk.given(o.sequence) if o.sequence is not None else []
    except ValueError as e:
        raise Usage(str(e)) from e
    o.bugs = chosen(o)
    return o


def load_target(o):
    words = read_passphrases(o.passphrase_fd)
    target = Target.load(o.credentials, o.connect, words[:2], name=o.name, timeout=o.timeout, item=o.item)
    if o.authority:
        target.authority = Authority(o.authority, words[-1] if words else None)
    return target


def command_of(o, *more):
    """The command line that repeats something."""
    words = ["cifra-fuzz"]
    for option in ("connect", "credentials", "passphrase_fd", "name", "authority", "item"):
        if getattr(o, option) not in (None, ""):
            words += ["--" + option.replace("_", "-"), str(getattr(o, option))]
    return shlex.join([*words, *more])


def with_target(o):
    target = load_target(o)

    def note(result):
        if not o.json:
            print(report.line(result), flush=True)
    if o.random is not None or o.sequence is not None:
        given = o.given or walk.made(o.random, o.count)
        runs = walk.run(target, given, o.honest_every, o.minimise, lambda steps: command_of(o, "--sequence", steps), note)
    else:
        runs = run(target, o.bugs, o.honest_every, lambda bug: command_of(o, "--only", bug.id), note)
    if not o.json:
        print(report.HEAD, flush=True)
    results = list(runs)
    if o.json:
        print(report.as_json(results, peer=f"{target.address[0]}:{target.address[1]}", seed=o.random))
    else:
        for text in report.violations(results):
            print(text)
        print(f"\n{report.summary(results)}")
    return VIOLATION if any(r.verdict == "violation" for r in results) else DONE


def main(arguments):
    try:
        o = checked(parser().parse_args(arguments))
        if o.list:
            print(report.listing_json(o.bugs) if o.json else "\n".join(report.listing(o.bugs)))
            return DONE
        return with_target(o)
    except Usage as e:
        print(f"cifra-fuzz: {e}\nTry 'cifra-fuzz --help'.", file=sys.stderr)
        return USAGE
    except (Unusable, Unreachable) as e:
        print(f"cifra-fuzz: {e}", file=sys.stderr)
        return UNREACHABLE
