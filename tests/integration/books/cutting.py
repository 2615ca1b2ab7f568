"""A wire to a PostgreSQL server that is cut at the worst moment: once COMMIT has gone out, before the answer comes."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Generator


class Wire:
    """Forwards connections of `port` to the server's."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.cuts_at_commit = False
        self.cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._server_port))
                threading.Thread(target=self._forward, args=(client, server), daemon=True).start()
                threading.Thread(target=self._answer, args=(server, client), daemon=True).start()

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(1 << 16):
                is_last = self.cuts_at_commit and b"COMMIT\0" in data
                if is_last:
                    self.cuts_at_commit = False
                    self.cuts += 1
                    _end(client)
                server.sendall(data)
                if is_last:
                    time.sleep(0.2)  # the server commits meanwhile
        _end(server, client)

    def _answer(self, server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(1 << 16):
                client.sendall(data)
        _end(server, client)


def _end(*ends: socket.socket) -> None:
    for each in ends:
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()


@contextlib.contextmanager
def wire(server_port: int) -> Generator[Wire]:
    """Lay a wire to the server."""
    laid = Wire(server_port)
    try:
        yield laid
    finally:
        laid.close()
