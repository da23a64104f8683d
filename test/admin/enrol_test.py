# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""cifractl person requests, approve, refuse: requests as cifrad writes them, answers as it reads them."""
import base64
import hashlib
import json
import os
import shutil
import unittest

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import authority
from cifractl import CA, Made
from tracing import needs_strace


def csr(name, key=None):
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)] if name else [])
    return x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())


def identity(request):
    return hashlib.sha256(request.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()[:20]


class Enrol(Made):
    def setUp(self):
        super().setUp()
        self.folder_of_requests = self.path("pki/server/state/enrolment")
        os.mkdir(self.folder_of_requests)

    def ask(self, name="ada", device="ada's desk", user=None, device_request=None, **members):
        """Gives the ID."""
        request = device_request or csr(device)
        kind = {x509.CertificateSigningRequest: "request", x509.Certificate: "certificate"}
        content = {"version": 1, "id": identity(request), "name": name, "received": 1_800_000_000_000, "address": "192.0.2.7",
                   "device_request": authority.pem(request).decode(),
                   "user": next((word for sort, word in kind.items() if isinstance(user, sort)), "none"),
                   "user_pem": authority.pem(user).decode() if user else ""} | members
        self.write(f"pki/server/state/enrolment/{identity(request)}.json", json.dumps(content))
        return content["id"]

    def answer(self, identifier):
        return json.loads(self.text(f"pki/server/state/enrolment/{identifier}.answer.json"))

    def chain(self, name, chain):
        return self.write(name, "".join(chain))

    def approve(self, identifier, *more):
        return self.succeed("person", "approve", identifier, "--dir", "pki", *more, lines=(CA,))

    def test_who_has_asked(self):
        self.assertEqual(self.run_it("person", "requests", "--dir", "pki"), (0, "", "no pending requests\n"))
        identifier = self.ask(user=csr("ada"))
        self.ask(name="bob", user=authority.CardAuthority().card("BOB", "B1"))
        shown = "-".join(identifier[i:i + 4] for i in range(0, 20, 4))
        out = self.succeed("person", "requests", "--dir", "pki")
        self.assertIn(f"{shown}  2027-01-15T08:00:00Z  192.0.2.7  device and person  ada\n", out)
        self.assertRegex(out, r"device and a certificate  bob  \(.*CN=BOB.*\)\n")
        listed = self.json("person", "requests")
        self.assertEqual({(one["name"], one["state"], one["asks_for"]) for one in listed},
                         {("ada", "pending", "device and person"), ("bob", "pending", "device and a certificate")})

    def test_device_and_person(self):
        identifier = self.ask(user=csr("not this name"))
        out = self.approve(identifier[:6], "--days", "10")
        self.assertEqual(out.strip().replace("-", ""), identifier)
        answer = self.answer(identifier)
        self.assertEqual(answer["status"], "approved")
        for part, name in (("device", "ada's desk"), ("user", "ada")):
            chain = self.chain(part + ".pem", answer[part + "_chain"])
            self.verify(chain)
            self.assertIn("CN = " + name, self.openssl("x509", "-in", chain, "-noout", "-subject"))
            self.openssl("x509", "-in", chain, "-noout", "-checkend", str(11 * 86400), wanted=1)
        self.assertIn("ada", [one["name"] for one in self.json("person", "list")])
        self.assertIn("ada's desk", [one["name"] for one in self.json("device", "list")])
        self.assertEqual(self.succeed("person", "requests", "--dir", "pki"), "")
        self.assertEqual([one["state"] for one in self.json("person", "requests", "--all")], ["approved"])

    def test_device_alone_with_other_names(self):
        identifier = self.ask(device="")
        self.approve(identifier, "--device", "reading room", "--text", "welcome")
        answer = self.answer(identifier)
        self.assertEqual((answer["text"], answer["user_chain"]), ("welcome", []))
        self.assertTrue(os.path.isfile(self.path("pki/ca/issued/devices/reading room.pem")))

    def test_a_certificate_that_was_brought(self):
        card = authority.CardAuthority().card()
        identifier = self.ask(name="maria", user=card)
        self.approve(identifier, "--card", "--name", "maria s.")
        person = json.loads(self.text("pki/server/people.json"))["people"][0]
        self.assertEqual((person["name"], person["card"], person["trust"]), ("maria s.", True, "path"))
        self.assertEqual(self.answer(identifier)["user_chain"], [])
        self.approve(identifier, "--card", "--name", "maria s.")

    def test_twice_is_once(self):
        identifier = self.ask(user=csr("ada"))
        self.approve(identifier)
        first = self.answer(identifier)
        self.approve(identifier)
        self.assertEqual(self.answer(identifier), first)
        os.remove(self.path(f"pki/server/state/enrolment/{identifier}.answer.json"))
        self.approve(identifier, "--name", "another name")
        self.assertEqual(self.answer(identifier), first)

    def test_renewed_for_who_asks_again(self):
        identifier = self.ask(user=csr("ada"))
        self.approve(identifier, "--days", "10")
        first = self.answer(identifier)
        self.succeed("renew", "--within", "11", "--dir", "pki", lines=(CA,))
        second = self.answer(identifier)
        for part in ("device", "user"):
            self.assertNotEqual(first[part + "_chain"], second[part + "_chain"])
            self.verify(self.chain(part + ".pem", second[part + "_chain"]))

    def test_refused(self):
        identifier = self.ask()
        self.succeed("person", "refuse", identifier, "--text", "ask at the desk", "--dir", "pki")
        self.assertEqual(self.answer(identifier), {"version": 1, "status": "refused", "text": "ask at the desk", "device_chain": [],
                                                   "user_chain": []})
        self.assertEqual(os.listdir(self.path("pki/ca/issued/devices")), ["device1.pem"])
        self.approve(identifier)
        self.refuse(4, "person", "refuse", identifier, "--dir", "pki", says=["approved already", "revoke"])

    def test_ids(self):
        identifier, other = self.ask(), self.ask(name="bob")
        wrong = ("0" if identifier[0] != "0" else "1") + identifier[1:]
        self.refuse(3, "person", "approve", wrong, "--dir", "pki", lines=(CA,), says=["there is no request", "did you mean"])
        self.refuse(3, "person", "approve", "zzzz", "--dir", "pki", lines=(CA,), says="see: cifractl person requests")
        self.refuse(3, "person", "refuse", "", "--dir", "pki", says="there is no request")
        typed = "-".join(identifier[i:i + 4] for i in range(0, 20, 4)).upper()
        self.approve(typed)
        common = os.path.commonprefix([identifier, other])
        if common:
            self.refuse(3, "person", "refuse", common, "--dir", "pki", says="the beginning of several IDs")

    def test_two_that_begin_alike(self):
        first = csr("a")
        while True:
            second = csr("b")
            if identity(second)[0] == identity(first)[0]:
                break
        self.ask(device_request=first)
        self.ask(device_request=second)
        self.refuse(3, "person", "approve", identity(first)[0], "--dir", "pki", lines=(CA,), says="the beginning of several IDs")

    def test_names_that_are_on_record(self):
        identifier = self.ask(name="listener", device="device1", user=csr("x"))
        self.refuse(4, "person", "approve", identifier, "--dir", "pki", lines=(CA,), says=["device 'device1' exists", "--device"])
        self.refuse(4, "person", "approve", identifier, "--device", "d", "--dir", "pki", lines=(CA,),
                    says=["person 'listener' exists", "--name"])
        self.refuse(2, "person", "approve", identifier, "--device", "a/b", "--dir", "pki", lines=(CA,), says="this name of a device")
        self.assertFalse(os.path.exists(self.path(f"pki/server/state/enrolment/{identifier}.answer.json")))
        self.approve(identifier, "--device", "d", "--name", "p")
        self.succeed("person", "revoke", "p", "--dir", "pki", lines=(CA,))
        other = self.ask(name="p", device="e", user=csr("x"))
        self.approve(other)

    def test_a_key_that_is_revoked(self):
        request = csr("d")
        identifier = self.ask(device_request=request)
        self.approve(identifier)
        self.succeed("device", "revoke", "d", "--dir", "pki", lines=(CA,))
        self.refuse(3, "person", "approve", identifier, "--dir", "pki", lines=(CA,), says="revoked")

    def test_requests_that_do_not_do(self):
        good = csr("x")
        identifier = self.ask(device_request=good)
        path = self.path(f"pki/server/state/enrolment/{identifier}.json")
        content = json.loads(self.text(path))
        der = bytearray(authority.der(good))
        der[-3] ^= 1  # in the signature
        body = base64.encodebytes(bytes(der)).decode()
        content["device_request"] = f"-----BEGIN CERTIFICATE REQUEST-----\n{body}-----END CERTIFICATE REQUEST-----\n"
        with open(path, "w", encoding="utf-8") as file:
            json.dump(content, file)
        self.refuse(3, "person", "approve", identifier, "--dir", "pki", lines=(CA,), says="the request for the device is refused")
        weak = self.ask(device_request=csr("x", ec.generate_private_key(ec.SECP521R1())))
        self.refuse(3, "person", "approve", weak, "--dir", "pki", lines=(CA,), says="the request for the device is refused")
        expired = self.ask(user=authority.CardAuthority().card(days=-1))
        self.refuse(3, "person", "approve", expired, "--dir", "pki", lines=(CA,), says=["the certificate in this request", "expired"])
        plain = self.ask()
        self.refuse(2, "person", "approve", plain, "--card", "--dir", "pki", lines=(CA,), says="this request has none")
        self.write(f"pki/server/state/enrolment/{'0' * 20}.json", "{")
        status, _, words = self.run_it("person", "requests", "--dir", "pki")
        self.assertEqual(status, 0)
        self.assertIn("left out: ", words)
        self.assertEqual(os.listdir(self.path("pki/ca/issued/devices")), ["device1.pem"])

    def test_another_folder(self):
        identifier = self.ask()
        shutil.move(self.folder_of_requests, self.path("brought"))
        self.refuse(3, "person", "approve", identifier, "--dir", "pki", lines=(CA,), says="there is no request")
        self.approve(identifier, "--requests", "brought")
        self.assertIn(identifier + ".answer.json", os.listdir(self.path("brought")))

    @needs_strace
    def test_killed_anywhere_it_goes_on(self):
        identifier = self.ask(user=csr("ada"))
        kills = 0
        for call in ("link", "rename", "fsync"):
            for number in (1, 2, 3, 5):
                kills += self.killed_at(call, number, "person", "approve", identifier, "--dir", "pki", lines=(CA,))
                self.approve(identifier)
                self.verify(self.chain("user.pem", self.answer(identifier)["user_chain"]))
                self.assertEqual(sorted(os.listdir(self.path("pki/ca/issued/people"))), ["ada.pem", "listener.pem"])
                for file in ("pki/ca/issued/people/ada.pem", "pki/ca/issued/devices/ada's desk.pem"):
                    os.remove(self.path(file))
                os.remove(self.path(f"pki/server/state/enrolment/{identifier}.answer.json"))
        self.assertGreater(kills, 4)

    def test_the_fingerprint(self):
        out = self.succeed("fingerprint", "--dir", "pki").strip()
        wanted = self.openssl("x509", "-in", "pki/ca/server-ca.pem", "-noout", "-fingerprint", "-sha256")
        self.assertEqual(out, wanted.strip().split("=")[1].replace(":", "").lower())
        self.assertEqual(self.json("fingerprint")["fingerprint"], out)


if __name__ == "__main__":
    unittest.main()
