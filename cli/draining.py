"""How a process ends: by one deadline, whatever hangs.

Messengers hang for as long as a call of theirs may take, and fifteen seconds are promised for the whole. So no step has
a time of its own: each gets what is left of one deadline, and what does not need the other goes side by side.

1. Intake first, for a moment: requests that have begun are taken, and presses acknowledged. They hold up the rest no
   longer than that.
2. Jobs, letters to many, and replies, side by side.
3. Replies are turns, and then what they say. Turns always leave time for sends, and sends are always reached: what has
   not left by then goes back to the outbox, for another process to send.
"""

import asyncio
import time
from typing import Final

import structlog

from cli.wiring import House
from core.errors import where
from infra.jobs import HAND_BACK_WITHIN
from web.app import Site

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

DRAIN_WITHIN: Final = 10.0
INTAKE_WITHIN: Final = 2.0
SENDS_HAVE: Final = 4.0
"""Seconds of the deadline that turns must leave to sends."""


class Deadline:
    """A moment by which everything must have ended."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def left(self, spared: float = 0.0) -> float:
        """Seconds until then, but for those that others shall have."""
        return max(0.0, self._at - time.monotonic() - spared)


async def drain(house: House, site: Site | None) -> None:
    """Ends intake, then turns, then sends; what does not end in time is in the database."""
    deadline = Deadline(DRAIN_WITHIN)
    listening = asyncio.ensure_future(_end_listening(site))
    presses = [asyncio.ensure_future(intake.close(INTAKE_WITHIN)) for intake in house.intakes.values()]
    await asyncio.wait([listening, *presses], timeout=INTAKE_WITHIN)
    ended = await asyncio.gather(
        *(listening, *presses),
        house.jobs.stop(deadline.left(HAND_BACK_WITHIN)),
        house.mail.stop(deadline.left()),
        _end_replies(house, deadline),
        return_exceptions=True,  # what one of them meets must not keep the others from their end
    )
    for error in ended:
        if isinstance(error, Exception):
            log.error("did not end in peace", **where(error))


async def _end_listening(site: Site | None) -> None:
    if site is not None:
        await site.stop()


async def _end_replies(house: House, deadline: Deadline) -> None:
    await house.runner.stop(deadline.left(SENDS_HAVE))
    await house.delivery.drain(deadline.left())
