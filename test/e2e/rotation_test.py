# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
from rotating import Rotating


class Rotation(Rotating):
    def test_a_rotation_for_every_chunk(self):
        self.every_suite(1, 12)

    def test_every_second(self):
        self.every_suite(2, 12)

    def test_every_third(self):
        self.every_suite(3, 12)

    def test_every_sixteenth(self):
        self.every_suite(16, 40)

    def test_every_128th(self):
        self.every_suite(128, 400, never_stalls=True)
