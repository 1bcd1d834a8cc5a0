"""Proofs by load: the peak hour, a surge over it, the backlog of an hour away, and what durability costs.

One process of the product with everything in it, against the stand-ins with the limits that the messengers document.
The crowd, the stand-ins and the product share the machine with PostgreSQL and Valkey.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final

from benchmarks import turns
from benchmarks.stage import SECRET
from proof.crowd import Crowd
from proof.report import Line, Progress, command
from proof.stage import Stage, Town, staged, town
from proof.waits import Waits, busiest_second, drained, measured, p99
from sandbox.phone import Phone
from sandbox.telegram.limits import Limits as TelegramLimits
from sandbox.vk.limits import Limits as VkLimits

TELEGRAM: Final = TelegramLimits()
VK: Final = VkLimits()
LIMITS: Final = (
    f"limits in force: Telegram {TELEGRAM.per_chat:g} message/s a chat with bursts of {TELEGRAM.per_chat_burst}, "
    f"VK {VK.calls_per_second} calls/s, of {25} messages at most by execute"
)
PEOPLE_MANY: Final = 2000
PEOPLE_FEW: Final = 700
"""Flats of the town: for a rate of 300/s, and for short runs."""
WARM_UP: Final = 3.0
"""Seconds of the load that are not measured: the first turns prepare their statements."""


@dataclass(frozen=True)
class Load:
    """So many updates a second for so long, by so many people (None: by all); `drain`: seconds that what is left may
    take."""

    rate: float
    seconds: float
    drain: float
    people: int | None = None


@dataclass(frozen=True)
class Found:
    """What a load came to: `readings` of the updates sent confirmed one. `drained` is None when it was not, `late` how
    late the crowd itself was at worst."""

    sent: int
    readings: int
    seconds: float
    drained: float | None
    late: float
    busiest: int
    waits: Waits


async def peak(scale: float) -> list[Line]:
    """100 updates a second for ten minutes: a turn and its reply within a second."""
    found = await _loaded(Load(100, 600 * scale, 60), scale, "peak")
    said = command("peak", scale)
    rate = f"{found.sent} updates at {found.sent / found.seconds:.0f}/s, half of them VK's, {found.readings} readings"
    about = f"{rate}; {LIMITS}"
    return [
        _within("peak: turn committed, p99", p99(found.waits.turns), about, said),
        _within("peak: reply sent, p99", p99(found.waits.replies), f"{len(found.waits.replies)} replies", said),
        _books("peak: nothing lost, nothing doubled", found, said, _as_asked(found, 100)),
    ]


async def surge(scale: float) -> list[Line]:
    """300 updates a second for a minute: nothing lost, and two minutes later it is all done."""
    found = await _loaded(Load(300, 60 * scale, 300), scale, "surge")
    said = command("surge", scale)
    measured_as = "not drained" if found.drained is None else f"{found.drained:.1f} s"
    rate = f"{found.sent} updates at {found.sent / found.seconds:.0f}/s; turn p99 {p99(found.waits.turns):.1f} s"
    return [
        Line(
            "surge: drained after 300 updates/s for a minute",
            f"{measured_as} ({rate})",
            "≤ 120 s",
            found.drained is not None and found.drained <= 120,
            said,
        ),
        _books("surge: nothing lost, nothing doubled", found, said, _as_asked(found, 300)),
    ]


async def durability(scale: float) -> list[Line]:
    """A full durable turn beside a bare aiogram bot with its state in Redis, in the same run."""
    parts, premises = (turns.PARTS, turns.PREMISES) if scale >= 1 else (1, max(200, round(turns.PREMISES * scale)))
    found = await asyncio.to_thread(turns.measure, parts, premises)
    ratio = found["Telegram: rate / bare"]
    rates = f"{found['Telegram: reading turn, updates/s']:.0f}/s of {found['Telegram: bare aiogram, updates/s']:.0f}/s"
    beside = f"{rates}; processor time {found['Telegram: CPU / bare']:.1f} of the bare bot's"
    said = command("durability", scale)
    return [Line("cost of durability: turn / bare aiogram bot", f"{ratio:.2f} ({beside})", "≥ 0.5", ratio >= 0.5, said)]


# --- one load


async def _loaded(load: Load, scale: float, name: str) -> Found:
    if scale < 0.2:  # fewer people, who get further: else a short run would see nobody confirm a reading
        load = replace(load, people=round(2 * load.rate))
    async with town(PEOPLE_FEW if scale < 0.2 else PEOPLE_MANY) as place, serving_stage(place) as stage:
        return await run_load(stage, load, name)


@asynccontextmanager
async def serving_stage(place: Town) -> AsyncIterator[Stage]:
    """One process that does everything, behind no front: the stand-ins post to it themselves."""
    async with staged(place, TELEGRAM, VK) as stage, stage.replicas("all") as (replica,):
        await webhook_named(stage)
        await stage.telegram.webhook.set(f"{replica.url}/telegram/webhook", SECRET, 40)
        stage.vk.set_callback(f"{replica.url}/vk/callback")
        yield stage


async def webhook_named(stage: Stage) -> None:
    """Waits until the product has told Telegram where to post, which it does soon after its start."""
    async with asyncio.timeout(20):
        while not stage.telegram.webhook.info()["url"]:  # noqa: ASYNC110  # the stand-in has nobody to tell
            await asyncio.sleep(0.01)


async def run_load(stage: Stage, load: Load, name: str, warm_up: float = WARM_UP) -> Found:
    """Runs a load, after a short one that is not measured."""
    crowd = Crowd.of(alternating(stage)[: load.people])
    await crowd.write(load.rate / 3, warm_up)
    await drained(stage, 30)
    warm, presses, since = crowd.sent, crowd.presses, time.time()
    turns.tame_collector()
    watching = asyncio.create_task(_tell(crowd, warm, Progress(name, load.rate * load.seconds)))
    begun = time.monotonic()
    await crowd.write(load.rate, load.seconds)
    seconds = time.monotonic() - begun
    watching.cancel()
    rest = await drained(stage, load.drain)
    return Found(
        sent=crowd.sent - warm,
        readings=crowd.presses - presses,
        seconds=seconds,
        drained=rest,
        late=crowd.latest,
        busiest=busiest_second(stage.vk),
        waits=await measured(stage, since),
    )


def alternating(stage: Stage) -> list[Phone]:
    """Everybody's phones, one of Telegram, one of VK, and so on."""
    pairs = zip(stage.phones("telegram"), stage.phones("vk"), strict=True)
    return [phone for pair in pairs for phone in pair]


async def _tell(crowd: Crowd, before: int, progress: Progress) -> None:
    while True:
        await asyncio.sleep(1)
        progress.at(crowd.sent - before)


# --- what it came to


def _within(promise: str, seconds: float, about: str, said: str) -> Line:
    return Line(promise, f"{1000 * seconds:.0f} ms ({about})", "≤ 1 s", seconds <= 1.0, said)


def _books(promise: str, found: Found, said: str, as_asked: bool) -> Line:
    waits = found.waits
    counted = f"{found.sent - waits.updates} updates missing, {waits.undone} without a turn, {waits.failed} failed"
    sent = f"{waits.unsent + waits.given_up} replies missing, {waits.copies} copies"
    holds = as_asked and found.sent == waits.updates and waits.lost == waits.failed == waits.copies == 0
    late = f"the crowd at most {1000 * found.late:.0f} ms late, VK called {found.busiest} times in its busiest second"
    return Line(promise, f"{counted}; {sent} ({late})", "0 of each", holds, said)


def _as_asked(found: Found, rate: float) -> bool:
    """Whether the crowd kept its rate and read its meters: a load that was not made proves nothing."""
    return found.sent / found.seconds >= 0.97 * rate and found.readings >= found.sent / 50
