# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""What cifra says to wrong usage, a wrong configuration and wrong passphrases: before it dials anybody."""
import os

from refusals import Refusals, somebody_else
from running import CLIENT, SERVER


class Usage(Refusals):
    serving = False

    def usage(self, *arguments, says, remedy):
        status, out, error = self.run_program("cifra", *arguments)
        return self.told(2, status, out, error, says, remedy)

    def test_words_that_are_unknown(self):
        self.usage(says="A subcommand is required", remedy="see: cifra --help")
        self.usage("plya", "x", says="there is no use for 'plya' here", remedy="did you mean 'play'? see: cifra --help")
        self.usage("list", "extra", says="there is no use for 'extra' here", remedy="see: cifra list --help")
        self.usage("list", "--jsn", says="there is no option '--jsn' here",
                   remedy="did you mean '--json'? see: cifra list --help")
        self.usage("get", "x", "--forse", says="there is no option '--forse' here", remedy="did you mean '--force'?")
        self.usage("-x", "list", says="there is no option '-x' here", remedy="see: cifra list --help")

    def test_words_that_are_missing(self):
        for verb in ("get", "play", "info"):
            self.usage(verb, says="ITEM is required", remedy=f"see: cifra {verb} --help")
        self.usage("put", says="FILE is required", remedy="see: cifra put --help")
        self.usage("search", says="WORD is required", remedy="see: cifra search --help")
        self.usage("list", "--config", says="--config", remedy="see: cifra list --help")

    def test_values_out_of_range(self):
        self.usage("play", "x", "--volume", "101", says="101", remedy="see: cifra play --help")
        self.usage("play", "x", "--volume", "loud", says="loud", remedy="see: cifra play --help")
        self.usage("list", "--retry-for", "-1", says="-1", remedy="see: cifra list --help")
        self.usage("list", "--passphrase-fd", "three", says="three", remedy="see: cifra list --help")

    def test_a_passphrase_on_the_command_line_is_not_repeated(self):
        self.usage("list", f"--passphrase={CLIENT}", says="there is no option '--passphrase' here",
                   remedy="did you mean '--passphrase-fd'?")

    def test_help_and_version(self):
        status, out, error = self.run_program("cifra", "--help")
        self.assertEqual((status, error), (0, ""))
        self.assertLess(out.index("Examples:"), out.index("Usage:"))
        self.assertIn("13 passphrase", out)
        status, out, error = self.run_program("cifra", "--version")
        self.assertEqual((status, error), (0, ""))
        self.assertRegex(out, r"^cifra \d+\.\d+\.\d+\n$")

    def test_names_of_suites_groups_and_servers(self):
        self.no(2, "--suite", "AES256_GCM_SHA348", "list", says="there is no suite 'AES256_GCM_SHA348'",
                remedy="did you mean 'AES256_GCM_SHA384'? there are: ")
        self.no(2, "--suite", "NULL_NULL_NULL", "list", says="there is no suite", remedy="AES128_GCM_SHA256")
        self.no(2, "--group", "x2551", "list", says="there is no group 'x2551'", remedy="did you mean 'X25519'?")
        for server, says in ((":7411", "':7411' names no server"), ("host:", "'' is no port"), ("host:0", "'0' is no port"),
                             ("host:65536", "'65536' is no port"), ("host:port", "'port' is no port"),
                             ("[::1]:x", "'x' is no port")):
            with self.subTest(server):
                self.no(2, "--server", server, "list", says=says, remedy="HOST:PORT, for example localhost:7411")

    def test_text_that_names_nothing(self):
        # No server is there: nothing is dialled for what cannot be.
        self.no(2, "get", "", says="an empty text names no item", remedy="'cifra list' shows")
        for words in (("search", b"\xff\xfe"), ("get", b"a\xff"), ("info", "a\nb"), ("play", "a\u202eb", "-o", "null")):
            with self.subTest(words):
                self.no(2, *words, says="is not plain UTF-8 text", remedy="'cifra list' shows")
        self.no(2, "search", "x" * 257, says="the search text is too long", remedy="256 bytes")


class Configuration(Refusals):
    serving = False

    def config(self, text: str, *arguments, says, remedy, name="cifra.toml", **options):
        path = self.folder / name
        path.write_text(text)
        status, out, error = self.run_program("cifra", "--config", path, *(arguments or ("list",)), **options)
        words = self.told(3, status, out, error, says, remedy)
        self.assertEqual(self.left(), [name])
        return words

    def changed(self, **values: str) -> str:
        """The good configuration with absolute paths, and other values in some of its lines."""
        pki = self.shared.folder / "pki/client"
        known = {"server": f'"localhost:{self.shared.port}"'}
        known |= {key: f'"{pki}/{file}"' for key, file in (
            ("server_roots", "server-roots.pem"), ("device_chain", "device-chain.pem"), ("device_key", "device-key.pem"),
            ("user_chain", "user-chain.pem"), ("user_key", "user-key.pem"))}
        return "".join(f"{key} = {value}\n" for key, value in (known | values).items() if value)

    def test_no_file(self):
        status, out, error = self.run_program("cifra", "--config", "nowhere.toml", "list")
        self.told(3, status, out, error, "no configuration at nowhere.toml", "'cifractl init' makes one")
        status, out, error = self.run_program("cifra", "--config", ".", "list")
        self.told(3, status, out, error, "no configuration at .", "check --config")
        env = {key: value for key, value in os.environ.items() if not key.startswith(("CIFRA", "XDG"))}
        status, out, error = self.run_program("cifra", "list", env=env | {"HOME": str(self.folder)})
        self.told(3, status, out, error, "no server is configured", "give --config FILE")
        status, out, error = self.run_program("cifra", "-s", "localhost", "list", env=env | {"HOME": str(self.folder)})
        self.told(3, status, out, error, "names no server_roots, device_chain or device_key", "give --config FILE")

    def test_a_file_that_may_not_be_read(self):
        path = self.folder / "cifra.toml"
        path.write_text(self.changed())
        path.chmod(0)
        self.folder.chmod(0o755)
        status, out, error = self.run_program("cifra", "--config", path, "list", preexec_fn=somebody_else)
        self.told(3, status, out, error, ["cannot read", "cifra.toml", "Permission denied"], "check its permissions")

    def test_keys_and_values(self):
        for line, says, remedy in (
                ('servr = "x"', "cifra.toml:7: unknown key 'servr'", "did you mean 'server'? the keys are: server, "),
                ("zzz = 1", "cifra.toml:7: unknown key 'zzz'", "the keys are: server, "),
                ("padding = 3", "cifra.toml:7: padding must be a string in quotes", "in double quotes"),
                ('padding = "some"', 'cifra.toml:7: padding must be "none" or "full"', None),
                ('suites = "X"', "cifra.toml:7: suites must be an array", "for example"),
                ("suites = [1]", "cifra.toml:7: suites must be a string", "double quotes"),
                ('suites = ["AES256_GCM_SHA348"]', "cifra.toml:7: there is no suite", "did you mean 'AES256_GCM_SHA384'?"),
                ('groups = ["P256"]', "cifra.toml:7: there is no group 'P256'", "did you mean 'P-256'?"),
                ("padding = ", "cifra.toml:7: ", "mend the line")):
            with self.subTest(line):
                self.config(self.changed() + line + "\n", says=says, remedy=remedy)
        self.config(self.changed(server='"host:x"'), says="cifra.toml:1: 'x' is no port", remedy="HOST:PORT")
        self.config(self.changed(server="7411"), says="cifra.toml:1: server must be a string", remedy="double quotes")
        self.config("\xff", says="cifra.toml:1: ", remedy="mend the line")

    def test_one_of_a_pair(self):
        self.config(self.changed(user_key=""), says="only one of user_chain and user_key", remedy="name both")
        self.config(self.changed(device_key=""), says="names no server_roots, device_chain or device_key",
                    remedy="give --config FILE")

    def test_files_it_names(self):
        remedy = "check the paths in the configuration"
        empty = self.shared.folder / "empty.pem"
        empty.write_text("")
        client = self.shared.folder / "pki/client"
        for key in ("server_roots", "device_chain", "device_key", "user_chain", "user_key"):
            with self.subTest(key):
                self.config(self.changed(**{key: '"nowhere.pem"'}), says=["nowhere.pem", "No such file or directory"],
                            remedy=remedy)
                self.config(self.changed(**{key: f'"{client}"'}), says="is a folder, not a file", remedy=remedy)
                self.config(self.changed(**{key: f'"{empty}"'}), says=["empty.pem: no ", " in it"], remedy=remedy)
        self.config(self.changed(device_key=f'"{client}/user-key.pem"'), says="is not the key of the certificate in",
                    remedy=remedy)
        self.config(self.changed(device_chain=f'"{client}/user-chain.pem"'), says="was not made for a device", remedy=remedy)
        self.config(self.changed(server_roots=f'"{client}/device-chain.pem"'), says="device-chain.pem", remedy=remedy)

    def test_a_key_that_others_may_read(self):
        (self.shared.folder / "open.pem").write_bytes((self.shared.folder / "pki/client/device-key.pem").read_bytes())
        (self.shared.folder / "open.pem").chmod(0o644)
        self.config(self.changed(device_key=f'"{self.shared.folder}/open.pem"'), remedy="check the paths",
                    says=["this key is not encrypted and open to other users: chmod 600 ", "open.pem"])

    def test_damaged_certificates(self):
        text = (self.shared.folder / "pki/client/device-chain.pem").read_text()
        for damaged in (text[:200], text.replace("M", "!", 1), text.replace("MII", "MIJ", 1)):
            (self.shared.folder / "damaged.pem").write_text(damaged)
            self.config(self.changed(device_chain=f'"{self.shared.folder}/damaged.pem"'), says="damaged.pem: ",
                        remedy="check the paths")


class Passphrases(Refusals):
    encrypted = True  # the person's is asked for only when the server asks for a person

    def attempt(self, *lines, says, remedy, **options):
        self.no(13, "list", lines=lines, says=says, remedy=remedy, **options)

    def test_wrong_words(self):
        self.attempt("not these words", "nor these", says="device-key.pem: wrong passphrase", remedy="try again")
        self.attempt(CLIENT, SERVER, says="user-key.pem: wrong passphrase", remedy="try again")
        self.attempt("", "", says="device-key.pem: wrong passphrase", remedy="try again")

    def test_too_few_lines(self):
        says = "descriptor 0 of --passphrase-fd has no (further) line with a passphrase"
        self.attempt(says=says, remedy="--passphrase-fd N with a line for each key")
        self.attempt(CLIENT, says=says, remedy="--passphrase-fd N with a line for each key")

    def test_no_passphrase_to_be_had(self):
        config = ("--config", self.shared.client_config)
        status, out, error = self.run_program("cifra", *config, "--passphrase-fd", "77", "list")
        self.told(13, status, out, error, "descriptor 77 of --passphrase-fd", "with a line for each key")
        status, out, error = self.run_program("cifra", *config, "list", lines=(CLIENT, CLIENT))
        self.told(13, status, out, error, "no terminal to ask for a passphrase on", "run it in a terminal")

    def test_too_long(self):
        self.attempt("x" * 2000, says="a passphrase has at most 1024 bytes", remedy="--passphrase-fd N")

    def test_from_the_service_manager(self):
        (self.folder / "cifra-device").write_text("wrong\n")
        status, out, error = self.run_program("cifra", "--config", self.shared.client_config, "list",
                                              env=os.environ | {"CREDENTIALS_DIRECTORY": str(self.folder)})
        self.told(13, status, out, error, "device-key.pem: wrong passphrase", "try again")
        (self.folder / "cifra-device").write_text("")
        status, out, error = self.run_program("cifra", "--config", self.shared.client_config, "list",
                                              env=os.environ | {"CREDENTIALS_DIRECTORY": str(self.folder)})
        self.told(13, status, out, error, "cifra-device: empty or unreadable", "run it in a terminal")
