"""A small proxy between the app and PostgreSQL or Redis that spoils the line as a test asks.

    proxy = Proxy("/run/x/.s.PGSQL.5432")     # or "127.0.0.1:6379"
    address = await proxy.start()             # "127.0.0.1:<port>", or a path of a socket given to `start`

    what happens                               how
    -----------------------------------------  ----------------------------------------------------------------
    a slow line, or a narrow one               proxy.up / proxy.down = Line(delay=0.2), Line(rate=10_000)
    a line that swallows everything            … = Line(blackhole=True): kept back, and passed on when it heals
    nobody listens                             await proxy.refuse(), await proxy.listen()
    the other host vanishes                    proxy.vanish(): connections that stand say nothing any more, either way,
                                               not even their end; new ones are good
    all connections reset                      proxy.cut()
    one side ends, the other still speaks      proxy.half_close("up" | "down")
    reset before a request leaves              proxy.cut_before(b"COMMIT")
    request done, its answer lost              proxy.cut_after(b"COMMIT")

"Up" is from the app to the server. `heal()` undoes lines and orders; `connections` and `cuts` count. Lines may be
changed under running connections. A word that `cut_before` and `cut_after` wait for is found also where it is split
between packets.
"""

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

Direction = Literal["up", "down"]

_CHUNK: Final = 65_536
_LOOKS_EVERY: Final = 0.01
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)
"""SO_LINGER with no time to linger: the peer gets a reset and not a polite end."""


@dataclass(frozen=True, slots=True)
class Line:
    """One direction: `delay` in seconds a packet, `rate` in bytes a second (None: as fast as it goes)."""

    delay: float = 0.0
    rate: int | None = None
    blackhole: bool = False


@dataclass(frozen=True, slots=True)
class _Order:
    """Cut the connection on which the word goes up: before it, or after the server has answered it."""

    word: bytes
    when: Literal["before", "after"]


@dataclass(eq=False, slots=True)
class _Link:
    """One connection: the app's end and the server's."""

    app: asyncio.StreamWriter
    server: asyncio.StreamWriter
    tail: bytes = b""
    doomed: bool = False
    vanished: bool = False
    ended: set[Direction] = field(default_factory=set)

    def cut(self) -> None:
        for writer in (self.app, self.server):
            wire: socket.socket | None = writer.get_extra_info("socket")
            if wire is not None and wire.family != socket.AF_UNIX:
                with contextlib.suppress(OSError):
                    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            writer.transport.abort()


@dataclass(eq=False)
class Proxy:
    """Listens on loopback or on a unix socket; `target` is "host:port" or the path of a unix socket."""

    target: str
    up: Line = field(default_factory=Line)
    down: Line = field(default_factory=Line)
    connections: int = field(default=0, init=False)
    cuts: int = field(default=0, init=False)
    address: str = field(default="127.0.0.1:0", init=False)
    _server: asyncio.Server | None = field(default=None, init=False)
    _links: set[_Link] = field(default_factory=set, init=False)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set, init=False)
    _orders: list[_Order] = field(default_factory=list, init=False)

    async def start(self, address: str = "127.0.0.1:0") -> str:
        """Listens on a port of loopback (0 takes a free one) or on a path; returns where."""
        self.address = address
        await self.listen()
        return self.address

    async def stop(self) -> None:
        """Ends everything."""
        await self.refuse()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        _remove(self.address)

    # --- what goes wrong

    async def refuse(self) -> None:
        """Nobody listens any more; connections that stand go on."""
        if self._server is not None:
            self._server.close()
            self._server = None
            # The loop forgets the socket on its next turn.
            await asyncio.sleep(0)

    async def listen(self) -> None:
        """Listens again, at the same address."""
        if self._server is not None:
            return
        if _is_path(self.address):
            _remove(self.address)
            self._server = await asyncio.start_unix_server(self._serve, self.address)
            return
        host, _colon, port = self.address.rpartition(":")
        self._server = await asyncio.start_server(self._serve, host, int(port))
        self.address = f"{host}:{self._server.sockets[0].getsockname()[1]}"

    def cut(self) -> int:
        """Resets all connections; how many there were."""
        links = list(self._links)
        for link in links:
            self._cut(link)
        return len(links)

    def vanish(self) -> int:
        """From now on whatever is said on the connections that stand is swallowed, for ever; how many there were."""
        for link in self._links:
            link.vanished = True
        return len(self._links)

    def half_close(self, direction: Direction) -> None:
        """Ends one direction of all connections: the receiver reads the end of the stream, and may still write.

        What is sent that way afterwards is lost.
        """
        for link in self._links:
            link.ended.add(direction)
            writer = link.server if direction == "up" else link.app
            with contextlib.suppress(OSError):
                writer.write_eof()

    def cut_before(self, word: bytes) -> None:
        """The next packet up that holds the word never arrives, its connection is reset."""
        self._order(_Order(word, "before"))

    def cut_after(self, word: bytes) -> None:
        """The next packet up that holds the word arrives; when the server answers, the connection is reset instead."""
        self._order(_Order(word, "after"))

    def heal(self) -> None:
        """Lines as good as new, no orders; connections cut stay cut."""
        self.up = self.down = Line()
        self._orders.clear()

    def _order(self, order: _Order) -> None:
        # A word that went by before it was waited for does not count.
        for link in self._links:
            link.tail = b""
        self._orders.append(order)

    # --- the ordinary work

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None, "asyncio serves each connection in a task"
        self._tasks.add(task)
        try:
            await self._link(reader, writer)
        except asyncio.CancelledError:
            # By stop(): a task of a server that ends cancelled would be reported as an error of the loop.
            return
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server_reader, server_writer = await _connect(self.target)
        except OSError:
            writer.transport.abort()
            return
        link = _Link(writer, server_writer)
        self._links.add(link)
        self.connections += 1
        try:
            async with asyncio.TaskGroup() as pumps:
                pumps.create_task(self._pump(link, reader, server_writer, "up"))
                pumps.create_task(self._pump(link, server_reader, writer, "down"))
        finally:
            self._links.discard(link)
            server_writer.close()

    async def _pump(
        self, link: _Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, direction: Direction
    ) -> None:
        # A side that is gone ends its direction; the other side learns it as an end of the stream.
        with contextlib.suppress(OSError):
            while chunk := await reader.read(_CHUNK):
                await self._carry(link, len(chunk), direction)
                if self._is_cut(link, chunk, direction) or writer.is_closing():
                    return
                if direction not in link.ended:
                    writer.write(chunk)
                    await writer.drain()
            if not writer.is_closing() and not link.vanished:
                writer.write_eof()

    async def _carry(self, link: _Link, size: int, direction: Direction) -> None:
        """Takes as long as the line has it, looking at it again while it swallows everything."""
        while link.vanished or self._line(direction).blackhole:  # noqa: ASYNC110  # the line is a value, set by anybody at any time
            await asyncio.sleep(_LOOKS_EVERY)
        line = self._line(direction)
        seconds = line.delay + (size / line.rate if line.rate else 0.0)
        if seconds > 0:
            await asyncio.sleep(seconds)

    def _line(self, direction: Direction) -> Line:
        return self.up if direction == "up" else self.down

    def _is_cut(self, link: _Link, chunk: bytes, direction: Direction) -> bool:
        """Whether the connection ends instead of this packet going on."""
        if direction == "down":
            if link.doomed:
                self._cut(link)
            return link.doomed
        if not self._orders:
            return False
        seen = link.tail + chunk
        link.tail = seen[-max(len(order.word) for order in self._orders) :]
        order = next((order for order in self._orders if order.word in seen), None)
        if order is None:
            return False
        self._orders.remove(order)
        link.tail = b""
        link.doomed = order.when == "after"
        if order.when == "before":
            self._cut(link)
        return order.when == "before"

    def _cut(self, link: _Link) -> None:
        self.cuts += 1
        link.cut()


def _is_path(address: str) -> bool:
    return "/" in address


def _remove(address: str) -> None:
    if _is_path(address):
        Path(address).unlink(missing_ok=True)


async def _connect(target: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if _is_path(target):
        return await asyncio.open_unix_connection(target)
    host, _colon, port = target.rpartition(":")
    return await asyncio.open_connection(host, int(port))
