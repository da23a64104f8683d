# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Enrolment as cifrad has it: requests are stored, answers given out, and neither can be abused."""

import hashlib
import json
import time
from signal import SIGHUP

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from authority import Authority
from outsider import Identity, client, identity, new_request, refused
from policy import Policy, leaf_of, replace
from running import wait_until

PENDING, APPROVED, REFUSED = 0, 1, 2
NONE, REQUEST, CERTIFICATE = 0, 1, 2
MONTH = 30 * 86400


def id_of(key) -> str:
    return hashlib.sha256(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()[:20]


def pem(request: bytes) -> str:
    return x509.load_der_x509_csr(request).public_bytes(Encoding.PEM).decode()


class Enrolment(Policy):
    def setUp(self):
        super().setUp()
        roots = self.shop.folder / "pki/client/server-roots.pem"
        self.shop.configure(enrolment="true", server_roots=json.dumps(str(roots)))
        self.requests = self.shop.folder / "pki/server/state/enrolment"
        self.server = self.serve(self.shop)

    def ask(self, key, request: bytes, name: str = "somebody", kind: int = NONE, user: bytes = b""):
        visitor = client(self, self.shop)
        status = visitor.enrol(name, key, request, kind, user)
        self.assertTrue(visitor.takes_enrolment)
        self.assertEqual(status.id, id_of(key))
        return status

    def log_of(self, status: str) -> list[dict]:
        return [line for line in self.server.records("enrolment") if line["status"] == status]

    def stored(self) -> list[str]:
        return sorted(path.name for path in self.requests.iterdir()) if self.requests.exists() else []

    def store(self, received: float, address: str = "192.0.2.1"):
        """As if somebody had asked at that time."""
        key, request = new_request()
        self.requests.mkdir(exist_ok=True)
        text = {"version": 1, "id": id_of(key), "name": "somebody", "received": int(received * 1000), "address": address,
                "device_request": pem(request), "user": "none", "user_pem": ""}
        (self.requests / f"{id_of(key)}.json").write_text(json.dumps(text))
        return key, request

    def test_a_request_waits_until_it_is_approved(self):
        key, request = new_request()
        hers = new_request("somebody")[1]
        status = self.ask(key, request, "Ana's desk", REQUEST, hers)
        self.assertEqual((status.status, status.text, status.roots, status.device, status.user), (PENDING, "", [], [], []))
        self.assertEqual(self.stored(), [f"{id_of(key)}.json"])
        kept = json.loads((self.requests / self.stored()[0]).read_text())
        self.assertEqual((kept["name"], kept["address"], kept["user"]), ("Ana's desk", "127.0.0.1", "request"))
        self.assertEqual((kept["device_request"], kept["user_pem"]), (pem(request), pem(hers)))
        line = self.log_of("added")[0]
        self.assertEqual((line["name"], line["id"].replace("-", "")), ("Ana's desk", id_of(key)))
        # However often it asks, and whatever it is called then: what was stored first stands.
        before = (self.requests / self.stored()[0]).read_bytes()
        self.assertEqual(self.ask(key, request, "another name").status, PENDING)
        self.assertEqual((self.requests / self.stored()[0]).read_bytes(), before)
        self.assertEqual(len(self.log_of("pending")), 1)
        self.approve(key, request)

    def approve(self, key, request: bytes) -> None:
        """What `cifractl person approve` leaves there, and how somebody who has it logs in."""
        chains, folder = {}, self.folder / "issued"
        folder.mkdir()
        for party in ("device", "user"):
            Authority(self.shop, party).issue(party, folder / f"{party}-chain.pem", folder / f"{party}-key.pem", name=f"her {party}")
            chains[party] = [part + "-----END CERTIFICATE-----\n" for part in
                             (folder / f"{party}-chain.pem").read_text().split("-----END CERTIFICATE-----\n") if part]
        answer = {"version": 1, "status": "approved", "text": "welcome", "device_chain": chains["device"], "user_chain": chains["user"]}
        replace(self.requests / f"{id_of(key)}.answer.json", json.dumps(answer).encode())
        status = self.ask(key, request)
        self.assertEqual((status.status, status.text), (APPROVED, "welcome"))
        roots = self.shop.folder / "pki/client/server-roots.pem"
        self.assertEqual(status.roots, [leaf_of(roots).public_bytes(Encoding.DER)])
        self.assertEqual((status.device, status.user), (identity(folder, "device").chain, identity(folder, "user").chain))
        who = {party: Identity(chain, identity(folder, party).key) for party, chain in (("device", status.device), ("user", status.user))}
        login = client(self, self.shop, **who).login()
        self.assertEqual((login.device, login.person), ("her device", "her user"))

    def test_a_request_is_refused(self):
        key, request = new_request()
        self.ask(key, request)
        answer = {"version": 1, "status": "refused", "text": "come by in person", "device_chain": [], "user_chain": []}
        replace(self.requests / f"{id_of(key)}.answer.json", json.dumps(answer).encode())
        status = self.ask(key, request)
        self.assertEqual((status.status, status.text, status.device), (REFUSED, "come by in person", []))
        self.assertEqual(len(self.log_of("refused")), 1)

    def test_the_key_has_to_sign(self):
        key, request = new_request()
        refused(self, "AUTH_FAILED", client(self, self.shop).enrol, "somebody", new_request()[0], request)
        altered = request[:-1] + bytes([request[-1] ^ 1])
        refused(self, "AUTH_FAILED", client(self, self.shop).enrol, "somebody", key, altered)
        refused(self, "AUTH_FAILED", client(self, self.shop).enrol, "somebody", key, b"\x30\x00")
        self.assertEqual(self.stored(), [])
        self.assertEqual(len(self.log_of("malformed")), 2)

    def test_what_is_asked_has_to_have_a_form(self):
        key, request = new_request()
        refused(self, "AUTH_FAILED", client(self, self.shop).enrol, "a\u202eb", key, request)
        for kind, user, says in ((REQUEST, request[:-9] + bytes(9), "the person's request: "), (REQUEST, b"\x30\x00", "request: malformed"),
                                 (CERTIFICATE, request, "the person's certificate: ")):
            status = self.ask(key, request, "somebody", kind, user)
            self.assertEqual(status.status, REFUSED)
            self.assertIn(says, status.text)
            self.assertIn(says, self.log_of("malformed")[-1]["reason"])
        self.assertEqual(self.stored(), [])
        card = self.user.public_bytes(Encoding.DER)
        self.assertEqual(self.ask(key, request, "somebody", CERTIFICATE, card).status, PENDING)

    def test_there_is_room_for_so_many(self):
        for n in range(256):
            self.store(time.time() - 60, f"10.0.0.{n}")
        key, request = new_request()
        status = self.ask(key, request)
        self.assertEqual(status.status, REFUSED)
        self.assertIn("too many requests", status.text)
        self.assertEqual(len(self.stored()), 256)
        self.assertEqual(self.log_of("full")[0]["level"], "warning")
        # Somebody who is known already hears how it stands; one that is older than a month makes room.
        old = self.stored()[0]
        known = json.loads((self.requests / self.stored()[1]).read_text())
        self.assertEqual(known["version"], 1)
        text = json.loads((self.requests / old).read_text())
        (self.requests / old).write_text(json.dumps(text | {"received": int((time.time() - MONTH - 60) * 1000)}))
        self.assertEqual(self.ask(key, request).status, PENDING)
        self.assertNotIn(old, self.stored())
        self.assertEqual(len(self.stored()), 256)

    def test_an_address_has_room_for_so_many(self):
        for _ in range(8):
            self.store(time.time() - 60, "127.0.0.1")
        self.assertIn("too many requests", self.ask(*new_request()).text)
        self.assertEqual(len(self.stored()), 8)

    def test_a_damaged_answer_is_told_to_nobody(self):
        key, request = new_request()
        self.ask(key, request)
        (self.requests / f"{id_of(key)}.answer.json").write_text("{")
        refused(self, "AUTH_FAILED", client(self, self.shop).enrol, "somebody", key, request)
        wait_until("the log", lambda: [one for one in self.server.records("internal_error") if id_of(key) in one["error"]])
        self.succeed(self.shop, "list")

    def test_switched_off(self):
        self.shop.configure(enrolment="false")
        self.hang_up()
        visitor = client(self, self.shop)
        refused(self, "AUTH_FAILED", visitor.enrol, "somebody", *new_request())
        self.assertFalse(visitor.takes_enrolment)
        self.assertEqual((self.stored(), self.server.records("enrolment")), ([], []))

    def test_roots_that_cannot_be_handed_out(self):
        roots = self.shop.folder / "pki/client/server-roots.pem"
        for content, says in ((roots.read_bytes() * 5, "more than 4"), (b"", "no certificate"),
                              ((self.shop.folder / "pki/ca/user-ca.pem").read_bytes(), "another role")):
            path = self.shop.folder / "pki/server/handed.pem"
            path.write_bytes(content)
            self.shop.configure(server_roots='"handed.pem"')
            told = len(self.server.records("reload_failed"))
            self.server.send(SIGHUP)
            wait_until("the log", lambda told=told: self.server.records("reload_failed")[told:])
            self.assertIn(says, self.server.records("reload_failed")[-1]["error"])
