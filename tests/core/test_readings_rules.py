"""Judging a value, the usual consumption, and the period a reading counts for."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.city import City, ReadingWindow
from core.ids import AccountId, MeterId, PremisesId, ProviderCode
from core.meters.model import (
    Channel,
    Claim,
    Flag,
    Meter,
    MeterState,
    ReadingStatus,
    Tariff,
    Window,
    WindowExtension,
)
from core.meters.rules import (
    SETTLED_BY_OPERATOR,
    Check,
    Doubt,
    check_value,
    days_of_verification,
    estimate,
    mean,
    successor,
    swapped_with,
    too_many_decimals,
    usual_consumption,
    window_at,
    without_excess,
)
from core.meters.use_cases import Readings, Submission, TooManyDecimals
from core.periods import Period
from core.reading_settings import ReadingChecks
from core.services import Service
from tests.dialogs.world import CITY, COLD, FEBRUARY, HEAT, TRUDA, WATER, World

TODAY = date(2022, 2, 16)
WINDOW = Window(Period(2022, 2), date(2022, 2, 15), date(2022, 2, 25))
CHECKS = ReadingChecks()
MIDNIGHT = datetime(2022, 2, 16, tzinfo=UTC)


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
    return MeterState(meter, WINDOW, Decimal(previous) if previous else None, None, Decimal(usual) if usual else None)


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
    check = check_value(state(previous, usual), Decimal(value), TODAY, CHECKS)
    assert (check.consumption, check.doubt) == (Decimal(consumption) if consumption else None, doubt)


@pytest.mark.parametrize(
    ("previous", "value", "flags"),
    [("100", "105", ()), ("100", "500", (Flag.LARGE,)), ("100", "99", ()), ("99999", "1", (Flag.ROLLOVER,))],
)
@pytest.mark.parametrize("expired", [False, True])
def test_doubts_travel_as_flags(previous: str, value: str, flags: tuple[Flag, ...], expired: bool) -> None:
    verified = TODAY - timedelta(days=1) if expired else TODAY
    check = check_value(state(previous, verified=verified), Decimal(value), TODAY, CHECKS)
    assert check.flags == ((Flag.VERIFICATION_EXPIRED, *flags) if expired else flags)


@given(
    st.none() | st.decimals(0, 99999, places=3),
    st.none() | st.decimals(-100, 1000, places=3),
    st.decimals(0, 999999, places=3),
)
def test_a_value_is_current_only_when_it_follows_from_the_last(
    previous: Decimal | None, usual: Decimal | None, value: Decimal
) -> None:
    check: Check = check_value(MeterState(state("1").meter, WINDOW, previous, None, usual), value, TODAY, CHECKS)
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
        ({}, None),
        ({1: "5"}, None),
        ({1: "5", 2: "9"}, "4"),
        ({1: "0", 2: "6", 3: "9"}, "4.5"),
        ({1: "0", 3: "6", 4: "9"}, "3"),
        ({1: "10", 2: "10", 3: "10"}, "0"),
        ({1: "9", 2: "5"}, "-4"),
    ],
)
def test_the_usual_is_the_mean_of_the_months_between(values: dict[int, str], usual: str | None) -> None:
    """Months without a reading count."""
    readings = [(Period(2022, month), Decimal(value)) for month, value in values.items()]
    assert usual_consumption(readings) == (Decimal(usual) if usual else None)


def test_the_mean_of_nothing_is_unknown() -> None:
    assert (mean([]), mean([Decimal(1), Decimal(4)])) == (None, Decimal("2.5"))


def city(*windows: ReadingWindow) -> City:
    return replace(CITY, reading_windows=windows)


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
    window = window_at(city(ReadingWindow(15, closes)), WATER, day)
    assert (window.period, window.late, window.extended) == (period, late, False)
    assert window.closes_on == period.day(closes)


@given(
    st.dates(date(2021, 1, 1), date(2023, 12, 31)),
    st.integers(1, 31),
    st.lists(st.tuples(st.integers(-1, 1), st.integers(1, 27), st.sampled_from([None, WATER, HEAT])), max_size=3),
)
def test_no_day_is_without_a_window(day: date, closes: int, moved: list[tuple[int, int, ProviderCode | None]]) -> None:
    """A reading counts for this month, the next one, or one that was extended; never for a closed one."""
    month = Period.of(day)
    extensions = [
        WindowExtension(
            provider, month.shifted(n), month.shifted(n).day(closes) + timedelta(days), None, "x", "x", MIDNIGHT
        )
        for n, days, provider in moved
    ]
    window = window_at(city(ReadingWindow(1, closes)), WATER, day, extensions)
    assert day <= window.closes_on
    assert window.period in {month.previous, month, month.next}
    assert window.late is (window.period > month)
    if window.period == month.previous:
        assert window.extended


def test_an_extension_of_another_provider_moves_nothing() -> None:
    extension = WindowExtension(HEAT, FEBRUARY, date(2022, 2, 28), None, "x", "x", MIDNIGHT)
    day = date(2022, 2, 27)
    assert window_at(city(ReadingWindow(1, 25)), WATER, day, [extension]).period == Period(2022, 3)
    assert window_at(city(ReadingWindow(1, 25)), HEAT, day, [extension]).period == FEBRUARY


def test_a_provider_without_a_window_of_its_own_has_that_of_all() -> None:
    town = city(ReadingWindow(1, 25), ReadingWindow(1, 20, provider=HEAT, since=date(2022, 2, 1)))
    assert window_at(town, WATER, date(2022, 2, 3)).closes_on.day == 25
    assert window_at(town, HEAT, date(2022, 2, 3)).closes_on.day == 20
    assert window_at(town, HEAT, date(2022, 1, 3)).closes_on.day == 25


@pytest.mark.parametrize(
    ("months", "value", "doubt"), [(1, "116", Doubt.LARGE), (3, "116", None), (3, "146", Doubt.LARGE)]
)
def test_what_was_used_in_several_months_is_judged_as_several(months: int, value: str, doubt: Doubt | None) -> None:
    judged = check_value(replace(state("100"), months=months), Decimal(value), TODAY, CHECKS)
    assert judged.doubt is doubt


def test_the_city_file_sets_what_is_large_and_where_a_dial_begins_anew() -> None:
    checks = ReadingChecks(large_times=2, large_floor=4, large_unknown=7, rollover_percent=99)
    assert check_value(state("100", "5"), Decimal(111), TODAY, checks).doubt is Doubt.LARGE
    assert check_value(state("100", None), Decimal(108), TODAY, checks).doubt is Doubt.LARGE
    assert check_value(state("98000"), Decimal(3), TODAY, checks).doubt is Doubt.BELOW_LAST


@pytest.mark.parametrize(
    ("decimals", "value", "cut"), [(3, "1.2349", "1.234"), (0, "5.9", "5"), (2, "0.999", "0.99"), (3, "7.1", "7.1")]
)
def test_decimals_too_many_are_cut_off_not_rounded(decimals: int, value: str, cut: str) -> None:
    meter = Meter(MeterId(1), PremisesId(1), AccountId(1), ProviderCode("x"), "1", Service.HEATING, 5, decimals)
    assert without_excess(meter, Decimal(value)) == Decimal(cut)


@pytest.mark.parametrize(
    ("until", "left"),
    [
        (date(2022, 5, 17), 90),
        (date(2022, 5, 18), None),
        (date(2022, 2, 16), 0),
        (date(2022, 2, 15), None),
        (None, None),
    ],
)
def test_days_of_a_verification_are_counted_from_the_first_warning_on(until: date | None, left: int | None) -> None:
    meter = replace(state("1").meter, verified_until=until)
    assert days_of_verification(meter, TODAY, (90, 30, 7, 0)) == left


@pytest.mark.parametrize(
    ("service", "unit", "volume", "cost"),
    [
        (Service.COLD_WATER, "м3", "4.5", 13208),
        (Service.COLD_WATER, "м³", "0", 0),
        (Service.HEATING, "Гкал", "1", 2935),
        (Service.HEATING, "м2", "1", None),
        (Service.COLD_WATER, "Гкал", "1", None),
        (Service.COLD_WATER, "м3", "-1", None),
    ],
)
def test_an_estimate_is_the_volume_at_the_tariff_to_the_kopeck(
    service: Service, unit: str, volume: str, cost: int | None
) -> None:
    found = estimate(service, Decimal(volume), Tariff(Decimal("29.35"), unit, FEBRUARY))
    assert (found.cost if found else None) == cost
    assert estimate(service, Decimal(volume), None) is None


def water(number: int, service: Service, previous: str, place: str = "") -> MeterState:
    meter = replace(state("1").meter, id=MeterId(number), service=service, place=place)
    return MeterState(meter, WINDOW, Decimal(previous), None, Decimal(5))


def test_a_swap_is_seen_only_where_one_meter_fits() -> None:
    cold = water(1, Service.COLD_WATER, "100")
    hot = water(2, Service.HOT_WATER, "50")
    far = water(3, Service.HOT_WATER, "500")
    bath = water(4, Service.HOT_WATER, "51", "ванная")
    twin = water(5, Service.HOT_WATER, "51")

    def found(*states: MeterState) -> Meter | None:
        return swapped_with(states, cold.meter, Decimal(53), TODAY, CHECKS)

    assert found(cold, hot, far) == hot.meter
    assert found(cold, hot, bath) == hot.meter
    assert found(cold, hot, twin) is None
    assert found(cold, far) is None
    assert found(hot) is None


def test_a_closed_meter_is_followed_by_that_of_its_place() -> None:
    closed = water(1, Service.COLD_WATER, "1", "кухня").meter
    here, there = (
        water(number, Service.COLD_WATER, "1", place).meter for number, place in ((2, "кухня"), (3, "ванная"))
    )
    hot = water(4, Service.HOT_WATER, "1", "кухня").meter
    assert successor(closed, [hot, there, here]) == here
    assert successor(closed, [hot, there]) == there
    assert successor(closed, [hot]) is None
    assert successor(closed, [there, replace(there, id=MeterId(5))]) is None


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
    meter = await readings(world).meter_of(TRUDA, COLD)
    assert (await readings(world).window(meter)).period == FEBRUARY
    world.clock.instant = datetime(2022, 2, 25, 19, 0, tzinfo=UTC)
    window = await readings(world).window(meter)
    assert (window.period, window.late, window.closes_on) == (Period(2022, 3), True, date(2022, 3, 25))


async def test_the_same_key_stores_one_reading_and_another_key_replaces_the_current(world: World) -> None:
    first = await readings(world).submit(TRUDA, COLD, Decimal(104), by("7:1"))
    again = await readings(world).submit(TRUDA, COLD, Decimal(105), by("7:1"))
    assert (again.value, again.id) == (first.value, first.id)
    await readings(world).submit(TRUDA, COLD, Decimal(106), by("7:2"))
    assert [(one.value, one.current) for one in world.readings.readings] == [
        (Decimal(104), False),
        (Decimal(106), True),
    ]


async def test_a_doubtful_reading_leaves_the_current_one_current(world: World) -> None:
    meter = await readings(world).meter_of(TRUDA, COLD)
    await readings(world).submit(TRUDA, COLD, Decimal(104), by("7:1"))
    doubtful = await readings(world).submit(TRUDA, COLD, Decimal(99), by("7:2"))
    assert (doubtful.status, doubtful.current) == (ReadingStatus.FLAGGED, False)
    state = await readings(world).state(meter)
    assert state.submitted is not None
    assert state.submitted.value == 104


async def test_too_many_decimals_are_refused_when_submitted_too(world: World) -> None:
    with pytest.raises(TooManyDecimals) as refused:
        await readings(world).submit(TRUDA, COLD, Decimal("104.0001"), by("7:1"))
    assert refused.value.allowed == 3


async def test_our_last_reading_counts_until_billing_knows_a_later_one(world: World) -> None:
    meter = await readings(world).meter_of(TRUDA, COLD)
    await readings(world).submit(TRUDA, COLD, Decimal(104), by("7:1"))
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
        await readings(world).submit(TRUDA, COLD, Decimal(value), by(str(month)))
    world.clock.instant = datetime(2022, 4, 16, 5, tzinfo=UTC)
    assert (await readings(world).state(meter)).usual == 6


async def test_a_dial_replaced_before_the_lock_is_judged_as_it_is_now(world: World) -> None:
    """It was shown and confirmed as it was before: what counts is the one under the lock."""
    assert (await readings(world).check(await readings(world).meter_of(TRUDA, COLD), Decimal(104))).doubt is None
    world.meters.change(COLD, last_value=Decimal(200))
    stored = await readings(world).submit(TRUDA, COLD, Decimal(104), by("7:1"))
    assert (stored.status, stored.current) == (ReadingStatus.FLAGGED, False)


@pytest.mark.parametrize("claim", [Claim.REPLACED, Claim.DIAL])
async def test_what_is_said_of_the_meter_itself_goes_to_an_operator_whatever_the_value(
    world: World, claim: Claim
) -> None:
    stored = await readings(world).submit(TRUDA, COLD, Decimal(104), Submission("7:1", None, Channel.VK, claim=claim))
    assert not stored.current
    assert [task.facts["claim"] for task in world.tasks.opened] == [claim.value]


async def test_a_doubt_that_billing_has_cleared_meanwhile_leaves_a_plain_reading(world: World) -> None:
    world.meters.change(COLD, last_value=Decimal(90))
    stored = await readings(world).submit(
        TRUDA, COLD, Decimal(95), Submission("7:1", None, Channel.VK, claim=Claim.LAST_WRONG)
    )
    assert stored.current
    assert world.tasks.opened == []
