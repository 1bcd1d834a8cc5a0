"""Order within a chat: many chats talk at once, faster than they are answered, and four processes serve them.

Each person types one number after another without waiting; the moments are shuffled over all chats, so that the updates
of a chat fall between those of the others. The screens must come in the order in which the updates were taken in (the
ids of the inbox), and so must the effects; where the messenger itself keeps the order of a chat (Telegram), it must be
the order in which the person typed. While this goes on, processes are killed: a screen that its killed process has not
sent must not be overtaken by a later one.
"""

import asyncio
import random
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Final

from proof.judge import address, settle
from proof.people import FIRST_VALUE, Person, Turnstile, value_in
from proof.processes import Role
from proof.report import Line, Progress, command
from proof.stage import Replica, Stage, staged, town

CHATS: Final = 50
UPDATES: Final = 100
WORKERS: Final = 4
KILLS: Final = 20
RATE: Final = 60.0
"""Updates a second of all chats together."""

_TYPED: Final = re.compile(r'"text": ?"(2[0-9]{4})"')
_ARRIVED: Final = """
SELECT inbox.messenger, inbox.peer, inbox.key, inbox.raw, inbox.done_at,
    (SELECT min(outbox.id) FROM outbox WHERE outbox.turn = inbox.key AND outbox.peer = inbox.peer) AS row
FROM inbox WHERE NOT internal ORDER BY inbox.id
"""

Chat = tuple[str, str]


@dataclass
class Order:
    """What was found. `wrong`: of the first chats that are not in order, how."""

    chats: int
    updates: int
    kills: int
    settled: bool
    wrong: list[str] = field(default_factory=list)


async def order(scale: float) -> list[Line]:
    """The lines of the table for order, without and with kills."""
    chats, updates = max(10, int(CHATS * scale)), max(20, int(UPDATES * scale))
    by = command("order", scale)
    found: list[Line] = []
    async with town(6 * CHATS) as place:
        for kills in (0, max(4, int(KILLS * scale))):
            async with staged(place) as stage:
                progress = Progress(f"order, {kills} kills", chats * updates)
                found.append(line(await ordered(stage, chats, updates, kills, progress), by))
    return found


def line(found: Order, by: str) -> Line:
    """What was found, as the table tells it."""
    share = f"{found.chats} chats × {found.updates // found.chats} updates, {WORKERS} processes"
    killed = f", {found.kills} SIGKILLs" if found.kills else ""
    told = "; ".join([f"{share}{killed}: {len(found.wrong)} chats out of order", *found.wrong[:3]])
    promise = "order within a chat" + (" under kills" if found.kills else "")
    return Line(promise, told, "every chat in order", found.settled and not found.wrong, by)


async def ordered(stage: Stage, chats: int, updates: int, kills: int, progress: Progress, rate: float = RATE) -> Order:
    """Lets people type, kills meanwhile, and holds the screens against the arrivals."""
    half = chats // 2
    people = [Person(one) for one in (*stage.phones("telegram", chats - half), *stage.phones("vk", half))]
    roles: list[Role] = ["all"] * WORKERS
    async with stage.replicas(*roles) as replicas:
        turnstile = Turnstile(chats * updates)
        await asyncio.gather(*(_come_to_the_meter(person) for person in people))
        killing = asyncio.create_task(_kill(replicas, turnstile, kills))
        await _type_all(people, updates, turnstile, progress, rate)
        await killing
        settled = await settle(stage)
        arrived = await arrivals(stage)
    problems = {address(one): problem_of(one, arrived[address(one)], updates) for one in people}
    wrong = [f"{chat[0]} {chat[1]}: {problem}" for chat, problem in problems.items() if problem]
    return Order(chats, chats * updates, kills, settled, wrong)


async def _come_to_the_meter(person: Person) -> None:
    phone = person.phone
    await phone.say("меню")
    await phone.wait_for("Что сделать?", 30)
    await phone.tap("Показания")
    await phone.wait_for("Счётчик 1 из", 30)


async def _type_all(
    people: Sequence[Person], updates: int, turnstile: Turnstile, progress: Progress, rate: float
) -> None:
    """Each types its numbers in order; whose turn it is, is shuffled."""
    chance = random.Random(updates)
    turns = [person for person in people for _ in range(updates)]
    chance.shuffle(turns)
    for person in turns:
        person.said += 1
        await person.phone.say(str(FIRST_VALUE + person.said))
        await turnstile.next()
        progress.at(turnstile.said)
        await asyncio.sleep(chance.uniform(0, 2 / rate))


async def _kill(replicas: Sequence[Replica], turnstile: Turnstile, kills: int) -> None:
    chance = random.Random(kills)
    for number in range(1, kills + 1):
        await turnstile.reached(number * turnstile.total // (kills + 1))
        victim = chance.choice(replicas)
        victim.kill()
        await victim.start()


# --- what is wrong


@dataclass(frozen=True)
class Arrival:
    """A number as it was taken in, and what came of it."""

    value: int
    done_at: datetime
    row: int


async def arrivals(stage: Stage) -> dict[Chat, list[Arrival]]:
    """The numbers of each chat in the order of the inbox."""
    found: dict[Chat, list[Arrival]] = defaultdict(list)
    for row in await stage.fetch(_ARRIVED):
        typed = _TYPED.search(row["raw"])
        if typed is not None:
            found[row["messenger"], row["peer"]].append(Arrival(int(typed[1]), row["done_at"], row["row"]))
    return found


def problem_of(person: Person, arrived: Sequence[Arrival], updates: int) -> str | None:
    """What is wrong with one chat's order; None if all is well."""
    values = [one.value for one in arrived]
    if sorted(values) != [FIRST_VALUE + 1 + number for number in range(updates)]:
        return f"{len(values)} of {updates} updates were taken in"
    if person.phone.messenger == "telegram" and (late := _backwards(values)):
        return f"taken in out of order: {late}"
    if late := _backwards([one.done_at.timestamp() for one in arrived]):
        return f"served out of order: {late}"
    if late := _backwards([one.row for one in arrived]):
        return f"screens made out of order: {late}"
    came = list(dict.fromkeys(_screens(person)))  # a copy after a kill counts where it came first
    if came != values:
        return f"screens came out of order: {_difference(came, values)}"
    return None


def _screens(person: Person) -> list[int]:
    said = (value_in(bubble.plain) for bubble in person.phone.bubbles if not bubble.mine)
    return [value for value in said if value is not None]


def _backwards(numbers: Sequence[float]) -> str:
    return ", ".join(f"{one:g} before {other:g}" for one, other in pairwise(numbers) if one > other)


def _difference(came: Sequence[int], values: Sequence[int]) -> str:
    if len(came) != len(values):
        return f"{len(came)} of {len(values)} came"
    place = next(place for place, (one, other) in enumerate(zip(came, values, strict=True)) if one != other)
    return f"{came[place : place + 4]} in place of {list(values[place : place + 4])}"
