"""The driver's connection, which does not wait for ever for a server that has gone without a word.

A host that vanishes closes nothing: its packets are simply not answered any more, and TCP goes on trying for a quarter
of an hour, or, with nothing to send, waits for ever. Two bounds, for two ways of being silent:

1. Nothing at all comes back. The kernel finds out, by asking (keepalive) or by what is not acknowledged, and ends the
   connection for whatever statement runs on it. An import may take its hour: its server's kernel answers meanwhile.
   asyncpg gives no say in its socket but hands the transport to a connection class of one's own, and that is enough.
2. TCP lives and the server is silent: a proxy in between, a server that hangs. Only who knows how long a statement may
   take can tell (`watch`). The connection is then ended, and who had asked hears TimeoutError. asyncpg's own time-outs
   ask the server, on another connection, to stop, and let the next statement wait for that; and they set a timer for
   each statement, where one for each connection, that looks now and then, costs a turn nothing.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Final

import asyncpg

ASK_AFTER: Final = 10
ASK_EVERY: Final = 5
ASK_TIMES: Final = 3
"""Seconds of silence until the kernel asks whether the other side is there, between its askings, and how many of them
may go unanswered."""
UNANSWERED: Final = 25
"""Seconds until what was sent must have been acknowledged: about as long as asking takes."""
FAREWELL: Final = 1.0
LOOKS: Final = 10
"""How often a connection is looked at in the time that a statement may take."""

_OPTIONS: Final = (
    ("TCP_KEEPIDLE", ASK_AFTER),
    ("TCP_KEEPINTVL", ASK_EVERY),
    ("TCP_KEEPCNT", ASK_TIMES),
    ("TCP_USER_TIMEOUT", UNANSWERED * 1000),
)

Method = Callable[..., Awaitable[Any]]


def _ends_when_late(method: Method) -> Method:
    """Of a statement that took too long, the answer may still come: the connection is of no use any more."""

    @wraps(method)
    async def bounded(connection: "BoundedConnection", *args: object, **options: object) -> Any:
        connection.asked = time.monotonic()
        try:
            return await method(connection, *args, **options)
        except TimeoutError:
            connection.fell_silent()
            raise
        except asyncpg.PostgresConnectionError as error:
            if connection.late:
                raise TimeoutError from error
            raise
        finally:
            connection.asked = None

    return bounded


class BoundedConnection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg says nothing of its types
    """A connection of ours. `opened`, and `asked` while a statement runs, are by the monotonic clock; `was_silent` is
    called when it ends for that reason, `late`."""

    execute = _ends_when_late(asyncpg.Connection.execute)
    executemany = _ends_when_late(asyncpg.Connection.executemany)
    fetch = _ends_when_late(asyncpg.Connection.fetch)
    fetchrow = _ends_when_late(asyncpg.Connection.fetchrow)
    fetchval = _ends_when_late(asyncpg.Connection.fetchval)

    def __init__(self, protocol: object, transport: Any, *rest: object) -> None:
        super().__init__(protocol, transport, *rest)
        self.opened = time.monotonic()
        self.asked: float | None = None
        self.late = False
        self.was_silent: Callable[[], None] = _nobody_hears
        _ask_whether_it_lives(transport.get_extra_info("socket"))

    def watch(self, within: float) -> None:
        """From now on no statement takes longer, or little more, than so many seconds."""
        if self.is_closed():
            return
        if self.asked is not None and time.monotonic() - self.asked > within:
            self.fell_silent()
        else:
            asyncio.get_running_loop().call_later(within / LOOKS, self.watch, within)

    def fell_silent(self) -> None:
        self.late = True
        self.terminate()
        self.was_silent()

    async def close(self, *, timeout: float | None = None) -> None:
        """With a farewell, for whose answer nobody waits long: one that is not answered has ended all the same."""
        with contextlib.suppress(TimeoutError):
            await super().close(timeout=FAREWELL if timeout is None else timeout)


def _nobody_hears() -> None:
    """For connections that belong to no pool."""


def _ask_whether_it_lives(wire: Any) -> None:
    """A socket of the file system has no line that may break."""
    if wire is None or wire.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _OPTIONS:
        if hasattr(socket, name):  # not every system has every one of them
            wire.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
