# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Controls of cifra-fuzz: servers that are planted to misbehave are found out."""

import socket
import threading

from fuzzing import VIOLATION, Fuzzing

REFUSED, SECURE = 7, 5


class Liar:
    """Stands before the real server, and alters what that says: a planted peer that misbehaves. `change` gets each frame, and b""
    at the end; None from it: the connection is left open."""

    def __init__(self, port: int, change):
        self.port_behind, self.change = port, change
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.sockets, self.threads = [self.listener], []
        self.start(self.accept)

    def start(self, what, *arguments):
        self.threads.append(threading.Thread(target=what, args=arguments, daemon=True))
        self.threads[-1].start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
                far = socket.create_connection(("127.0.0.1", self.port_behind))
            except OSError:
                return
            self.sockets += [near, far]
            self.start(self.up, near, far)
            self.start(self.down, far, near)

    @staticmethod
    def up(near, far):
        try:
            while data := near.recv(65536):
                far.sendall(data)
            far.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def down(self, far, near):
        try:
            with far.makefile("rb") as file:
                while len(header := file.read(4)) == 4:
                    near.sendall(self.change(header + file.read(int.from_bytes(header[1:], "big"))))
            last = self.change(b"")
            if last is not None:
                near.sendall(last)
                near.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        for one in self.sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)  # which wakes whoever waits there
            except OSError:
                pass
        for thread in self.threads:
            thread.join()
        for one in self.sockets:
            one.close()


# An ERROR of an AEAD suite: epoch, head, body and tag. Nothing else that a server says has this length.
ERROR_LENGTH = 4 + 4 + 7 + 16


class Planted(Fuzzing):
    """Controls: servers that break the rules."""

    def found(self, change, *only: str) -> dict:
        liar = Liar(self.shop.port, change)
        self.addCleanup(liar.close)
        globs = [word for one in only for word in ("--only", one)]
        return self.results(*globs, "--timeout", "3", port=liar.port, status=VIOLATION)

    def assert_found(self, results, **did):
        for name, done in did.items():
            result = results[name.replace("__", ".").replace("_", "-")]
            self.assertEqual((result["verdict"], result["did"]), ("violation", done))
            self.assertIn(f"--only {result['id']}", result["reproduce"])

    def test_another_code(self):
        results = self.found(lambda frame: frame[:5] + b"\1" if frame[:1] == bytes((REFUSED,)) else frame, "frame.type-0", "offer.version-2")
        self.assert_found(results, frame__type_0="REFUSED VERSION")
        self.assertEqual(results["offer.version-2"]["verdict"], "as demanded", "there it is the right one")

    def test_no_word(self):
        quiet = bytes((SECURE,)) + ERROR_LENGTH.to_bytes(3, "big")
        results = self.found(lambda frame: b"" if frame[:4] == quiet else frame, "record.gcm-replay", "device.finished-flipped")
        self.assert_found(results, record__gcm_replay="closed", device__finished_flipped="closed")

    def test_no_end(self):
        results = self.found(lambda frame: frame or None, "frame.type-0", "record.gcm-replay")
        self.assert_found(results, frame__type_0="REFUSED MALFORMED, not closed", record__gcm_replay="ERROR BAD_RECORD, not closed")

    def test_words_behind_the_last(self):
        results = self.found(lambda frame: frame + b"more" if frame[:1] == bytes((REFUSED,)) else frame, "frame.type-0")
        self.assert_found(results, frame__type_0="REFUSED MALFORMED, then 4 bytes behind the last word")

    def test_records_of_no_key(self):
        flipped = lambda frame: frame[:-1] + bytes((frame[-1] ^ 1,)) if len(frame) == 4 + ERROR_LENGTH else frame  # noqa: E731
        results = self.found(flipped, "record.gcm-replay")
        self.assert_found(results, record__gcm_replay="broke the protocol itself: BadRecord")

    def test_dead_behind_a_bug(self):
        """Once it has refused somebody it takes nobody any more."""
        dead = []

        def change(frame):
            if frame[:1] == bytes((REFUSED,)):
                dead.append(True)
                return frame
            return b"" if dead else frame
        results = self.found(change, "frame.type-0", "frame.type-8")
        self.assertEqual(results["frame.type-0"]["verdict"], "as demanded")
        self.assertEqual(results["honest-session"]["verdict"], "violation")

    def test_minimised(self):
        """A random sequence that fails because of one of its steps is left with that step."""
        quiet = bytes((SECURE,)) + ERROR_LENGTH.to_bytes(3, "big")
        liar = Liar(self.shop.port, lambda frame: b"" if frame[:4] == quiet else frame)
        self.addCleanup(liar.close)
        whole = "list:1 ping:2 open:3 read:4 burst:5 flip:6"
        result = self.results("--sequence", whole, "--minimise", "--timeout", "3", port=liar.port, status=VIOLATION)["sequence"]
        self.assertEqual((result["what"], result["did"]), ("flip:6", "closed"))
        self.assertIn("--sequence flip:6", result["reproduce"])
