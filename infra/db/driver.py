"""The driver's connection, which does not wait for ever for a server that has gone without a word.

A host that vanishes closes nothing: its packets are simply not answered any more, and TCP goes on trying for a quarter
of an hour, or, with nothing to send, waits for ever. Two bounds, for two ways of being silent:

1. Nothing at all comes back. The kernel finds out, by asking (keepalive) or by what is not acknowledged, and ends the
   connection for whatever statement runs on it. An import may take its hour: its server's kernel answers meanwhile.
   asyncpg gives no say in its socket but hands the transport to a connection class of one's own, and that is enough.
2. TCP lives and the server is silent: a proxy in between, a server that hangs. Only who knows how long a statement may
   take can tell; that is `command_timeout`, for connections that are opened with one. asyncpg then asks the server, on
   another connection, to stop, and lets the next statement wait for that. Here the connection is ended instead: it is
   cut off for everybody who holds it, as by any other loss of it.
"""

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
        try:
            return await method(connection, *args, **options)
        except TimeoutError:
            connection.terminate()
            connection.was_silent()
            raise

    return bounded


class BoundedConnection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg says nothing of its types
    """A connection of ours. `opened` is by the monotonic clock; `was_silent` is called when it ends for that reason."""

    execute = _ends_when_late(asyncpg.Connection.execute)
    executemany = _ends_when_late(asyncpg.Connection.executemany)
    fetch = _ends_when_late(asyncpg.Connection.fetch)
    fetchrow = _ends_when_late(asyncpg.Connection.fetchrow)
    fetchval = _ends_when_late(asyncpg.Connection.fetchval)

    def __init__(self, protocol: object, transport: Any, *rest: object) -> None:
        super().__init__(protocol, transport, *rest)
        self.opened = time.monotonic()
        self.was_silent: Callable[[], None] = _nobody_hears
        _ask_whether_it_lives(transport.get_extra_info("socket"))

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
