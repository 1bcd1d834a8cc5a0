"""A door in front of a server that can be shut: the server is then away, as after a crash or a broken cable."""

import asyncio


class Gate:
    """Passes on what comes to `port` to the server's socket, while it is open."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.port = 0
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Whoever has come in is thrown out."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for end in self._ends:
            end.close()
        while self._ends:
            await asyncio.sleep(0.01)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(self.path)
        self._ends |= {writer, back}
        try:
            await asyncio.gather(_copy(reader, back), _copy(there, writer))
        finally:
            self._ends -= {writer, back}


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    except ConnectionError:
        return
    finally:
        target.close()
