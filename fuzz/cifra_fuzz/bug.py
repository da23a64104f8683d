# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""What a named bug is, and the list of all."""

from dataclasses import dataclass, field

# Words of an Outcome that several bugs demand. A tuple is a choice that the text leaves.
MALFORMED = ("REFUSED MALFORMED",)
STRANGER = ("ERROR AUTH_FAILED",)  # whatever went wrong before the device is proven
PROTOCOL = ("ERROR PROTOCOL",)
BAD_RECORD = ("ERROR BAD_RECORD",)
GOES_ON = ("goes on",)
LIVING_WORDS = ("request", "stream")
CLOSED = ("closed",)


@dataclass
class Bug:
    """`run` is called with a fresh Peer and misbehaves; what follows, on that or on the Peer that it returns, is held against
    `demand`."""
    id: str
    rule: str
    what: str
    demand: tuple
    run: object
    options: dict = field(default_factory=dict)  # of the Peer
    wait: float | None = None  # seconds until a timer of the other side must have run out; None: the usual patience

    @property
    def answer(self):
        """One request or stream is refused, which ends no session."""
        return any(word.split()[0] in LIVING_WORDS for word in self.demand)

    @property
    def probe(self):
        """A session that is to go on says nothing by itself."""
        return self.answer or GOES_ON[0] in self.demand

    @property
    def group(self):
        return self.id.split(".")[0]

    @property
    def demanded(self):
        return " or ".join(self.demand)


BUGS: dict[str, Bug] = {}


def add(name, rule, what, demand, run, *, wait=None, **options):
    if name in BUGS:
        raise ValueError(f"two bugs {name}")
    BUGS[name] = Bug(name, rule, what, tuple(demand), run, options, wait)


def bug(name, rule, what, demand, **options):
    """Decorator: the function misbehaves on the Peer that it is given."""
    def note(run):
        add(name, rule, what, demand, run, **options)
        return run
    return note


def logged_in(run):
    """For what begins behind the login."""
    def whole(c):
        c.login()
        return run(c)
    return whole
