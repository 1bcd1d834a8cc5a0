"""Broadcasts at the messengers' full pace, and what they cost others: the figures of docs/broadcasts.md.

The sender is a process of its own (or, beside replies, the one that does everything), against the stand-ins with the
limits that the messengers document. Rates are taken from what the stand-ins accepted, by their own clock.
"""

import asyncio
import tempfile
import time
from bisect import bisect_left, bisect_right
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks.stage import SECRET
from core.broadcasts.model import ENDS, Audience, DeliveryState
from core.ids import MailingId, ProviderCode
from core.services import Service
from proof.load import Load, run_load, webhook_named
from proof.mail_town import PERSONAL, STREET, TEXT, Mail, mail_stage
from proof.report import Line, Progress, command
from proof.stage import Town, town
from proof.waits import p99
from sandbox.faults import telegram_flood
from sandbox.telegram.limits import Limits as TelegramLimits
from sandbox.vk.limits import Limits as VkLimits
from sandbox.wire import Call

RECIPIENTS: Final = 170_000
WAIT: Final = 2
"""Seconds that a flood limit tells to wait where it is arranged; the stand-in's own says one."""
COMPRESSED: Final = 5
"""How many times faster than life Telegram is in the run of the whole city, limit and sender alike."""
VK_RATE: Final = 19.3
"""Calls a second: of the 20 that the stand-in counts within any second, what jitter leaves."""
IN_FLIGHT: Final = 0.1
"""Seconds within which what had left before a flood limit was answered may still arrive."""
SWITCH: Final = Audience(
    providers=(ProviderCode("vodokanal"),), services=(Service.COLD_WATER, Service.WASTEWATER), streets=(STREET,)
)
"""That of the announcement of January 2022."""
OVERALL: Final = TelegramLimits(overall=30)
VK: Final = VkLimits()


async def broadcast_pace(scale: float) -> list[Line]:
    """Each messenger's limit, filled and kept."""
    said = command("broadcast_pace", scale)
    seconds = max(10.0, 600 * scale)
    async with town(60) as place:
        return [
            await telegram_rate(place, seconds, said),
            await flood_obeyed(place, said),
            await vk_rate(place, max(4000, int(60_000 * scale)), said, personal=False),
            await vk_rate(place, max(1000, int(15_000 * scale)), said, personal=True),
        ]


async def telegram_rate(place: Town, seconds: float, said: str) -> Line:
    """The bucket is set to what the stand-in takes: 30 messages a second over all chats."""
    count = int(30 * seconds)
    async with worker(place, -(-count * 5 // 3), (OVERALL, VK), telegram=30, vk=1) as mail:
        await sent(mail, TEXT, Audience(messengers=("telegram",), streets=(STREET,)), "Telegram", count)
        took, refused = accepted(mail.stage.telegram.calls), inside_floods(mail.stage.telegram.calls)
    rate, slowest = (len(took) - 1) / (took[-1] - took[0]), slowest_window(took, 10)
    about = (
        f"{len(took)} messages in {took[-1] - took[0]:.0f} s, slowest 10 s at {slowest:.1f}/s, {refused} inside a 429"
    )
    held = len(took) >= count and rate >= 29.5 and refused == 0
    return Line(
        "Telegram: rate under a limit of 30/s", f"{rate:.2f}/s ({about})", "≥ 29.5/s, 0 inside a 429", held, said
    )


async def flood_obeyed(place: Town, said: str) -> Line:
    """Told to wait, nothing of the bot leaves until the time is over."""
    async with worker(place, 500, (OVERALL, VK), telegram=30, vk=1) as mail:
        mail.stage.telegram.faults.sometimes("sendMessage", (0.03, telegram_flood(WAIT)))
        await sent(mail, TEXT, Audience(messengers=("telegram",), streets=(STREET,)), "floods", 300)
        calls = mail.stage.telegram.calls
    met, inside = sum(call.fault == "429" for call in calls), inside_floods(calls)
    about = f"{met} floods of {WAIT} s, {inside} sends inside them, {len(accepted(calls))} of 300 arrived"
    holds = met >= 1 and inside == 0 and len(accepted(calls)) == 300
    return Line("Telegram: a flood limit stops all of the bot", about, "0 sends inside", holds, said)


async def vk_rate(place: Town, count: int, said: str, *, personal: bool) -> Line:
    """20 calls a second: a hundred dialogs a call for one text, 25 personal ones in an `execute`."""
    goal = 480 if personal else 1900
    async with worker(place, -(-count * 5 // 2), (OVERALL, VK), telegram=1, vk=VK_RATE) as mail:
        audience = Audience(messengers=("vk",), streets=(STREET,))
        await sent(mail, PERSONAL if personal else TEXT, audience, "VK", count)
        calls = [
            call for call in mail.stage.vk.calls if "v" in call.params and call.method in {"messages.send", "execute"}
        ]
        told = sum(len(one.messages) for one in mail.stage.vk.world.conversations.values())
    begun, ended = min(call.at for call in calls), max(call.at for call in calls)
    # A call takes its time of the pace: the last one as well.
    rate = told / ((ended - begun) * len(calls) / (len(calls) - 1))
    refused = sum(not call.accepted for call in calls)
    name = "personal texts by execute" if personal else "identical texts by peer_ids"
    about = f"{told} recipients, {len(calls)} calls in {ended - begun:.1f} s, {refused} refused"
    return Line(f"VK: {name}", f"{rate:.0f}/s ({about})", f"≥ {goal}/s", told == count and rate >= goal, said)


async def broadcast_city(scale: float) -> list[Line]:
    """The whole city, Telegram's clock compressed; and how long counting and freezing take."""
    said = command("broadcast_city", scale)
    residents = max(2000, int(RECIPIENTS * scale))
    limits = TelegramLimits(overall=30 * COMPRESSED), VK
    async with town(60) as place, worker(place, residents, limits, telegram=30 * COMPRESSED, vk=VK_RATE) as mail:
        frozen = await audience_frozen(mail, residents, said)
        begun = time.monotonic()
        broadcast = await mail.broadcast(TEXT, SWITCH)
        memory = await watched(mail, broadcast.id, "the city", residents)
        took = time.monotonic() - begun
        states = await mail.states(broadcast.id)
        arrived = len(accepted(mail.stage.telegram.calls))
        arrived += sum(len(one.messages) for one in mail.stage.vk.world.conversations.values())
    telegram = sum(1 for number in range(1, residents + 1) if number % 5 < 3)
    own = max(telegram / (30 * COMPRESSED), (residents - telegram) / (100 * VK_RATE))
    reached = states[DeliveryState.SENT] == residents == arrived
    about = f"{residents} recipients, {arrived} arrived, {took:.1f} s where the limits alone take {own:.1f} s"
    over = took / own - 1
    growth = max(memory) - memory[0] if memory else 0
    return [
        frozen,
        Line(
            "the whole city is reached", f"{100 * over:+.1f} % ({about})", "all; ≤ +2 %", reached and over <= 0.02, said
        ),
        Line("memory of the sender while it does that", f"{growth:.0f} MB more", "≤ 50 MB", growth <= 50, said),
    ]


async def audience_frozen(mail: Mail, residents: int, said: str) -> Line:
    """Counted for the dry run and frozen at the start, then taken back."""
    begun = time.monotonic()
    broadcast = await mail.broadcast(TEXT, SWITCH)
    seconds = time.monotonic() - begun
    await mail.stage.fetch("UPDATE mailings SET status = 'cancelled' WHERE id = $1", broadcast.id)
    await mail.stage.fetch("DELETE FROM deliveries WHERE mailing_id = $1 AND state = 'waiting'", broadcast.id)
    about = f"{broadcast.recipients} recipients"
    holds = seconds <= 3 and broadcast.recipients == residents
    return Line("an audience is counted and frozen", f"{seconds:.2f} s ({about})", "≤ 3 s", holds, said)


async def broadcast_replies(scale: float) -> list[Line]:
    """How long residents wait for a reply while the city is told something."""
    said = command("broadcast_replies", scale)
    seconds = max(5.0, 60 * scale)
    load = Load(25, seconds, 60, 100)
    folder = tempfile.TemporaryDirectory(prefix="vt-city")
    async with (
        town(400) as place,
        mail_stage(place, int(30_000 * max(scale, 0.1)), Path(folder.name), (OVERALL, VK), telegram=28, vk=16) as mail,
        mail.stage.replicas("all") as (replica,),
    ):
        stage = mail.stage
        await webhook_named(stage)
        await stage.telegram.webhook.set(f"{replica.url}/telegram/webhook", SECRET, 40)
        stage.vk.set_callback(f"{replica.url}/vk/callback")
        alone = await run_load(stage, load, "replies alone")
        broadcast = await mail.broadcast(TEXT, SWITCH)
        beside = await run_load(stage, load, "replies beside a broadcast")
        going = (await mail.progress(broadcast.id)).total()
    folder.cleanup()
    one, other = p99(alone.waits.replies), p99(beside.waits.replies)
    about = (
        f"{1000 * one:.0f} ms without, {1000 * other:.0f} ms with; meanwhile {going.counts[DeliveryState.SENT]} told"
    )
    holds = other <= 1.5 * one and beside.waits.lost == 0 and going.left > 0
    return [Line("replies during a broadcast, p99", f"{other / one:.2f} × ({about})", "≤ 1.5 ×", holds, said)]


# --- the run


@asynccontextmanager
async def worker(
    place: Town, residents: int, limits: tuple[TelegramLimits, VkLimits], **rates: float
) -> AsyncIterator[Mail]:
    """A stage with so many residents more and one process that sends."""
    with tempfile.TemporaryDirectory(prefix="vt-city") as folder:
        async with (
            mail_stage(place, residents, Path(folder), limits, **rates) as mail,
            mail.stage.replicas("worker") as (sender,),
        ):
            yield replace(mail, sender=sender)


async def sent(mail: Mail, texts: dict[str, str], audience: Audience, name: str, count: int) -> None:
    """A broadcast from its start to its end."""
    broadcast = await mail.broadcast(texts, audience)
    await watched(mail, broadcast.id, name, count)


async def watched(mail: Mail, broadcast: MailingId, name: str, count: int) -> list[float]:
    """Waits for the end; the sender's memory on the way, in megabytes, from a tenth of it on."""
    progress, memory = Progress(name, count), list[float]()
    while (found := await mail.progress(broadcast)).broadcast.status not in ENDS:
        done = count - found.total().left
        progress.at(max(1, done))
        if done > count / 10:
            memory.append(resident_memory(mail))
        await asyncio.sleep(0.5)
    return memory


def resident_memory(mail: Mail) -> float:
    """Megabytes of the process that sends."""
    if mail.sender is None:
        return 0.0
    pages = int(Path(f"/proc/{mail.sender.serving.pid}/statm").read_text().split()[1])
    return pages * 4096 / 1e6


# --- the books


def accepted(calls: Sequence[Call]) -> list[float]:
    """Moments of the messages that the stand-in took, in order."""
    return sorted(call.at for call in calls if call.accepted and call.method.lower().startswith("send"))


def inside_floods(calls: Sequence[Call]) -> int:
    """Calls that came while the messenger had told to wait, but for those that had left before it said so."""
    moments = sorted(call.at for call in calls if call.method.lower().startswith("send"))
    inside = 0
    for call in calls:
        wait = flood_of(call)
        if wait:
            inside += bisect_left(moments, call.at + wait - IN_FLIGHT) - bisect_right(moments, call.at + IN_FLIGHT)
    return max(0, inside)


def flood_of(call: Call) -> float:
    """For how long the answer to a call told to wait; 0 for any other answer."""
    if call.accepted or not call.method.lower().startswith("send"):
        return 0.0
    return {"429": float(WAIT), "": 1.0}.get(call.fault, 0.0)


def slowest_window(moments: Sequence[float], seconds: float) -> float:
    """The lowest rate within any window of that length."""
    if moments[-1] - moments[0] <= seconds:
        return (len(moments) - 1) / (moments[-1] - moments[0])
    counts = [
        bisect_left(moments, begins + seconds) - place
        for place, begins in enumerate(moments)
        if begins + seconds <= moments[-1]
    ]
    return min(counts) / seconds
