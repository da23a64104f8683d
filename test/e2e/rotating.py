# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""What the tests of rotations have in common."""

import json
import random

from running import Case
from suites import SUITES

CHUNK, LARGE = 16384, 262144
FAMILIES = ("AES256_GCM_SHA384", "CHACHA20_POLY1305_SHA256", "AES256_CTR_SHA256", "AES256_CBC_SHA512", "CHACHA20_SHA256",
            "3DES_CBC_SHA256")


def content(chunks: int, size: int = CHUNK) -> bytes:
    """So many chunks, of which the last is short."""
    return random.Random(chunks).randbytes((chunks - 1) * size + 4321)


def rotations_implied(n: int, chunks: int) -> range:
    """An epoch ends at N/2 DATA at the earliest and at N at the latest; the last one may still be rotated away from."""
    return range((chunks - 1) // n, chunks // max(1, n // 2) + 1)


class Rotating(Case):
    def transfer(self, site, server, verb: str, suite: str, data: bytes, *more) -> tuple[dict, dict]:
        """One get or put, compared; what cifra reports of it, and the line with which cifrad ended it."""
        before = len(server.records("ended"))
        if verb == "get":
            arrived = self.folder / f"got-{suite}"
            out, _ = self.succeed(site, "--json", "--suite", suite, *more, "get", "some.bin", arrived)
        else:
            arrived = site.media / f"put-{suite}"
            out, _ = self.succeed(site, "--json", "--suite", suite, *more, "put", self.folder / "some.bin", "--name", arrived.name)
        self.assertEqual(arrived.read_bytes(), data)
        arrived.unlink()
        server.wait_log(" ended ", before + 1)
        return json.loads(out), server.records("ended")[-1]

    def prepared(self, n: int, chunks: int, size: int = CHUNK, **more: str):
        site = self.site()
        site.configure(suites=json.dumps(SUITES), allow_legacy="true", chunk_limit=str(size), chunks=str(n), **more)
        data = content(chunks, size)
        site.add_media("some.bin", data)
        (self.folder / "some.bin").write_bytes(data)
        return site, self.serve(site), data

    def every_suite(self, n: int, chunks: int, suites=SUITES, *, size: int = CHUNK, never_stalls: bool = False, **more: str):
        site, server, data = self.prepared(n, chunks, size, **more)
        for suite in suites:
            for verb in ("get", "put"):
                with self.subTest(suite=suite, verb=verb, n=n):
                    report, ended = self.transfer(site, server, verb, suite, data)
                    self.assertEqual((report["suite"], report["chunks"]), (suite, chunks))
                    self.assertEqual(ended["chunks_sent" if verb == "get" else "chunks_received"], str(chunks))
                    self.assertEqual(ended["how"], "clean")
                    self.assertIn(report["rotations"], rotations_implied(n, chunks))
                    self.assertIn(int(ended["rotations"]), rotations_implied(n, chunks))
                    if never_stalls:
                        self.assertEqual((report["stalls"], ended["stalls"]), (0, "0"))
        self.assertEqual(server.stop(), 0)
