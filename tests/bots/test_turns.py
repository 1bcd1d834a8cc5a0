"""The turn runner: order in a chat, chats side by side, leftovers, failures."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from bots.turns import TurnRunner
from dialogs.event import Event, Notice, PhotoRead, Said, Unreadable
from dialogs.internal import parse_internal
from dialogs.ports import ChatAddress, Incoming
from tests.bots.fakes import BOT, FakeDatabase, FakeEdge, FakeEngine, FakeTurn, chat, until, update


class House:
    """A runner over a fake database, with what it delivered."""

    def __init__(self, **options: object) -> None:
        self.database = FakeDatabase()
        self.engine = FakeEngine()
        self.delivered: list[object] = []
        self.edges = {BOT: FakeEdge()}
        self.watched: list[tuple[str, str]] = []
        self.runner = TurnRunner(
            self.database,
            self.database,
            self.edges,
            self.engine,
            lambda rows: self.delivered.extend(row.call.params["text"] for row in rows),
            watch=self,
            **{"look_every": 0.05, **options},
        )

    def turn(self, messenger: str, outcome: str, seconds: float) -> None:
        self.watched.append((messenger, outcome))

    def served(self, messenger: str, seconds: float) -> None:
        assert seconds >= 0

    async def take(self, *updates: Incoming) -> None:
        await self.database.add(updates)
        self.runner.wake(one.chat for one in updates)


@asynccontextmanager
async def running(house: House) -> AsyncIterator[House]:
    task = asyncio.create_task(house.runner.run())
    try:
        yield house
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_updates_of_a_chat_are_served_in_the_order_they_came() -> None:
    async with running(House(look_every=60.0)) as house:
        await house.take(*(update(peer, f"{peer}-{number}", str(number)) for number in range(20) for peer in range(5)))
        await until(lambda: len(house.engine.served) == 100)
    for peer in range(5):
        said = [event.text for who, event in house.engine.served if who == str(peer)]
        assert said == [str(number) for number in range(20)]
    assert house.database.waited == 0, "a worker waited for a chat that another worker of ours was serving"


async def test_chats_are_served_side_by_side_but_no_more_than_allowed() -> None:
    house = House(at_once=4)

    async def slow(turn: FakeTurn, event: Event) -> None:
        await asyncio.sleep(0.01)

    house.engine.before = slow
    async with running(house):
        await house.take(*(update(peer, peer) for peer in range(20)))
        await until(lambda: len(house.engine.served) == 20)
    assert house.engine.most_at_once == 4


async def test_a_chat_that_floods_the_bot_does_not_hold_up_the_others() -> None:
    house = House(at_once=1, look_every=60.0)
    async with running(house):
        await house.take(*(update("loud", number) for number in range(50)), update("quiet", "q"))
        await until(lambda: len(house.engine.served) == 51)
    assert [who for who, _event in house.engine.served].index("quiet") < 3


async def test_one_update_costs_one_transaction() -> None:
    async with running(House(look_every=60.0)) as house:
        await house.take(*(update(peer, peer) for peer in range(10)))
        await until(lambda: len(house.engine.served) == 10)
    assert house.database.opened == 10


async def test_what_a_crash_left_is_found_without_a_wake_up() -> None:
    house = House()
    await house.database.add([update(1, number) for number in range(5)])
    async with running(house):
        await until(lambda: len(house.delivered) == 5)


async def test_an_update_that_comes_during_a_turn_of_its_chat_is_not_forgotten() -> None:
    house = House(look_every=60.0)

    async def another_comes(turn: FakeTurn, event: Event) -> None:
        if turn.update.key == "first":
            await house.take(update(1, "second"))

    house.engine.before = another_comes
    async with running(house):
        await house.take(update(1, "first"))
        await until(lambda: len(house.engine.served) == 2)


async def test_an_update_that_comes_while_its_chat_is_found_idle_is_not_forgotten() -> None:
    house = House(look_every=60.0)
    real = house.database.open

    @asynccontextmanager
    async def open_and_be_late(address: ChatAddress) -> AsyncIterator[FakeTurn | None]:
        async with real(address) as turn:
            if turn is None and not house.database.inbox:
                await house.take(update(1, "just after the look"))
            yield turn

    house.database.open = open_and_be_late
    async with running(house):
        await asyncio.sleep(0.05)
        house.runner.wake([chat(1)])
        await until(lambda: len(house.engine.served) == 1)


async def test_a_chat_named_too_often_does_no_harm() -> None:
    async with running(House()) as house:
        house.runner.wake([chat(1)] * 3)
        await house.take(update(1, "one"))
        await until(lambda: len(house.engine.served) == 1)
        await asyncio.sleep(0.1)
    assert len(house.delivered) == 1


async def test_chats_of_bots_that_are_not_ours_are_left_alone() -> None:
    async with running(House()) as house:
        other = Incoming(chat(1, ("telegram", "other")), "k", "{}")
        await house.take(other)
        await asyncio.sleep(0.1)
    assert house.database.opened == 0


async def test_a_failing_update_is_rolled_back_tried_again_and_then_served() -> None:
    house = House()
    failed: list[str] = []

    async def fails_once(turn: FakeTurn, event: Event) -> None:
        if turn.attempt == 0:
            failed.append(turn.update.key)
            raise ZeroDivisionError("of Ivanov, +79001234567")

    house.engine.before = fails_once
    async with running(house):
        await house.take(update(1, "k"))
        await until(lambda: house.delivered == ["привет"])
    assert failed == ["k"]
    assert house.watched == [("telegram", "failed"), ("telegram", "served")]


async def test_an_update_given_up_is_apologised_for_once_and_the_chat_goes_on() -> None:
    house = House()

    async def bad_always_fails(turn: FakeTurn, event: Event) -> None:
        if event == Said("плохо"):
            raise ZeroDivisionError

    house.engine.before = bad_always_fails
    async with running(house):
        await house.take(update(1, "bad", "плохо"), update(1, "good", "хорошо"))
        await until(lambda: len(house.engine.served) == 2)
    assert [event for _who, event in house.engine.served] == [Said("хорошо"), Notice("sorry", "")]
    assert ("telegram", "given_up") in house.watched


async def test_a_chat_goes_on_beside_an_update_that_keeps_failing() -> None:
    """Sorry is said when the update steps aside, once; further turns of it come when they are due."""
    house = House()
    house.database.gives_up_after = 5

    async def bad_fails(turn: FakeTurn, event: Event) -> None:
        if event == Said("плохо"):
            raise ZeroDivisionError

    house.engine.before = bad_fails
    async with running(house):
        await house.take(update(1, "bad", "плохо"), update(1, "good", "хорошо"))
        await until(lambda: len(house.engine.served) == 2)
        assert not house.database.inbox[0].dead
        await until(lambda: house.database.inbox[0].dead)
        await asyncio.sleep(0.1)
    assert [event for _who, event in house.engine.served] == [Said("хорошо"), Notice("sorry", "")]
    outcomes = [outcome for _messenger, outcome in house.watched if outcome != "served"]
    assert outcomes == ["failed", "aside", "aside", "aside", "given_up"]


async def test_an_update_that_fails_once_keeps_its_place() -> None:
    house = House()

    async def fails_once(turn: FakeTurn, event: Event) -> None:
        if event == Said("1") and turn.attempt == 0:
            raise ZeroDivisionError

    house.engine.before = fails_once
    async with running(house):
        await house.take(update(1, "a", "1"), update(1, "b", "2"))
        await until(lambda: len(house.engine.served) == 2)
    assert [event for _who, event in house.engine.served] == [Said("1"), Said("2")]


async def test_an_apology_that_fails_is_not_apologised_for() -> None:
    house = House()

    async def always_fails(turn: FakeTurn, event: Event) -> None:
        raise ZeroDivisionError

    house.engine.before = always_fails
    async with running(house):
        await house.take(update(1, "bad"))
        await until(lambda: len(house.database.inbox) == 2 and all(one.dead for one in house.database.inbox))
        await asyncio.sleep(0.2)
    assert len(house.database.inbox) == 2


async def test_failures_are_logged_by_key_and_class_without_what_people_wrote(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    house = House()

    async def quotes_the_resident(turn: FakeTurn, event: Event) -> None:
        raise ValueError(f"cannot read {event}")

    house.engine.before = quotes_the_resident
    async with running(house):
        await house.take(update(1, "key-17", "моя фамилия Иванов"))
        await until(lambda: house.database.inbox[0].dead)
        await asyncio.sleep(0.02)
    logged = caplog.text + "".join(capsys.readouterr())
    assert "key-17" in logged
    assert "ValueError" in logged
    assert "Иванов" not in logged


@pytest.mark.parametrize(("error", "told"), [(TimeoutError, "привет"), (ConnectionError, "Notice(kind='sorry'")])
async def test_an_update_is_not_blamed_for_a_database_that_fell_silent_in_its_turn(
    error: type[Exception], told: str
) -> None:
    """Any other error is counted: what always comes with the same update is the update's doing."""
    house, falls_silent = House(), [error] * 4

    async def before(turn: FakeTurn, event: Event) -> None:
        if falls_silent and isinstance(event, Said):
            raise falls_silent.pop()

    house.engine.before = before
    async with running(house):
        await house.take(update(1, "k"))
        await until(lambda: house.delivered)
    assert str(house.delivered[0]).startswith(told)
    assert ("telegram", "failed") in house.watched


async def test_turns_go_on_when_the_database_comes_back() -> None:
    house = House()
    house.database.away = True
    async with running(house):
        house.runner.wake([chat(1)])
        await asyncio.sleep(0.1)
        house.database.away = False
        await house.database.add([update(1, "k")])
        await until(lambda: house.delivered == ["привет"])


async def test_wake_ups_of_other_processes_are_heard_again_after_they_broke_off() -> None:
    calls: list[Callable[[list[ChatAddress]], None]] = []

    async def hear(wake: Callable[[list[ChatAddress]], None]) -> None:
        calls.append(wake)
        if len(calls) == 1:
            raise ConnectionError
        wake([chat(1)])
        await asyncio.sleep(60)

    house = House(hear=hear)
    await house.database.add([update(1, "k")])
    async with running(house):
        await until(lambda: len(calls) == 2 and house.delivered == ["привет"])


async def test_stopping_waits_for_the_turns_begun_and_begins_no_more() -> None:
    house = House()
    gate = asyncio.Event()

    async def wait(turn: FakeTurn, event: Event) -> None:
        await gate.wait()

    house.engine.before = wait
    async with running(house):
        await house.take(update(1, "a"))
        await until(lambda: house.engine.running)
        assert await house.runner.stop(0.05) is False
        gate.set()
        assert await house.runner.stop(1.0) is True
        await house.take(update(2, "b"))
        await asyncio.sleep(0.1)
    assert house.delivered == ["привет"]


async def test_internal_updates_are_our_own_and_not_the_messengers() -> None:
    raw = json.dumps({"photo": {"codes": ["d0bfd180", "not hex"]}})
    async with running(House()) as house:
        await house.take(Incoming(chat(1), "job", raw, internal=True))
        await until(lambda: house.engine.served == [("1", PhotoRead(("пр".encode(), b"")))])


def test_a_strange_internal_update_means_nothing() -> None:
    assert parse_internal("[]") == Unreadable(silent=True)
    assert parse_internal("not JSON") == Unreadable(silent=True)
    assert parse_internal('{"notice": 1}') == Unreadable(silent=True)
