"""What was said held against what the database and the stand-ins hold: lost, doubled, copied, out of order."""

import asyncio
import json
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from proof.people import FIRST_VALUE, Person
from proof.stage import Stage

SETTLES_WITHIN: Final = 90.0

KILL_IS_SEEN: Final = 0.1
"""Seconds within which the stand-in takes up what a process had sent before it was killed."""

_BUSY: Final = """
SELECT (SELECT count(*) FROM inbox WHERE done_at IS NULL)
    + (SELECT count(*) FROM outbox WHERE sent_at IS NULL AND outcome IS NULL)
    + (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND backend_type = 'client backend' AND state <> 'idle')
"""
"""A turn that has begun may still leave something, so open transactions count too."""
_CHATS: Final = """
SELECT chats.messenger, chats.peer, coalesce((state ->> 'rev')::bigint, 0) AS rev,
    (SELECT count(*) FROM inbox WHERE inbox.peer = chats.peer AND inbox.messenger = chats.messenger AND NOT internal
    ) AS taken,
    (SELECT count(*) FROM inbox WHERE inbox.peer = chats.peer AND inbox.messenger = chats.messenger
        AND (done_at IS NULL OR error IS NOT NULL)) AS failed
FROM chats
"""
_SCREENS: Final = """
SELECT messenger, peer, count(*) AS rows, count(DISTINCT turn) AS turns,
    count(*) FILTER (WHERE sent_at IS NULL) AS unsent
FROM outbox GROUP BY messenger, peer
"""
_MARKED: Final = """
SELECT peer, array_agg(extract(epoch FROM sent_at)::float8 ORDER BY id) AS marked
FROM outbox WHERE messenger = 'telegram' GROUP BY peer
"""
_READINGS: Final = """
SELECT chats.messenger, chats.peer, value::bigint AS value, count(*) AS times FROM readings
JOIN chats ON chats.id = split_part(key, ':', 1)::bigint WHERE key !~ '^town' AND value >= $1 GROUP BY 1, 2, 3
"""


@dataclass
class Effects:
    """Updates against their effects; `about` says of the first few what is wrong."""

    updates: int = 0
    readings: int = 0
    lost: int = 0
    doubled: int = 0
    about: tuple[str, ...] = ()

    def count(self, lost: int, doubled: int, where: str) -> None:
        self.lost += max(0, lost)
        self.doubled += max(0, doubled)
        if (lost > 0 or doubled > 0) and len(self.about) < 5:
            self.about = (*self.about, f"{where}: {max(0, lost)} lost, {max(0, doubled)} doubled")


@dataclass
class Replies:
    """Screens of the outbox against what came to the phones. `unexplained`: copies in Telegram of replies that were
    not on their way when a process was killed; `most_in_flight`: how many were, at one kill."""

    screens: int = 0
    lost: int = 0
    telegram_copies: int = 0
    unexplained: int = 0
    most_in_flight: int = 0
    vk_copies: int = 0


async def settle(stage: Stage, within: float = SETTLES_WITHIN) -> bool:
    """Waits until every update is served and every reply sent; False when that takes too long."""
    until = time.monotonic() + within
    while await stage.value(_BUSY):
        if time.monotonic() > until:
            return False
        await asyncio.sleep(0.1)
    return True


async def judge_effects(stage: Stage, people: Iterable[Person]) -> Effects:
    """Each update moves its session on by one, is taken once, and draws one screen; each «Верно» leaves one reading."""
    chats = {(row["messenger"], row["peer"]): row for row in await stage.fetch(_CHATS)}
    screens = {(row["messenger"], row["peer"]): row for row in await stage.fetch(_SCREENS)}
    readings: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    for row in await stage.fetch(_READINGS, FIRST_VALUE):
        readings[row["messenger"], row["peer"]][row["value"]] += row["times"]
    found = Effects()
    for person in people:
        chat = address(person)
        if not person.said:
            continue
        found.updates += person.said
        found.readings += person.confirmed.total()
        row, drawn = chats[chat], screens.get(chat)
        found.count(person.said - row["rev"], row["rev"] - person.said, f"{chat} session")
        found.count(person.said - row["taken"], row["taken"] - person.said, f"{chat} inbox")
        turns, rows = (drawn["turns"], drawn["rows"]) if drawn else (0, 0)
        found.count(person.said - turns, rows - turns, f"{chat} screens")
        found.count(row["failed"], 0, f"{chat} failed")
        lost, doubled = person.confirmed - readings[chat], readings[chat] - person.confirmed - person.perhaps
        found.count(lost.total(), doubled.total(), f"{chat} readings")
    return found


async def judge_replies(stage: Stage, people: Sequence[Person], kills: Sequence[float] = ()) -> Replies:
    """Each screen came to its phone, and how many came twice; `kills` are moments of the stand-ins' clock."""
    screens = {(row["messenger"], row["peer"]): row for row in await stage.fetch(_SCREENS)}
    found = Replies()
    sent = telegram_sends(stage)
    for person in people:
        chat = address(person)
        rows, unsent = (screens[chat]["rows"], screens[chat]["unsent"]) if chat in screens else (0, 0)
        found.screens += rows
        if chat[0] == "telegram":
            came = len(sent[chat[1]])
        else:
            bubbles = sum(1 for bubble in person.phone.bubbles if not bubble.mine)
            came = min(bubbles, rows)
            found.vk_copies += max(0, bubbles - rows)
        found.lost += max(unsent, rows - came)
    await _explain_copies(stage, sent, sorted(kills), found)
    return found


def telegram_sends(stage: Stage) -> dict[str, dict[str, list[float]]]:
    """When Telegram was sent what, by chat: a screen's buttons bear its revision, so equal sends are copies."""
    sent: dict[str, dict[str, list[float]]] = defaultdict(dict)
    for call in stage.telegram.calls:
        if call.accepted and call.method.lower().startswith("send"):
            same = json.dumps([call.method, call.params], sort_keys=True)
            sent[str(call.params["chat_id"])].setdefault(same, []).append(call.at)
    return sent


async def _explain_copies(
    stage: Stage, sent: dict[str, dict[str, list[float]]], kills: Sequence[float], found: Replies
) -> None:
    """A reply may come once more for each kill between its send and its mark."""
    shift = stage.telegram.world.clock() - time.time()
    in_flight: Counter[int] = Counter()
    for row in await stage.fetch(_MARKED):
        for times, marked in zip(sent[row["peer"]].values(), row["marked"], strict=False):
            first = bisect_left(kills, times[0] - KILL_IS_SEEN)
            last = bisect_left(kills, (marked or time.time()) + shift)
            in_flight.update(range(first, last))
            found.telegram_copies += len(times) - 1
            found.unexplained += max(0, len(times) - 1 - (last - first))
    found.most_in_flight = max(in_flight.values(), default=0)


def address(person: Person) -> tuple[str, str]:
    """Messenger and peer, as the product names the chat."""
    return person.phone.messenger, str(person.phone.user.id)
