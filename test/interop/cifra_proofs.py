# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Signed manifests and hash paths, as PROTOCOL.md section 8.2 has them (R-59, R-60)."""

import hashlib

import cifra_certificates as certificates
from cifra_certificates import Untrusted
from cifra_wire import Violation

LEAF = 16384


def _sha256(data):
    return hashlib.sha256(data).digest()


def _left_of(count):
    """The largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1


def tree_hash(data):
    """Of the whole item, or of a chunk that begins at a leaf."""
    if len(data) <= LEAF:
        return _sha256(b"\0" + data) if data else _sha256(b"")
    left = _left_of(-(-len(data) // LEAF)) * LEAF
    return _sha256(b"\1" + tree_hash(data[:left]) + tree_hash(data[left:]))


def path_length(index, count):
    """Hashes beside the path from chunk `index` of `count`. A tree over chunks has the shape of that over their leaves."""
    if count <= 1:
        return 0
    left = _left_of(count)
    return 1 + (path_length(index, left) if index < left else path_length(index - left, count - left))


def root_of(chunk, index, count, path):
    """The root to which chunk `index` of `count` leads by `path`, from below."""
    if len(path) != path_length(index, count):
        raise Violation("length of a hash path")
    return _lead(tree_hash(chunk), index, count, path)


def _lead(node, index, count, path):
    if count <= 1:
        return node
    left, beside = _left_of(count), path[-1]
    if index < left:
        return _sha256(b"\1" + _lead(node, index, left, path[:-1]) + beside)
    return _sha256(b"\1" + beside + _lead(node, index - left, count - left, path[:-1]))


def check_chunk(manifest, index, chunk, path):
    """R-60."""
    if not manifest.signed:
        if path:
            raise Violation("a hash path in a stream that nobody signed")
    elif root_of(chunk, index, manifest.chunks, path) != manifest.root:
        raise Violation("a chunk that is not the publisher's")


def check_signature(data, chain, code, signature, roots):
    """R-59: the publisher's certificate."""
    leaf = certificates.validate(chain, roots, "publisher")
    names = {c: n for n, c in certificates.SCHEMES.items() if not n.startswith("rsa_pkcs1")}
    if code not in names:
        raise Untrusted("scheme of a publisher")
    certificates.verify(leaf.public_key(), names[code], signature, certificates.signed_text("cifra/1 publisher", _sha256(data)))
    return leaf
