# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""What decides who is let in, written as tests need it: people.json, and CRLs with any dates. Needs python3-cryptography."""

import datetime
import hashlib
import json
import os
from pathlib import Path
from signal import SIGHUP

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from running import CA, MEDIA, Case, wait_until

SONG = MEDIA / "gunroar-0-part-2.mp3"  # about a minute
DAY = 86400
_keys: dict[bytes, object] = {}


def leaf_of(chain: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(chain.read_bytes())


def key_hash(certificate: x509.Certificate) -> str:
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).hexdigest()


def replace(path: Path, content: bytes) -> None:
    """Whole or not at all, as cifractl does."""
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(content)
    os.replace(new, path)


def crl(certificate: x509.Certificate, key, *, revoked=(), begins: float = -60, ends: float = DAY, number: int = 1,
        base: int | None = None, returned=()) -> bytes:
    """PEM. `revoked` are serial numbers; times in seconds from now; a delta to the CRL `base` if that is given, which says of
    those in `returned` that they are good again."""
    now = datetime.datetime.utcnow()
    builder = (x509.CertificateRevocationListBuilder().issuer_name(certificate.subject)
               .last_update(now + datetime.timedelta(seconds=begins)).next_update(now + datetime.timedelta(seconds=ends))
               .add_extension(x509.CRLNumber(number), False)
               .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(certificate.public_key()), False))
    if base is not None:
        builder = builder.add_extension(x509.DeltaCRLIndicator(base), True)
    for serial, reason in [(one, x509.ReasonFlags.key_compromise) for one in revoked] + [
            (one, x509.ReasonFlags.remove_from_crl) for one in returned]:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now).add_extension(x509.CRLReason(reason), False)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


class Lists:
    """The CRLs of a site's CAs, in the folder that cifrad watches. The first of each is made at once."""

    def __init__(self, site):
        self.site, self.folder = site, site.folder / "pki/server/crls"
        self.folder.mkdir(exist_ok=True)
        for old in self.folder.iterdir():
            old.unlink()
        site.configure(crls='"crls"')
        for ca in ("root", "device-ca", "user-ca"):
            self.write(ca)

    def write(self, ca: str, *, name: str | None = None, **options) -> Path:
        folder = self.site.folder / "pki/ca"
        words = (folder / f"{ca}-key.pem").read_bytes()
        if words not in _keys:  # which takes most of a second
            _keys[words] = load_pem_private_key(words, CA.encode())
        path = self.folder / (name or f"{ca}.pem")
        replace(path, crl(leaf_of(folder / f"{ca}.pem"), _keys[words], **options))
        return path


class Policy(Case):
    """A server that asks who is revoked and has a people.json, and a listener who plays."""

    def setUp(self):
        super().setUp()
        self.shop = self.site()
        self.shop.add_media(SONG.name, SONG)
        self.lists = Lists(self.shop)
        self.people_file = self.shop.folder / "pki/server/people.json"
        self.people()
        self.shop.configure(people__file='"people.json"')
        client = self.shop.folder / "pki/client"
        self.device, self.user = leaf_of(client / "device-chain.pem"), leaf_of(client / "user-chain.pem")

    def people(self, *people: dict, rules=()) -> None:
        """Writes people.json; what is not said of an entry is as if nothing had been asked for."""
        entry = {"disabled": False, "reason": "", "keys": [], "trust": "path", "card": False}
        rule = {"disabled": False, "card": False, "issuer_name": "", "attribute": "", "values": []}
        text = json.dumps({"version": 1, "people": [entry | one for one in people], "rules": [rule | one for one in rules]})
        replace(self.people_file, text.encode())

    def playing(self, site=None, **options):
        """A listener who hears the song for about a minute."""
        known = len(self.server.records("play"))
        player = self.start(site or self.shop, "play", SONG.name, "-o", "null", **options)
        wait_until("the song", lambda: len(self.server.records("play")) > known or player.poll() is not None)
        self.assertIsNone(player.poll(), "it is over")
        return player

    def assert_ended(self, player, says: str = "[REVOKED]") -> None:
        error = player.communicate(timeout=60)[1].decode()
        self.assertEqual(player.returncode, 6, error)
        self.assertIn(says, error)

    def changed(self, event: str, change) -> dict:
        """The line `event` that cifrad logs after change()."""
        known = len(self.server.records(event))
        change()
        return wait_until(event, lambda: self.server.records(event)[known:])[0]

    def hang_up(self) -> None:
        self.changed("reloaded", lambda: self.server.send(SIGHUP))

    def denied(self, reason: str, site=None, code: str | None = None) -> dict:
        """Nobody gets in, for that reason in the log; `code` is what the client is told."""
        known = len(self.server.records("certificate"))
        self.refuse(6, site or self.shop, "list", says=f"[{code}]" if code else "")
        lines = self.server.records("certificate")[known:]
        self.assertEqual([line["reason"] for line in lines], [reason])
        return lines[0]
