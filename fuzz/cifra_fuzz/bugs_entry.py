# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Tickets and requests to be enrolled (sections 4.8 and 4.9)."""

import cifra_wire as wire
from cifra_wire import u8
from cryptography import x509

from . import certificates
from .bug import GOES_ON, PROTOCOL, STRANGER, add, bug
from .bugs_proof import REFUSED, flip
from .peer import Proof, Skip

TICKET = ("ERROR TICKET_REFUSED",)


def ticket(c):
    """One of this person, fresh; by a session of its own, as no other is to wait for it meanwhile."""
    login = c.login()
    c.sock.close()
    if not login.ticket:
        raise Skip("the server gives no tickets")
    return login.ticket


def by_ticket(change, departure=None):
    def run(c):
        given = change(ticket(c))
        return entering(c.another(hooks={"user": departure or Proof()}), given)
    return run


def entering(c, given):
    c.begin(lambda: c.login(ticket=given))
    return c


for _name, _what, _change in (
        ("flipped-first", "a flipped first bit", flip(0)), ("flipped-middle", "a flipped bit in its middle", flip(60)), ("flipped-last", "a flipped last bit", flip(-1)),
        ("cut", "a byte missing", lambda t: t[:-1]), ("behind", "a byte behind", lambda t: t + b"\0"), ("of-1", "one byte", lambda t: b"\1"),
        ("zeros", "zeros of its length", lambda t: bytes(len(t))), ("largest", "zeros of the largest length", lambda t: bytes(12288)),
        ("two-halves", "the halves of two tickets", lambda t: t[:len(t) // 2] * 2)):
    add(f"ticket.{_name}", "R-53", f"a TICKET that is none: {_what}", TICKET, by_ticket(_change))
add("ticket.empty", "R-43", "a TICKET of no bytes", PROTOCOL, by_ticket(lambda t: b""))
add("ticket.12289", "R-43", "a TICKET of 12 289 bytes", PROTOCOL, by_ticket(lambda t: t + bytes(12289 - len(t))))
add("ticket.good", "R-52", "a good TICKET: taken (a control of the others)", GOES_ON, by_ticket(lambda t: t))
for _name, _what, _items in (("twice", "TICKET twice", lambda i: [i[0], *i]), ("no-finished", "a TICKET without FINISHED", lambda i: i[:1]),
                             ("finished-first", "FINISHED before TICKET", lambda i: i[::-1]), ("unknown-item", "an unknown item behind TICKET and FINISHED", lambda i: [*i, wire.item(9, b"")])):
    add(f"ticket.{_name}", "R-16", f"{_what}", PROTOCOL, by_ticket(lambda t: t, Proof(items=_items)))
for _name, _finished in (("finished-flipped", flip(0)), ("finished-zeros", lambda f: bytes(len(f)))):
    add(f"ticket.{_name}", "R-17, R-53", f"a good TICKET, and a FINISHED that is wrong ({_name[9:]})", REFUSED + TICKET, by_ticket(lambda t: t, Proof(finished=_finished)))


@bug("ticket.as-device", "R-16", "TICKET and FINISHED in place of the device's AUTHENTICATE", STRANGER)
def _as_device(c):
    given = ticket(c)
    c = c.another()
    c.keys().send_raw(c._by_ticket(given))
    return c


@bug("ticket.other-device", "R-52", "a good TICKET on another device", TICKET)
def _other_device(c):
    given = ticket(c)
    if c.target.authority is None:
        raise Skip("needs the keys of the CAs (--authority)")
    c = c.another()
    c.device = certificates.issue("device", "device2", *c.target.authority.ca("device"))
    return entering(c, given)


@bug("ticket.same-name", "R-52", "a good TICKET on another device of the same name", TICKET)
def _same_name(c):
    given = ticket(c)
    if c.target.authority is None:
        raise Skip("needs the keys of the CAs (--authority)")
    name = x509.load_der_x509_certificate(c.device.chain[0]).subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value
    c = c.another()
    c.device = certificates.issue("device", name, *c.target.authority.ca("device"))
    return entering(c, given)


@bug("ticket.unasked", "R-16", "a TICKET where the server takes none", PROTOCOL)
def _unasked(c):
    if c.keys().takes_tickets:
        raise Skip("the server takes tickets")
    return entering(c.another(), bytes(64))


# Enrolment. What does not hold is AUTH_FAILED, and so is everything else of a stranger: nothing of these is kept.
def enrolling(value=None, key=None, **departure):
    """value(request) gives the value of ENROLMENT; `key`: who signs, in place of the request's key."""
    def run(c):
        own, request = certificates.request()
        c.keys()
        if not c.takes_enrolment:
            raise Skip("the server takes no requests to be enrolled")
        item = c._item(wire.ENROLMENT, (value or enrolment)(request))
        c.send_raw(c.proof("enrolment", Proof(**departure), key() if key else own, [item]))
    return run


def enrolment(request, name=b"somebody", kind=0, user=b""):
    return wire.bytes16(name) + wire.bytes24(request) + u8(kind) + wire.bytes24(user)


for _name, _rule, _what, _value in (
        ("name-empty", "R-43", "an empty name", lambda r: enrolment(r, b"")), ("name-65", "R-43", "a name of 65 bytes", lambda r: enrolment(r, b"a" * 65)),
        ("name-line", "R-51", "a line break in the name", lambda r: enrolment(r, b"a\nb")), ("name-escape", "R-51", "an escape in the name", lambda r: enrolment(r, b"a\x1b[2J")),
        ("name-bidi", "R-51", "a name that overrides the direction of writing", lambda r: enrolment(r, "a\u202eb".encode())), ("name-ff", "R-43", "a name that is no UTF-8", lambda r: enrolment(r, b"\xff")),
        ("kind-3", "R-43", "an unknown kind of the person's part", lambda r: enrolment(r, kind=3)), ("kind-0-with-user", "R-43", "a person's part where there is to be none", lambda r: enrolment(r, user=b"abc")),
        ("kind-1-empty", "R-43", "an empty request of the person", lambda r: enrolment(r, kind=1)), ("kind-2-empty", "R-43", "an empty certificate of the person", lambda r: enrolment(r, kind=2)),
        ("kind-1-garbage", "section 4.9", "a person's request that is none", lambda r: enrolment(r, kind=1, user=b"hello")), ("kind-2-garbage", "section 4.9", "a person's certificate that is none", lambda r: enrolment(r, kind=2, user=b"hello")),
        ("kind-1-unsigned", "section 4.9", "a person's request whose signature does not hold", lambda r: enrolment(r, kind=1, user=certificates.request("p", sign=False)[1])),
        ("request-garbage", "R-55", "a request that is none", lambda r: enrolment(b"hello")), ("request-empty", "R-55", "an empty request", lambda r: enrolment(b"")),
        ("request-cut", "R-55", "a request that is cut off", lambda r: enrolment(r[:-1])), ("request-behind", "R-21", "bytes behind the request", lambda r: enrolment(r + b"\0")),
        ("request-8193", "section 4.9", "a request of 8193 bytes", lambda r: enrolment(r + bytes(8193 - len(r)))), ("request-unsigned", "section 4.9", "a request whose own signature does not hold", lambda r: enrolment(flip(-1)(r))),
        ("request-other", "R-55", "the request of somebody else", lambda r: enrolment(certificates.request()[1])), ("value-cut", "R-43", "a value with a byte missing", lambda r: enrolment(r)[:-1]),
        ("value-behind", "R-43", "a value with a byte behind", lambda r: enrolment(r) + b"\0"), ("value-empty", "R-43", "an empty value", lambda r: b"")):
    # Once the device's signature has held, a person's part that does not may be told by a status, too: the text does not say which.
    add(f"enrolment.{_name}", f"{_rule}, R-23" if _rule != "R-55" else _rule, f"ENROLMENT: {_what}",
        STRANGER + (("ENROLMENT_STATUS refused",) if _rule == "section 4.9" and _name.startswith("kind") else ()), enrolling(_value))
for _name, _what, _departure in (
        ("signature-flipped", "a signature with a flipped bit", {"signature": flip(-1)}), ("signature-empty", "an empty signature", {"signature": lambda s: b""}),
        ("context-device", "a signature under the context of a device", {"context": "cifra/1 device"}), ("context-user", "a signature under the context of a person", {"context": "cifra/1 user"}),
        ("scheme", "a scheme that does not fit", {"scheme": lambda _: 0x0807}), ("finished", "a FINISHED with a flipped bit", {"finished": flip(0)}),
        ("no-signature", "no SIGNATURE", {"items": lambda i: [i[0], i[2]]}), ("no-finished", "no FINISHED", {"items": lambda i: i[:2]}),
        ("chain-too", "a CHAIN beside it", {"items": lambda i: [i[0], wire.item(wire.CHAIN, u8(1) + wire.bytes24(b"abc")), *i[1:]]}), ("twice", "ENROLMENT twice", {"items": lambda i: [i[0], *i]}),
        ("key-of-another", "signed by another key", {"key": certificates.KEYS["p256"]})):
    add(f"enrolment.{_name}", "R-16, R-55", f"ENROLMENT: {_what}", STRANGER, enrolling(**_departure))


@bug("enrolment.replay", "R-55", "ENROLMENT, SIGNATURE and FINISHED of another session", STRANGER)
def _replay(c):
    kept = []
    # What is recorded is refused itself, so that nothing of it stays with the server.
    enrolling(finished=flip(0), body=lambda body: kept.append(body) or body)(c)
    c = c.another()
    c.keys().send(wire.AUTHENTICATE, kept[0])
    return c


@bug("enrolment.as-user", "R-16, R-17", "ENROLMENT in place of the person's AUTHENTICATE", PROTOCOL)
def _as_user(c):
    if c.user is None:
        raise Skip("the credentials have no person")
    key, request = certificates.request()
    c.hooks["user"] = Proof(head=lambda peer, _: [peer._item(wire.ENROLMENT, enrolment(request))], context="cifra/1 enrolment", key=key)
    c.login()


@bug("enrolment.unasked", "R-16, R-23", "ENROLMENT where the server takes none", STRANGER)
def _off(c):
    key, request = certificates.request()
    c.keys()
    if c.takes_enrolment:
        raise Skip("the server takes requests to be enrolled")
    c.send_raw(c.proof("enrolment", Proof(), key, [c._item(wire.ENROLMENT, enrolment(request))]))

