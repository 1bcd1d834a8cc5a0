"""Rolling restarts under steady traffic: a new version goes in, process by process, and nobody notices.

Several processes of each role are told to stop (SIGTERM) and started again, one after another, round after round, while
residents of both messengers go on reading their meters. Once with webhooks, where every web process takes what comes;
once with polling and long poll, where one of them does, and the next goes on when it ends.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final

from proof.judge import Effects, Replies, judge_effects, judge_replies, settle
from proof.people import Person, Turnstile
from proof.processes import Role
from proof.report import Line, Progress, command
from proof.stage import Replica, Stage, Town, staged, town
from proof.waits import p99
from sandbox.phone import Phone

ROUNDS: Final = 10
PEOPLE: Final = 40
"""In each messenger."""
RATE: Final = 50.0
"""Updates a second of both messengers together."""
ENDS_WITHIN: Final = 15.0
ANSWERED_WITHIN: Final = 3.0
BETWEEN: Final = 1.0
"""Seconds between one process that serves again and the next that is told to stop."""
BY_WEBHOOK: Final[tuple[Role, ...]] = ("web", "web", "bots", "bots", "worker")
BY_POLLING: Final[tuple[Role, ...]] = ("bots", "bots", "worker")


@dataclass(frozen=True)
class Found:
    """What the rounds came to. `ends`: seconds and exit code of each end; `waits`: seconds a person waited, each."""

    ends: Sequence[tuple[float, int | None]]
    waits: Sequence[float]
    settled: bool
    unanswered: Sequence[str]
    effects: Effects
    replies: Replies


async def rolling(scale: float) -> list[Line]:
    """The lines of the table for rolling restarts."""
    rounds = max(1, round(ROUNDS * scale))
    lines: list[Line] = []
    async with town(6 * PEOPLE) as place:
        for polls in (False, True):
            async with rolling_stage(place, polls=polls) as stage:
                roles = BY_POLLING if polls else BY_WEBHOOK
                found = await rolled(stage, roles, rounds, Progress("rolling", rounds * len(roles)))
                lines += _lines("polling" if polls else "webhooks", roles, found, command("rolling", scale))
    return lines


@asynccontextmanager
async def rolling_stage(place: Town, *, polls: bool) -> AsyncIterator[Stage]:
    """A stage whose replicas poll, or are called."""
    async with staged(place) as stage:
        modes = {"telegram_mode": "polling", "vk_mode": "longpoll"} if polls else {}
        yield replace(stage, settings=stage.settings.model_copy(update=modes))


async def rolled(
    stage: Stage, roles: Sequence[Role], rounds: int, progress: Progress, people: int = PEOPLE, rate: float = RATE
) -> Found:
    """Restarts everything so many times while people write; then everything is held against everything."""
    everybody = [Person(phone) for messenger in ("telegram", "vk") for phone in stage.phones(messenger, people)]
    turnstile = Turnstile(1_000_000, allowed=0)
    async with stage.replicas(*roles) as replicas:
        await _heard(stage)
        talking = [asyncio.create_task(person.reads_meters(turnstile)) for person in everybody]
        pacing = asyncio.create_task(_pace(turnstile, rate))
        ends = []
        for replica in [*replicas] * rounds:
            ends.append(await _restarted(replica))
            progress.at(len(ends))
        await asyncio.sleep(BETWEEN)
        pacing.cancel()
        turnstile.total = turnstile.said  # nobody says more; who waits for an answer still waits for it
        turnstile.allow(turnstile.said)
        await asyncio.gather(*talking)
        settled = await settle(stage)
        return Found(
            ends=ends,
            waits=[wait for person in everybody for wait in waits_of(person.phone)],
            settled=settled,
            unanswered=[one.unanswered for one in everybody if one.unanswered],
            effects=await judge_effects(stage, everybody),
            replies=await judge_replies(stage, everybody),
        )


def waits_of(phone: Phone) -> list[float]:
    """Seconds from each message of the person to the first of the answer, by the stand-in's clock. Presses in Telegram
    leave no trace in a chat and are not among them."""
    waits, asked = [], None
    for bubble in phone.bubbles:
        if bubble.mine:
            asked = bubble.at
        elif asked is not None:
            waits.append((bubble.at - asked).total_seconds())
            asked = None
    return waits


async def _restarted(replica: Replica) -> tuple[float, int | None]:
    await asyncio.sleep(BETWEEN)
    begun = time.monotonic()
    code = await replica.stop()
    took = time.monotonic() - begun
    await replica.start()
    return took, code


async def _pace(turnstile: Turnstile, rate: float) -> None:
    begun = time.monotonic()
    while True:
        await asyncio.sleep(0.02)
        turnstile.allow(int((time.monotonic() - begun) * rate))


async def _heard(stage: Stage) -> None:
    """Waits until VK knows where its events go: what is said before that is not heard."""
    async with asyncio.timeout(30):
        vk = stage.vk
        while vk.callback.url is None and "message_deny" not in vk.longpoll.ticked:  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.02)


def _lines(way: str, roles: Sequence[Role], found: Found, by: str) -> list[Line]:
    effects, replies = found.effects, found.replies
    slowest = max(seconds for seconds, _ in found.ends)
    codes = sorted({str(code) for _, code in found.ends})
    told = (
        f"{effects.updates} updates, {len(found.ends)} restarts of {', '.join(roles)}: {effects.lost} lost, "
        f"{effects.doubled} doubled; replies: {replies.lost} lost, "
        f"{replies.telegram_copies + replies.vk_copies} copies"
    )
    whole = found.settled and not (effects.about or found.unanswered or replies.lost or replies.vk_copies)
    ended = slowest <= ENDS_WITHIN and codes == ["0"]
    late = p99(found.waits)
    return [
        Line(
            f"rolling restarts, {way}: nothing lost, nothing doubled",
            "; ".join([told, *effects.about, *found.unanswered][:4]),
            "0 lost, 0 doubled",
            whole and not replies.telegram_copies,
            by,
        ),
        Line(
            f"rolling restarts, {way}: a process told to stop ends",
            f"at most {slowest:.1f} s, exit codes {', '.join(codes)}",
            f"≤ {ENDS_WITHIN:g} s, 0",
            ended,
            by,
        ),
        Line(
            f"rolling restarts, {way}: a person waits, p99",
            f"{late:.2f} s of {len(found.waits)} at {RATE:g} updates/s",
            f"≤ {ANSWERED_WITHIN:g} s",
            late <= ANSWERED_WITHIN,
            by,
        ),
    ]
