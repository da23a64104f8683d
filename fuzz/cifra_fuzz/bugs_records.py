# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Records of a session that were altered, repeated, moved or sealed wrongly (section 5), for each family of suites."""

import cifra_wire as wire
from cifra_connection import Refused
from cifra_suites import AESGCM, SUITES, ChaCha20Poly1305, Traffic
from cifra_wire import u8, u24, u32, u64

from .bug import BAD_RECORD, GOES_ON, PROTOCOL, add, logged_in
from .peer import PROBE, Skip

FAMILIES = {"gcm": "AES256_GCM_SHA384", "poly": "CHACHA20_POLY1305_SHA256", "ctr": "AES256_CTR_SHA256", "cbc": "AES256_CBC_SHA384",
            "chacha": "CHACHA20_SHA256", "3des": "3DES_CBC_SHA256"}


def of_suite(run):
    """Behind a login with the suite of the options, if the server enables it."""
    def whole(c):
        try:
            c.login()
        except Refused as e:
            if str(e) == "SUITE":
                raise Skip(f"{c.options.suites[0]} is not enabled") from e
            raise
        if c.policy.suite != c.options.suites[0]:
            raise Skip(f"{c.options.suites[0]} is not enabled")
        run(c)
    return whole


def sealed(c, number=1):
    return c.seal(wire.PING, u64(number))


def flipped(at, bit=1):
    def run(c):
        frames = bytearray(c.seal(wire.LIST, c.list_body("a query")))
        frames[at] ^= bit
        c.send_raw(bytes(frames))
    return run


def replayed(c):
    frames = sealed(c)
    c.send_raw(frames + frames)


def replayed_later(c):
    first = sealed(c)
    c.send_raw(first + sealed(c, 2) + sealed(c, 3) + first)


def reordered(c):
    first, second = sealed(c, 1), sealed(c, 2)
    c.send_raw(second + first)


def dropped(c):
    sealed(c)
    c.send_raw(sealed(c, 2))


def of_login(c):
    c.send_raw(c.kept[1])


def reset_number(c):
    c._sent_records = 0
    c.send_raw(sealed(c))


def reset_at_epoch(c):
    """Counted from the login on, as if epoch 1 began at 0."""
    c._sent_records = 1
    c.send_raw(sealed(c))


def epoch(number):
    def run(c):
        c.tx.epoch = number
        c.send_raw(sealed(c))
    return run


def with_server_keys(c):
    c.tx = Traffic(c.suite, c.schedule.server, 1)
    c.send_raw(sealed(c))


def epoch_0_keys(c):
    c.tx = Traffic(c.suite, c.handshake_secret, 0)
    c.send_raw(sealed(c))


def reflected(c):
    """What the server seals, sent back to it. The server is to have sent as many records as we have."""
    heard = []
    exactly = c._exactly

    def listen(n):
        heard.append(exactly(n))
        return heard[-1]
    c._exactly = listen
    c.send(wire.PING, u64(7))
    c._record()
    c._exactly = exactly
    c.send_raw(b"".join(heard))


def plaintext(text):
    return lambda c: c.send_raw(_seal(c, text))


def _seal(c, text):
    text += bytes(-len(text) % c.suite.block) if c.suite.block > 1 and len(text) % c.suite.block else b""
    frames = c.tx.seal(c._sent_records, text)
    c._sent_records += 1
    return frames


def wrong_ad(c):
    """An AEAD, or a MAC, over something else than section 5.2 says."""
    text = u8(wire.PING) + bytes(3) + u64(1) + bytes(-12 % c.suite.block)
    number = c._sent_records
    length = 4 + c.suite.iv_length + len(text) + (16 if c.suite.aead else 0)
    header = u8(wire.SECURE) + u24(length)
    if c.suite.aead:
        aead = AESGCM if c.suite.cipher == "AES" else ChaCha20Poly1305
        body = aead(c.tx.key).encrypt(c.tx._nonce(number), text, u64(number) + header)  # without the epoch
        c.send_raw(header + u32(c.tx.epoch) + body)
        return
    whole = c.tx.seal(number, text)
    payload = whole[8:4 + length]
    c.send_raw(whole[:4 + length] + wire.frame(wire.MAC, c.suite.hmac(c.tx.mac_key, payload)))  # without ad


def other_nonce(c):
    text = u8(wire.PING) + bytes(3) + u64(1)
    number = c._sent_records
    header = u8(wire.SECURE) + u24(4 + len(text) + 16)
    aead = AESGCM if c.suite.cipher == "AES" else ChaCha20Poly1305
    body = aead(c.tx.key).encrypt(c.tx._nonce(number + 1), text, u64(number) + header + u32(c.tx.epoch))
    c.send_raw(header + u32(c.tx.epoch) + body)


def header_length(by):
    """The header says so many bytes more; as many follow."""
    def run(c):
        frames = sealed(c)
        length = int.from_bytes(frames[1:4], "big") + by
        body = frames[4:] + bytes(max(0, by))
        c.send_raw(frames[:1] + u24(length) + (body[:length] if c.suite.aead else _with_mac(frames, length, by)))
    return run


def _with_mac(frames, length, by):
    old = length - by
    payload = (frames[4:4 + old] + bytes(max(0, by)))[:length]
    return payload + frames[4 + old:]


def add_family(short, suite):
    def put(name, rule, what, run, demand=BAD_RECORD):
        add(f"record.{short}-{name}", rule, f"{suite}: {what}", demand, of_suite(run), suites=(suite,))

    for name, at in (("epoch", 4), ("epoch-low", 7), ("first-byte", 8), ("middle", 24), ("last-byte", -1)):
        put(f"flip-{name}", "R-26, R-27", f"a flipped bit ({name})", flipped(at))
    put("flip-high-bit", "R-26, R-27", "the highest bit of a byte flipped", flipped(12, 128))
    put("replay", "R-24", "a record twice", replayed)
    put("replay-later", "R-24", "a record again, behind two others", replayed_later)
    put("reorder", "R-24", "two records in the wrong order", reordered)
    put("drop", "R-24", "a record left out", dropped)
    put("replay-login", "R-24, R-25", "the records of the login again", of_login)
    put("number-0", "R-24", "the sequence number 0 again, in epoch 1", reset_number)
    put("number-1", "R-24", "a sequence number that stands behind by one", reset_at_epoch)
    put("epoch-0", "R-25", "epoch 0 in the header, the keys of epoch 1", epoch(0))
    put("epoch-2", "R-25", "epoch 2, which nobody has asked for", epoch(2))
    put("epoch-last", "R-25", "epoch 2^32 - 1", epoch(2**32 - 1))
    put("server-keys", "R-26", "a record under the server's own keys", with_server_keys)
    put("keys-of-epoch-0", "R-25", "a record under the keys of the login, and its epoch", epoch_0_keys)
    put("reflect", "R-26", "the server's own record sent back", reflected)
    put("wrong-ad", "R-26", "authenticated without all that section 5.2 adds", wrong_ad)
    put("length-minus", "R-26", "a payload of one byte less", header_length(-1))
    put("length-plus", "R-26", "a payload of one byte more", header_length(1))
    if SUITES[suite].aead:
        put("nonce", "R-24", "the nonce of the next record", other_nonce)
    block = SUITES[suite].block
    put("padding-not-zero", "R-28", "padding that is not zero", plaintext(_whole(wire.PING, u64(1), b"\0" * (block - 1) + b"\1", block)))
    put("padding-first-not-zero", "R-28", "a first byte of padding that is not zero", plaintext(_whole(wire.PING, u64(1), b"\x80" + b"\0" * 15, block)))
    put("padding-over", "R-28", "a padding length over what there is", plaintext(_claim(wire.PING, u64(1), 100, block)))
    put("padding-over-by-1", "R-28", "a padding length of one byte over what there is", plaintext(_claim(wire.PING, u64(1), None, block)))
    put("padding-largest", "R-28", "a padding length of 2^24 - 1", plaintext(_claim(wire.PING, u64(1), 2**24 - 1, block)))
    if block == 1:
        put("empty", "R-28", "a plaintext of no bytes", plaintext(b""))
        put("of-1", "R-28", "a plaintext of one byte", plaintext(u8(wire.PING)))
        put("of-3", "R-28", "a plaintext of three bytes", plaintext(u8(wire.PING) + bytes(2)))
    put("padding-alone", "R-43", "a body that is all padding", plaintext(_claim(wire.PING, u64(0), 8 if block == 1 else 12 + -12 % block - 4, block)),
        PROTOCOL)
    put("padded", "R-28", "a PING with a kilobyte of padding: taken", plaintext(_whole(wire.PING, u64(PROBE - 1), bytes(1024 - 12), block)), GOES_ON)


def _whole(inner, body, padding, block):
    """A plaintext with this padding, and what CBC needs before it."""
    padding = bytes(-(4 + len(body) + len(padding)) % block) + padding
    return u8(inner) + u24(len(padding)) + body + padding


def _claim(inner, body, length, block):
    """A plaintext that says it has so much padding."""
    text = body + bytes(-(4 + len(body)) % block)
    return u8(inner) + u24(len(text) + 1 if length is None else length) + text


# MAC frames.
def mac(change):
    """change(the MAC) gives the frames in its place."""
    def run(c):
        frames = sealed(c)
        length = 4 + int.from_bytes(frames[1:4], "big")
        c.send_raw(frames[:length] + change(frames[length + 4:]))
    return run


def other_mac(c):
    first, second = sealed(c, 1), sealed(c, 2)
    length = 4 + int.from_bytes(first[1:4], "big")
    c.send_raw(first[:length] + second[length:])


def add_mac(short, suite):
    def put(name, rule, what, run, demand=BAD_RECORD):
        add(f"mac.{short}-{name}", rule, f"{suite}: {what}", demand, of_suite(run), suites=(suite,))

    put("flip-first", "R-26, R-27", "a flipped first bit of MAC", mac(lambda m: wire.frame(wire.MAC, bytes((m[0] ^ 128,)) + m[1:])))
    put("flip-last", "R-26, R-27", "a flipped last bit of MAC", mac(lambda m: wire.frame(wire.MAC, m[:-1] + bytes((m[-1] ^ 1,)))))
    put("zeros", "R-26", "a MAC of zeros", mac(lambda m: wire.frame(wire.MAC, bytes(len(m)))))
    put("other", "R-24, R-26", "the MAC of the next record", other_mac)
    put("none", "R-27", "a record in the place of MAC", lambda c: c.send_raw(_without_mac(sealed(c)) + sealed(c, 2)))
    put("unknown", "R-27", "an unknown frame in the place of MAC", mac(lambda m: wire.frame(9, m)))
    put("twice", "R-2", "a MAC twice", mac(lambda m: wire.frame(wire.MAC, m) * 2), PROTOCOL)
    put("first", "R-2", "a MAC before its record", lambda c: c.send_raw(wire.frame(wire.MAC, bytes(c.suite.hash_length))), PROTOCOL)
    for name, change in (("short", lambda m: m[:-1]), ("long", lambda m: m + b"\0"), ("empty", lambda m: b""), ("half", lambda m: m[:16])):
        # A MAC that is none, or a frame that has not its length: the text lets both rules speak.
        put(name, "R-2, R-27", f"a MAC of a wrong length ({name})", mac(lambda m, change=change: wire.frame(wire.MAC, change(m))), BAD_RECORD + PROTOCOL)


def _without_mac(frames):
    return frames[:4 + int.from_bytes(frames[1:4], "big")]


for _short, _suite in FAMILIES.items():
    add_family(_short, _suite)
    if not SUITES[_suite].aead:
        add_mac(_short, _suite)


@logged_in
def _mac_in_aead(c):
    c.send_raw(sealed(c) + wire.frame(wire.MAC, bytes(48)))


add("mac.of-aead", "R-2", "a MAC behind a record of an AEAD", PROTOCOL, _mac_in_aead, suites=("AES256_GCM_SHA384",))


def unaligned(cut):
    """CBC: a ciphertext that is no multiple of the block, authenticated."""
    def run(c):
        whole = sealed(c)
        length = int.from_bytes(whole[1:4], "big") - cut
        header = u8(wire.SECURE) + u24(length)
        body = whole[8:4 + length]
        number = c._sent_records - 1
        c.send_raw(header + whole[4:8] + body + wire.frame(wire.MAC, c.suite.hmac(c.tx.mac_key, u64(number) + header + whole[4:8] + body)))
    return run


for _short, _suite, _block in (("cbc", "AES256_CBC_SHA384", 16), ("3des", "3DES_CBC_SHA256", 8)):
    for _name, _what, _cut in (("cut-1", "a byte less than whole blocks, authenticated", 1), ("iv-alone", "an IV and nothing else, authenticated", 16),
                               ("half-iv", "half an IV, authenticated", 16 + _block // 2), ("no-iv", "no IV, authenticated", 16 + _block)):
        add(f"record.{_short}-{_name}", "R-27", f"{_suite}: {_what}", BAD_RECORD, of_suite(unaligned(_cut)), suites=(_suite,))
