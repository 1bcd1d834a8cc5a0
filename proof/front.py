"""What stands before several replicas: one address, whose connections are shared out between those that live.

It works on connections, not on requests, as such balancers do: a replica that is killed takes its connections with
it, and the messenger behind them learns that nobody answered. Where nobody listens the next one is tried.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

_CHUNK: Final = 65_536


class Front:
    """Listens on loopback, for replicas at `ports`."""

    def __init__(self) -> None:
        self.ports: Sequence[int] = ()
        self.port = 0
        self._turn = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        await self.turn_to()

    async def turn_to(self, *ports: int) -> None:
        """From now on everything goes to these; connections that stand are closed."""
        self.ports = ports
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            opened = await self._open()
            if opened is not None:
                replica_reader, replica_writer = opened
                await _join(reader, writer, replica_reader, replica_writer)
        except (OSError, asyncio.CancelledError):  # one end is gone: so is the other, and this task is nobody's
            pass
        finally:
            writer.transport.abort()
            self._tasks.discard(task)

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for _ in range(len(self.ports)):
            self._turn += 1
            try:
                return await asyncio.open_connection("127.0.0.1", self.ports[self._turn % len(self.ports)])
            except OSError:
                continue
        return None


async def _join(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    replica_reader: asyncio.StreamReader,
    replica_writer: asyncio.StreamWriter,
) -> None:
    """Until one end closes; then both are closed."""
    ways = [
        asyncio.ensure_future(_pour(reader, replica_writer)),
        asyncio.ensure_future(_pour(replica_reader, writer)),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        replica_writer.transport.abort()  # first: whoever stops the front may end the waiting below
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(_CHUNK):
        writer.write(chunk)
        await writer.drain()
    await writer.drain()
