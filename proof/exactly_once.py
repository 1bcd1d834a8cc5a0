"""Updates take effect exactly once, and each has its reply, while the processes are killed again and again.

Two replicas take the webhooks and callbacks of both messengers and serve the turns. After every so many updates one of
them is killed by SIGKILL and started again; meanwhile some updates come twice, and some to both replicas at once. The
stand-ins send again what was not answered, as the messengers do.
"""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from proof.judge import Effects, Replies, judge_effects, judge_replies, settle
from proof.people import Person, Turnstile
from proof.report import Line, Progress, command
from proof.stage import Replica, Stage, staged, town
from sandbox.faults import FaultPlan, Mishap, twice

UPDATES: Final = 10_000
KILLS: Final = 200
PEOPLE: Final = 100
"""In each messenger; all talk at once."""
TWICE: Final = 0.08
TO_BOTH: Final = 0.02
"""The copy goes to one replica by name: half of the time it is the other one."""
LATEST_KILL: Final = 0.25
"""Seconds after a burst of updates: some are killed while they are taken in, others while their replies leave."""


@dataclass
class Findings:
    """`twice`: updates that were taken more than once; `by_both`: those that both processes took."""

    kills: int
    twice: int
    by_both: int
    settled: bool
    unanswered: tuple[str, ...]
    effects: Effects
    replies: Replies


async def exactly_once(scale: float) -> list[Line]:
    """The lines of the table for kills."""
    updates, kills = max(200, int(UPDATES * scale)), max(5, int(KILLS * scale))
    async with town(6 * PEOPLE) as place, staged(place) as stage:
        found = await killed(stage, updates, kills, PEOPLE, Progress("kills", updates))
    return lines(found, command("exactly_once", scale))


def lines(found: Findings, by: str) -> list[Line]:
    """What was found, as the table tells it."""
    effects, replies = found.effects, found.replies
    whole = found.settled and not effects.about
    run = (
        f"{effects.updates} updates, {found.kills} SIGKILLs of 2 processes, {found.twice} taken twice, {found.by_both} "
        f"by both: {effects.lost} lost, {effects.doubled} doubled"
    )
    copies = (
        f"{replies.telegram_copies} copies in Telegram, {replies.unexplained} of them of replies not on their way at "
        f"a kill (at most {replies.most_in_flight} were, at one)"
    )
    return [
        Line("updates take effect exactly once", _with(run, effects.about), "0 lost, 0 doubled", whole, by),
        Line(
            "replies at least once",
            _with(f"{replies.screens} replies: {replies.lost} lost; {copies}", found.unanswered),
            "0 lost; copies ≤ sends in flight at the kill",
            not (replies.lost or replies.unexplained or found.unanswered),
            by,
        ),
        Line("replies on VK exactly once", f"{replies.vk_copies} copies", "0 copies", not replies.vk_copies, by),
    ]


def _with(told: str, wrong: Sequence[str]) -> str:
    return "; ".join([told, *wrong[:5]])


async def killed(stage: Stage, updates: int, kills: int, people: int, progress: Progress) -> Findings:
    """Lets people talk while replicas are killed; then everything is held against everything."""
    everybody = [Person(phone) for messenger in ("telegram", "vk") for phone in stage.phones(messenger, people)]
    turnstile = Turnstile(updates, allowed=updates // kills)
    async with stage.replicas("all", "all") as replicas:
        mishaps(stage, replicas)
        killing = asyncio.create_task(_kill(stage, replicas, turnstile, kills, progress))
        await asyncio.gather(*(person.reads_meters(turnstile) for person in everybody))
        moments = await killing
        settled = await settle(stage)
        unanswered = tuple(one.unanswered for one in everybody if one.unanswered)
        effects, replies = await judge_effects(stage, everybody), await judge_replies(stage, everybody, moments)
        copies = _copies(stage)
    return Findings(len(moments), *copies, settled, unanswered, effects, replies)


def mishaps(stage: Stage, replicas: Sequence[Replica]) -> None:
    """Some updates come twice by the way of all, some to a replica by name beside it."""
    roads: list[tuple[FaultPlan[Mishap], str, tuple[str, ...]]] = [
        (stage.telegram.mishaps, "/telegram/webhook", ("message", "callback_query")),
        (stage.vk.mishaps, "/vk/callback", ("message_new", "message_event")),
    ]
    for plan, path, kinds in roads:
        beside = [(TO_BOTH / len(replicas), twice(to=f"{one.url}{path}")) for one in replicas]
        for kind in kinds:
            plan.sometimes(kind, (TWICE, twice()), *beside)


async def _kill(
    stage: Stage, replicas: Sequence[Replica], turnstile: Turnstile, kills: int, progress: Progress
) -> list[float]:
    """Kills one replica or another as the talk goes on; the moments, by the stand-ins' clock."""
    chance = random.Random(kills)
    moments: list[float] = []
    for number in range(1, kills + 1):
        await turnstile.reached(number * turnstile.total // (kills + 1))
        await asyncio.sleep(chance.uniform(0, LATEST_KILL))
        victim = chance.choice(replicas)
        victim.kill()
        moments.append(stage.telegram.world.clock())
        await victim.start()
        turnstile.allow((number + 1) * turnstile.total // kills)
        progress.at(turnstile.said, f"{number} kills")
    turnstile.allow(turnstile.total)
    return moments


def _copies(stage: Stage) -> tuple[int, int]:
    """How many updates were handed over more than once and acknowledged, and how many of all came to both replicas."""
    handed = Counter(one.key for one in (*stage.telegram.handovers, *stage.vk.callback.handovers) if one.answer == 200)
    taken = [set(_taken(log)) for log in stage.logs.iterdir()]
    return sum(1 for times in handed.values() if times > 1), len(set.intersection(*taken))


def _taken(log: Path) -> Iterator[str]:
    """Keys of the updates that a replica has taken, by its log."""
    for line in log.read_text(encoding="utf-8").splitlines():
        if '"updates taken"' in line:
            yield from json.loads(line)["turns"]
