"""Proof of the backlog: what an hour away has left waiting is served within ten minutes, replies and all.

The updates are written on the stand-ins' phones and stored as intake stores them, a hundred at a time as polling
brings them; then the product is started. Nobody has seen a screen, so they say what people know by heart: the menu,
«Показания», a number.
"""

import asyncio
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from bots.raw import write
from bots.telegram.updates import identify as identify_telegram
from bots.vk.updates import identify as identify_vk
from dialogs.ports import Incoming
from infra.db.engine import create_engine
from infra.db.inbox import PostgresInbox
from proof.load import LIMITS, TELEGRAM, VK, alternating
from proof.report import Line, Progress, command
from proof.stage import BOTS, Stage, staged, town
from proof.waits import busiest_second, depths, measured
from sandbox.phone import Phone

UPDATES: Final = 54_000
WITHIN: Final = 600.0
EACH: Final = 10
"""What a person has written meanwhile; Telegram lets twenty answers through to a chat at once."""
SAID: Final = ("меню", "Показания", "5000")
FLATS_A_PERSON: Final = 1.25
"""Not every flat of the made-up town has meters."""
AT_ONCE: Final = 100
LOOKS_EVERY: Final = 0.5


async def backlog(scale: float) -> list[Line]:
    """54,000 updates wait when the product starts."""
    count = max(200, round(UPDATES * scale))
    async with town(max(100, round(FLATS_A_PERSON * count / EACH))) as place, staged(place, TELEGRAM, VK) as stage:
        return await drain_backlog(stage, count, WITHIN * count / UPDATES, command("backlog", scale))


async def drain_backlog(stage: Stage, count: int, within: float, said: str) -> list[Line]:
    """Fills the inbox, starts one process, and waits until nothing waits any more."""
    await fill(stage, count)
    progress = Progress("backlog", count)
    begun, turns_done = time.monotonic(), 0.0
    async with stage.replicas("all"):
        while True:
            updates, calls = await depths(stage)
            turns_done = turns_done or (time.monotonic() - begun if not updates else 0.0)
            if (not updates and not calls) or time.monotonic() - begun > 3 * within + 60:
                break
            progress.at(count - updates)
            await asyncio.sleep(LOOKS_EVERY)
        seconds = time.monotonic() - begun
        waits = await measured(stage)
    about = (
        f"turns done after {turns_done:.0f} s; {count} updates, {count / seconds:.0f}/s, from the start of the process"
    )
    counted = f"{count - waits.updates} updates missing, {waits.undone} without a turn, {waits.failed} failed"
    sent = f"{waits.unsent + waits.given_up} of {len(waits.replies)} replies missing, {waits.copies} copies"
    asked = sum("Всё верно?" in str(call.params.get("text")) for call in stage.telegram.calls)
    whole = count == waits.updates and waits.lost == waits.failed == waits.copies == 0 < asked
    paced = f"VK called {busiest_second(stage.vk)} times in its busiest second; {LIMITS}"
    return [
        Line("backlog: drained", f"{seconds:.1f} s ({about})", f"≤ {within:.0f} s", seconds <= within, said),
        Line("backlog: nothing lost, nothing doubled", f"{counted}; {sent} ({paced})", "0 of each", whole, said),
    ]


async def fill(stage: Stage, count: int) -> None:
    """As many updates in the inbox, of both messengers in equal parts."""
    engine = create_engine(stage.database_url)
    inbox = PostgresInbox(engine)
    try:
        for acts in _some(_script(alternating(stage), count)):
            for phone, text in acts:
                await phone.say(text)
            await inbox.add(_taken(stage))
    finally:
        await engine.dispose()


def _script(phones: Sequence[Phone], count: int) -> list[tuple[Phone, str]]:
    """Everybody writes once, then everybody again."""
    return [(phones[number % len(phones)], SAID[number // len(phones) % len(SAID)]) for number in range(count)]


def _some(acts: Iterable[tuple[Phone, str]]) -> Iterator[list[tuple[Phone, str]]]:
    rest = iter(acts)
    while some := list(islice(rest, AT_ONCE)):
        yield some


def _taken(stage: Stage) -> list[Incoming]:
    """What waits at the stand-ins, and waits there no more: they will not deliver it themselves."""
    pending, events = stage.telegram.world.updates.pending, stage.vk.longpoll.events
    raws = (json.dumps(update.json(), ensure_ascii=False) for update in pending.values())
    found = [
        *(identify_telegram(raw, BOTS["telegram"]) for raw in raws),
        *(identify_vk(write(event), BOTS["vk"]) for event in events),
    ]
    pending.clear()
    events.clear()
    return [one for one in found if one is not None]
