#!/usr/bin/python3
# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Controls: every lint is given a tree with one fault, which it must find, and a clean tree, which it must pass."""

import json
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
HEADER = "// SPDX-FileCopyrightText: The Cifra developers\n// SPDX-License-Identifier: Apache-2.0\n"
CLEAN = {
    "proto/frame.hpp": HEADER + "#pragma once\n#include <span>\nint frame();\n",
    "src/crypto/aead.hpp": HEADER + '#pragma once\n#include "proto/frame.hpp"\n',
    "states/machine.hpp": HEADER + '#pragma once\n#include <chrono>\n\n#include "crypto/aead.hpp"\n',
    "src/net/link.hpp": HEADER + '#pragma once\n#include <thread>\n\n#include "states/machine.hpp"\n',
    "src/server/listener.hpp": HEADER + '#pragma once\n#include "net/link.hpp"\n',
    "src/client/player.hpp": HEADER + '#pragma once\n#include "client/playback/ring.hpp"\n#include "net/link.hpp"\n',
    "src/client/playback/ring.hpp": HEADER + "#pragma once\n",
    "src/client/token/card.hpp": HEADER + "#pragma once\n",
    "src/people/people.hpp": HEADER + '#pragma once\n#include "crypto/aead.hpp"\n',
    "src/admin/pki.cpp": HEADER + '#include "crypto/aead.hpp"\n',
    "states/CMakeLists.txt": HEADER.replace("//", "#") + "cifra_library(cifra_states cifra_crypto)\n",
}

# Added to the clean tree, one at a time: path, text behind the header, what the lint must say.
AGAINST_DIRECTION = [
    ("proto/a.hpp", '#include "crypto/aead.hpp"\n', "may not include src/crypto/aead.hpp"),
    ("proto/a.hpp", "#include <boost/asio/ip/tcp.hpp>\n", "may not include <boost/asio/ip/tcp.hpp>"),
    ("proto/a.cpp", "#include <thread>\n", "may not include <thread>"),
    ("proto/a.cpp", "#include <fstream>\n", "may not include <fstream>"),
    ("proto/a.cpp", "#include <sys/socket.h>\n", "may not include <sys/socket.h>"),
    ("src/crypto/a.cpp", '#include "states/machine.hpp"\n', "may not include states/machine.hpp"),
    ("src/crypto/a.cpp", "#include <states/machine.hpp>\n", "may not include states/machine.hpp"),
    ("states/a.cpp", '#include "net/link.hpp"\n', "may not include src/net/link.hpp"),
    ("states/a.cpp", '#include "../src/net/link.hpp"\n', "may not include src/net/link.hpp"),
    ("states/a.cpp", "#include <random>\n", "may not include <random>"),
    ("states/a.cpp", "#include <botan/auto_rng.h>\n", "may not include <botan/auto_rng.h>"),
    ("states/a.cpp", "auto now = std::chrono::steady_clock::now();\n", "may not use steady_clock::now"),
    ("states/a.cpp", "long now = std::time(nullptr);\n", "may not use std::time"),
    ("src/net/a.cpp", '#include "server/listener.hpp"\n', "may not include src/server/listener.hpp"),
    ("src/server/a.cpp", '#include "client/player.hpp"\n', "may not include src/client/player.hpp"),
    ("src/client/a.cpp", '#include "server/listener.hpp"\n', "may not include src/server/listener.hpp"),
    ("src/client/playback/a.cpp", '#include "net/link.hpp"\n', "may not include src/net/link.hpp"),
    ("src/client/playback/a.cpp", '#include "client/player.hpp"\n', "may not include src/client/player.hpp"),
    ("src/client/token/a.cpp", '#include "states/machine.hpp"\n', "may not include states/machine.hpp"),
    ("src/admin/a.cpp", '#include "states/machine.hpp"\n', "may not include states/machine.hpp"),
    ("src/people/a.cpp", '#include "states/machine.hpp"\n', "may not include states/machine.hpp"),
    ("src/client/a.cpp", '#include "people/people.hpp"\n', "may not include src/people/people.hpp"),
    ("src/other/a.cpp", "", "is in no layer"),
    ("src/net/CMakeLists.txt", "cifra_library(cifra_net cifra_server)\n", "may not link cifra_server"),
]


class Controls(unittest.TestCase):
    def setUp(self) -> None:
        self.tree = Path(tempfile.mkdtemp(prefix="cifra-lint-"))
        self.addCleanup(shutil.rmtree, self.tree)
        for path, text in CLEAN.items():
            self.write(path, text)

    def write(self, path: str, text: str) -> Path:
        file = self.tree / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def lint(self, name: str, *more: str) -> tuple[int, str]:
        result = subprocess.run([sys.executable, HERE / f"{name}.py", self.tree, *more], capture_output=True, text=True)
        return result.returncode, result.stdout + result.stderr

    def test_direction(self) -> None:
        self.assertEqual(self.lint("direction"), (0, ""))
        for path, text, expected in AGAINST_DIRECTION:
            with self.subTest(path=path, text=text):
                file = self.write(path, HEADER + text)
                code, output = self.lint("direction")
                file.unlink()
                self.assertEqual(code, 1)
                self.assertIn(f"{path}: ", output)
                self.assertIn(expected, output)

    def test_spdx(self) -> None:
        self.assertEqual(self.lint("spdx"), (0, ""))
        for path, text in [
            ("proto/a.cpp", "int a;\n"),
            ("proto/a.hpp", HEADER.replace("Apache-2.0", "MIT") + "int a;\n"),
            ("proto/CMakeLists.txt", "cifra_library(cifra_proto)\n"),
            ("scripts/run", "#!/bin/sh\necho\n"),
            ("test/a.py", "import sys\n"),
        ]:
            with self.subTest(path=path):
                file = self.write(path, text)
                code, output = self.lint("spdx")
                file.unlink()
                self.assertEqual(code, 1)
                self.assertIn(f"{path}: ", output)

    def test_format(self) -> None:
        shutil.copy(ROOT / ".clang-format", self.tree)
        self.assertEqual(self.lint("format"), (0, ""))
        self.write("proto/a.cpp", HEADER + "int  a( ) ;\n")
        code, output = self.lint("format")
        self.assertEqual(code, 1)
        self.assertIn("proto/a.cpp: ", output)

    def test_tidy(self) -> None:
        shutil.copy(ROOT / ".clang-tidy", self.tree)
        source = self.write("proto/a.cpp", HEADER + "int a() { return 1; }\n")
        build = self.tree / "build"
        build.mkdir()
        (build / "build.ninja").write_text("")
        unit = {"directory": str(build), "command": f"clang++-19 -std=c++20 -o a.o -c {source}", "file": str(source)}
        (build / "compile_commands.json").write_text(json.dumps([unit]))
        self.assertEqual(self.lint("tidy", str(build))[0], 0)
        self.assertIn("0 looked at", self.lint("tidy", str(build))[1])
        source.write_text(HEADER + "#include <string>\nvoid eat(std::string);\n"
                          "void a(std::string s) {\n    eat(std::move(s));\n    eat(s);\n}\n")
        for _ in range(2):  # what failed is not remembered as good
            code, output = self.lint("tidy", str(build))
            self.assertEqual(code, 1)
            self.assertIn("bugprone-use-after-move", output)

    def test_tidy_of_several_as_one(self) -> None:
        shutil.copy(ROOT / ".clang-tidy", self.tree)
        self.write("proto/beside.hpp", "int a();\n")
        one = self.write("proto/a.cpp", HEADER + '#include "beside.hpp"\nint a() { return 1; }\n')
        other = self.write("proto/b.cpp", HEADER + "int b() { return 1; }\n")
        build = self.tree / "build"
        together = self.write("build/Unity/unity_0_cxx.cxx", f'#include "{one}"\n#include "{other}"\n')
        (build / "build.ninja").write_text("")
        unit = {"directory": str(build), "command": f"clang++-19 -std=c++20 -o a.o -c {together}", "file": str(together)}
        (build / "compile_commands.json").write_text(json.dumps([unit]))
        code, output = self.lint("tidy", str(build))
        self.assertEqual(code, 0, output)
        self.assertIn("2 sources in 1 units, 1 looked at", output)
        for fault, check in (("#include <string>\nvoid eat(std::string);\nvoid b(std::string s) {\n    eat(std::move(s));\n    eat(s);\n}\n",
                              "bugprone-use-after-move"),
                             ("int b(int x) {\n    if (x == 0) return 1 / x;\n    return x;\n}\n", "clang-analyzer-core.DivideZero")):
            with self.subTest(check):
                other.write_text(HEADER + fault)
                code, output = self.lint("tidy", str(build))
                self.assertEqual(code, 1, output)
                self.assertIn(check, output)
                self.assertRegex(output, rf"(?m)^{other}:[3-8]:\d+: error: ")

    def sanitized(self, flags: str, text: str) -> str:
        source = self.write("fault.cpp", text)
        program = self.tree / "fault"
        subprocess.run(["clang++-19", "-O1", "-g", "-fno-sanitize-recover=all", f"-fsanitize={flags}", source, "-o", program], check=True)
        result = subprocess.run([program], capture_output=True, text=True)
        self.assertNotEqual(result.returncode, 0)
        return result.stderr

    def test_sanitizers(self) -> None:
        overflow = "int main(int n, char**) { volatile int* a = new int[4]; a[n + 3] = 0; delete[] a; return 0; }\n"
        self.assertIn("heap-buffer-overflow", self.sanitized("address,undefined", overflow))
        leak = "int main() { int* volatile a = new int[4]; a = nullptr; return 0; }\n"
        self.assertIn("detected memory leaks", self.sanitized("address,undefined", leak))
        undefined = "int main(int n, char**) { volatile int a = 2147483647 + n; return a == 0; }\n"
        self.assertIn("signed integer overflow", self.sanitized("address,undefined", undefined))
        race = "#include <thread>\nint a;\nint main() { std::thread t([] { ++a; }); ++a; t.join(); return 0; }\n"
        self.assertIn("data race", self.sanitized("thread", race))


unittest.main()
