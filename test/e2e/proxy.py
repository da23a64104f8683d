# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""A TCP proxy that can do to a connection what networks do: cut it, hold it, refuse it, lead it elsewhere."""

import copy
import select
import selectors
import socket
import struct
import threading
from dataclasses import dataclass, field

DOWN, UP = "down", "up"  # from the server; from the client
PIECE = 16 * 1024


@dataclass
class Rule:
    """What happens to one connection after so many bytes of a direction. Nothing, when no number is given."""

    cut: dict[str, int] = field(default_factory=dict)  # {DOWN: n, UP: n}
    hold: dict[str, int] = field(default_factory=dict)  # until release()
    reset: bool = True  # a cut is a RST, else a FIN


class Passage(threading.Thread):
    """One connection. Each direction stands still while the other side does not take what was read from it."""

    def __init__(self, proxy: "Proxy", client: socket.socket, server: socket.socket, rule: Rule):
        super().__init__(daemon=True)
        self.proxy, self.rule = proxy, rule
        self.ends = {UP: (client, server), DOWN: (server, client)}
        self.passed = {UP: 0, DOWN: 0}
        self.over = threading.Event()

    def run(self) -> None:
        pumps = [threading.Thread(target=self.pump, args=(direction,), daemon=True) for direction in (UP, DOWN)]
        for pump in pumps:
            pump.start()
        for pump in pumps:
            pump.join()
        for end in self.ends[UP]:
            if self.over.is_set() and self.rule.reset:
                abort(end)
            end.close()

    def ready(self, end: socket.socket, *, to_write: bool = False) -> bool:
        """Waits; False when the connection was cut instead."""
        while not self.over.is_set():
            read, write, _ = select.select([] if to_write else [end], [end] if to_write else [], [], 0.1)
            if read or write:
                return True
        return False

    def pump(self, direction: str) -> None:
        try:
            while not self.over.is_set() and self.step(direction):
                pass
        except OSError:
            self.cut()

    def step(self, direction: str) -> bool:
        source, sink = self.ends[direction]
        limits = [rule[direction] - self.passed[direction] for rule in (self.rule.cut, self.rule.hold) if direction in rule]
        wanted = min([PIECE, *limits])
        if wanted == 0 and self.rule.cut.get(direction) == self.passed[direction]:
            self.cut()
            return False
        if wanted == 0:
            self.proxy.wait_released(self)
            self.rule.hold.pop(direction, None)
            return True
        if not self.ready(source):
            return False
        data = source.recv(wanted)
        if not data:
            sink.shutdown(socket.SHUT_WR)
            return False
        while data and self.ready(sink, to_write=True):
            sent = sink.send(data)
            self.passed[direction] += sent
            data = data[sent:]
        return True

    def cut(self) -> None:
        self.over.set()
        self.proxy.notify()


def narrow(end: socket.socket) -> socket.socket:
    """Takes little before it was passed on, so that what is held up is held up at its source too."""
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    return end


def abort(end: socket.socket) -> None:
    """Its close() will be a RST."""
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Proxy:
    """Listens on `port` of 127.0.0.1 and leads to `target`. Rules are used up in order, one a connection; then `usual`."""

    def __init__(self, target: int):
        self.target, self.refusing = target, False
        self.rules: list[Rule] = []
        self.usual = Rule()
        self.passages: list[Passage] = []
        self.changed = threading.Condition()
        self.releases = self.refused = 0
        self.listener = narrow(socket.socket())
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(64)
        self.port = self.listener.getsockname()[1]
        self.wake, self.woken = socket.socketpair()
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self.listener, selectors.EVENT_READ)
            selector.register(self.woken, selectors.EVENT_READ)
            while self.woken not in [key.fileobj for key, _ in selector.select()]:
                self.admit(self.listener.accept()[0])

    def admit(self, client: socket.socket) -> None:
        server = narrow(socket.socket())
        if self.refusing or server.connect_ex(("127.0.0.1", self.target)) != 0:
            server.close()
            abort(client)
            client.close()
            self.refused += 1
            return
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            end.setblocking(False)
        passage = Passage(self, client, server, copy.deepcopy(self.rules.pop(0) if self.rules else self.usual))
        self.passages.append(passage)
        passage.start()

    def wait_released(self, passage: Passage) -> None:
        with self.changed:
            before = self.releases
            self.changed.wait_for(lambda: self.releases != before or passage.over.is_set())

    def notify(self) -> None:
        with self.changed:
            self.changed.notify_all()

    def release(self) -> None:
        """All that is held now goes on."""
        with self.changed:
            self.releases += 1
            self.changed.notify_all()

    def cut_all(self) -> None:
        for passage in self.passages:
            passage.cut()

    def close(self) -> None:
        self.wake.close()
        self.thread.join()
        self.listener.close()
        self.cut_all()
        for passage in self.passages:
            passage.join()
        self.woken.close()
