"""Statements, charges and payments, and the receipt that the use cases make of them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from asyncpg import Connection

from core.city import City
from core.errors import NotFound
from core.ids import AccountId, PremisesId
from core.services import Service
from core.use_cases import UseCases
from infra.db.accounts import PostgresAccounts
from infra.db.billing import PostgresBilling
from infra.db.meters import PostgresReadings
from tests.infra.db.story import FEBRUARY, JANUARY, TEPLOFIKACIYA, Story, reading

DECEMBER = JANUARY.previous


@pytest.fixture
async def account(story: Story) -> AccountId:
    return await story.account(await story.premises())


@pytest.fixture
def billing(db: Connection, city: City) -> PostgresBilling:
    return PostgresBilling(db, city.zone)


async def test_the_last_statement_is_that_of_the_latest_period(
    billing: PostgresBilling, story: Story, account: AccountId
) -> None:
    assert await billing.last_statement(account) is None
    await story.statement(account, JANUARY, 70000)
    await story.statement(account, DECEMBER, -500)
    last = await billing.last_statement(account)
    assert last is not None
    assert (last.period, last.to_pay) == (JANUARY, 70000)
    december = await billing.statement(account, DECEMBER)
    assert december is not None
    assert december.to_pay == -500
    assert await billing.statement(account, FEBRUARY) is None


async def test_periods_of_a_flat_count_closed_accounts_too(billing: PostgresBilling, story: Story) -> None:
    flat = await story.premises()
    await story.statement(await story.account(flat), JANUARY, 1)
    closed = await story.account(flat, "3000099999", closed=date(2022, 1, 1))
    await story.statement(closed, DECEMBER, 1)
    await story.statement(closed, JANUARY, 1)
    assert await billing.periods(flat) == [JANUARY, DECEMBER]
    assert await billing.periods(PremisesId(10**9)) == []


async def test_charges_come_by_period_and_service(billing: PostgresBilling, story: Story, account: AccountId) -> None:
    await story.charge(account, JANUARY, Service.WASTEWATER, "9.5", 29999)
    await story.charge(account, JANUARY, Service.COLD_WATER, "4.25", 12345)
    await story.charge(account, DECEMBER, Service.COLD_WATER, "5")
    await story.charge(account, DECEMBER.previous, Service.COLD_WATER, "6")
    found = await billing.charges(account, DECEMBER, JANUARY)
    assert [(one.period, one.service) for one in found] == [
        (DECEMBER, Service.COLD_WATER),
        (JANUARY, Service.COLD_WATER),
        (JANUARY, Service.WASTEWATER),
    ]
    assert (found[1].volume, found[1].charged, found[1].penalty) == (Decimal("4.25"), 12345, 0)


async def test_payments_are_summed_after_a_day_and_by_month(
    billing: PostgresBilling, story: Story, account: AccountId
) -> None:
    for day, amount in (
        (date(2021, 12, 31), 1),
        (date(2022, 1, 1), 20),
        (date(2022, 1, 31), 300),
        (date(2022, 2, 1), 4000),
    ):
        await story.payment(account, day, amount)
    assert await billing.paid_after(account, JANUARY.last_day) == 4000
    assert await billing.paid_after(account, date(2022, 1, 30)) == 4300
    assert await billing.paid_after(account, FEBRUARY.last_day) == 0
    assert await billing.paid_by_month(account, JANUARY) == {JANUARY: 320, FEBRUARY: 4000}


async def test_a_receipt_shows_the_reading_of_its_period_on_the_citys_day(
    db: Connection, billing: PostgresBilling, story: Story, account: AccountId
) -> None:
    late_evening = datetime(2022, 1, 19, 20, 30, tzinfo=UTC)  # already the 20th in Magnitogorsk
    ours = await story.meter(
        account, "2", Service.COLD_WATER, place="кухня", last_value=Decimal(1), last_date=date(2021, 12, 1)
    )
    await PostgresReadings(db).add(reading(ours, "15.5", period=JANUARY, at=late_evening))
    await story.meter(
        account, "1", Service.COLD_WATER, place="ванная", last_value=Decimal(7), last_date=date(2022, 1, 25)
    )
    await story.meter(account, "3", Service.COLD_WATER, place="новый", installed_on=date(2022, 2, 1))
    await story.meter(account, "4", Service.COLD_WATER, place="снят", closed_on=date(2021, 12, 31))
    await story.meter(account, "5", Service.COLD_WATER, place="яма", last_value=Decimal(9), last_date=date(2022, 2, 3))
    found = await billing.receipt_meters(account, JANUARY)
    assert [(one.number, one.value, one.value_on) for one in found] == [
        ("1", Decimal(7), date(2022, 1, 25)),
        ("2", Decimal("15.5"), date(2022, 1, 20)),
        ("5", None, None),
    ]


async def test_the_unified_account_is_there_when_billing_gave_one(
    db: Connection, billing: PostgresBilling, account: AccountId
) -> None:
    assert await billing.unified_account(account) is None
    await db.execute("UPDATE accounts SET unified_account = '86АА000001' WHERE id = $1", account)
    assert await billing.unified_account(account) == "86АА000001"


async def test_use_cases_make_balances_and_a_receipt_of_it_all(
    db: Connection, use_cases: UseCases, story: Story
) -> None:
    flat = await story.premises()
    water, heat = await story.account(flat), await story.account(flat, "700012345", TEPLOFIKACIYA)
    await story.charge(water, JANUARY, Service.COLD_WATER, "4", 70000)
    await story.charge(heat, JANUARY, Service.HEATING, "1", 5000)
    await story.statement(water, JANUARY, 70000)
    await story.statement(heat, JANUARY, -2000)
    await story.statement(water, DECEMBER, 3)
    await story.payment(water, date(2022, 2, 5), 10000)
    premises = await PostgresAccounts(db).premises(flat)
    balances = await use_cases.billing.balances(premises)
    assert [(one.provider, one.owed) for one in balances] == [("vodokanal", 60000), ("teplofikaciya", -2000)]
    assert await use_cases.billing.receipt_periods(premises) == (JANUARY,)
    receipt = await use_cases.billing.receipt(premises, JANUARY)
    assert [(one.provider, one.owed, one.qr is not None) for one in receipt.sections] == [
        ("vodokanal", 60000, True),
        ("teplofikaciya", -2000, False),
    ]
    with pytest.raises(NotFound):
        await use_cases.billing.receipt(premises, DECEMBER)
    assert [month.period for month in await use_cases.billing.history(premises, 3)] == [JANUARY]
