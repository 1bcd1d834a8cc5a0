"""Wake-ups between processes: one that stores an update tells those that run turns.

A wake-up may be lost (nobody listened just then): it only saves waiting for the next look into the inbox.
"""

import asyncio
import json
from collections.abc import Callable, Iterable
from typing import Final

from dialogs.ports import ChatAddress
from infra.db.engine import connect_alone

CHANNEL: Final = "inbox"
ASK_EVERY: Final = 30.0
ANSWER_WITHIN: Final = 10.0


async def listen(url: str, callback: Callable[[Iterable[ChatAddress]], None]) -> None:
    """Calls back for each update others store, until it is cancelled. Raises when the connection is lost."""
    connection = await connect_alone(url, "vodoteplo listener")
    closed = asyncio.Event()

    def heard(_connection: object, _pid: int, _channel: str, payload: str) -> None:
        callback([ChatAddress(*json.loads(payload))])

    connection.add_termination_listener(lambda _connection: closed.set())
    try:
        await connection.add_listener(CHANNEL, heard)
        while not closed.is_set():
            try:
                async with asyncio.timeout(ASK_EVERY):
                    await closed.wait()
            except TimeoutError:
                # A peer that went without a word is found out by asking.
                await connection.fetchval("SELECT 1", timeout=ANSWER_WITHIN)
        raise ConnectionError("the connection of the listener was closed")
    finally:
        connection.terminate()
