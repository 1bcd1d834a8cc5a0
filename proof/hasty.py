"""One who presses faster than the messenger lets the bot answer there: nobody else may notice.

Telegram refuses what comes too fast into one chat, and the refusal stops the whole bot: without a pace of its own for
each chat, one hasty person would stop it for the city again and again.
"""

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Final

from proof.judge import settle
from proof.report import Line, command
from proof.stage import Stage, staged, town
from proof.waits import p99
from sandbox.phone import Phone
from sandbox.telegram.limits import Limits

SECONDS: Final = 60.0
PEOPLE: Final = 20
MESSAGES: Final = 100
HASTE: Final = 10.0
"""What the hasty person says, and how many a second, waiting for no answer."""
LEFT_WITHIN: Final = 300.0
WARM_UP: Final = 1.0
"""Seconds in which the others' waits are not counted: the first turns prepare their statements."""
THINKS: Final = 2.0
"""Seconds after which the others write again."""
MENU: Final = "меню"


@dataclass
class Found:
    """`refused`: calls that Telegram took for too many; `waits`: seconds until the others were answered; `hasty`: how
    many answers the hasty one was to have, and `got`."""

    refused: int = 0
    hasty: int = 0
    got: int = 0
    settled: bool = False
    waits: list[float] = field(default_factory=list)


async def hasty(scale: float) -> list[Line]:
    """The line of the table."""
    async with town(6 * PEOPLE) as place, staged(place, Limits()) as stage:
        found = await hurried(stage, max(20, round(MESSAGES * scale)), max(6.0, SECONDS * scale))
    whole = found.settled and found.got == found.hasty
    return [
        Line(
            "one who writes ten times a second",
            f"answered {found.got} of {found.hasty} times, {found.refused} calls refused; {len(found.waits)} answers "
            f"to {PEOPLE} others, p99 {p99(found.waits) * 1000:.0f} ms",
            "all answered, 0 refused; others' p99 ≤ 1 s",
            whole and not found.refused and p99(found.waits) <= 1.0,
            command("hasty", scale),
        )
    ]


async def hurried(stage: Stage, messages: int, seconds: float, people: int = PEOPLE) -> Found:
    """Two processes serve them all; then what is left for the hasty one is waited for."""
    one, *others = stage.phones("telegram", people + 1)
    found = Found()
    async with stage.replicas("all", "all"):
        before = len(one.bubbles)
        talks: list[Awaitable[None]] = [_talks(other, seconds, found) for other in others]
        await asyncio.gather(_hurries(one, messages, found), *talks)
        found.settled = await settle(stage, LEFT_WITHIN)
        found.got = sum(not bubble.mine for bubble in one.bubbles[before:])
    # Nothing else is refused here: no fault is planned.
    found.refused = sum(not call.accepted for call in stage.telegram.calls if call.method == "sendMessage")
    return found


async def _hurries(phone: Phone, messages: int, found: Found) -> None:
    begun = time.monotonic()
    for number in range(messages):
        await asyncio.sleep(max(0.0, begun + number / HASTE - time.monotonic()))
        await phone.say(MENU)
        found.hasty += 1


async def _talks(phone: Phone, seconds: float, found: Found) -> None:
    started = time.monotonic()
    while (begun := time.monotonic()) < started + seconds:
        await phone.say(MENU)
        await phone.wait_for(lambda bubble: "Что сделать?" in bubble.plain, 60.0)
        if begun >= started + WARM_UP:
            found.waits.append(time.monotonic() - begun)
        await asyncio.sleep(THINKS)
