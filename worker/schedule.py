"""Work by the clock."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from core.errors import where

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


async def every(seconds: float, name: str, work: Callable[[], Awaitable[object]]) -> None:
    """Does the work now and again, until cancelled; a failure waits for the next time."""
    while True:
        try:
            await work()
        except Exception as error:  # whatever it is: the work is taken up again by and by
            log.warning("scheduled work failed", work=name, **where(error))
        await asyncio.sleep(seconds)
