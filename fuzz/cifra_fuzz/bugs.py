# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""All named bugs, in the order of a session."""

from . import (  # noqa: F401: each notes its own
    bugs_frames, bugs_keys, bugs_negotiation, bugs_proof, bugs_entry, bugs_records, bugs_messages, bugs_streams, bugs_rotation,
    bugs_time)
from .bug import BUGS


def load():
    return list(BUGS.values())
