"""Valkey: pace, live fan-out and caches, kept over restarts by its append-only file."""

import os
import signal
import socket

from infra.embedded.binaries import valkey_program
from infra.embedded.processes import Launch
from infra.embedded.servers import STOP_SECONDS, Server


class Valkey(Server):
    name = "valkey"
    program = "valkey-server"
    socket_name = "valkey.sock"
    stop_steps = ((signal.SIGTERM, STOP_SECONDS),)

    @property
    def url(self) -> str:
        return f"unix://{self.sockets / self.socket_name}"

    def prepare(self) -> Launch:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        socket_path = self.place_sockets(os.geteuid()) / self.socket_name
        # No TCP. The append-only file is enough: snapshots (save) would only write everything again now and then.
        options = (("port", "0"), ("unixsocket", socket_path), ("unixsocketperm", "700"), ("appendonly", "yes"))
        arguments = [str(word) for name, value in (*options, ("save", "")) for word in (f"--{name}", value)]
        # The data folder is the working folder, not an option: Valkey splits options at spaces.
        return Launch([valkey_program(), *arguments], self.folder, self.log, signal.SIGTERM, enter=lambda: None)

    def is_ready(self, pid: int) -> bool:
        """PONG, and not LOADING while it reads its file. The socket is made anew by each process, so it is its own."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(1.0)
                connection.connect(str(self.sockets / self.socket_name))
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False
