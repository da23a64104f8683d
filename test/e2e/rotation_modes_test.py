# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
from proxy import DOWN, Proxy
from rotating import CHUNK, FAMILIES, LARGE, SUITES, Rotating, rotations_implied


class Modes(Rotating):
    def test_every_128th_large_chunk_without_a_stall(self):
        # Not 3DES: that has new keys after 8 MiB, which is less than what loopback's buffers take.
        self.every_suite(128, 140, [suite for suite in FAMILIES if not suite.startswith("3DES")], size=LARGE, never_stalls=True)

    def test_3des_by_bytes_whatever_is_configured(self):
        site, server, data = self.prepared(0, 140, LARGE)
        for verb in ("get", "put"):
            report, _ = self.transfer(site, server, verb, "3DES_CBC_SHA256", data)
            self.assertIn(report["rotations"], rotations_implied((8 << 20) // LARGE, 140))

    def test_ratchet(self):
        self.every_suite(16, 40, FAMILIES, ratchet="true")

    def test_padded(self):
        self.every_suite(16, 40, FAMILIES, padding='"full"')

    def test_client_that_asks_for_padding(self):
        site, server, data = self.prepared(16, 40)
        for suite in FAMILIES:
            for verb in ("get", "put"):
                self.transfer(site, server, verb, suite, data, "--padded")
        proxy = Proxy(site.port)
        self.addCleanup(proxy.close)
        for padded in ((), ("--padded",)):
            self.transfer(site, server, "get", SUITES[0], data, "--server", f"localhost:{proxy.port}", *padded)
        without, with_padding = (passage.passed[DOWN] for passage in proxy.passages)
        self.assertGreater(with_padding, without + CHUNK - len(data) % CHUNK)  # the last chunk, and more
        self.assertEqual(server.stop(), 0)

    def test_by_bytes(self):
        site, server, data = self.prepared(0, 40, bytes=str(8 * CHUNK))
        for verb in ("get", "put"):
            report, _ = self.transfer(site, server, verb, SUITES[0], data)
            self.assertIn(report["rotations"], rotations_implied(8, 40))

    def test_by_time_while_nobody_reads(self):
        site, server, data = self.prepared(0, 700, seconds="1", level='"debug"')  # more than cifra keeps for a slow reader
        get = self.start(site, "get", "some.bin", "-", stderr=None)
        first = get.stdout.read(1)
        server.wait_log(" rotated ")
        self.assertTrue(first + get.stdout.read() == data)
        self.assertEqual(get.wait(60), 0)
        self.assertEqual(server.stop(), 0)
        self.assertGreaterEqual(int(server.records("ended")[0]["rotations"]), 1)
