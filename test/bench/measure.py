# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Processes on cores of their own, and what they cost."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

SERVER_CORE, CLIENT_CORE = 0, 1
GIB = 1 << 30


def pinned(core: int, command: list) -> list[str]:
    return ["taskset", "-c", str(core), *(str(word) for word in command)]


def tree(pid: int) -> list[int]:
    """A process and its children."""
    result = [pid]
    for entry in Path(f"/proc/{pid}/task").iterdir():
        for child in (entry / "children").read_text().split():
            result += tree(int(child))
    return result


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its children so far, by the scheduler's nanoseconds.

    Threads that have ended are not in it: servers under measurement start theirs at once and keep them.
    """
    return sum(int((task / "schedstat").read_text().split()[0]) / 1e9
               for process in tree(pid) for task in Path(f"/proc/{process}/task").iterdir())


def resident_bytes(pid: int) -> int:
    total = 0
    for process in tree(pid):
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                total += int(line.split()[1]) * 1024
    return total


def stop(process: subprocess.Popen) -> None:
    """SIGTERM, then SIGKILL."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@dataclass
class Cost:
    seconds: float
    client_cpu: float
    server_cpu: float


def timed(command: list, server_pid: int, output=subprocess.DEVNULL, **options) -> Cost:
    """Runs a client on its core to its end; raises if it fails."""
    server_before, start = cpu_seconds(server_pid), time.perf_counter()
    process = subprocess.Popen(pinned(CLIENT_CORE, command), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE, **options)
    message = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}: {message.decode(errors='replace')[-2000:]}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, cpu_seconds(server_pid) - server_before)
