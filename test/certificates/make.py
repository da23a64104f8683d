# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Makes the certificate matrix: make.py FOLDER. Every chain in every role, fresh, with the verdict that it must have.

FOLDER/roots.pem           what is trusted, for all roles
FOLDER/crls/*.der          the revocation lists
FOLDER/chains/NUMBER.I     the certificates, leaf first, as they are shown
FOLDER/keys/NUMBER.pem     the key that the leaf is shown with
FOLDER/matrix.tsv          number, role, certificates, verdict (name_of(ChainFault), or "accepted"), name of the case
FOLDER/control.tsv         the same, with verdicts that are wrong: whoever judges the matrix must object to each
"""

import base64
import sys
from pathlib import Path

import cases_form
import cases_good
import cases_key
import cases_path
import cases_revoked
from maker import ROLES, World
from openssl_made import openssl_cases

TABLES = (cases_good, cases_form, cases_key, cases_path, cases_revoked)


def pem(label: str, content: bytes) -> str:
    text = base64.encodebytes(content).decode().replace("\n", "")
    lines = "\n".join(text[i:i + 64] for i in range(0, len(text), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"


def rows(world: World, folder: Path):
    """(case, role, verdict, chain) of all cases."""
    for table in TABLES:
        for case, verdict, make in table.CASES:
            for role in ROLES:
                yield case, role, (verdict if isinstance(verdict, str) else verdict[role]) or "accepted", make(world, role)
    for case, role, shown in openssl_cases(world, folder):
        yield case, role, "accepted", shown


def write(folder: Path) -> list[str]:
    for name in ("chains", "keys", "crls"):
        (folder / name).mkdir(parents=True)
    world, lines = World(), []
    for number, (case, role, verdict, shown) in enumerate(rows(world, folder)):
        for place, certificate in enumerate(shown.certificates):
            (folder / "chains" / f"{number}.{place}").write_bytes(certificate)
        (folder / "keys" / f"{number}.pem").write_bytes(shown.key.pem())
        lines.append("\t".join([str(number), role, str(len(shown.certificates)), verdict, case]))
    (folder / "roots.pem").write_text("".join(pem("CERTIFICATE", root.der) for root in world.roots))
    for number, one in enumerate(world.lists()):
        (folder / "crls" / f"{number}.der").write_bytes(one)
    (folder / "matrix.tsv").write_text("".join(line + "\n" for line in lines))
    (folder / "control.tsv").write_text("".join(line + "\n" for line in wrong(lines)))
    return lines


def wrong(lines: list[str]) -> list[str]:
    """A good chain that is said to be refused, a refused one that is said to be good, one refused for another reason."""
    found = {}
    for line in lines:
        number, role, count, verdict, case = line.split("\t")
        other = {"accepted": "expired", "revoked": "accepted", "weak_key": "malformed"}.get(verdict)
        if other and (role, verdict) not in found:
            found[role, verdict] = "\t".join([number, role, count, other, case])
    return list(found.values())


if __name__ == "__main__":
    made = write(Path(sys.argv[1]))
    print(f"{len(made)} chains, {len(made) // len(ROLES)} in each role")
