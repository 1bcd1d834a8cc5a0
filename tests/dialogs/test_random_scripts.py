"""Random scripts of twelve events: nothing raises, every screen fits, and what is stored was confirmed by a press."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from core.ids import ChatId
from dialogs.event import Command, Edited, Event, Kind, Notice, PhotoRead, Pressed, Said, Sent, Unreadable
from tests.dialogs.talk import Button, Talk
from tests.dialogs.world import CODES, LENINA_WATER, NUMBERS, TRUDA_WATER, World

TEXTS = [
    "меню", "назад", "отмена", "помощь", "вопрос", "показания", "баланс", "квитанция", "история", "настройки",
    "привязать", "104", "104,5", "99", "99999", "-5", "104 53", "ХВС 104, ГВС 52,5", "хвс 104 гвс", "верно", "Верно",
    "Согласен", "да", "Дом", "Квартира", "пропустить", "январь 2022", "Пункт", "\x00", "\ud800", "я" * 5000, "",
    "перезвоните мне", "8 900 000-00-01", "в 10", "15:00",
    *NUMBERS.values(), *CODES.values(), "WRONG", "45,3", "1234,50",
]  # fmt: skip
COMMANDS = ["start", "menu", "help", "cancel", "back", "operator", "language", "unknown"]
NOTICES = [
    "sorry",
    "answer",
    "ticket_closed",
    "ticket_transferred",
    "file_lost",
    "reading_declined",
    "call_missed",
    "unknown",
]

STORING = {"right", "rolled", "last", "dial"}
"""Confirmations of a reading, one with each thing that may be said of it."""

Move = tuple[str, object]

MOVES: st.SearchStrategy[Move] = st.one_of(
    st.tuples(st.just("press"), st.integers(0, 11)),
    st.tuples(st.just("press"), st.integers(0, 2)),
    st.tuples(st.just("stale"), st.integers(0, 30)),
    st.tuples(st.just("say"), st.sampled_from(TEXTS) | st.text(max_size=30)),
    st.tuples(st.just("command"), st.sampled_from(COMMANDS)),
    st.tuples(st.just("send"), st.sampled_from(Kind)),
    st.tuples(st.just("photo"), st.lists(st.binary(max_size=40), max_size=2)),
    st.tuples(st.just("notice"), st.sampled_from(NOTICES)),
    st.tuples(st.just("forged"), st.tuples(st.text(max_size=20), st.integers(0, 40))),
    st.tuples(st.just("edited"), st.sampled_from(["", "Иначе", "я" * 5000])),
    st.tuples(
        st.just("under"), st.sampled_from(["open.1", "solved.1", "reopen.1", "rate.1.5", "rate.1.9", "open.2", "x"])
    ),
    st.tuples(st.just("unreadable"), st.booleans()),
    st.tuples(st.just("close meters"), st.none()),
    st.tuples(st.just("unlink all"), st.none()),
)


def event_of(talk: Talk, kind: str, value: object) -> Event | None:
    make: dict[str, Callable[[], Event | None]] = {
        "press": lambda: _nth(talk.keyboard, value),
        "stale": lambda: _nth(talk.older, value),
        "say": lambda: Said(str(value), message="8"),
        "edited": lambda: Edited("8", str(value)),
        "under": lambda: Pressed(f"notice.ticket.{value}", 1),
        "command": lambda: Command(str(value)),
        "send": lambda: Sent(Kind(str(value)), "file"),
        "photo": lambda: PhotoRead(tuple(value)),  # type: ignore[arg-type]  # the strategy made a list of bytes
        "notice": lambda: Notice(str(value), "1:1"),
        "forged": lambda: Pressed(*value),  # type: ignore[misc]  # the strategy made a pair
        "unreadable": lambda: Unreadable(bool(value)),
    }
    return make[kind]() if kind in make else None


def _nth(buttons: list[Button], number: object) -> Pressed | None:
    assert isinstance(number, int)
    return buttons[number % len(buttons)].press if buttons else None


async def play(talk: Talk, moves: list[Move]) -> None:
    for kind, value in moves:
        if kind == "close meters":
            talk.world.meters.meters = talk.world.meters.meters[1:]
        if kind == "unlink all":
            talk.world.links.links.clear()
        event = event_of(talk, kind, value)
        if event is None:
            continue
        before = len(talk.world.readings.readings)
        confirmed = isinstance(event, Pressed) and event.choice in STORING and event in _offered(talk)
        await talk.serve(event)
        assert len(talk.world.readings.readings) == before or confirmed, "only a confirmation stores a reading"
        assert talk.text or kind in {"photo", "notice", "edited", "unreadable"}


def _offered(talk: Talk) -> list[Pressed]:
    return [button.press for button in talk.keyboard]


def run(work: Coroutine[object, object, None]) -> None:
    asyncio.run(work)


async def linked(messenger: str, flats: int) -> Talk:
    talk = Talk(World(), messenger=messenger, chat=ChatId(5))
    await talk.say("начать")
    await talk.press("Согласен")
    for account in (TRUDA_WATER, LENINA_WATER)[:flats]:
        await talk.press("Привязать")
        await talk.say(NUMBERS[account])
        await talk.say(CODES[account])
        await talk.press("Верно")
        if account == LENINA_WATER:
            await talk.say("Родители 🏠")
    return talk


@settings(max_examples=300, deadline=None)
@given(st.lists(MOVES, min_size=12, max_size=12), st.sampled_from(["telegram", "vk"]), st.integers(0, 2))
def test_no_script_breaks_a_residents_chat(moves: list[Move], messenger: str, flats: int) -> None:
    async def script() -> None:
        await play(await linked(messenger, flats), moves)

    run(script())


@settings(max_examples=150, deadline=None)
@given(st.lists(MOVES, min_size=12, max_size=12), st.sampled_from(["telegram", "vk"]))
def test_no_script_breaks_a_talk_with_an_operator(moves: list[Move], messenger: str) -> None:
    async def script() -> None:
        talk = await linked(messenger, 1)
        await talk.say("вопрос")
        await talk.serve(Said("Почему вода ржавая?", message="8"))
        talk.world.tickets.answered(1, "Проверим.")
        await play(talk, moves)

    run(script())


@settings(max_examples=60, deadline=None)
@given(st.lists(MOVES, min_size=12, max_size=12), st.sampled_from(["ru", "tt", "ba", "en"]))
def test_no_script_breaks_a_strangers_chat(moves: list[Move], language: str) -> None:
    async def script() -> None:
        talk = Talk(World(), hint=language)
        await play(talk, moves)
        if not talk.world.residents.consents:
            assert talk.world.attempts.failures == []
            assert talk.world.links.links == {}

    run(script())


@settings(max_examples=30, deadline=None)
@given(st.lists(MOVES, min_size=12, max_size=12))
def test_no_script_makes_a_group_say_more_than_one_line(moves: list[Move]) -> None:
    async def script() -> None:
        group = replace(await linked("telegram", 1), private=False, state=None)
        said = []
        for kind, value in moves:
            if event := event_of(group, kind, value):
                said.append(await group.serve(event))
        assert len([text for text in said if text]) <= 1

    run(script())
