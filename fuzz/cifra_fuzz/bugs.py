# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""All named bugs, in the order of a session."""

from . import bugs_frames, bugs_keys, bugs_negotiation, bugs_proof, bugs_records  # noqa: F401: each notes its own
from .bug import BUGS


def load():
    return list(BUGS.values())
