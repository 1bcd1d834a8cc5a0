"""What a load left behind: how long turns and replies took, what was lost, what happened twice.

An update arrives when its inbox row is written (`received_at`), its turn is done at `done_at`, both by the database's
clock; the commit follows within milliseconds, and what is sent follows the commit. A reply has arrived when the
stand-in took the call. All clocks are those of one machine. What a webhook needs before the row is written is measured
apart (proof.webhooks).
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import Final

import asyncpg

from proof.stage import Stage
from sandbox.vk.server import VkServer
from sandbox.wire import Call

LOOKS_EVERY: Final = 0.25
SENDS: Final = ("sendMessage", "messages.send")

_DEPTHS: Final = """
SELECT (SELECT count(*) FROM inbox WHERE done_at IS NULL),
    (SELECT count(*) FROM outbox WHERE sent_at IS NULL AND outcome IS NULL)
"""
_UPDATES: Final = """
SELECT messenger, key, extract(epoch FROM received_at)::float8 AS received, extract(epoch FROM done_at)::float8 AS done
FROM inbox WHERE NOT internal AND extract(epoch FROM received_at) >= $1
"""
_REPLIES: Final = """
SELECT outbox.messenger, outbox.peer, random_id, extract(epoch FROM received_at)::float8 AS received
FROM outbox JOIN inbox ON inbox.messenger = outbox.messenger AND inbox.bot = outbox.bot AND inbox.key = turn
WHERE extract(epoch FROM received_at) >= $1 ORDER BY outbox.id
"""
_FAILED: Final = "SELECT (SELECT count(*) FROM inbox WHERE error IS NOT NULL) + (SELECT count(*) FROM dead_letters)"
_GIVEN_UP: Final = "SELECT count(*) FROM outbox WHERE outcome IS NOT NULL"


@dataclass(frozen=True)
class Waits:
    """Seconds of each turn and each reply, and the books: `copies` are replies that a phone got more than once."""

    turns: Sequence[float]
    replies: Sequence[float]
    updates: int
    undone: int
    unsent: int
    copies: int
    failed: int
    given_up: int

    @property
    def lost(self) -> int:
        return self.undone + self.unsent + self.given_up


def p99(seconds: Sequence[float]) -> float:
    """What ninety-nine of a hundred took at most."""
    return quantiles(seconds, n=100)[98] if len(seconds) > 1 else max(seconds, default=0.0)


async def drained(stage: Stage, within: float) -> float | None:
    """Seconds until nothing waits in inbox and outbox nor at the messengers; None when it takes longer."""
    begun = time.monotonic()
    while time.monotonic() - begun < within:
        if not stage.telegram.world.updates.pending and await depths(stage) == (0, 0):
            return time.monotonic() - begun
        await asyncio.sleep(LOOKS_EVERY)
    return None


async def depths(stage: Stage) -> tuple[int, int]:
    """Updates without a turn, calls not sent; raises while the database is away."""
    row = (await stage.fetch(_DEPTHS))[0]
    return row[0], row[1]


async def measured(stage: Stage, since: float = 0.0) -> Waits:
    """All that arrived since a moment (seconds since 1970, true time)."""
    updates = await stage.fetch(_UPDATES, since)
    replies, unsent, copies = _arrivals(stage, await stage.fetch(_REPLIES, since), since)
    return Waits(
        turns=[row["done"] - row["received"] for row in updates if row["done"] is not None],
        replies=replies,
        updates=len(updates),
        undone=sum(row["done"] is None for row in updates),
        unsent=unsent,
        copies=copies,
        failed=await stage.value(_FAILED),
        given_up=await stage.value(_GIVEN_UP),
    )


async def keys_done(stage: Stage) -> set[tuple[str, str]]:
    """(messenger, key) of the updates that have had their turn."""
    return {(row["messenger"], row["key"]) for row in await stage.fetch(_UPDATES, 0.0) if row["done"] is not None}


def keys_acknowledged(stage: Stage) -> set[tuple[str, str]]:
    """(messenger, key) of the updates for which the product answered 200."""
    telegram = {("telegram", one.key) for one in stage.telegram.handovers if one.answer == 200}
    return telegram | {("vk", one.key) for one in stage.vk.handovers if one.answer == 200}


def _arrivals(stage: Stage, rows: Sequence[asyncpg.Record], since: float) -> tuple[list[float], int, int]:
    """Seconds until each reply arrived; how many never did; how many came again.

    VK's calls bear the random id of their row. Telegram's bear nothing: within a chat they come in the order of rows.
    """
    shift = stage.vk.world.clock() - time.time()
    arrived: dict[tuple[str, str], list[float]] = defaultdict(list)
    for call in [*_accepted(stage.telegram.calls), *_accepted(stage.vk.calls)]:
        if call.at - shift >= since:
            arrived[_name(call)].append(call.at - shift)
    expected: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in rows:
        name = row["peer"] if row["messenger"] == "telegram" else str(row["random_id"])
        expected[row["messenger"], name].append(row["received"])
    waits, unsent, copies = [], 0, 0
    for name, received in expected.items():
        came = arrived[name]
        waits += [at - begun for begun, at in zip(received, came, strict=False)]
        unsent += max(0, len(received) - len(came))
        copies += max(0, len(came) - len(received))
    return waits, unsent, copies


def _accepted(calls: Sequence[Call]) -> list[Call]:
    return [call for call in calls if call.accepted and call.method in SENDS]


def _name(call: Call) -> tuple[str, str]:
    if call.method == "messages.send":
        return "vk", str(call.params.get("random_id"))
    return "telegram", str(call.params.get("chat_id"))


def busiest_second(vk: VkServer) -> int:
    """The most calls that VK's stand-in was made within any second, refused ones too; what an `execute` holds is one
    call (of its parts no version is given)."""
    times = sorted(call.at for call in vk.calls if "v" in call.params)
    most = first = 0
    for last, at in enumerate(times):
        while times[first] <= at - 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most
