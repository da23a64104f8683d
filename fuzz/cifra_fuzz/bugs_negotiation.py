# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""NEGOTIATION: one JSON object, and what is offered in it (sections 4.1 and 4.6)."""

import json

import cifra_wire as wire

from .bug import GOES_ON, MALFORMED, add

MEMBERS = ("versions", "suites", "groups", "schemes", "nonce", "chunk_limit", "padding", "features")


def offering(change):
    """The whole key exchange, then the login, with the payload of NEGOTIATION as `change` leaves it."""
    def run(c):
        c.hooks[wire.NEGOTIATION] = change
        c.login()
    return run


def text(name, rule, what, change, demand=MALFORMED):
    add(f"json.{name}", rule, what, demand, offering(change))


def member(name, rule, what, demand=MALFORMED, **values):
    def change(payload):
        return json.dumps(json.loads(payload) | values).encode()
    add(f"offer.{name}", rule, what, demand, offering(change))


def more(addition):
    """One more member, as text."""
    return lambda payload: payload[:-1] + b", " + addition + b"}"


text("empty-object", "R-13", "an object without members", lambda _: b"{}")
text("no-json", "R-13", "text that is no JSON", lambda _: b"{hello}")
text("array", "R-13", "an array in place of the object", lambda p: b"[" + p + b"]")
text("string", "R-13", "a string in place of the object", lambda p: json.dumps(p.decode()).encode())
text("space-before", "R-13", "white space before the object", lambda p: b" " + p)
text("space-behind", "R-13", "white space behind the object", lambda p: p + b" ")
text("newline-behind", "R-13", "a line break behind the object", lambda p: p + b"\n")
text("nul-behind", "R-13", "a byte of zero behind the object", lambda p: p + b"\0")
text("bom", "R-13", "a byte order mark before the object", lambda p: b"\xef\xbb\xbf" + p)
text("two-objects", "R-13", "two objects", lambda p: p + p)
text("cut", "R-13", "the object without its last byte", lambda p: p[:-1])
text("half", "R-13", "half an object", lambda p: p[:len(p) // 2])
text("duplicate", "R-13", "a member twice", more(b'"padding": "none"'))
text("duplicate-escaped", "R-13", "a member twice, once with an escape in its name", more(b'"p\\u0061dding": "none"'))
text("duplicate-nested", "R-13", "a member twice in an unknown object", more(b'"x": {"y": {"z": 1, "z": 2}}'))
text("nested-9", "R-13", "nesting of nine", more(b'"x": ' + b"[" * 8 + b"]" * 8))
text("nested-1000", "R-13", "nesting of a thousand", more(b'"x": ' + b"[" * 1000 + b"]" * 1000))
text("nested-objects", "R-13", "nesting of nine objects", more(b'"x": ' + b'{"x": ' * 7 + b"{}" + b"}" * 7 + b', "y": ' + b'{"y":' * 8 + b"1" + b"}" * 8))
text("no-utf8", "R-13", "bytes that are no UTF-8", more(b'"x": "\xff\xfe"'))
text("overlong-utf8", "R-13", "an overlong encoding", more(b'"x": "\xc0\xaf"'))
text("utf16", "R-13", "UTF-16", lambda p: p.decode().encode("utf-16-le"))
text("comma-behind", "R-13", "a comma behind the last member", lambda p: p[:-1] + b",}")
text("comment", "R-13", "a comment", lambda p: p[:-1] + b"/* hello */}")
text("single-quotes", "R-13", "single quotes", lambda p: p.replace(b'"', b"'"))
text("control-character", "R-13", "a raw line break in a string", more(b'"x": "a\nb"'))
text("nan", "R-13", "NaN", more(b'"x": NaN'))
text("leading-zero", "R-13", "a number with a leading zero", more(b'"x": 01'))
text("nested-8", "R-13", "nesting of eight: taken", more(b'"x": ' + b"[" * 7 + b"]" * 7), GOES_ON)
text("unknown-member", "R-13", "a member that this version does not know: ignored", more(b'"shoe size": {"left": [42, null, true]}'), GOES_ON)
text("spaces-within", "R-13", "white space between the members: taken", lambda p: p.replace(b", ", b" ,\r\n\t "), GOES_ON)
text("any-order", "R-13", "the members in another order: taken", lambda p: json.dumps(dict(reversed(json.loads(p).items()))).encode(), GOES_ON)
text("largest", "R-1", "a NEGOTIATION of exactly 4096 bytes: taken",
     lambda p: p[:-1] + b', "x": "' + b"y" * (4096 - len(p) - len(', "x": ""')) + b'"}', GOES_ON)

for _name in MEMBERS:
    text(f"missing-{_name}", "R-13", f"without the member {_name}",
         lambda p, name=_name: json.dumps({k: v for k, v in json.loads(p).items() if k != name}).encode())
    for _what, _value in (("null", None), ("object", {}), ("boolean", True)):
        text(f"{_name}-{_what}", "R-13", f"the member {_name} as {_what}",
             lambda p, name=_name, value=_value: json.dumps(json.loads(p) | {name: value}).encode())

member("version-2", "R-13", "a version alone that does not exist", ("REFUSED VERSION",), versions=[2])
member("version-0", "R-13", "version 0 alone", ("REFUSED VERSION",), versions=[0])
member("versions-more", "R-13", "later versions beside this one: taken", GOES_ON, versions=[3, 2, 1])
member("versions-text", "R-13", "a version as a string", versions=["1"])
member("versions-fraction", "R-13", "a version with a fraction", versions=[1.5])
member("suites-none", "R-13", "no suite", suites=[])
member("suites-17", "R-13", "seventeen suites", suites=["AES256_GCM_SHA384"] * 17)
member("suites-number", "R-13", "a suite as a number", suites=[1])
member("suites-unknown", "R-13", "unknown suites alone", ("REFUSED SUITE",), suites=["ROT13_MD5", "AES256_ECB_SHA256"])
member("suites-lower-case", "R-13", "a suite's name in lower case", ("REFUSED SUITE",), suites=["aes256_gcm_sha384"])
member("suites-unknown-too", "R-13", "an unknown suite before a known one: ignored", GOES_ON, suites=["ROT13_MD5", "AES256_GCM_SHA384"])
member("groups-none", "R-13", "no group", groups=[])
member("groups-9", "R-13", "nine groups", groups=["X25519"] * 9)
member("groups-unknown", "R-13", "unknown groups alone", ("REFUSED GROUP",), groups=["X448", "ffdhe1024"])
member("schemes-none", "R-13", "no scheme", schemes=[])
member("schemes-17", "R-13", "seventeen schemes", schemes=["ed25519"] * 17)
member("schemes-unknown", "R-13", "unknown schemes alone", ("REFUSED SCHEME",), schemes=["dsa_sha1"])
member("schemes-pkcs1", "R-8", "rsa_pkcs1 schemes alone, which no server may use", ("REFUSED SCHEME",),
       schemes=["rsa_pkcs1_sha256", "rsa_pkcs1_sha384", "rsa_pkcs1_sha512"])
for _what, _value in (("short", "a" * 62), ("long", "a" * 66), ("empty", ""), ("upper-case", "A" * 64), ("no-hex", "g" * 64),
                      ("prefix", "0x" + "a" * 62), ("number", 5)):
    member(f"nonce-{_what}", "R-13", f"a nonce that is wrong: {_what}", nonce=_value)
for _value in (0, 1, 8192, 16383, 16385, 24576, 2**21, 2**32, 2**64, -16384, 16384.5, "16384", [16384]):
    member(f"chunk-limit-{str(_value).strip('[]') if not isinstance(_value, (str, list)) else type(_value).__name__}", "R-13",
           f"a chunk limit of {_value!r}", chunk_limit=_value)
member("padding-other", "R-13", "a padding of another kind", padding="some")
member("padding-case", "R-13", "a padding in capitals", padding="NONE")
member("features-17", "R-13", "seventeen features", features=[f"x{i}" for i in range(17)])
member("features-number", "R-13", "a feature as a number", features=[1])
member("features-unknown", "R-13", "unknown features: ignored", GOES_ON, features=["0rtt", "compression"])
member("name-256", "R-13", "a server_name of 256 bytes", server_name="x" * 256)
member("name-number", "R-13", "a server_name as a number", server_name=5)
member("name-255", "R-13", "a server_name of 255 bytes: taken", GOES_ON, server_name="x" * 255)
