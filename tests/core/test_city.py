"""What a city answers about its providers, rules and days."""

import re
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from core.city import BillingAgent, City, DueDay, PaymentDetails, Phones, PrivacyFacts, Provider, ReadingWindow
from core.ids import ProviderCode
from core.meters.rules import window_at
from core.periods import Period
from core.services import Service

WATER = ProviderCode("water")
OLD = PaymentDetails(date(2018, 1, 1), "Водоканал", "1", "2", "3", "Банк", "4", "5")
NEW = replace(OLD, since=date(2022, 1, 1), account="6")
PROVIDERS = (
    Provider(
        WATER,
        "МП трест «Водоканал»",
        "Водоканал",
        (Service.COLD_WATER, Service.WASTEWATER),
        re.compile(r"3\d{9}", re.ASCII),
        "3000000001",
        (OLD, NEW),
    ),
    Provider(ProviderCode("heat"), "Теплофикация", "Теплофикация", (Service.HEATING,), re.compile("7"), "7"),
)
AGENT = BillingAgent(WATER, (Service.COLD_WATER, Service.WASTEWATER), "ООО «ЕРКЦ»", until=date(2021, 12, 31))
CITY = City(
    name="Город",
    zone=ZoneInfo("Asia/Yekaterinburg"),
    languages=("ru",),
    providers=PROVIDERS,
    billing_agents=(AGENT,),
    offices=(),
    phones=Phones("51-51-30", "51-51-31"),
    reading_windows=(ReadingWindow(20, 25), ReadingWindow(15, 31, since=date(2022, 6, 1))),
    due_days=(DueDay(10), DueDay(15, since=date(2026, 3, 1))),
    privacy=(PrivacyFacts("Оператор", "Адрес", "Телефон"),),
)


def test_a_provider_is_found_by_code_and_by_service() -> None:
    assert CITY.provider("water").short_name == "Водоканал"
    assert CITY.provider_of(Service.HEATING).code == "heat"


def test_an_unknown_provider_is_named_beside_the_known_ones() -> None:
    with pytest.raises(LookupError, match=r"'gas'.*water, heat"):
        CITY.provider("gas")
    assert CITY.find_provider("gas") is None


def test_a_service_nobody_provides_is_an_error() -> None:
    with pytest.raises(LookupError, match="hot_water"):
        CITY.provider_of(Service.HOT_WATER)


@pytest.mark.parametrize(
    ("number", "taken"),
    [
        ("3000000001", True),
        ("30000000010", False),
        ("x3000000001", False),
        ("3000000001\n", False),
        ("3٠٠٠٠٠٠٠٠٠", False),
    ],
)
def test_an_account_number_fits_the_pattern_as_a_whole(number: str, taken: bool) -> None:
    assert CITY.provider("water").accepts_account(number) is taken


def test_an_endless_account_number_is_refused_unread() -> None:
    greedy = replace(PROVIDERS[0], account_pattern=re.compile("3.*"))
    assert greedy.accepts_account("3" * 40)
    assert not greedy.accepts_account("3" * 41)


@pytest.mark.parametrize(
    ("day", "details"),
    [(date(2017, 12, 31), None), (date(2018, 1, 1), OLD), (date(2021, 12, 31), OLD), (date(2022, 1, 1), NEW)],
)
def test_payment_details_are_those_of_the_day(day: date, details: PaymentDetails | None) -> None:
    assert CITY.provider("water").details_on(day) == details


def test_water_was_billed_by_the_agent_until_the_end_of_2021() -> None:
    december, january = Period(2021, 12).first_day, Period(2022, 1).first_day
    assert CITY.billing_agent(Service.COLD_WATER, december) == "ООО «ЕРКЦ»"
    assert CITY.billing_agent(Service.COLD_WATER, january) == "МП трест «Водоканал»"
    assert not CITY.billed_by_provider(Service.WASTEWATER, december)
    assert CITY.billed_by_provider(Service.WASTEWATER, january)
    assert CITY.billed_by_provider(Service.HEATING, december)


def test_an_agent_that_is_the_provider_counts_as_the_provider() -> None:
    itself = BillingAgent(
        WATER, (Service.COLD_WATER,), "МП трест «Водоканал»", since=date(2022, 1, 1), phone="51-51-31"
    )
    city = replace(CITY, billing_agents=(AGENT, itself))
    assert city.agent_on(Service.COLD_WATER, date(2022, 1, 1)) == itself
    assert city.billed_by_provider(Service.COLD_WATER, date(2022, 1, 1))


def test_wastewater_needs_the_readings_of_cold_and_hot_water() -> None:
    assert CITY.provider("water").readings_needed == (Service.COLD_WATER, Service.HOT_WATER)
    assert CITY.provider("heat").readings_needed == (Service.HEATING,)


@pytest.mark.parametrize(
    ("day", "period"),
    [
        (date(2022, 2, 1), Period(2022, 2)),
        (date(2022, 2, 25), Period(2022, 2)),
        (date(2022, 2, 26), Period(2022, 3)),
        (date(2021, 12, 31), Period(2022, 1)),
        (date(2022, 6, 30), Period(2022, 6)),  # the wider window, cut to a month of 30 days
    ],
)
def test_a_reading_counts_for_the_month_until_the_window_closes(day: date, period: Period) -> None:
    assert window_at(CITY, CITY.providers[0].code, day).period == period


def test_a_window_has_its_days_in_every_month() -> None:
    window = CITY.window_on(date(2023, 1, 1))
    assert (window.opens_on(Period(2023, 2)), window.closes_on(Period(2023, 2))) == (
        date(2023, 2, 15),
        date(2023, 2, 28),
    )


@pytest.mark.parametrize(
    ("period", "due"),
    [
        (Period(2022, 1), date(2022, 2, 10)),
        (Period(2021, 12), date(2022, 1, 10)),
        (Period(2026, 1), date(2026, 2, 10)),
        (Period(2026, 2), date(2026, 3, 15)),
    ],
)
def test_charges_are_due_by_the_rule_of_the_month_they_are_paid_in(period: Period, due: date) -> None:
    assert CITY.due_date(period) == due


def test_days_before_the_oldest_rule_follow_it() -> None:
    late = replace(CITY, due_days=(DueDay(12, since=date(2024, 1, 1)), DueDay(15, since=date(2026, 3, 1))))
    assert late.due_day(date(2020, 1, 1)) == 12


def test_a_city_of_facts_is_no_demo() -> None:
    assert not CITY.is_demo
    assert CITY.demo_values() == ()


@pytest.mark.parametrize(
    ("city", "named"),
    [
        (
            replace(CITY, providers=(replace(PROVIDERS[0], payment_details=(replace(OLD, demo=True),)), PROVIDERS[1])),
            "providers.payment_details water 2018-01-01",
        ),
        (replace(CITY, providers=(PROVIDERS[0], replace(PROVIDERS[1], demo=True))), "providers heat"),
        (replace(CITY, reading_windows=(ReadingWindow(1, 2, demo=True),)), "reading_window"),
        (replace(CITY, due_days=(DueDay(1, demo=True),)), "due"),
        (replace(CITY, privacy=(PrivacyFacts("а", "б", "в", demo=True),)), "privacy"),
        (replace(CITY, phones=Phones("1", "2", demo=True)), "phones"),
    ],
)
def test_one_invented_value_makes_the_city_a_demo(city: City, named: str) -> None:
    assert city.is_demo
    assert city.demo_values() == (named,)
