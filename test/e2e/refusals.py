# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""What all tests of refusals do: one site and one server for a whole class, and words checked to the last line."""

import os
import resource
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from running import CA, CLIENT, PATIENCE, PROGRAMS, SERVER, Case, Server, Site, environment

SECRETS = (CA, SERVER, CLIENT)
NOBODY = 65534


def somebody_else() -> None:
    """For preexec_fn: no longer root, to whom nothing is closed."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


# ThreadSanitizer writes a file of its own before main(), where the program does not yet ignore the signal.
WRITES_BEFORE_MAIN = b"__tsan_init" in Path(PROGRAMS["cifra"]).read_bytes()


def file_size_limit(size: int):
    """For preexec_fn: no file of the program may become longer."""
    def limit() -> None:
        if WRITES_BEFORE_MAIN:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return limit


def may_mount(folder: Path) -> bool:
    probe = ["unshare", "-rm", "mount", "-t", "tmpfs", "none", folder]
    return subprocess.run(probe, stderr=subprocess.DEVNULL, check=False).returncode == 0


class Refusals(Case):
    """Each test has an empty folder; `shared` is the site, `server` its server if the class says serving = True."""

    serving = True
    encrypted = False

    @classmethod
    def setUpClass(cls):
        cls.base = Path(tempfile.mkdtemp(prefix="cifra-e2e-"))
        cls.addClassCleanup(shutil.rmtree, cls.base, ignore_errors=True)
        cls.shared = Site(cls.base, encrypted=cls.encrypted)
        cls.prepare(cls.shared)
        if cls.serving:
            cls.server = Server(cls.shared)
            cls.addClassCleanup(cls.server.stop)

    @classmethod
    def prepare(cls, site: Site) -> None:
        """Media and configuration, before the server starts."""

    def run_program(self, program: str, *arguments, lines: tuple = (), **options):
        """Any of the programs, with nothing on the command line that is not given here."""
        given = {"cwd": self.folder, "env": environment(), "timeout": 2 * PATIENCE, "start_new_session": True} | options
        if "stdin" not in given and "input" not in given:
            given["input"] = "".join(line + "\n" for line in lines).encode()
        given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | given
        done = subprocess.run([PROGRAMS[program], *arguments], check=False, **given)
        return done.returncode, (done.stdout or b"").decode(), done.stderr.decode()

    def told(self, wanted: int, status: int, out: str | bytes, error: str, says, remedy: str | None,
             program: str = "cifra") -> str:
        """Exit status, words, and as the last line what to do next; nothing on standard output, nothing secret."""
        self.assertEqual(status, wanted, error)
        self.assertFalse(out)
        self.assertRegex(error, f"(?m)^{program}: ")
        self.assertTrue(error.endswith("\n"), error)
        for part in [says] if isinstance(says, str) else says:
            self.assertIn(part, error)
        for secret in SECRETS:
            self.assertNotIn(secret, error)
        last = error.splitlines()[-1]
        if remedy is None:
            self.assertEqual(error.count("\n"), 1, error)
        else:
            self.assertTrue(last.startswith(" " * (len(program) + 2)), error)
            self.assertIn(remedy, last)
        return error

    def no(self, wanted: int, *arguments, says, remedy: str | None, site: Site | None = None, **options) -> str:
        """cifra, with the shared site's configuration, refuses this."""
        status, out, error = self.cifra(site or self.shared, *arguments, **options)
        return self.told(wanted, status, out, error, says, remedy)

    def config_of_somebody_else(self) -> Path:
        """A copy of the client's folder, outside of the test's own, that belongs to whom somebody_else() makes us."""
        copy = Path(tempfile.mkdtemp(prefix="cifra-e2e-"))
        self.addCleanup(shutil.rmtree, copy, ignore_errors=True)
        shutil.copytree(self.shared.folder / "pki/client", copy, dirs_exist_ok=True)
        for path in (copy, *copy.rglob("*")):
            if os.geteuid() == 0:
                os.chown(path, NOBODY, NOBODY)
        self.folder.chmod(0o755)
        return copy / "cifra.toml"

    def left(self) -> list[str]:
        return self.files(self.folder)
