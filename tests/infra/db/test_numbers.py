"""Numbers of the desk: by the acts of real use cases, and beside a count by hand over many made-up histories."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from statistics import quantiles
from typing import Final

import pytest
from asyncpg import Connection

from core.city import City
from core.clock import CityClock
from core.errors import NotFound
from core.ids import ChatId, TicketId
from core.numbers.model import Days, Load, Now, Ratings, Spread
from core.numbers.use_cases import NoSuchDays, Numbers
from core.periods import Period
from core.services import Service
from core.support.desk import OperatorDesk
from core.support.model import Operator, Owner, Topic
from core.support.use_cases import Question, Questions, Words
from infra.db import numbers as statements
from infra.db.desk import PostgresDesk
from infra.db.numbers import PostgresNumbers
from infra.db.support import PostgresTickets
from tests.conftest import FakeClock
from tests.infra.db.story import Story

WATER, HEAT, AGENT = "МП трест «Водоканал»", "МП трест «Теплофикация»", "ООО «ЕРКЦ»"
ANNA = Operator("Анна", frozenset({WATER}))
BORIS = Operator("Борис", frozenset({HEAT}))
EVERYBODY = Operator("Вера")
FEBRUARY: Final = Days.of(Period(2022, 2))


@pytest.fixture
def numbers(db: Connection, city: City, city_clock: CityClock) -> Numbers:
    return Numbers(PostgresNumbers(db), city, city_clock)


@dataclass
class Town:
    """A resident and the operators of both sides, at whatever hour the clock is set to."""

    chat: ChatId
    questions: Questions
    desk: OperatorDesk
    clock: FakeClock
    asked: int = 0

    def at(self, written: str) -> None:
        """By the city's clock."""
        self.clock.set(datetime.fromisoformat(f"2022-{written}+05:00"))

    async def ask(self, topic: Topic = Topic.QUALITY, service: Service = Service.COLD_WATER) -> TicketId:
        self.asked += 1
        question = Question(f"k{self.asked}", self.chat, None, topic, service, Period(2022, 1), "Почему?")
        return (await self.questions.ask(question)).id

    async def answer(self, who: Operator, ticket: TicketId) -> None:
        await self.desk.answer(who, ticket, "Потому.", f"a{ticket}:{self.clock.instant}")

    async def transfer(self, who: Operator, ticket: TicketId, to: str) -> None:
        await self.desk.transfer(who, ticket, to, "Ваше.", f"t{ticket}:{self.clock.instant}")

    async def close(self, who: Operator, ticket: TicketId) -> None:
        await self.desk.close(who, ticket, f"c{ticket}:{self.clock.instant}")

    async def rate(self, ticket: TicketId, stars: int) -> None:
        await self.questions.rate(ticket, Owner(self.chat, None), stars)

    async def add(self, ticket: TicketId) -> None:
        await self.questions.add(ticket, Owner(self.chat, None), Words(f"w{self.clock.instant}", "И ещё."))


@pytest.fixture
async def town(db: Connection, story: Story, city: City, city_clock: CityClock, clock: FakeClock) -> Town:
    questions = Questions(PostgresTickets(db), city, city_clock)
    return Town(await story.chat(), questions, OperatorDesk(PostgresDesk(db), city, city_clock), clock)


def hours(*numbers: float) -> Spread:
    """The spread of waits of so many hours."""
    return spread([timedelta(hours=number) for number in numbers])


def spread(waits: Sequence[timedelta]) -> Spread:
    if not waits:
        return Spread()
    seconds = [wait.total_seconds() for wait in waits] * (2 if len(waits) == 1 else 1)
    tenths = quantiles(seconds, n=10, method="inclusive")
    return Spread(len(waits), timedelta(seconds=round(tenths[4])), timedelta(seconds=round(tenths[8])))


# --- by real acts --------------------------------------------------------------------------------------------------


async def test_the_first_answer_and_the_close_of_each_question_count(town: Town, numbers: Numbers) -> None:
    town.at("02-14T10:00")
    first, second, third = [await town.ask() for _ in range(3)]
    town.at("02-14T11:00")
    await town.answer(ANNA, first)
    town.at("02-14T13:00")
    await town.answer(ANNA, first)
    await town.answer(ANNA, second)
    town.at("02-15T10:00")
    await town.close(ANNA, second)
    await town.rate(second, 4)
    await town.rate(second, 5)
    total = (await numbers.figures(ANNA, FEBRUARY)).total
    assert total == Load(3, hours(1, 3), hours(24), 0, 1, Ratings((0, 0, 0, 0, 1)))
    assert third


async def test_a_question_that_is_opened_again_is_not_settled(town: Town, numbers: Numbers) -> None:
    town.at("02-14T10:00")
    ticket = await town.ask()
    town.at("02-14T11:00")
    await town.answer(ANNA, ticket)
    await town.close(ANNA, ticket)
    await town.rate(ticket, 5)
    town.at("02-14T12:00")
    await town.add(ticket)
    figures = await numbers.figures(ANNA, FEBRUARY)
    assert figures.total == Load(1, hours(1))
    assert figures.now == (Now(WATER, 1, 0, 1, datetime(2022, 2, 14, 5, tzinfo=UTC)),)
    town.at("02-14T20:00")
    await town.close(ANNA, ticket)
    figures = await numbers.figures(ANNA, FEBRUARY)
    assert figures.total == Load(1, hours(1), hours(10))
    assert figures.now == ()
    # Work is counted as often as it was done.
    assert [slice_.closed for slice_ in figures.course if slice_.closed] == [2]


async def test_a_question_handed_over_counts_from_when_it_came(town: Town, numbers: Numbers) -> None:
    town.at("02-14T10:00")
    ticket = await town.ask()
    town.at("02-15T10:00")
    await town.transfer(ANNA, ticket, "teplofikaciya")
    town.at("02-15T12:00")
    await town.answer(BORIS, ticket)
    town.at("02-15T13:00")
    await town.close(BORIS, ticket)
    await town.rate(ticket, 3)
    figures = await numbers.figures(EVERYBODY, FEBRUARY)
    assert figures.by_organisation == {
        WATER: Load(1, handed_on=1),
        HEAT: Load(1, hours(2), hours(3), ratings=Ratings((0, 0, 1, 0, 0))),
    }
    assert figures.by_topic == {Topic.QUALITY: figures.total}
    assert (figures.total.came, figures.total.handed_on, figures.total.unanswered) == (2, 1, 0)
    closed = {slice_.begins: (slice_.came, slice_.closed) for slice_ in figures.course if slice_.came}
    assert closed == {date(2022, 2, 14): (1, 0), date(2022, 2, 15): (1, 1)}


async def test_a_question_that_comes_back_is_a_stay_of_its_own(town: Town, numbers: Numbers) -> None:
    town.at("02-14T10:00")
    ticket = await town.ask()
    town.at("02-14T11:00")
    await town.answer(ANNA, ticket)
    await town.transfer(ANNA, ticket, "teplofikaciya")
    town.at("02-14T12:00")
    await town.transfer(BORIS, ticket, "vodokanal")
    town.at("02-14T17:00")
    await town.answer(ANNA, ticket)
    loads = (await numbers.figures(EVERYBODY, FEBRUARY)).by_organisation
    assert loads == {WATER: Load(2, hours(1, 5), handed_on=1), HEAT: Load(1, handed_on=1)}


async def test_topics_and_the_agent_of_that_time_are_told_apart(town: Town, numbers: Numbers) -> None:
    town.at("02-14T10:00")
    await town.ask(Topic.METER)
    await town.ask(Topic.METER)
    old = Question("old", town.chat, None, Topic.CHARGES, Service.COLD_WATER, Period(2021, 12), "Откуда столько?")
    await town.questions.ask(old)
    figures = await numbers.figures(EVERYBODY, FEBRUARY)
    assert {topic: load.came for topic, load in figures.by_topic.items()} == {Topic.METER: 2, Topic.CHARGES: 1}
    assert {name: load.came for name, load in figures.by_organisation.items()} == {WATER: 2, AGENT: 1}
    assert list(figures.by_topic) == [Topic.METER, Topic.CHARGES]


async def test_what_is_overdue_is_told_by_the_citys_clock(town: Town, numbers: Numbers) -> None:
    town.at("02-14T10:00")
    await town.ask()
    town.at("02-14T13:59")
    await town.ask()
    (now,) = (await numbers.figures(ANNA, FEBRUARY)).now
    assert (now.open, now.overdue) == (2, 0)
    town.at("02-14T14:01")
    (now,) = (await numbers.figures(ANNA, FEBRUARY)).now
    assert (now.open, now.overdue, now.unread) == (2, 1, 2)


async def test_days_begin_and_hours_are_by_the_citys_clock(town: Town, numbers: Numbers) -> None:
    town.at("01-31T23:59:59")
    await town.ask()
    town.at("02-01T00:00")  # 19:00 of the day before, in Greenwich
    await town.ask()
    town.at("02-28T23:59:59")
    await town.ask()
    town.at("03-01T00:00")
    await town.ask()
    figures = await numbers.figures(ANNA, FEBRUARY)
    assert figures.hours == {(1, 0): 1, (0, 23): 1}
    assert {slice_.begins: slice_.came for slice_ in figures.course if slice_.came} == {
        date(2022, 2, 1): 1,
        date(2022, 2, 28): 1,
    }
    assert len(figures.course) == 28


async def test_without_any_question_the_numbers_are_empty(numbers: Numbers) -> None:
    figures = await numbers.figures(EVERYBODY, FEBRUARY)
    assert (figures.total, figures.by_topic, figures.by_organisation, figures.hours) == (Load(), {}, {}, {})
    assert figures.now == ()
    assert len(figures.course) == 28


# --- whose numbers -------------------------------------------------------------------------------------------------


async def test_numbers_of_another_organisation_do_not_exist(town: Town, numbers: Numbers) -> None:
    town.at("02-14T10:00")
    ticket = await town.ask()
    await town.ask(Topic.QUALITY, Service.HEATING)
    await town.answer(ANNA, ticket)
    figures = await numbers.figures(BORIS, FEBRUARY)
    assert (figures.total.came, list(figures.by_organisation)) == (1, [HEAT])
    assert [now.organisation for now in figures.now] == [HEAT]
    for other in (WATER, "", "Горгаз"):
        with pytest.raises(NotFound):
            await numbers.figures(BORIS, FEBRUARY, other)
    nobody = await numbers.figures(Operator("Никто", frozenset()), FEBRUARY)
    assert (nobody.total, nobody.now, [one for one in nobody.course if one.came or one.closed]) == (Load(), (), [])


async def test_one_of_several_organisations_is_looked_at_alone(town: Town, numbers: Numbers) -> None:
    town.at("02-14T10:00")
    await town.ask()
    await town.ask(Topic.QUALITY, Service.HEATING)
    both = Operator("Вера", frozenset({WATER, HEAT}))
    assert numbers.organisations(both) == (WATER, HEAT)
    assert (await numbers.figures(both, FEBRUARY)).total.came == 2
    assert list((await numbers.figures(both, FEBRUARY, HEAT)).by_organisation) == [HEAT]
    assert numbers.organisations(EVERYBODY) == (WATER, HEAT, AGENT)


def test_days_end_today_unless_they_are_given(numbers: Numbers) -> None:
    assert numbers.days() == Days(date(2022, 1, 16), date(2022, 2, 16))
    assert numbers.days(date(2022, 2, 1)) == Days(date(2022, 2, 1), date(2022, 2, 16))
    assert numbers.days(None, date(2022, 3, 31)) == Days(date(2022, 2, 28), date(2022, 3, 31))
    assert numbers.days(date(2030, 1, 1)) == Days(date(2030, 1, 1), date(2030, 1, 1))
    assert numbers.latest(7) == Days(date(2022, 2, 10), date(2022, 2, 16))
    assert numbers.days(date.min.replace(year=2021), None).count == 412
    for first, last in (("2022-02-02", "2022-02-01"), ("0001-01-01", "9999-12-31"), ("9999-12-30", "9999-12-31")):
        with pytest.raises(NoSuchDays):
            numbers.days(date.fromisoformat(first), date.fromisoformat(last))
    for end in (date.min, date.max):
        with pytest.raises(NoSuchDays):
            numbers.days(None, end)


# --- beside a count by hand ----------------------------------------------------------------------------------------

BEGUN = datetime(2022, 1, 20, tzinfo=UTC)
KINDS = ("added", "read", "answered", "noted", "transferred", "closed", "reopened")


@dataclass
class History:
    """A ticket with what happened to it: kind, instant, to whom."""

    topic: Topic
    lines: list[tuple[str, datetime, str]]
    status: str = "open"
    closed_at: datetime | None = None
    rating: int | None = None

    @property
    def organisation(self) -> str:
        return [to for _, _, to in self.lines if to][-1]


def made_up(chance: Random) -> History:
    """A history in which time goes by, with any acts in any order."""
    at = BEGUN + timedelta(minutes=chance.randrange(60 * 24 * 50))
    history = History(chance.choice(list(Topic)), [("opened", at, chance.choice((WATER, HEAT, AGENT)))])
    for _ in range(chance.randrange(9)):
        at += timedelta(minutes=chance.randrange(1, 3000))
        kind = chance.choice(KINDS)
        to = chance.choice((WATER, HEAT, AGENT)) if kind == "transferred" else ""
        history.lines.append((kind, at, to))
        if kind == "closed":
            history.status, history.closed_at = "resolved", at
            history.rating = chance.choice((None, 1, 2, 3, 4, 5))
        elif kind in {"added", "answered", "transferred", "reopened"}:
            history.status, history.closed_at, history.rating = "open", None, None
    return history


async def store(db: Connection, chat: ChatId, histories: Iterable[History]) -> None:
    for number, one in enumerate(histories):
        ticket = await db.fetchval(
            "INSERT INTO tickets (key, chat_id, topic, organisation, status, opened_at, closed_at, rating) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
            *(f"history {number}", chat, one.topic.value, one.organisation, one.status, one.lines[0][1]),
            *(one.closed_at, one.rating),
        )
        facts = [json.dumps({"to": to} if to else {}) for _, _, to in one.lines]
        await db.execute(
            "INSERT INTO ticket_events (ticket_id, at, kind, facts) "
            "SELECT $1, * FROM unnest($2::timestamptz[], $3::text[], $4::jsonb[])",
            *(ticket, [at for _, at, _ in one.lines], [kind for kind, _, _ in one.lines], facts),
        )


@dataclass
class Stay:
    """A ticket with one organisation, counted by hand."""

    organisation: str
    begun: datetime
    first_answer: timedelta | None
    resolution: timedelta | None
    handed_on: bool
    rating: int | None


def stays(history: History) -> Iterable[Stay]:
    begins = [place for place, (_, _, to) in enumerate(history.lines) if to]
    for place, next_place in zip(begins, [*begins[1:], None], strict=True):
        _, begun, organisation = history.lines[place]
        said = [at for kind, at, _ in history.lines[place:next_place] if kind == "answered"]
        last = next_place is None
        settled = history.closed_at if last and history.status == "resolved" else None
        yield Stay(
            organisation,
            begun,
            said[0] - begun if said else None,
            settled - begun if settled else None,
            not last,
            history.rating if last else None,
        )


def load(counted: Sequence[Stay]) -> Load:
    stars = Counter(one.rating for one in counted if one.rating)
    return Load(
        len(counted),
        spread([one.first_answer for one in counted if one.first_answer is not None]),
        spread([one.resolution for one in counted if one.resolution is not None]),
        sum(one.handed_on for one in counted),
        sum(one.first_answer is None and one.resolution is None and not one.handed_on for one in counted),
        Ratings((stars[1], stars[2], stars[3], stars[4], stars[5])),
    )


@pytest.mark.parametrize("own", [None, frozenset({WATER}), frozenset({HEAT, AGENT})])
async def test_they_are_what_a_count_by_hand_gives(
    db: Connection, town: Town, numbers: Numbers, own: frozenset[str] | None, city: City
) -> None:
    histories = [made_up(Random(seed)) for seed in range(120)]
    await store(db, town.chat, histories)
    operator = Operator("Вера", own)
    figures = await numbers.figures(operator, FEBRUARY)
    counted = [
        (history.topic, stay)
        for history in histories
        for stay in stays(history)
        if operator.may_see(stay.organisation) and stay.begun.astimezone(city.zone).month == 2
    ]
    assert len(counted) > 20
    assert figures.total == load([stay for _, stay in counted])
    topics = {topic for topic, _ in counted}
    assert figures.by_topic == {topic: load([stay for of, stay in counted if of is topic]) for topic in topics}
    names = {stay.organisation for _, stay in counted}
    assert figures.by_organisation == {
        name: load([stay for _, stay in counted if stay.organisation == name]) for name in names
    }
    local = [stay.begun.astimezone(city.zone) for _, stay in counted]
    assert figures.hours == Counter((at.weekday(), at.hour) for at in local)
    assert [(one.begins, one.came) for one in figures.course if one.came] == sorted(
        Counter(at.date() for at in local).items()
    )
    closed = Counter(day for history in histories for day in closes(history, operator, city))
    assert {one.begins: one.closed for one in figures.course if one.closed} == closed


def closes(history: History, operator: Operator, city: City) -> Iterable[date]:
    """The days of February on which one of the operator's organisations closed it."""
    had = ""
    for kind, at, to in history.lines:
        had = to or had
        day = at.astimezone(city.zone).date()
        if kind == "closed" and operator.may_see(had) and day.month == 2:
            yield day


# --- speed ---------------------------------------------------------------------------------------------------------

MANY = """
WITH made AS (
    INSERT INTO tickets (key, chat_id, topic, organisation, opened_at)
    SELECT 'many ' || n, $1, 'other', $2, timestamptz '2020-01-01' + n * interval '3 hours'
    FROM generate_series(1, 2000) AS n RETURNING id, opened_at
)
INSERT INTO ticket_events (ticket_id, at, kind, facts)
SELECT id, opened_at + step * interval '1 hour',
    (ARRAY['opened', 'read', 'added', 'noted', 'answered', 'closed'])[step],
    CASE WHEN step = 1 THEN jsonb_build_object('to', $2::text) ELSE '{}' END
FROM made, generate_series(1, 6) AS step ORDER BY opened_at, step
"""


async def test_one_month_of_years_is_found_by_indexes(db: Connection, town: Town, numbers: Numbers) -> None:
    await db.execute(MANY, town.chat, WATER)
    await db.execute("ANALYZE tickets, ticket_events")
    wanted = statements.Wanted(Days.of(Period(2020, 3)), numbers.clock.zone, frozenset({WATER}))
    given = statements._given(wanted)
    for statement, indexes in (
        (statements._FIGURES, {"ix_ticket_events_at", "ix_ticket_events_ticket_id_id"}),
        (statements._CLOSED, {"ix_ticket_events_at", "ix_ticket_events_ticket_id_id"}),
    ):
        plan = "\n".join(row[0] for row in await db.fetch("EXPLAIN " + statement, *given))
        assert all(name in plan for name in indexes), plan
        assert "Seq Scan on ticket_events" not in plan, plan
    await db.execute("DROP INDEX ix_ticket_events_at, ix_ticket_events_ticket_id_id")
    assert "Seq Scan on ticket_events" in "\n".join(
        row[0] for row in await db.fetch("EXPLAIN " + statements._FIGURES, *given)
    )
