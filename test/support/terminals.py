# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Programs on a terminal of their own."""

import signal


def end(child) -> None:
    """Whatever it is doing. pexpect's own close() fails when a process is not gone within a tenth of a second."""
    if child.isalive():
        child.kill(signal.SIGKILL)
        child.wait()
    child.close()
