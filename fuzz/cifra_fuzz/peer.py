# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""A client that can be told to depart from the protocol at any step, and that notes what the other side then does."""

import socket
import time
from dataclasses import dataclass

import cifra_certificates as certificates
import cifra_wire as wire
from cifra_client import Client
from cifra_connection import Ended, Failed, Refused, Truncated
from cifra_suites import BadKey, BadRecord
from cifra_wire import Violation, u16, u64

PROBE = 0x6369667261  # token of the PING that asks whether a session still lives


class Skip(Exception):
    """This server cannot be asked: a suite that it does not enable, an item that it does not have."""


class Answered(Exception):
    """A last word that is neither REFUSED nor ERROR nor BYE."""


@dataclass
class Proof:
    """How the AUTHENTICATE of one party departs; each field that is set is called on what would have been right."""
    chain: object = None  # certificates -> value of CHAIN
    head: object = None  # the items before SIGNATURE -> the same; in the transcript
    context: str = ""
    key: object = None
    scheme: object = None  # code -> code
    signature: object = None
    finished: object = None
    items: object = None  # whole items -> whole items; behind the transcript's back
    body: object = None
    inner: int = wire.AUTHENTICATE
    frames: object = None


@dataclass
class WrongGuess:
    """In place of a key pair: a group that no server enables."""
    body: bytes = u16(0x9999) + wire.bytes16(bytes(32))
    group: str = "a group of no name"


@dataclass
class Outcome:
    """What the other side did: its last word, and whether it closed behind that."""
    word: str
    closed: bool
    notes: tuple = ()

    def __str__(self):
        if self.word == "closed":
            return "closed"
        return self.word if self.closed or self.word in LIVING or self.word.split()[0] in ("request", "stream") else (
            f"{self.word}, not closed")


LIVING = ("goes on", "silent")


class Peer(Client):
    """hooks: frame type -> function on the payload of a clear frame; "flight": on the bytes of clear frames that go together;
    "keys": on the body of DH_PARAMETERS; "pairs": key pairs to be used first; "device" and "user": a Proof; "rotate": takes
    (peer, body of ROTATE)."""

    def __init__(self, target, **options):
        hooks = options.pop("hooks", {})
        self.deadline = time.monotonic() + target.timeout
        options.setdefault("chunk_limit", 16384)
        super().__init__(target.address, target.options(**options), target.roots, target.device, target.user)
        self.target, self.hooks = target, dict(hooks)
        self.kept = []  # bytes that were sent, a flight each
        self.ended = None

    def another(self, **options):
        """A second connection of the same party."""
        return self.target.peer(**options)

    def begin(self, action):
        """For a session behind another one: how it ends is told by observe()."""
        try:
            action()
        except Exception as e:  # noqa: BLE001: every kind is told apart by describe()
            self.ended = e

    # Bounded waiting

    def patience(self, seconds):
        self.deadline = time.monotonic() + seconds

    def _left(self):
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise socket.timeout("nothing came in time")
        return left

    def _exactly(self, n):
        while len(self._in) < n:
            self.sock.settimeout(self._left())
            got = self.sock.recv(1 << 16)
            if not got:
                raise Truncated
            self._in += got
        head, self._in = self._in[:n], self._in[n:]
        return head

    def send_raw(self, data):
        """What cannot be sent any more was not wanted: what the other side said before stands in what it sent."""
        self.kept.append(data)
        self.sock.settimeout(self._left())
        try:
            self.sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def half_close(self):
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other side has reset the connection

    # Steps of the handshake that can be departed from

    def _send_clear(self, *kinds_and_payloads):
        frames = b""
        for kind, payload in zip(kinds_and_payloads[::2], kinds_and_payloads[1::2]):
            frames += wire.frame(kind, self.hooks.get(kind, _same)(payload))
        frames = self.hooks.get("flight", _same)(frames)
        self._transcript += frames
        self.send_raw(frames)

    def _key_pair(self, group):
        return self.hooks["pairs"].pop(0) if self.hooks.get("pairs") else Client._key_pair(group)

    def _key_body(self, pair):
        body = pair.body if isinstance(pair, WrongGuess) else Client._key_body(pair)
        return self.hooks.get("keys", _same)(body)

    def _exchange_keys(self):
        super()._exchange_keys()
        self.handshake_secret = self.schedule.client

    def keys(self):
        """The handshake up to the server's FINISHED."""
        self._exchange_keys()
        self._check_server(self._authenticate_of_server())
        return self

    def _authenticate(self, role, identity):
        if identity is None:
            raise Skip("the server asks for a person, and the credentials have none")
        departure = self.hooks.get(role, Proof())
        chain = (departure.chain or wire.chain_value)(identity.chain)
        return self.proof(role, departure, departure.key or identity.key, [self._item(wire.CHAIN, chain)])

    def proof(self, role, departure, key, items):
        """The frames of {what is in `items`, SIGNATURE, FINISHED}."""
        if departure.head:
            items = departure.head(self, items)
        scheme = certificates.choose_scheme(key, self._schemes, role in ("user", "publisher"))
        text = certificates.signed_text(departure.context or "cifra/1 " + role, self._hash())
        signature = (departure.signature or _same)(certificates.sign(key, scheme, text))
        code = (departure.scheme or _same)(certificates.SCHEMES[scheme])
        items = [*items, self._item(wire.SIGNATURE, u16(code) + wire.bytes16(signature))]
        return self.finish(departure, items)

    def finish(self, departure, items):
        finished = (departure.finished or _same)(self.suite.hmac(self.schedule.client_finished, self._hash()))
        items = [*items, self._item(wire.FINISHED, finished)]
        body = (departure.body or _same)(b"".join((departure.items or _same)(items)))
        return (departure.frames or _same)(self.seal(departure.inner, body))

    def _by_ticket(self, ticket):
        departure = self.hooks.get("user", Proof())
        return self.finish(departure, [self._item(wire.TICKET, ticket)])

    def login(self, *early, ticket=None):
        if ticket is None and early == () and self.user is None and "user" in self.hooks:
            raise Skip("the credentials have no person")
        return super().login(*early, ticket=ticket)

    # Rotation

    def _rotate(self, body):
        if "rotate" in self.hooks:
            self.hooks["rotate"](self, body)
        else:
            super()._rotate(body)

    def mute(self):
        """From now on nothing is answered."""
        control = self._control
        self._control = lambda inner, r, rotated: control(inner, r, rotated) if inner in (wire.ERROR, wire.BYE) else None

    # What the other side does

    def observe(self, wait, probe=False, answer=False):
        """The Outcome, at the latest after `wait` seconds. `answer`: a request or a stream is to be refused, which is waited for;
        `probe`: a session that says nothing is asked whether it lives."""
        if self.ended is not None:
            error, self.ended = self.ended, None
            return self.ended_by(error, wait)
        self.patience(wait)
        notes, word, living = [], "", True
        if answer:
            word, living = self._listen(notes, True)
        if living and probe and self.policy is not None and word != "silent":
            self.send(wire.PING, u64(PROBE))
            alive, living = self._listen(notes)
            word = alive if not living or alive == "silent" else word or alive
        elif not answer:
            word, living = self._listen(notes)
        if living:
            return Outcome(word, False, tuple(notes))
        return Outcome(word, self._closes(notes), tuple(notes))

    def ended_by(self, error, wait):
        """The Outcome when the other side's last word came while we were still talking."""
        word = describe(error)
        if word.split()[0] in ("request", "stream"):
            return self._with(word, wait)
        self.patience(wait)
        notes = []
        return Outcome(word, word == "closed" or self._closes(notes), tuple(notes))

    def _with(self, word, wait):
        outcome = self.observe(wait, True)
        return Outcome(word, outcome.closed, outcome.notes) if outcome.word == "goes on" else outcome

    def refuses_suite(self, options):
        """Whether the one suite that we wanted is not the one that we got."""
        return self.policy is not None and len(options.get("suites", ())) == 1 and self.policy.suite not in options["suites"]

    def _listen(self, notes, one=False):
        """(last word, whether the session goes on); `one`: of a request or a stream is enough."""
        answer = ""
        while True:
            try:
                done = self._one(notes)
            except socket.timeout:
                return answer or "silent", True
            except Exception as e:  # noqa: BLE001: every kind is told apart there
                word = describe(e)
                if word.split()[0] not in ("request", "stream"):
                    return word, False
                if one:
                    return word, True
                answer = answer or word
                continue
            if done:
                return answer or "goes on", True

    def _one(self, notes):
        """Take one frame or record; True when it is the answer to the probe."""
        if self.rx is None:
            header, _ = self._frame(wire.NEGOTIATION_RESPONSE, wire.DH_PARAMETERS_RESPONSE, wire.REFUSED)
            if header[0] == wire.REFUSED:
                raise Refused(int.from_bytes(_, "big"))
            notes.append(f"frame {header[0]}")
            return False
        before = self.rotations
        inner, r = self._record()
        notes.append(f"message {inner}")
        if inner == wire.PONG and r.uint(8) == PROBE:
            return True
        if inner == wire.ENROLMENT_STATUS:
            raise Answered(f"ENROLMENT_STATUS {('pending', 'approved', 'refused')[min(2, r.uint(1))]}")
        if inner in (wire.ERROR, wire.PING, wire.ROTATE, wire.ROTATED, wire.BYE):
            self._control(inner, r, self.rotations != before)
        return False

    def _closes(self, notes):
        """Nothing may follow a last word but the end."""
        try:
            behind = self._exactly(1)
        except socket.timeout:
            return False
        except (Truncated, OSError):
            return True
        notes.append(f"{len(behind) + len(self._in)} bytes behind the last word")
        return False


def _same(value):
    return value


def describe(error):
    """The word of an Outcome for what ended a session, or refused a request."""
    if isinstance(error, Refused):
        return f"REFUSED {error}"
    if isinstance(error, Failed):
        where = ("ERROR", "request", "stream")
        return f"{where[error.scope] if error.scope < 3 else 'ERROR of no scope'} {error}"
    if isinstance(error, Answered):
        return str(error)
    if isinstance(error, Ended):
        return "BYE"
    if isinstance(error, (Truncated, ConnectionError)):
        return "closed"
    if isinstance(error, socket.timeout):
        return "silent"
    if isinstance(error, (Violation, BadRecord, BadKey, certificates.Untrusted)):
        return f"broke the protocol itself: {type(error).__name__} {error}".rstrip()
    raise error
