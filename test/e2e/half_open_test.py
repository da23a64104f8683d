# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""What strangers may hold before they log in."""

import socket

from running import Case, wait_until


class HalfOpen(Case):
    def garbage(self, port: int) -> socket.socket:
        stranger = socket.create_connection(("127.0.0.1", port))
        self.addCleanup(stranger.close)
        stranger.sendall(b"\xff" * 8)
        return stranger

    @staticmethod
    def answer(stranger: socket.socket) -> bytes:
        try:
            return stranger.recv(64)
        except ConnectionResetError:
            return b""

    def test_a_failed_connection_counts_until_it_is_gone(self):
        site = self.site()
        site.configure(max_half_open_per_address="3")
        server = self.serve(site)
        strangers = [self.garbage(site.port) for _ in range(3)]
        for stranger in strangers:
            self.assertNotEqual(stranger.recv(64), b"")  # told off, and not yet closed
        with self.garbage(site.port) as another:
            self.assertEqual(self.answer(another), b"")
        self.assertIn("reason=", server.wait_log("not_admitted"))
        for stranger in strangers:
            stranger.close()
        wait_until("a place that is free again", lambda: self.cifra(site, "--retry-for", "0", "list")[0] == 0)

    def test_who_goes_on_sending_is_cut(self):
        site = self.site()
        self.serve(site)
        stranger = self.garbage(site.port)
        stranger.settimeout(30)
        sent = 0
        with self.assertRaises((ConnectionResetError, BrokenPipeError)):
            for _ in range(10_000):  # 160 MiB; the server takes 256 KiB, the kernels some more
                sent += stranger.send(b"\0" * 16384)
        self.assertGreater(sent, 16384)
