"""The teeth of the proofs: what each of them would say if one protection were missing.

A twin plays one small scene twice, with the protection and without it, and judges both as the long proofs do. The scene
is arranged, not hoped for: moments are stretched (proof.sabotage) and kills fall into them. With the protection the
promise must hold, without it the judgement must say that it does not.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from proof import sabotage
from proof.databases import run_statement
from proof.judge import address, judge_effects, judge_replies, settle
from proof.order import arrivals, problem_of
from proof.people import FIRST_VALUE, Person, says, value_in
from proof.report import Line, Progress, command
from proof.stage import Replica, Stage, Town, staged, town
from sandbox.faults import accepted_then_drop, hang, late_update, twice

ENOUGH: Final = 30.0
"""Seconds within which whatever must happen does, on a machine that has much else to do."""
ASKED_EVERY: Final = 0.02
"""Seconds between two looks at what happens in other processes."""

Scene = Callable[[Stage, bool], Awaitable[str]]
"""Plays on a stage, with or without the protection; what the judgement finds wrong, nothing if the promise holds."""


@dataclass(frozen=True)
class Twin:
    """A protection, the promise it is for, the scene that needs it, and what the judgement must say without it."""

    protection: str
    promise: str
    scene: Scene
    broken: re.Pattern[str]


async def twins(_scale: float) -> list[Line]:
    """The lines of the table: each twin fails, and its protected side does not."""
    found: list[Line] = []
    progress = Progress("twins", len(TWINS))
    async with town(60) as place:
        for number, twin in enumerate(TWINS.values()):
            progress.at(number, twin.protection)
            kept, broken = await played(place, twin, protected=True), await played(place, twin, protected=False)
            bites = not kept and twin.broken.search(broken) is not None
            told = f"with it: {kept or 'holds'}; without it: {broken or 'holds all the same'}"
            promise = f"twin: {twin.promise}, by {twin.protection}"
            found.append(Line(promise, told, "holds with it, fails without it", bites, command("twins", 1)))
    return found


async def played(place: Town, twin: Twin, *, protected: bool) -> str:
    """One side of a twin, on a stage of its own."""
    async with staged(place) as stage:
        return await twin.scene(stage, protected)


# --- scenes


async def unique_key(stage: Stage, protected: bool) -> str:
    """An update comes twice."""
    if not protected:
        await run_statement(stage.database_url, "ALTER TABLE inbox DROP CONSTRAINT uq_inbox_messenger_bot_key")
    person = somebody(stage)
    async with stage.replicas("all", "all"):
        stage.telegram.mishaps.next("message", twice())
        await asks_for_menu(person)
        await until(lambda: taken(stage) == 2)
        return await verdict(stage, person)


async def lock(stage: Stage, protected: bool) -> str:
    """An update comes to both processes, and they serve it at once: the first ends when the other waits for it."""
    await run_statement(stage.database_url, _WAITED_FOR)
    person = somebody(stage)
    prepare = None if protected else sabotage.without_lock_and_guard
    async with stage.replicas("all", "all", prepare=prepare) as (one, other):
        await stage.front.turn_to(one.port)
        stage.telegram.mishaps.next("message", twice(to=f"{other.url}/telegram/webhook"))
        await asks_for_menu(person)
        await until(lambda: taken(stage) == 2)
        return await verdict(stage, person)


async def commit_first(stage: Stage, protected: bool) -> str:
    """The process is killed when the messenger has its answer, or should have it by now."""
    person = somebody(stage)
    prepare = sabotage.slow_intake if protected else sabotage.acknowledged_before_commit
    async with stage.replicas("all", prepare=prepare) as (victim,), stage.replicas("all") as (heir,):
        await stage.front.turn_to(victim.port)
        person.said += 1
        await person.phone.say("меню")
        await until(lambda: taken(stage) == 1, moment(protected))
        await inherited(stage, victim, heir)
        await until(lambda: taken(stage) == 1)
        return await verdict(stage, person)


async def set_of_keys(stage: Stage, protected: bool) -> str:
    """One update is overtaken by another, and comes when that one is known."""
    late, quick, last = (Person(phone) for phone in stage.phones("telegram", 3))
    async with stage.replicas("all", prepare=None if protected else sabotage.newest_number_only):
        stage.telegram.mishaps.next("message", late_update(behind=2, after=ENOUGH))
        late.said += 1
        await late.phone.say("меню")
        await asks_for_menu(quick)
        await asks_for_menu(last)
        await until(lambda: taken(stage) == 3)
        return await verdict(stage, late, quick, last)


async def kept_random_id(stage: Stage, protected: bool) -> str:
    """VK takes a reply, and its answer is lost."""
    person = somebody(stage, "vk")
    async with stage.replicas("all", prepare=None if protected else sabotage.new_random_id_each_time):
        stage.vk.faults.next("messages.send", accepted_then_drop())
        await asks_for_menu(person)
        return await verdict(stage, person)


async def send_after_commit(stage: Stage, protected: bool) -> str:
    """The process is killed between the end of a turn and its commit."""
    person = somebody(stage, "vk")
    prepare = sabotage.slow_commit if protected else sabotage.sent_before_commit
    async with stage.replicas("all", prepare=prepare) as (victim,), stage.replicas("all") as (heir,):
        await stage.front.turn_to(victim.port)
        person.said += 1
        await person.phone.say("меню")
        await until(lambda: taken(stage) == 1)
        await until(lambda: len(screens(person)) == 1, moment(protected))
        await inherited(stage, victim, heir)
        return await verdict(stage, person)


async def regard_to_others(stage: Stage, protected: bool) -> str:
    """A process is killed while it sends a reply; another process makes the next one."""
    person = somebody(stage)
    prepare = None if protected else sabotage.without_regard_to_others
    async with stage.replicas("all", "all", prepare=prepare) as (victim, heir):
        await stage.front.turn_to(victim.port)
        await asks_for_menu(person)
        person.said += 1
        await person.phone.tap("Показания")
        await person.phone.wait_for("Счётчик 1 из", ENOUGH)
        stage.telegram.faults.next("sendMessage", hang())
        await types(person, FIRST_VALUE + 1)
        await until(lambda: any(call.fault for call in stage.telegram.calls))
        await inherited(stage, victim, heir)
        await types(person, FIRST_VALUE + 2)
        await until(lambda: taken(stage) == person.said)
        await until(lambda: any(value_in(one) for one in screens(person)), moment(protected))
        return await verdict(stage, person) or await out_of_order(stage, person, 2)


_DOUBLED: Final = re.compile("[1-9][0-9]* doubled")
_LOST: Final = re.compile("session: [1-9][0-9]* lost")
_COPIES: Final = re.compile("[1-9][0-9]* copies on VK")
_ORDER: Final = re.compile("out of order")
TWINS: Final[dict[str, Twin]] = {
    "unique key": Twin("the unique key of the inbox", "an update takes effect once", unique_key, _DOUBLED),
    "lock": Twin("the chat's lock and the update's guard", "an update takes effect once", lock, _DOUBLED),
    "commit first": Twin("a commit before the acknowledgement", "no update is lost", commit_first, _LOST),
    "set of keys": Twin("known keys as a set, not a greatest number", "no update is lost", set_of_keys, _LOST),
    "kept random_id": Twin("a random_id kept for each row", "VK shows a reply once", kept_random_id, _COPIES),
    "send after commit": Twin("a commit before the send", "VK shows a reply once", send_after_commit, _COPIES),
    "regard to others": Twin("regard to replies in other hands", "a chat is in order", regard_to_others, _ORDER),
}

_RELEASE: Final = """
UPDATE outbox SET leased_until = clock_timestamp()
WHERE sent_at IS NULL AND outcome IS NULL AND created_at < clock_timestamp() - interval '1.5 seconds'
"""
_WAITED_FOR: Final = """
CREATE FUNCTION wait_to_be_waited_for() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    FOR _ IN 1..500 LOOP
        EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE NOT granted) OR EXISTS (SELECT FROM outbox);
        PERFORM pg_sleep(0.02);
    END LOOP;
    RETURN new;
END $$;
CREATE TRIGGER wait_to_be_waited_for BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION wait_to_be_waited_for();
"""


# --- what scenes are made of


def somebody(stage: Stage, messenger: str = "telegram") -> Person:
    return Person(stage.phones(messenger, 1)[0])


async def asks_for_menu(person: Person) -> None:
    person.said += 1
    await person.phone.say("меню")
    await person.phone.wait_for(says("Что сделать?"), ENOUGH)


def moment(protected: bool) -> float:
    """Seconds to wait for what a protection forbids: without it, it must happen; with it, a while will do."""
    return 0.7 if protected else ENOUGH


async def types(person: Person, value: int) -> None:
    person.said += 1
    await person.phone.say(str(value))


async def inherited(stage: Stage, victim: Replica, heir: Replica) -> None:
    """One is killed, and the other takes what comes."""
    victim.kill()
    await stage.front.turn_to(heir.port)


def taken(stage: Stage) -> int:
    """How many updates were acknowledged."""
    return sum(one.answer == 200 for one in (*stage.telegram.handovers, *stage.vk.handovers))


def screens(person: Person) -> list[str]:
    """What the bot said to somebody."""
    return [bubble.plain for bubble in person.phone.bubbles if not bubble.mine]


async def verdict(stage: Stage, *people: Person) -> str:
    """What the long proofs would say; the leases of a dead process are not waited for."""
    releasing = asyncio.create_task(_release(stage))
    settled = await settle(stage, ENOUGH)
    releasing.cancel()
    effects, replies = await judge_effects(stage, people), await judge_replies(stage, people)
    wrong = [*effects.about, *([] if settled else ["it does not come to rest"])]
    if replies.lost or replies.vk_copies:
        wrong.append(f"{replies.lost} replies lost, {replies.vk_copies} copies on VK")
    return "; ".join(wrong)


async def _release(stage: Stage) -> None:
    while True:
        await stage.fetch(_RELEASE)
        await asyncio.sleep(0.2)


async def out_of_order(stage: Stage, person: Person, updates: int) -> str:
    """What is wrong with the order of somebody's numbers."""
    return problem_of(person, (await arrivals(stage))[address(person)], updates) or ""


async def until(reached: Callable[[], bool], within: float = ENOUGH) -> bool:
    """Waits for what happens in other processes; whether it did in time."""
    try:
        async with asyncio.timeout(within):
            while not reached():  # noqa: ASYNC110  # it happens in other processes
                await asyncio.sleep(ASKED_EVERY)
    except TimeoutError:
        return False
    return True
