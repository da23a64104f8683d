# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""A peer that speaks the Cifra protocol as far as it is told to, and then misbehaves.

It stands on the independent client of test/interop, which was written from PROTOCOL.md alone: what it demands of a peer is
what that text says, not what this project's programs do.
"""

import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
# In the sources, and where it is installed: beside this package.
for _place in (_HERE.parents[1] / "test/interop", _HERE.parent / "interop"):
    if _place.is_dir() and str(_place) not in sys.path:
        sys.path.append(str(_place))
