# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""What the tests of logins by card share: a server that lets in the cards of one authority by the holder's number, a listener
without a personal key, readers and cards.
"""

import atexit
import hashlib
import json
import shutil
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from card_authority import CardAuthority, Person
from cards import PIN, Card, Readers, isolate
from policy import crl, replace
from refusals import Refusals
from running import MEDIA, Server, Site

SONG = MEDIA / "gunroar-0-part-2.mp3"
WHICHEVER = "pkcs11:"  # a URI that says nothing: any card


def key_hash(public_key) -> str:
    return hashlib.sha256(public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


class CardCase(Refusals):
    """`ada` holds a card that is let in by the rule; each test has a pcscd of its own."""

    numbers = ("BI1", "BI2")
    readers = 1
    kept: tuple = ()

    @classmethod
    def setUpClass(cls):
        isolate()
        if not CardCase.kept:
            CardCase.kept = cls.make()
        cls.base, cls.shared, cls.authority, cls.ada, configuration = CardCase.kept
        cls.shared.config.write_text(configuration)
        replace(cls.shared.folder / "pki/server/crls/cards.pem", crl(cls.authority.certificate, cls.authority.key))
        cls.prepare(cls.shared)
        cls.server = Server(cls.shared)
        cls.addClassCleanup(cls.server.stop)

    @classmethod
    def make(cls) -> tuple:
        """What all classes of the process share: making it takes seconds."""
        base = Path(tempfile.mkdtemp(prefix="cifra-e2e-"))
        atexit.register(shutil.rmtree, base, ignore_errors=True)
        site, authority = Site(base), CardAuthority(base)
        cls.admit(site, authority)
        return base, site, authority, authority.issue("ada", number="BI1"), site.config.read_text()

    @classmethod
    def admit(cls, site: Site, authority: CardAuthority) -> None:
        """The rule, and a client that knows of no personal key in a file."""
        rule = {"name": "holders", "disabled": False, "card": True, "issuer": key_hash(authority.key.public_key()),
                "issuer_name": "Cards of the State", "attribute": "serialNumber", "values": list(cls.numbers)}
        folder = site.folder / "pki/server"
        (folder / "people.json").write_text(json.dumps({"version": 1, "people": [], "rules": [rule]}))
        shutil.copyfile(authority.root, folder / "card-roots.pem")
        site.configure(card_roots='"card-roots.pem"', people__file='"people.json"')
        lines = [line for line in site.client_config.read_text().splitlines() if not line.startswith("user_")]
        site.client_config.write_text("\n".join(lines) + "\n")
        site.add_media(SONG.name, SONG)

    @classmethod
    def prepare(cls, site: Site) -> None:
        """More of the configuration, for this class."""

    def setUp(self):
        super().setUp()
        self.pcsc = Readers(self.folder, self.readers)
        self.addCleanup(self.pcsc.stop)

    def insert(self, person: Person | None = None, reference: str = "9a", **options) -> Card:
        person = person or self.ada
        card = Card(self.folder, (reference, person.key, person.certificate), **options)
        self.addCleanup(card.stop)
        return card

    def by_card(self, *arguments, pin: str = PIN, card: str | None = WHICHEVER, **options):
        """(status, standard output, standard error) of cifra with the PIN from a descriptor."""
        chosen = ["--card", card] if card else []
        status, out, error = self.run_program("cifra", "--config", self.shared.client_config, "--pin-fd", "0", *chosen, *arguments,
                                              lines=(pin,), **options)
        self.assertNotIn(pin or "no PIN", out + error)
        return status, out, error

    def logs_in(self, *arguments, **options) -> str:
        status, out, error = self.by_card(*(arguments or ("list",)), **options)
        self.assertEqual(status, 0, error)
        return out

    def denied(self, wanted: int, says: str, remedy: str, *arguments, **options) -> str:
        status, out, error = self.by_card(*(arguments or ("list",)), **options)
        return self.told(wanted, status, out, error, says, remedy)

    def logins(self) -> list[str]:
        return [line["person"] for line in self.server.records("login")]

