# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Every suite and group of the protocol."""

LEGACY = "3DES_CBC_SHA256"
SUITES = ("CHACHA20_POLY1305_SHA256", "AES256_GCM_SHA384", "AES128_GCM_SHA256", "AES256_CTR_SHA256", "AES128_CBC_SHA256",
          "AES256_CBC_SHA384", "AES256_CBC_SHA512", "AES256_CBC_BLAKE2B", "CHACHA20_SHA256", "CHACHA20_SHA384", LEGACY)
GROUPS = ("X25519", "P-256", "P-384", "ffdhe2048", "ffdhe3072", "ffdhe4096")
