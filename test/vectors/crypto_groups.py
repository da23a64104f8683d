# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Key exchange vectors of PROTOCOL.md section 3 and R-6: shared secrets, and public keys to be refused."""

from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from crypto_reference import fixed, u

RAW = (Encoding.Raw, PublicFormat.Raw)
POINT = (Encoding.X962, PublicFormat.UncompressedPoint)
COMPRESSED = (Encoding.X962, PublicFormat.CompressedPoint)
P25519 = 2**255 - 19
# Order and field prime of the NIST curves (FIPS 186-4).
ORDER = {
    "P-256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "P-384": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
}
FIELD = {
    "P-256": 2**256 - 2**224 + 2**192 + 2**96 - 1,
    "P-384": 2**384 - 2**128 - 2**96 + 2**32 - 1,
}
CURVE = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}
# RFC 7919: p = 2^N - 2^(N-64) + (floor(2^(N-130) e) + X) 2^64 - 1. The length of our private keys is what a test can put
# into the generator under test; any other would do for the protocol.
FFDHE = {"ffdhe2048": (2048, 560316, 232), "ffdhe3072": (3072, 2625351, 276), "ffdhe4096": (4096, 5736041, 312)}


def ffdhe_prime(name):
    bits, x, _ = FFDHE[name]
    scale = 2 ** (bits + 64)
    term, e, k = scale, 0, 0
    while term:
        e += term
        k += 1
        term //= k
    floor_e = (e * 2 ** (bits - 130)) // scale
    return 2**bits - 2 ** (bits - 64) + (floor_e + x) * 2**64 - 1


PRIME = {name: ffdhe_prime(name) for name in FFDHE}


def private_key(group, label):
    if group == "X25519":
        return fixed(label, 32)
    if group in ORDER:
        size = FIELD[group].bit_length() // 8
        return u(int.from_bytes(fixed(label, size), "big") % (ORDER[group] - 1) + 1, size)
    bits = FFDHE[group][2]
    return u(int.from_bytes(fixed(label, 64), "big") % 2 ** (bits - 1) + 2 ** (bits - 1), (bits + 7) // 8)


def public_key(group, private):
    if group == "X25519":
        return x25519.X25519PrivateKey.from_private_bytes(private).public_key().public_bytes(*RAW)
    if group in ORDER:
        return ec_key(group, private).public_key().public_bytes(*POINT)
    bits = FFDHE[group][0]
    return u(pow(2, int.from_bytes(private, "big"), PRIME[group]), bits // 8)


def ec_key(group, private):
    return ec.derive_private_key(int.from_bytes(private, "big"), CURVE[group])


def shared(group, private, peer):
    if group == "X25519":
        key = x25519.X25519PrivateKey.from_private_bytes(private)
        return key.exchange(x25519.X25519PublicKey.from_public_bytes(peer))
    if group in ORDER:
        point = ec.EllipticCurvePublicKey.from_encoded_point(CURVE[group], peer)
        return ec_key(group, private).exchange(ec.ECDH(), point)
    bits = FFDHE[group][0]
    return u(pow(int.from_bytes(peer, "big"), int.from_bytes(private, "big"), PRIME[group]), bits // 8)


def exchange(group, label):
    ours, theirs = private_key(group, label + " ours"), private_key(group, label + " theirs")
    return {
        "group": group,
        "private": ours,
        "public": public_key(group, ours),
        "peer_private": theirs,
        "peer": public_key(group, theirs),
        "shared": shared(group, ours, public_key(group, theirs)),
    }


def leading_zero(group):
    """An exchange whose shared secret begins with a zero byte: the padding counts."""
    for i in range(10000):
        found = exchange(group, f"{group} leading zero {i}")
        if found["shared"][0] == 0:
            return found
    raise AssertionError(group)


def leading_zero_key(group):
    """An exchange whose peer's key begins with a zero byte."""
    for i in range(10000):
        found = exchange(group, f"{group} zero in key {i}")
        if found["peer"][0 if group in FFDHE else 1] == 0:
            return found
    raise AssertionError(group)


def square_root(value, p):
    root = pow(value, (p + 1) // 4, p)  # both primes are 3 mod 4
    return root if root * root % p == value % p else None


def x_off_curve(group):
    """An x that no point of the curve has: the point lies on its twist."""
    p = FIELD[group]
    b = int.from_bytes(B[group], "big")
    x = 2
    while square_root((x**3 - 3 * x + b) % p, p) is not None:
        x += 1
    return x


B = {
    "P-256": bytes.fromhex("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b"),
    "P-384": bytes.fromhex("b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef"),
}


def x_overflow(group, p, size):
    """A point of the curve whose x is written as x + p: only small x leave room for that."""
    b = int.from_bytes(B[group], "big")
    x = 0
    while (y := square_root((x**3 - 3 * x + b) % p, p)) is None:
        x += 1
    return u(4, 1) + u(x + p, size) + u(y, size)


def refused_points(group):
    p, size = FIELD[group], FIELD[group].bit_length() // 8
    key = ec_key(group, private_key(group, "refused"))
    good = key.public_key().public_bytes(*POINT)
    x, y = good[1 : 1 + size], good[1 + size :]
    other = "P-384" if group == "P-256" else "P-256"
    return {
        "compressed": key.public_key().public_bytes(*COMPRESSED),
        "compressed, padded to length": key.public_key().public_bytes(*COMPRESSED) + bytes(size),
        "hybrid": u(6 + y[-1] % 2, 1) + x + y,
        "without its format byte": x + y,
        "another format byte": u(5, 1) + x + y,
        "infinity, one byte": b"\0",
        "infinity, padded to length": bytes(1 + 2 * size),
        "both coordinates zero": u(4, 1) + bytes(2 * size),
        "y off by one": good[:-1] + u(good[-1] ^ 1, 1),
        "x off by one": u(4, 1) + x[:-1] + u(x[-1] ^ 1, 1) + y,
        "coordinates swapped": u(4, 1) + y + x,
        "on the twist": u(4, 1) + u(x_off_curve(group), size) + u(1, size),
        "x is p": u(4, 1) + u(p, size) + y,
        "x over p": x_overflow(group, p, size),
        "y over p": u(4, 1) + x + b"\xff" * size,
        "all ones": u(4, 1) + b"\xff" * (2 * size),
        "of another curve": public_key(other, private_key(other, "refused")),
        "a byte short": good[:-1],
        "a byte long": good + b"\0",
        "empty": b"",
    }


def refused_x25519():
    orders_of_eight = [
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    ]
    refused = {f"u = {name}": (value).to_bytes(32, "little") for name, value in (
        ("0", 0), ("1", 1), ("p - 1", P25519 - 1), ("p", P25519), ("p + 1", P25519 + 1),
        ("0 with the unused bit", 2**255), ("1 with the unused bit", 2**255 + 1), ("p - 1 with the unused bit", 2**255 + P25519 - 1),
        ("p with the unused bit", 2**255 + P25519), ("p + 1 with the unused bit", 2**255 + P25519 + 1))}
    refused |= {f"of order 8, {i}": bytes.fromhex(value) for i, value in enumerate(orders_of_eight)}
    good = public_key("X25519", private_key("X25519", "refused"))
    return refused | {"a byte short": good[:-1], "a byte long": good + b"\0", "empty": b""}


def refused_ffdhe(group):
    p, size = PRIME[group], FFDHE[group][0] // 8
    good = leading_zero_key(group)["peer"] if group == "ffdhe2048" else public_key(group, private_key(group, "refused"))
    return {
        "0": u(0, size),
        "1": u(1, size),
        "p - 1": u(p - 1, size),
        "p": u(p, size),
        "p + 1": u(p + 1, size),
        "all ones": b"\xff" * size,
        "without its first byte": good[1:],
        "a byte long": b"\0" + good,
        "one byte": u(2, 1),
        "empty": b"",
    }


def refused():
    found = {"X25519": refused_x25519()}
    found |= {group: refused_points(group) for group in ORDER}
    found |= {group: refused_ffdhe(group) for group in FFDHE}
    return [{"group": group, "why": why, "key": key} for group, keys in found.items() for why, key in keys.items()]


def accepted():
    """Keys at the edge of what R-6 takes."""
    edge = [("ffdhe2048", 2), ("ffdhe2048", PRIME["ffdhe2048"] - 2)]
    found = []
    for group, peer in edge:
        private = private_key(group, "edge")
        key = u(peer, FFDHE[group][0] // 8)
        found.append({"group": group, "private": private, "public": public_key(group, private), "peer": key, "shared": shared(group, private, key)})
    # RFC 7748 has the unused top bit ignored and takes numbers from p upwards.
    private = private_key("X25519", "edge")
    for peer in (public_key("X25519", private_key("X25519", "peer"))[:-1] + b"\xff", (P25519 + 2).to_bytes(32, "little")):
        found.append({"group": "X25519", "private": private, "public": public_key("X25519", private), "peer": peer, "shared": shared("X25519", private, peer)})
    return found


def vectors():
    groups = ["X25519", *ORDER, *FFDHE]
    exchanges = [exchange(group, f"{group} {i}") for group in groups for i in range(2)]
    exchanges += [leading_zero("P-256"), leading_zero("P-384"), leading_zero("ffdhe2048")]
    exchanges += [leading_zero_key("P-256"), leading_zero_key("ffdhe2048")]
    return {"exchanges": exchanges, "accepted": accepted(), "refused": refused()}
