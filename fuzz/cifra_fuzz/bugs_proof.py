# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""AUTHENTICATE: what proves the device and the person (sections 4.3 and 4.5)."""

import cifra_wire as wire
from cifra_wire import u8, u16
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from . import certificates
from .bug import BAD_RECORD, GOES_ON, PROTOCOL, STRANGER, add, bug
from .peer import Proof, Skip

PARTIES = ("device", "user")
# Of a person whose proof does not hold; of one whose items are not those of R-16.
REFUSED = ("ERROR USER_REFUSED",)


def departing(party, proof):
    def run(c):
        if party == "user" and c.user is None:
            raise Skip("the credentials have no person")
        c.hooks[party] = proof
        c.login()
    return run


def each(name, rule, what, user, **departure):
    """Of the device and of the person; `user`: what is demanded for the person."""
    for party, demand in (("device", STRANGER), ("user", user)):
        add(f"{party}.{name}", rule, f"the {party}'s AUTHENTICATE: {what}", demand, departing(party, Proof(**departure)))


def flip(at):
    return lambda data: data[:at % len(data)] + bytes((data[at % len(data)] ^ 1,)) + data[at % len(data) + 1:]


# Which items, and in which order: R-16.
ITEMS = {
    "no-items": ("no items", lambda i: []),
    "no-chain": ("no CHAIN", lambda i: i[1:]),
    "no-signature": ("no SIGNATURE", lambda i: [i[0], i[2]]),
    "no-finished": ("no FINISHED", lambda i: i[:2]),
    "chain-alone": ("CHAIN alone", lambda i: i[:1]),
    "finished-alone": ("FINISHED alone", lambda i: i[2:]),
    "signature-first": ("SIGNATURE before CHAIN", lambda i: [i[1], i[0], i[2]]),
    "finished-first": ("FINISHED before all", lambda i: [i[2], i[0], i[1]]),
    "chain-twice": ("CHAIN twice", lambda i: [i[0], *i]),
    "signature-twice": ("SIGNATURE twice", lambda i: [i[0], i[1], i[1], i[2]]),
    "finished-twice": ("FINISHED twice", lambda i: [*i, i[2]]),
    "all-twice": ("all items twice", lambda i: i + i),
    "request-first": ("REQUEST before them", lambda i: [wire.item(wire.REQUEST, bytes(4)), *i]),
    "item-0": ("an item of type 0 behind them", lambda i: [*i, wire.item(0, b"")]),
    "item-7": ("an item of the first unknown type behind them", lambda i: [*i, wire.item(7, b"hello")]),
    "unknown-between": ("an unknown item between them", lambda i: [i[0], wire.item(99, b""), *i[1:]]),
    "ticket-too": ("a TICKET beside CHAIN and SIGNATURE", lambda i: [wire.item(wire.TICKET, bytes(64)), *i]),
}
for _name, (_what, _items) in ITEMS.items():
    each(_name, "R-16", _what, PROTOCOL, items=_items)
for _name, _what, _body in (
        ("cut", "a byte missing at the end", lambda b: b[:-1]), ("byte-behind", "a byte behind the last item", lambda b: b + b"\0"),
        ("item-head-cut", "half a head of an item behind the last", lambda b: b + b"\4\0"),
        ("item-too-long", "a last item longer than what there is", lambda b: b + b"\4\0\1\0"),
        ("first-too-long", "a first item of 2^24 - 1 bytes", lambda b: b[:1] + b"\xff\xff\xff" + b[4:])):
    each(_name, "R-16, R-43", _what, PROTOCOL, body=_body)

# CHAIN.
for _name, _what, _chain in (
        ("chain-of-0", "a chain of no certificates", lambda c: u8(0)),
        ("chain-of-5", "a chain of five certificates", lambda c: wire.chain_value([c[0]] * 5)),
        ("chain-of-255", "a chain that says it has 255 certificates", lambda c: b"\xff" + wire.chain_value(c)[1:]),
        ("chain-byte-behind", "a byte behind the chain", lambda c: wire.chain_value(c) + b"\0"),
        ("chain-cut", "a chain that is cut off", lambda c: wire.chain_value(c)[:-1]),
        ("chain-8193", "a certificate of 8193 bytes", lambda c: wire.chain_value([c[0] + bytes(8193 - len(c[0]))])),
        ("chain-length", "a certificate's length of 2^24 - 1", lambda c: b"\1\xff\xff\xff" + c[0])):
    each(_name, "R-43", _what, PROTOCOL, chain=_chain)
for _name, _what, _change in (
        ("der-cut", "a certificate that is cut off", lambda d: d[:-1]), ("der-half", "half a certificate", lambda d: d[:len(d) // 2]),
        ("der-behind", "bytes behind the certificate", lambda d: d + b"\0\0"), ("der-flipped", "a certificate with a flipped bit", flip(200)),
        ("der-signature", "a certificate with a flipped bit in its signature", flip(-1)),
        ("der-zeros", "zeros in place of a certificate", lambda d: bytes(len(d))),
        ("der-indefinite", "a certificate of indefinite length", lambda d: b"\x30\x80" + d[4:] + b"\0\0"),
        ("der-long-length", "a length that is not minimal", lambda d: b"\x30\x83\0" + d[2:]),
        ("der-pem", "a certificate as PEM", lambda d: b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        ("der-nested", "sequences in sequences, a thousand deep", lambda d: _nested(1000)),
        ("der-8192", "zeros of the largest size of a certificate", lambda d: bytes(8192))):
    each(_name, "R-21", _what, REFUSED, chain=lambda c, change=_change: wire.chain_value([change(c[0]), *c[1:]]))


def _nested(depth):
    der = b"\x05\0"
    for _ in range(depth):
        length = len(der)
        der = b"\x30" + (u8(length) if length < 128 else b"\x82" + u16(length)) + der
    return der


for _name, _what, _chain in (
        ("chain-backwards", "the chain in reverse", lambda c: c[::-1] if len(c) > 1 else [c[0], c[0]]),
        ("chain-no-issuer", "the issuer without the leaf", lambda c: c[1:] or c + c)):
    each(_name, "R-19", _what, REFUSED, chain=lambda c, chain=_chain: wire.chain_value(chain(c)[:4]))

# What is in CHAIN and on no path is not spoken of.
for _role, _demand in (("device", STRANGER), ("user", REFUSED)):
    add(f"{_role}.chain-leaf-twice", "R-19", f"the {_role}'s leaf twice: the path stands, or it does not", _demand + GOES_ON,
        departing(_role, Proof(chain=lambda c: wire.chain_value([c[0], *c][:4]))))

# SIGNATURE.
for _name, _what, _signature in (
        ("signature-flipped", "a flipped bit in the signature", flip(-1)), ("signature-empty", "an empty signature", lambda s: b""),
        ("signature-cut", "a signature that is cut off", lambda s: s[:-1]), ("signature-behind", "a byte behind the signature", lambda s: s + b"\0"),
        ("signature-zeros", "a signature of zeros", lambda s: bytes(len(s))),
        ("signature-r-s-0", "a signature of r = s = 0", lambda s: bytes.fromhex("3006020100020100")),
        ("signature-raw", "a signature that is no DER", lambda s: b"\1" * 64),
        ("signature-huge", "a signature of 8000 bytes", lambda s: s + bytes(8000 - len(s)))):
    each(_name, "R-17", _what, REFUSED, signature=_signature)
for _role, _others in (("device", ("server", "user", "enrolment", "publisher")), ("user", ("server", "device", "enrolment", "publisher"))):
    for _other in _others:
        add(f"{_role}.context-{_other}", "R-17", f"the {_role}'s signature under the context of {_other}", STRANGER if _role == "device" else REFUSED,
            departing(_role, Proof(context=f"cifra/1 {_other}")))
add("device.context-none", "R-17", "the device's signature without the context of this version", STRANGER, departing("device", Proof(context="cifra/2 device")))
for _name, _code in (("0", 0), ("sha1", 0x0201), ("ed448", 0x0808), ("dsa", 0x0402), ("ed25519", 0x0807), ("p384", 0x0503), ("65535", 0xFFFF)):
    each(f"scheme-{_name}", "R-8", f"a scheme that is not offered or does not fit the key (0x{_code:04X})", REFUSED + PROTOCOL,
         scheme=lambda right, code=_code: code if code != right else 0x0403)
add("device.scheme-pkcs1", "R-8", "rsa_pkcs1 for the device", STRANGER, departing("device", Proof(scheme=lambda _: 0x0401)))

# FINISHED.
for _name, _what, _finished in (
        ("finished-flipped", "a flipped bit in FINISHED", flip(0)), ("finished-last", "a flipped last bit in FINISHED", flip(-1)),
        ("finished-zeros", "a FINISHED of zeros", lambda f: bytes(len(f)))):
    each(_name, "R-17", _what, REFUSED, finished=_finished)
for _name, _what, _finished in (
        ("finished-empty", "an empty FINISHED", lambda f: b""), ("finished-short", "a short FINISHED", lambda f: f[:-1]),
        ("finished-half", "half a FINISHED", lambda f: f[:16]), ("finished-long", "a long FINISHED", lambda f: f + b"\0")):
    each(_name, "R-16, R-17", _what, REFUSED + PROTOCOL, finished=_finished)

# Other messages in its place, and other keys.
for _inner, _name, _body in ((wire.PING, "ping", bytes(8)), (wire.LIST, "list", bytes(24)), (wire.OK, "ok", b"\0"), (wire.BYE, "bye", b""),
                             (wire.ROTATE, "rotate", bytes(38)), (wire.ROTATE_RESPONSE, "rotate-response", bytes(38)), (0, "type-0", b""),
                             (255, "type-255", b""), (wire.ENROLMENT_STATUS, "enrolment-status", bytes(8))):
    each(f"instead-{_name}", "R-17, R-37", f"{_name} in its place", PROTOCOL, inner=_inner, body=lambda _, body=_body: body)
each("record-flipped", "R-26, R-27", "a flipped bit in its record", BAD_RECORD, frames=flip(50))
each("record-tag", "R-26, R-27", "a flipped bit in its tag", BAD_RECORD, frames=flip(-1))
each("record-epoch-1", "R-25", "its record with epoch 1 in the header", BAD_RECORD, frames=lambda f: f[:4] + wire.u32(1) + f[8:])
for _role in PARTIES:  # the first one proves the device, so that R-23 does not stand before the second
    add(f"{_role}.record-twice", "R-24", f"the {_role}'s AUTHENTICATE: its record twice", BAD_RECORD, departing(_role, Proof(frames=lambda f: f + f)))


@bug("device.error", "R-23", "an ERROR in place of the device's AUTHENTICATE: both close", ("closed",))
def _error(c):
    c.keys().send(wire.ERROR, b"\0" + wire.u32(0) + u16(3))


@bug("device.key-of-another", "R-17", "the device's chain with another key", STRANGER)
def _other_key(c):
    c.hooks["device"] = Proof(key=certificates.KEYS["p256"]())
    c.login()


@bug("user.key-of-another", "R-17", "the person's chain with another key", REFUSED)
def _other_user_key(c):
    departing("user", Proof(key=certificates.KEYS["p256"]()))(c)


def replayed(role, field):
    """What the party sent in one session, again in another."""
    def run(c):
        if role == "user" and c.user is None:
            raise Skip("the credentials have no person")
        kept = []
        c.hooks[role] = Proof(**{field: lambda data: kept.append(data) or data})
        c.login()
        c.sock.close()
        second = c.another(hooks={role: Proof(**{field: lambda _: kept[0]})})
        second.begin(second.login)
        return second
    return run


add("device.replay", "R-17", "the device's items of another session, sealed anew", STRANGER, replayed("device", "body"))
add("user.replay", "R-17", "the person's items of another session, sealed anew", REFUSED, replayed("user", "body"))
add("device.replay-record", "R-24, R-26", "the device's record of another session", STRANGER, replayed("device", "frames"))
add("user.replay-record", "R-24, R-26", "the person's record of another session", BAD_RECORD, replayed("user", "frames"))


@bug("device.reflect", "R-16, R-17", "the server's own AUTHENTICATE sent back", STRANGER)
def _reflect(c):
    c._exchange_keys()
    items = c._authenticate_of_server()
    c._check_server(items)
    c.send(wire.AUTHENTICATE, b"".join(item[2] for item in items))


@bug("device.reflect-items", "R-16, R-17", "the server's CHAIN, SIGNATURE and FINISHED as the device's", STRANGER)
def _reflect_items(c):
    c._exchange_keys()
    items = c._authenticate_of_server()
    c._check_server(items)
    c.send(wire.AUTHENTICATE, b"".join(item[2] for item in items[1:]))


@bug("device.is-user", "R-19", "the person's certificate as the device's", STRANGER)
def _user_as_device(c):
    if c.user is None:
        raise Skip("the credentials have no person")
    c.device = c.user
    c.login()


@bug("user.is-device", "R-19", "the device's certificate as the person's", REFUSED)
def _device_as_user(c):
    c.user = c.device
    c.login()


@bug("user.before-device", "R-16, R-17", "the person's AUTHENTICATE before the device's", STRANGER)
def _user_first(c):
    if c.user is None:
        raise Skip("the credentials have no person")
    c.keys().send_raw(c._authenticate("user", c.user) + c._authenticate("device", c.device))


@bug("user.left-out", "R-17, R-25", "a request of epoch 1 in place of the person's AUTHENTICATE", BAD_RECORD)
def _left_out(c):
    def nothing(_):
        c._sent_records -= 1
        return b""
    if c.user is None:
        raise Skip("the credentials have no person")
    c.hooks["user"] = Proof(frames=nothing)
    c.login((wire.LIST, c.list_body()))


# Chains of a CA of our own that has the name of the real one; with the CA's keys, chains that it signed itself.
def _issuer(c, role, own):
    identity = c.device if role == "device" else c.user
    if identity is None:
        raise Skip("the credentials have no person")
    leaf = x509.load_der_x509_certificate(identity.chain[0])
    if not own:
        if c.target.authority is None:
            raise Skip("needs the keys of the CAs (--authority)")
        return c.target.authority.ca(role)
    like = x509.load_der_x509_certificate(identity.chain[-1] if len(identity.chain) > 1 else identity.chain[0])
    return certificates.own_ca(like) if like.subject == leaf.issuer else certificates.own_ca(leaf)


def presenting(role, own, **options):
    def run(c):
        issuer, key = _issuer(c, role, own)
        identity = c.device if role == "device" else c.user
        name = x509.load_der_x509_certificate(identity.chain[0]).subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value
        setattr(c, role, certificates.issue(role, name, issuer, key, **options))
        c.login()
    return run


for _role, _demand in (("device", STRANGER), ("user", REFUSED)):
    add(f"{_role}.own-ca", "R-19", f"a {_role}'s certificate of a CA of our own that has the real one's name", _demand, presenting(_role, True))

    def _self(c, role=_role):
        if role == "user" and c.user is None:
            raise Skip("the credentials have no person")
        setattr(c, role, certificates.self_signed(role, "device1" if role == "device" else "listener"))
        c.login()
    add(f"{_role}.self-signed", "R-19", f"a {_role}'s certificate that signed itself", _demand, _self)

CLIENT_AUTH, SERVER_AUTH = "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1"
ARC = "1.3.6.1.4.1.32473.1."
SIGNED = {
    "expired": ("that has expired", {"begins": -48, "ends": -24}),
    "not-yet": ("that begins tomorrow", {"begins": 24, "ends": 48}),
    "a-ca": ("that is a CA's", {"ca": True}),
    "cert-sign": ("that may sign certificates", {"cert_sign": True}),
    "no-digital-signature": ("that may not sign", {"signs": False}),
    "no-usages": ("without extended key usages", {"usages": None}),
    "client-auth-alone": ("with clientAuth alone", {"usages": [CLIENT_AUTH]}),
    "role-alone": ("without clientAuth", {"usages": "role"}),
    "server-role": ("with a server's usages", {"usages": [SERVER_AUTH, ARC + "1"]}),
    "publisher-role": ("with a publisher's usages", {"usages": ["1.3.6.1.5.5.7.3.3", ARC + "4"]}),
    "any-usage": ("with anyExtendedKeyUsage", {"usages": ["2.5.29.37.0"]}),
    "critical": ("with an unknown critical extension", {"critical": True}),
    "constrained": ("with nameConstraints", {"constrained": True}),
    "33-extensions": ("with more than 32 extensions", {"extensions": 32}),
    "two-names": ("with two commonNames", {"names": ["one", "two"]}),
    "no-name": ("without a name", {"names": []}),
    "long-name": ("with a commonName of more than 64 bytes", {"names": ["\u00e9" * 40]}),
    "control-name": ("with a line break in its name", {"names": ["device\n1"]}),
    "bidi-name": ("with a name that overrides the direction of writing", {"names": ["a\u202eb"]}),
    "p521": ("with a key on P-521", {"kind": "p521"}),
    "secp256k1": ("with a key on secp256k1", {"kind": "secp256k1"}),
    "rsa1024": ("with an RSA key of 1024 bits", {"kind": "rsa1024"}),
    "sha1": ("signed with SHA-1", {"digest": "sha1"}),
    "sha224": ("signed with SHA-224", {"digest": "sha224"}),
}


def _signed_wrongly(role, options):
    def run(c):
        issuer, key = _issuer(c, role, False)
        given = dict(options)
        if isinstance(given.get("digest"), str):
            given["digest"] = {"sha1": hashes.SHA1, "sha224": hashes.SHA224}[given["digest"]]()
        if given.get("usages") == "role":
            given["usages"] = [ARC + ("2" if role == "device" else "3")]
        identity = certificates.issue(role, "listener" if role == "user" else "device1", issuer, key, **given)
        setattr(c, role, identity)
        if options.get("kind") in ("p521", "secp256k1", "rsa1024"):
            c.hooks[role] = Proof(key=certificates.KEYS["p256"]())
        c.login()
    return run


for _name, (_what, _options) in SIGNED.items():
    for _role, _demand in (("device", STRANGER), ("user", REFUSED)):
        if _role == "user" and _name in ("expired", "not-yet"):
            _demand = ("ERROR USER_EXPIRED",)
        add(f"{_role}.ca-signed-{_name}", "R-19", f"a {_role}'s certificate of the right CA {_what}", _demand, _signed_wrongly(_role, _options))
for _role in PARTIES:
    add(f"{_role}.ca-signed-right", "R-19", f"a {_role}'s certificate of the right CA, right in all: taken (a control of those that are not)", GOES_ON,
        _signed_wrongly(_role, {}))
