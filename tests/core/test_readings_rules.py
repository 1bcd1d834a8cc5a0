"""Judging a value, the usual consumption, and the period a reading counts for."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.city import ReadingWindow
from core.ids import AccountId, MeterId, PremisesId, ProviderCode
from core.meters.model import Channel, Flag, Meter, MeterState, ReadingStatus
from core.meters.rules import (
    SETTLED_BY_OPERATOR,
    Check,
    Doubt,
    check_value,
    is_late,
    mean,
    too_many_decimals,
    usual_consumption,
)
from core.meters.use_cases import Readings, Submission, TooManyDecimals
from core.periods import Period
from core.services import Service
from tests.dialogs.world import COLD, FEBRUARY, TRUDA, World

TODAY = date(2022, 2, 16)


def state(previous: str | None, usual: str | None = "5", digits: int = 5, verified: date | None = None) -> MeterState:
    meter = Meter(
        MeterId(1),
        PremisesId(1),
        AccountId(1),
        ProviderCode("x"),
        "1",
        Service.COLD_WATER,
        digits,
        verified_until=verified,
    )
    return MeterState(meter, Decimal(previous) if previous else None, None, Decimal(usual) if usual else None)


@pytest.mark.parametrize(
    ("previous", "usual", "value", "consumption", "doubt"),
    [
        ("100", "5", "105", "5", None),
        ("100", "5", "100", "0", None),
        ("100.5", "5", "105.25", "4.75", None),
        ("100", "5", "115", "15", None),
        ("100", "5", "115.001", "15.001", Doubt.LARGE),
        ("100", "1", "110", "10", None),
        ("100", "1", "110.001", "10.001", Doubt.LARGE),
        ("100", "0", "110", "10", None),
        ("100", "-3", "110", "10", None),
        ("100", "30", "190", "90", None),
        ("100", None, "150", "50", None),
        ("100", None, "150.001", "50.001", Doubt.LARGE),
        ("100", "5", "99.999", "-0.001", Doubt.BELOW_LAST),
        ("100", "5", "0", "-100", Doubt.BELOW_LAST),
        ("99998", "5", "3", "5", Doubt.ROLLED_OVER),
        ("90000", "5", "9999.999", "19999.999", Doubt.ROLLED_OVER),
        ("90000", "5", "10000", "-80000", Doubt.BELOW_LAST),
        ("89999.999", "5", "3", "-89996.999", Doubt.BELOW_LAST),
        ("99998", "5", "99997", "-1", Doubt.BELOW_LAST),
        ("100", "5", "99999.999", "99899.999", Doubt.LARGE),
        ("100", "5", "100000", None, Doubt.BEYOND_DIAL),
        (None, None, "12345", None, None),
        (None, "5", "100000", None, Doubt.BEYOND_DIAL),
    ],
)
def test_a_value_is_judged_by_dial_last_value_and_habit(
    previous: str | None, usual: str | None, value: str, consumption: str | None, doubt: Doubt | None
) -> None:
    check = check_value(state(previous, usual), Decimal(value), TODAY)
    assert (check.consumption, check.doubt) == (Decimal(consumption) if consumption else None, doubt)


@pytest.mark.parametrize(
    ("previous", "value", "flags"),
    [("100", "105", ()), ("100", "500", (Flag.LARGE,)), ("100", "99", ()), ("99999", "1", (Flag.ROLLOVER,))],
)
@pytest.mark.parametrize("expired", [False, True])
def test_doubts_travel_as_flags(previous: str, value: str, flags: tuple[Flag, ...], expired: bool) -> None:
    verified = TODAY - timedelta(days=1) if expired else TODAY
    check = check_value(state(previous, verified=verified), Decimal(value), TODAY)
    assert check.flags == ((Flag.VERIFICATION_EXPIRED, *flags) if expired else flags)


@given(
    st.none() | st.decimals(0, 99999, places=3),
    st.none() | st.decimals(-100, 1000, places=3),
    st.decimals(0, 999999, places=3),
)
def test_a_value_is_current_only_when_it_follows_from_the_last(
    previous: Decimal | None, usual: Decimal | None, value: Decimal
) -> None:
    check: Check = check_value(MeterState(state("1").meter, previous, None, usual), value, TODAY)
    if check.doubt not in SETTLED_BY_OPERATOR:
        assert value < 100000
        assert previous is None or value >= previous
        assert previous is None or check.consumption == value - previous


@pytest.mark.parametrize(
    ("decimals", "value", "many"),
    [
        (3, "1.234", False),
        (3, "1.2340", False),
        (3, "1.2345", True),
        (0, "5", False),
        (0, "5.000", False),
        (0, "5.1", True),
    ],
)
def test_decimals_the_dial_does_not_show_are_seen(decimals: int, value: str, many: bool) -> None:
    meter = Meter(MeterId(1), PremisesId(1), AccountId(1), ProviderCode("x"), "1", Service.HEATING, 5, decimals)
    assert too_many_decimals(meter, Decimal(value)) is many


@pytest.mark.parametrize(
    ("values", "usual"),
    [
        ([], None),
        (["5"], None),
        (["5", "9"], "4"),
        (["0", "6", "9"], "4.5"),
        (["10", "10", "10"], "0"),
        (["9", "5"], "-4"),
    ],
)
def test_the_usual_is_the_mean_of_the_months_between(values: list[str], usual: str | None) -> None:
    assert usual_consumption([Decimal(value) for value in values]) == (Decimal(usual) if usual else None)


def test_the_mean_of_nothing_is_unknown() -> None:
    assert (mean([]), mean([Decimal(1), Decimal(4)])) == (None, Decimal("2.5"))


@pytest.mark.parametrize(
    ("closes", "day", "period", "late"),
    [
        (25, date(2022, 2, 1), Period(2022, 2), False),
        (25, date(2022, 2, 25), Period(2022, 2), False),
        (25, date(2022, 2, 26), Period(2022, 3), True),
        (25, date(2021, 12, 31), Period(2022, 1), True),
        (31, date(2022, 2, 28), Period(2022, 2), False),
        (31, date(2022, 3, 31), Period(2022, 3), False),
    ],
)
def test_a_reading_counts_for_its_month_until_the_window_closes(
    closes: int, day: date, period: Period, late: bool
) -> None:
    window = ReadingWindow(15, closes)
    assert (window.period_for(day), is_late(window, day)) == (period, late)


# --- use cases


@pytest.fixture
def world() -> World:
    return World()


def readings(world: World) -> Readings:
    return world.use_cases().readings


def by(key: str) -> Submission:
    return Submission(key, None, Channel.VK)


async def test_the_city_s_midnight_ends_the_window_not_utc(world: World) -> None:
    world.clock.instant = datetime(2022, 2, 25, 18, 59, 59, tzinfo=UTC)
    assert readings(world).window().period == FEBRUARY
    world.clock.instant = datetime(2022, 2, 25, 19, 0, tzinfo=UTC)
    window = readings(world).window()
    assert (window.period, window.late, window.closes_on) == (Period(2022, 3), True, date(2022, 3, 25))


async def test_the_same_key_stores_one_reading_and_another_key_replaces_the_current(world: World) -> None:
    meter = await readings(world).meter_of(TRUDA, COLD)
    first = await readings(world).submit(meter, Decimal(104), by("7:1"))
    again = await readings(world).submit(meter, Decimal(105), by("7:1"))
    assert (again.value, again.id) == (first.value, first.id)
    await readings(world).submit(meter, Decimal(106), by("7:2"))
    assert [(one.value, one.current) for one in world.readings.readings] == [
        (Decimal(104), False),
        (Decimal(106), True),
    ]


async def test_a_doubtful_reading_leaves_the_current_one_current(world: World) -> None:
    meter = await readings(world).meter_of(TRUDA, COLD)
    await readings(world).submit(meter, Decimal(104), by("7:1"))
    doubtful = await readings(world).submit(meter, Decimal(99), by("7:2"))
    assert (doubtful.status, doubtful.current) == (ReadingStatus.FLAGGED, False)
    state = await readings(world).state(meter)
    assert state.submitted is not None
    assert state.submitted.value == 104


async def test_too_many_decimals_are_refused_when_submitted_too(world: World) -> None:
    meter = await readings(world).meter_of(TRUDA, COLD)
    with pytest.raises(TooManyDecimals) as refused:
        await readings(world).submit(meter, Decimal("104.0001"), by("7:1"))
    assert refused.value.allowed == 3


async def test_our_last_reading_counts_until_billing_knows_a_later_one(world: World) -> None:
    meter = await readings(world).meter_of(TRUDA, COLD)
    await readings(world).submit(meter, Decimal(104), by("7:1"))
    world.clock.instant = datetime(2022, 3, 16, 5, tzinfo=UTC)
    assert (await readings(world).state(meter)).previous == 104
    world.meters.change(COLD, last_value=Decimal(90), last_date=date(2022, 2, 28))
    mended = await readings(world).meter_of(TRUDA, COLD)
    assert (await readings(world).state(mended)).previous == 90


async def test_the_usual_comes_from_readings_and_else_from_charged_volumes(world: World) -> None:
    meter = await readings(world).meter_of(TRUDA, COLD)
    assert (await readings(world).state(meter)).usual == 5
    for month, value in ((2, 104), (3, 110)):
        world.clock.instant = datetime(2022, month, 16, 5, tzinfo=UTC)
        await readings(world).submit(meter, Decimal(value), by(str(month)))
    world.clock.instant = datetime(2022, 4, 16, 5, tzinfo=UTC)
    assert (await readings(world).state(meter)).usual == 6
