"""What is owed, receipts and their payment codes, by the dates on which things changed."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from core.accounts.model import Premises
from core.billing.model import UnifiedReceipt
from core.errors import NotFound
from core.ids import AccountId, ChatId
from core.periods import Period
from core.services import Service
from core.support.model import Topic
from core.support.use_cases import Question, QuestionTooLong
from tests.dialogs.world import DECEMBER, FEBRUARY, HEAT, JANUARY, TRUDA, TRUDA_HEAT, TRUDA_WATER, WATER, World


@pytest.fixture
def world() -> World:
    return World()


async def flat(world: World) -> Premises:
    return await world.accounts.premises(TRUDA)


async def receipt(world: World, period: Period) -> UnifiedReceipt:
    return await world.use_cases().billing.receipt(await flat(world), period)


async def test_balances_follow_the_city_s_order_with_the_due_day_of_their_period(world: World) -> None:
    world.accounts.accounts.reverse()
    balances = await world.use_cases().billing.balances(await flat(world))
    assert [(one.provider, one.owed, one.period, one.due) for one in balances] == [
        (WATER, 123450, JANUARY, date(2022, 2, 10)),
        (HEAT, 345600, JANUARY, date(2022, 2, 10)),
    ]


@pytest.mark.parametrize(
    ("on", "kopecks", "owed"),
    [
        (date(2022, 2, 1), 23450, 100000),
        (date(2022, 1, 31), 23450, 123450),
        (date(2022, 2, 16), 123450, 0),
        (date(2022, 2, 16), 200000, -76550),
    ],
)
async def test_payments_after_the_statement_lower_what_is_owed(world: World, on: date, kopecks: int, owed: int) -> None:
    world.pay(TRUDA_WATER, on, kopecks)
    water, heat = await world.use_cases().billing.balances(await flat(world))
    assert (water.owed, heat.owed) == (owed, 345600)
    assert (water.due is None) is (owed <= 0)


async def test_several_payments_add_up_and_storno_takes_back(world: World) -> None:
    for kopecks in (50000, 50000, -50000):
        world.pay(TRUDA_WATER, date(2022, 2, 5), kopecks)
    water, _ = await world.use_cases().billing.balances(await flat(world))
    assert water.owed == 73450


async def test_unified_receipts_begin_when_every_service_is_billed_by_its_provider(world: World) -> None:
    assert await world.use_cases().billing.receipt_periods(await flat(world)) == (JANUARY,)
    with pytest.raises(NotFound):
        await receipt(world, DECEMBER)
    with pytest.raises(NotFound):
        await receipt(world, FEBRUARY)


async def test_a_flat_without_water_has_unified_receipts_before(world: World) -> None:
    world.accounts.accounts = [one for one in world.accounts.accounts if one.provider == HEAT]
    assert await world.use_cases().billing.receipt_periods(await flat(world)) == (JANUARY, DECEMBER)


async def test_the_receipt_has_a_section_and_a_code_per_provider(world: World) -> None:
    made = await receipt(world, JANUARY)
    assert (made.latest, made.due, made.owed, made.sample) == (True, date(2022, 2, 10), 469050, True)
    assert [(one.provider, one.account, one.owed) for one in made.sections] == [
        (WATER, "3000000001", 123450),
        (HEAT, "700000001", 345600),
    ]
    assert [one.qr.sum for one in made.sections if one.qr] == [123450, 345600]
    assert {line.service for line in made.sections[0].lines} == {Service.COLD_WATER, Service.WASTEWATER}


async def test_codes_are_made_on_the_last_statement_only(world: World) -> None:
    world.bill(TRUDA_WATER, FEBRUARY, 100000)
    world.bill(TRUDA_HEAT, FEBRUARY, 200000)
    old = await receipt(world, JANUARY)
    assert not old.latest
    assert [one.qr for one in old.sections] == [None, None]
    latest = await receipt(world, FEBRUARY)
    assert [one.qr.sum for one in latest.sections if one.qr] == [100000, 200000]


async def test_a_provider_that_bills_later_keeps_its_code_on_its_own_last_statement(world: World) -> None:
    world.bill(TRUDA_WATER, FEBRUARY, 100000)
    january, february = await receipt(world, JANUARY), await receipt(world, FEBRUARY)
    assert [(one.provider, one.qr is not None) for one in january.sections] == [(WATER, False), (HEAT, True)]
    assert [(one.provider, one.qr is not None) for one in february.sections] == [(WATER, True)]


async def test_the_code_asks_for_what_is_still_owed_and_an_overpayment_has_none(world: World) -> None:
    world.pay(TRUDA_WATER, date(2022, 2, 5), 23450)
    world.pay(TRUDA_HEAT, date(2022, 2, 5), 400000)
    water, heat = (await receipt(world, JANUARY)).sections
    assert water.qr is not None
    assert (water.qr.sum, water.paid_since, water.owed) == (100000, 23450, 100000)
    assert (heat.qr, heat.owed) == (None, -54400)
    assert (await receipt(world, JANUARY)).owed == 100000, "an overpayment is not netted"


async def test_an_old_receipt_is_not_touched_by_later_payments(world: World) -> None:
    world.bill(TRUDA_WATER, FEBRUARY, 100000)
    world.pay(TRUDA_WATER, date(2022, 2, 5), 123450)
    water = (await receipt(world, JANUARY)).sections[0]
    assert (water.owed, water.paid_since) == (123450, 0)


async def test_the_last_statement_bears_the_details_of_today_and_old_ones_those_of_their_time(world: World) -> None:
    provider = world.city.provider(WATER)
    new = replace(provider.payment_details[-1], since=date(2022, 3, 1), bank="НОВЫЙ БАНК")
    changed = replace(provider, payment_details=(*provider.payment_details, new))
    world.city = replace(world.city, providers=(changed, *world.city.providers[1:]))
    assert (await receipt(world, JANUARY)).sections[0].details.bank != "НОВЫЙ БАНК"
    world.clock.instant = datetime(2022, 3, 1, 5, tzinfo=UTC)
    section = (await receipt(world, JANUARY)).sections[0]
    assert section.details.bank == "НОВЫЙ БАНК"
    assert section.qr is not None
    assert "BankName=НОВЫЙ БАНК" in section.qr.payload
    world.bill(TRUDA_WATER, FEBRUARY, 100)
    assert (await receipt(world, JANUARY)).sections[0].details.bank != "НОВЫЙ БАНК"


async def test_without_details_a_provider_has_no_section(world: World) -> None:
    bare = replace(world.city.provider(WATER), payment_details=())
    world.city = replace(world.city, providers=(bare, *world.city.providers[1:]))
    assert [one.provider for one in (await receipt(world, JANUARY)).sections] == [HEAT]


async def test_details_that_are_real_make_no_sample(world: World) -> None:
    providers = tuple(
        replace(one, payment_details=tuple(replace(own, demo=False) for own in one.payment_details))
        for one in world.city.providers
    )
    world.city = replace(world.city, providers=providers)
    made = await receipt(world, JANUARY)
    assert (made.sample, [one.qr.sample for one in made.sections if one.qr]) == (False, [False, False])


@pytest.mark.parametrize(
    ("period", "due"),
    [
        (Period(2021, 12), date(2022, 1, 10)),
        (Period(2022, 1), date(2022, 2, 10)),
        (Period(2025, 12), date(2026, 1, 10)),
        (Period(2026, 1), date(2026, 2, 10)),
        (Period(2026, 2), date(2026, 3, 15)),
        (Period(2026, 3), date(2026, 4, 15)),
    ],
)
async def test_the_due_day_is_the_10th_and_from_march_2026_the_15th(world: World, period: Period, due: date) -> None:
    assert world.city.due_date(period) == due
    world.billing.statements = {TRUDA_WATER: []}
    world.bill(TRUDA_WATER, period, 100)
    water, heat = await world.use_cases().billing.balances(await flat(world))
    assert (water.due, heat.due) == (due, None)


async def test_the_history_names_who_billed_each_month_and_what_was_paid(world: World) -> None:
    world.pay(TRUDA_WATER, date(2022, 1, 20), 70000)
    world.pay(TRUDA_HEAT, date(2022, 1, 21), 30000)
    months = await world.use_cases().billing.history(await flat(world), 12)
    assert [(one.period, one.unified, one.paid, one.total) for one in months] == [
        (JANUARY, True, 100000, 246900),
        (DECEMBER, False, 0, 246900),
    ]
    agents = {line.charge.service: line.agent for line in months[1].lines}
    assert agents == {
        Service.COLD_WATER: "ООО «ЕРКЦ»",
        Service.WASTEWATER: "ООО «ЕРКЦ»",
        Service.HEATING: "МП трест «Теплофикация»",
        Service.HOT_WATER: "МП трест «Теплофикация»",
    }


async def test_the_history_goes_back_as_far_as_asked(world: World) -> None:
    assert [one.period for one in await world.use_cases().billing.history(await flat(world), 1)] == [JANUARY]


async def test_an_account_of_an_unknown_provider_is_left_out(world: World) -> None:
    stray = replace(world.accounts.accounts[0], id=AccountId(99), provider=type(WATER)("gas"))
    world.accounts.accounts.append(stray)
    assert len(await world.use_cases().billing.balances(await flat(world))) == 2


# --- whose question it is


@pytest.mark.parametrize(
    ("service", "period", "name"),
    [
        (Service.COLD_WATER, DECEMBER, "ООО «ЕРКЦ»"),
        (Service.WASTEWATER, Period(2015, 6), "ООО «ЕРКЦ»"),
        (Service.COLD_WATER, JANUARY, "МП трест «Водоканал»"),
        (Service.COLD_WATER, None, "МП трест «Водоканал»"),
        (Service.HOT_WATER, DECEMBER, "МП трест «Теплофикация»"),
        (Service.HEATING, None, "МП трест «Теплофикация»"),
    ],
)
def test_a_question_belongs_to_who_billed_that_time(
    world: World, service: Service, period: Period | None, name: str
) -> None:
    assert world.use_cases().questions.organisation(Topic.CHARGES, service, period).name == name


async def test_a_question_longer_than_an_operators_page_is_refused(world: World) -> None:
    question = Question("1:1", ChatId(1), None, Topic.OTHER, None, None, "я" * 3001)
    with pytest.raises(QuestionTooLong):
        await world.use_cases().questions.ask(question)
    assert world.tickets.opened == []
