# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""A card without a reader: SoftHSM, with the key and the certificate of a site's listener."""

import os
import subprocess
from pathlib import Path

from running import environment

MODULE = next((path for path in map(Path, ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so")) if path.exists()), None)
PIN, LABEL = "582019", "soft card"


class SoftToken:
    """In `folder`. env() is for programs that are to see it; configure() makes a site's listener use it."""

    def __init__(self, site, folder: Path):
        self.site, self.folder = site, folder
        (folder / "tokens").mkdir(parents=True)
        (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
        self.run("softhsm2-util", "--init-token", "--free", "--label", LABEL, "--so-pin", "87654321", "--pin", PIN)
        client = site.folder / "pki/client"
        self.run("softhsm2-util", "--import", client / "user-key.pem", "--token", LABEL, "--label", "login", "--id", "01", "--pin", PIN)
        leaf = folder / "leaf.der"
        self.run("openssl", "x509", "-in", client / "user-chain.pem", "-outform", "DER", "-out", leaf)
        self.run("pkcs11-tool", "--module", MODULE, "--token-label", LABEL, "--login", "--pin", PIN, "--write-object", leaf,
                 "--type", "cert", "--id", "01", "--label", "login")

    def env(self, **more: str) -> dict[str, str]:
        return environment(SOFTHSM2_CONF=str(self.folder / "softhsm2.conf"), **more)

    def run(self, *words) -> None:
        done = subprocess.run(words, capture_output=True, env=self.env(), check=False)
        if done.returncode != 0:
            raise AssertionError(f"{words[0]}: {done.stderr.decode()}")

    def configure(self, **more: str) -> None:
        """The CA above the listener comes from the file; her key does not."""
        text = self.site.client_config.read_text()
        lines = [line for line in text.splitlines() if not line.startswith("user_key")]
        lines += [f'card = "{LABEL}"', f'card_module = "{MODULE}"', *(f'{key} = "{value}"' for key, value in more.items())]
        self.site.client_config.write_text("\n".join(lines) + "\n")
        (self.site.folder / "pki/client/user-key.pem").unlink()


def pinentry(path: Path, *, answer: str = f"D {PIN}\\nOK") -> Path:
    """A program that speaks as pinentry does, and writes down what it is told into PATH.log."""
    path.write_text(f"""#!/bin/sh
echo "OK Pleased to meet you"
while read -r line; do
    printf '%s\\n' "$line" >> {path}.log
    case $line in
        GETPIN) printf '{answer}\\n' ;;
        *) echo OK ;;
    esac
done
""")
    os.chmod(path, 0o755)
    return path
