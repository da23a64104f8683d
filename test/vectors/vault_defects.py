# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""The defects of vault/bad.json; make_vault_vectors.py says what a case has."""

from vault_writer import KEY, KEY_FILE, PASSPHRASE, fixed, hkdf, mth, u

ANOTHER_KEY = fixed("another vault key", 32)


def sub_key(label):
    return hkdf(KEY, b"", b"cifra " + label.encode())


def flip(offset):
    return {"xor": offset, "with": "01"}


def put(offset, data):
    return {"put": offset, "hex": data.hex()}


def copy(offset, length, name, at):
    return {"copy": offset, "length": length, "from": f"{name}.vault", "at": at}


def opening(name, file, error, *edits):
    return {"name": name, "file": f"{file}.vault", "edits": list(edits), "at": "open", "error": error}


def reading(name, file, chunks, *edits):
    return {"name": name, "file": f"{file}.vault", "edits": list(edits), "at": "read", "chunks": chunks, "error": "not_authentic"}


def later(name, file, at, *edits):
    return {"name": name, "file": f"{file}.vault", "edits": list(edits), "at": at, "error": "not_authentic"}


def header_cases(many):
    fields = {"magic": (0, "bad_form"), "version": (9, "unknown_version"), "suite": (10, "unknown_suite"), "chunk size": (15, "bad_form"),
              "item id": (16, "not_authentic"), "root": (71, "not_authentic"), "salt": (80, "not_authentic"), "item key": (96, "not_authentic"),
              "last byte of the item key": (127, "not_authentic"), "tag of the item key": (143, "not_authentic"), "MAC": (144, "not_authentic"),
              "last byte of the MAC": (175, "not_authentic"), "size": (39, "wrong_length"), "note length": (75, "wrong_length"),
              "metadata length": (79, "wrong_length")}
    cases = [opening(f"header: bit of the {field}", "many", error, flip(offset)) for field, (offset, error) in fields.items()]
    for name, offset, value, length, error in (
            ("state 0", 11, 0, 1, "bad_form"), ("state 3", 11, 3, 1, "bad_form"), ("whole, said to be partial", 11, 1, 1, "bad_form"),
            ("chunk size 0", 12, 0, 4, "bad_form"), ("chunk size 65536", 12, 65536, 4, "bad_form"), ("version 0", 8, 0, 2, "unknown_version"),
            ("suite 0", 10, 0, 1, "unknown_suite"), ("size 2^42", 32, 1 << 42, 8, "wrong_length"),
            ("size 2^42 + 1", 32, (1 << 42) + 1, 8, "out_of_bounds"), ("size 2^64 - 1", 32, (1 << 64) - 1, 8, "out_of_bounds"),
            ("size 2^63", 32, 1 << 63, 8, "out_of_bounds"), ("size 0", 32, 0, 8, "wrong_length"),
            ("note of 4097", 72, 4097, 4, "out_of_bounds"), ("note of 2^32 - 1", 72, (1 << 32) - 1, 4, "out_of_bounds"),
            ("metadata of 65537", 76, 65537, 4, "out_of_bounds"), ("metadata of 2^32 - 1", 76, (1 << 32) - 1, 4, "out_of_bounds")):
        cases.append(opening(f"header: {name}", "many", error, put(offset, u(value, length))))
    at = many.offsets()
    parts = many.parts()
    last = at["chunks"][2][0]
    cases += [
        opening("header of another item", "many", "not_authentic", copy(0, 176, "other", 0)),
        opening("header under another vault's key", "many", "not_authentic", put(0, many.header(parts, key=ANOTHER_KEY))),
        opening("header with another item's key", "many", "not_authentic", put(0, many.header(parts, item_key=fixed("no item key", 32)))),
        opening("header with a MAC by another key", "many", "not_authentic", put(0, many.header(parts, mac_key=fixed("no MAC key", 32)))),
        opening("header with another root, all else true", "many", "not_authentic", put(0, many.header(parts, root=fixed("no root", 32)))),
        opening("header twice", "many", "wrong_length", put(176, many.header(parts)), {"append": "00" * 176}),
        opening("size one less, and a byte less", "many", "not_authentic", put(32, u(many.size - 1, 8)), {"remove": last + 20, "length": 1}),
        opening("metadata one more, and a byte more", "many", "not_authentic", put(76, u(len(many.metadata) + 1, 4)), {"append": "00"}),
        opening("partial, and true", "partial", "incomplete"),
    ]
    return cases


def length_cases(many):
    at = many.offsets()
    chunk = at["chunks"]
    places = {"to nothing": 0, "in the header": 100, "behind the header": 176, "in the note": 190, "behind the note": chunk[0][0],
              "in a chunk": chunk[0][0] + 5000, "behind a chunk": chunk[1][0], "before the last byte of the last chunk": at["page"][0] - 1,
              "before the page": at["page"][0], "in the page": at["page"][0] + 40, "before the summary": at["summary"][0],
              "in the summary": at["summary"][0] + 20, "before the metadata": at["metadata"][0], "by one byte": at["end"] - 1}
    cases = [opening(f"cut {where}", "many", "wrong_length", {"cut": length}) for where, length in places.items()]
    cases += [
        opening("one byte behind the end", "many", "wrong_length", {"append": "00"}),
        opening("metadata twice", "many", "wrong_length", {"append": many.parts()["metadata"].hex()}),
        opening("a chunk taken out", "many", "wrong_length", {"remove": chunk[0][0], "length": chunk[0][1]}),
        opening("the last chunk taken out", "many", "wrong_length", {"remove": chunk[2][0], "length": chunk[2][1]}),
        opening("the page taken out", "many", "wrong_length", {"remove": at["page"][0], "length": at["page"][1]}),
        opening("a chunk in an empty item", "empty", "wrong_length", {"append": many.parts()["chunks"][2].hex()}),
        opening("no byte at all", "empty", "wrong_length", {"cut": 0}),
        opening("a zero for each byte of the header", "empty", "bad_form", put(0, bytes(176))),
    ]
    return cases


def chunk_cases(items):
    many, one, two = items["many"], items["one-byte"], items["one-chunk"]
    chunk = many.offsets()["chunks"]
    (first, size), (second, _), (last, last_size) = chunk
    cases = [reading(f"chunk: bit of its {part}", "many", [1], flip(second + offset))
             for part, offset in (("nonce", 0), ("first byte", 12), ("byte in the middle", 8000), ("last byte", 16395), ("tag", 16411))]
    cases += [
        reading("first chunk: bit of it", "many", [0], flip(first + 12)),
        reading("last chunk: bit of its nonce", "many", [2], flip(last)),
        reading("last chunk: bit of it", "many", [2], flip(last + 12 + 99)),
        reading("last chunk: bit of its tag", "many", [2], flip(last + last_size - 1)),
        reading("only chunk: bit of it", "one-byte", [0], flip(one.offsets()["chunks"][0][0] + 12)),
        reading("whole only chunk: bit of it", "one-chunk", [0], flip(two.offsets()["chunks"][0][0] + 12)),
        reading("two chunks in each other's place", "many", [0, 1], copy(first, size, "many", second), copy(second, size, "many", first)),
        reading("a chunk twice", "many", [1], copy(second, size, "many", first)),
        reading("a chunk of another item", "many", [0], copy(first, size, "other", first)),
        reading("the last chunk of another item", "many", [2], copy(last, last_size, "other", last)),
        reading("all chunks of another item", "many", [0, 1, 2], copy(first, last + last_size - first, "other", first)),
        reading("no last chunk", "one-byte", [0], put(one.offsets()["chunks"][0][0], one.parts(lasts=set())["chunks"][0])),
        reading("two last chunks", "two-last", [0]),
        reading("a nonce of another chunk", "many", [1], copy(second, 12, "many", first)),
        reading("a tag of another chunk", "many", [1], copy(second + 16396, 16, "many", first + 16396)),
    ]
    return cases


def section_cases(items):
    many, one = items["many"], items["one-byte"]
    at = many.offsets()
    cases = []
    for section in ("note", "summary", "metadata"):
        begin, length = at[section]
        cases += [opening(f"{section}: bit of its {part}", "many", "not_authentic", flip(begin + offset))
                  for part, offset in (("nonce", 0), ("text", 12), ("tag", length - 1))]
        cases.append(opening(f"{section} of another item", "many", "not_authentic", copy(begin, length, "other", begin)))
    begin, length = at["page"]
    cases += [later(f"page: bit of its {part}", "many", "page", flip(begin + offset)) for part, offset in
              (("nonce", 0), ("first hash", 12), ("last hash", length - 17), ("tag", length - 1))]
    cases.append(later("page of another item", "many", "page", copy(begin, length, "other", begin)))
    # By who has the keys, so that each line of defence is seen by itself.
    leaves = [fixed("no leaf", 32)]
    parts = one.parts(leaves=leaves)
    cases.append(later("page with other hashes, sealed", "one-byte", "page", put(one.offsets()["page"][0], parts["page"])))
    parts = one.parts(leaves=leaves, summary=[mth(leaves)])
    whole = one.joined(parts, one.header(parts, root=mth(leaves)))
    cases.append(later("hashes that are not the chunk's, up to the root", "one-byte", "verify", put(0, whole)))
    parts = one.parts(summary=leaves)
    cases.append(opening("summary with another root, sealed", "one-byte", "not_authentic", put(0, one.joined(parts, one.header(parts)))))
    parts = one.parts(metadata=b"[]")
    cases.append(opening("metadata sealed anew, header of before", "one-byte", "not_authentic", put(one.offsets()["metadata"][0], parts["metadata"])))
    parts = many.parts(note=b"from mal  ")
    cases.append(opening("note sealed anew, header of before", "many", "not_authentic", put(at["note"][0], parts["note"])))
    swapped = many.parts()["metadata"] + many.parts()["summary"]
    cases.append(opening("summary and metadata in each other's place", "many", "not_authentic", put(at["summary"][0], swapped)))
    cases.append(opening("note in place of the metadata", "many", "wrong_length", {"remove": at["metadata"][0], "length": at["metadata"][1]},
                         {"append": many.parts()["note"].hex()}))
    return cases


def container_cases(items):
    return header_cases(items["many"]) + length_cases(items["many"]) + chunk_cases(items) + section_cases(items)


def key_case(name, file, error, *edits, **more):
    return {"name": f"vault.key: {name}", "key": file, "edits": list(edits), "error": error, **more}


def key_cases(_keys):
    weak = {"bounds": "weak"}
    cases = [key_case(f"bit of the {field}", "weak.key", error, flip(offset), **weak) for field, offset, error in (
        ("magic", 7, "bad_form"), ("version", 9, "unknown_version"), ("salt", 12, "wrong_key"), ("memory", 31, "wrong_key"), ("nonce", 51, "wrong_key"),
        ("key", 52, "wrong_key"), ("last byte of the key", 83, "wrong_key"), ("tag", 99, "wrong_key"))]
    for name, file, offset, value, length, error in (
            ("kind 0", "file.key", 10, 0, 1, "bad_form"), ("kind 3", "file.key", 10, 3, 1, "bad_form"),
            ("a passphrase's, said to be of a key file", "passphrase.key", 10, 2, 1, "bad_form"),
            ("a key file's, said to be of a passphrase", "file.key", 10, 1, 1, "out_of_bounds"),
            ("zero that is one", "file.key", 11, 1, 1, "bad_form"),
            ("memory of 65535 KiB", "passphrase.key", 28, 65535, 4, "out_of_bounds"),
            ("memory of 1048577 KiB", "passphrase.key", 28, 1048577, 4, "out_of_bounds"),
            ("memory of 2^32 - 1 KiB", "passphrase.key", 28, (1 << 32) - 1, 4, "out_of_bounds"),
            ("2 passes", "passphrase.key", 32, 2, 4, "out_of_bounds"), ("17 passes", "passphrase.key", 32, 17, 4, "out_of_bounds"),
            ("2^32 - 1 passes", "passphrase.key", 32, (1 << 32) - 1, 4, "out_of_bounds"),
            ("no lane", "passphrase.key", 36, 0, 4, "out_of_bounds"), ("5 lanes", "passphrase.key", 36, 5, 4, "out_of_bounds"),
            ("2^32 - 1 lanes", "passphrase.key", 36, (1 << 32) - 1, 4, "out_of_bounds"),
            ("costs of a key file", "file.key", 28, 65536, 4, "bad_form")):
        cases.append(key_case(name, file, error, put(offset, u(value, length))))
    cases += [
        key_case("2 passes for 1", "weak.key", "wrong_key", put(32, u(2, 4)), **weak),
        key_case("2 lanes for 1", "weak.key", "wrong_key", put(36, u(2, 4)), **weak),
        key_case("a weak cost", "weak.key", "out_of_bounds"),
        key_case("nothing", "file.key", "wrong_length", {"cut": 0}),
        key_case("a byte less", "file.key", "wrong_length", {"cut": 99}),
        key_case("a byte more", "file.key", "wrong_length", {"append": "00"}),
        key_case("salt of a key file", "file.key", "wrong_key", flip(12)),
        key_case("another passphrase", "weak.key", "wrong_key", passphrase=PASSPHRASE.decode() + " ", **weak),
        key_case("another key file", "file.key", "wrong_key", secret=fixed("another key file", 32).hex()),
        key_case("a short key file", "file.key", "wrong_length", secret=KEY_FILE[:31].hex()),
        key_case("a long key file", "file.key", "wrong_length", secret=KEY_FILE.hex() + "00"),
        key_case("an empty key file", "file.key", "wrong_length", secret=""),
    ]
    return cases
