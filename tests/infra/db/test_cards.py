"""Cards at the counter and beside a ticket: one's own accounts alone, masked until opened, every look recorded."""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from asyncpg import Connection

from core.counter.acts import NotSenior
from core.counter.cards import TICKETS
from core.counter.use_cases import CounterCases
from core.counter.work import NotTheirs, OutcomeUnfit
from core.errors import NotFound
from core.ids import AccountId, PremisesId, ProviderCode, ResidentId, TicketId
from core.meters.model import Channel
from core.meters.tasks import NoteNeeded, Outcome
from core.meters.use_cases import Submission
from core.periods import Period
from core.services import Service
from core.staff.model import Member
from core.tasks import TaskId
from core.use_cases import UseCases
from tests.infra.db.people import ALL, ANNA, BORIS, ERKC_NAME, ERNA, SENIOR, VODOKANAL_NAME, hire, looked
from tests.infra.db.story import JANUARY, NOON, TEPLOFIKACIYA, Story

DECEMBER = Period(2021, 12)
FIRST = ResidentId(1)


@dataclass
class Home:
    flat: PremisesId
    water: AccountId
    heat: AccountId
    resident: ResidentId


@pytest.fixture
async def home(db: Connection, story: Story) -> Home:
    """A flat with both accounts, three meters, bills of two months, a resident with a chat."""
    await hire(db)
    flat = await story.premises()
    water, heat = await story.account(flat), await story.account(flat, "700012345", TEPLOFIKACIYA)
    await db.execute("UPDATE accounts SET holder = 'Иванова Мария'")
    await story.meter(water, "41", Service.COLD_WATER, last_value=Decimal(100))
    await story.meter(heat, "42", Service.HOT_WATER, provider=TEPLOFIKACIYA, last_value=Decimal(50))
    await story.meter(heat, "43", Service.HEATING, provider=TEPLOFIKACIYA, last_value=Decimal(7))
    for account in (water, heat):
        await story.statement(account, JANUARY, 123450)
    for month in (DECEMBER, JANUARY):
        await story.charge(water, month, Service.COLD_WATER, "5")
        await story.charge(heat, month, Service.HEATING, "1")
    chat = await story.chat()
    await db.execute("INSERT INTO residents (language) VALUES ('tt')")
    await db.execute("UPDATE chats SET resident_id = 1")
    await db.execute("INSERT INTO links (resident_id, premises_id, name, linked_at) VALUES (1, $1, 'Дом', now())", flat)
    assert chat == 1
    return Home(flat, water, heat, ResidentId(1))


async def ticket(db: Connection, organisation: str, resident: ResidentId | None = FIRST) -> TicketId:
    insert = """
    INSERT INTO tickets (key, chat_id, resident_id, topic, organisation, opened_at)
    VALUES (gen_random_uuid()::text, 1, $1, 'other', $2, now()) RETURNING id
    """
    return TicketId(await db.fetchval(insert, resident, organisation))


@pytest.mark.parametrize(
    ("who", "accounts", "meters"),
    [(ANNA, ["3000012345"], ["41", "42"]), (BORIS, ["700012345"], ["42", "43"]), (ALL, None, ["41", "42", "43"])],
)
async def test_an_opened_flat_has_ones_own_accounts_and_the_meters_one_needs(
    counter: CounterCases, home: Home, who: Member, accounts: list[str] | None, meters: list[str]
) -> None:
    card = await counter.cards.flat(who, home.flat, opened=True)
    assert [one.number for one in card.accounts] == (accounts or ["3000012345", "700012345"])
    assert [one.meter.number for one in card.meters] == meters
    assert [one.account for one in card.balances] == [one.number for one in card.accounts]
    assert {one.provider for receipt in card.receipts for one in receipt.sections} == {
        one.provider for one in card.accounts
    }
    assert {line.provider for month in card.months for line in month.lines} == {one.provider for one in card.accounts}
    assert not any(section.qr for receipt in card.receipts for section in receipt.sections)


async def test_receipts_are_those_the_resident_has(
    counter: CounterCases, db: Connection, story: Story, home: Home
) -> None:
    """Heat was billed by its provider in December, too; there was no unified receipt then."""
    await story.statement(home.heat, DECEMBER, 5000)
    card = await counter.cards.flat(BORIS, home.flat, opened=True)
    assert [receipt.period for receipt in card.receipts] == [JANUARY]


async def test_nothing_of_an_unopened_flat_names_anybody(counter: CounterCases, db: Connection, home: Home) -> None:
    card = await counter.cards.flat(ALL, home.flat, opened=False)
    shown = repr((card.address, card.accounts, card.balances, card.receipts))
    for secret in ("3000012345", "700012345", "Иванова", "Мария", "'14'", "'25'"):
        assert secret not in shown
    await counter.cards.flat(ALL, home.flat, opened=True)
    assert await looked(db) == [("login5", what, f"flat:{home.flat}") for what in ("flat.seen", "flat.opened")]


async def test_a_flat_without_ones_account_is_not_there(counter: CounterCases, db: Connection, home: Home) -> None:
    await db.execute("UPDATE accounts SET closed_on = '2021-01-01' WHERE id = $1", home.heat)
    for who, premises in ((BORIS, home.flat), (ERNA, home.flat), (ALL, PremisesId(home.flat + 1))):
        with pytest.raises(NotFound):
            await counter.cards.flat(who, premises, opened=False)
    assert await looked(db) == []


async def test_who_asks_is_known_beside_their_ticket_alone(counter: CounterCases, db: Connection, home: Home) -> None:
    own, others = await ticket(db, VODOKANAL_NAME), await ticket(db, ERKC_NAME)
    card = await counter.cards.resident(ANNA, own)
    assert (card.known, card.language, card.messengers) == (True, "tt", ("telegram",))
    assert [(head.name, head.owned, head.ours) for head in card.flats] == [("Дом", True, True)]
    assert [one.id for one in card.tickets] == [own], "of one's own organisation alone"
    assert [one.opened for one in card.cards] == [False]
    for missing in (others, TicketId(99)):
        with pytest.raises(NotFound):
            await counter.cards.resident(ANNA, missing)
    await db.execute("UPDATE tickets SET erased = true")
    with pytest.raises(NotFound):
        await counter.cards.resident(ANNA, own)


async def test_before_the_consent_nothing_is_known(counter: CounterCases, db: Connection, home: Home) -> None:
    await db.execute("UPDATE chats SET resident_id = NULL")
    card = await counter.cards.resident(ANNA, await ticket(db, VODOKANAL_NAME, None))
    assert (card.known, card.flats, card.tickets, card.messengers) == (False, (), (), ("telegram",))


async def test_a_former_agent_sees_the_charges_of_its_time_and_no_account(
    counter: CounterCases, db: Connection, home: Home
) -> None:
    card = await counter.cards.resident(ERNA, await ticket(db, ERKC_NAME))
    assert [(head.ours, head.name) for head in card.flats] == [(False, "Дом")]
    assert card.cards == ()
    ((premises, month),) = card.months
    assert (premises, month.period) == (home.flat, DECEMBER)
    assert {line.agent for line in month.lines} == {ERKC_NAME}
    assert {line.provider for line in month.lines} == {ProviderCode("vodokanal")}


async def test_a_flat_lists_questions_of_those_who_linked_it(counter: CounterCases, db: Connection, home: Home) -> None:
    for _ in range(TICKETS + 2):
        await ticket(db, VODOKANAL_NAME)
    await ticket(db, ERKC_NAME)
    card = await counter.cards.flat(ANNA, home.flat, opened=False)
    assert (len(card.tickets), card.residents) == (TICKETS, 1)
    assert {one.organisation for one in card.tickets} == {VODOKANAL_NAME}


# --- tasks


async def doubtful(use_cases: UseCases, home: Home, place: int) -> TaskId:
    """A reading below the last one, of one of the flat's meters."""
    meter = (await use_cases.readings.open_meters(home.flat))[place]
    submission = Submission(f"7:{place}", home.resident, Channel.VK)
    await use_cases.readings.submit(home.flat, meter.id, Decimal(1), submission)
    return TaskId(place + 1)


async def test_doubts_are_seen_by_whom_they_concern_and_settled_by_the_meters_provider(
    counter: CounterCases, use_cases: UseCases, home: Home
) -> None:
    for place in range(3):
        await doubtful(use_cases, home, place)
    seen = {
        who.login: [(work.task.id, work.own) for work in await counter.work.waiting(who)] for who in (ANNA, BORIS, ERNA)
    }
    assert seen == {"login1": [(1, True), (2, False)], "login2": [(2, True), (3, True)], "login3": []}
    with pytest.raises(NotTheirs):
        await counter.work.settle(ANNA, TaskId(2), Outcome.ACCEPT, "")
    with pytest.raises(NotFound):
        await counter.work.settle(ANNA, TaskId(3), Outcome.ACCEPT, "")
    await counter.work.settle(BORIS, TaskId(2), Outcome.DECLINE, "опечатка")
    assert [work.task.id for work in await counter.work.waiting(BORIS)] == [3]
    assert [work.task.id for work in await counter.work.waiting(BORIS, TaskId(3))] == []


async def test_a_contested_link_is_for_a_senior_with_a_reason(
    counter: CounterCases, db: Connection, use_cases: UseCases, home: Home
) -> None:
    await db.execute("INSERT INTO residents (language) VALUES ('ru')")
    await db.execute(
        "INSERT INTO links (resident_id, premises_id, name, linked_at) VALUES (2, $1, 'Мой', now())", home.flat
    )
    newer = next(one.link.id for one in await use_cases.flatmates.of_flat(home.resident, home.flat) if one.newer)
    await use_cases.flatmates.contest(home.resident, newer)
    ((work,), none) = await counter.work.waiting(SENIOR), await counter.work.waiting(ERNA)
    assert (work.own, none) == (True, [])
    for who, outcome, note, refused in (
        (ANNA, Outcome.DECLINE, "не живёт", NotSenior),
        (SENIOR, Outcome.CLOSE, "ладно", OutcomeUnfit),
        (SENIOR, Outcome.DECLINE, " ", NoteNeeded),
    ):
        with pytest.raises(refused):
            await counter.work.settle(who, work.task.id, outcome, note)
    settled = await counter.work.settle(SENIOR, work.task.id, Outcome.DECLINE, "не живёт")
    assert settled.status == "declined"
    assert await db.fetchval("SELECT outcome FROM link_claims") == "removed"
    with pytest.raises(NotFound):
        await counter.work.settle(SENIOR, work.task.id, Outcome.DECLINE, "ещё раз")


async def test_a_report_of_a_false_bot_is_for_everybody_and_closed_once(
    counter: CounterCases, db: Connection, use_cases: UseCases, home: Home
) -> None:
    await use_cases.fake_reports.report(
        "r", (await db.fetchval("SELECT id FROM chats")), "vk", "t.me/podvox", photo=False
    )
    (work,) = await counter.work.waiting(ERNA)
    assert work.own
    await counter.work.settle(ERNA, work.task.id, Outcome.CLOSE, "передано в поддержку")
    assert await counter.work.waiting(ANNA) == []
    assert (await looked(db))[-1] == ("login3", "task.settled", f"task:{work.task.id}")
    assert NOON.year == 2022
