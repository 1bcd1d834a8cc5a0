"""Who answers a question, and when: data of the city file, by date."""

from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from core.city import City
from core.periods import Period
from core.services import Service
from core.support.routing import find_organisation, known_answer, organisation_for, organisation_named, organisations
from core.support_settings import Desk, KnownAnswer, Route, Shift, SupportRules, Topic

WATER, HEAT, AGENT = "МП трест «Водоканал»", "МП трест «Теплофикация»", "ООО «ЕРКЦ»"
DECEMBER, JANUARY = Period(2021, 12), Period(2022, 1)
TODAY = date(2022, 2, 16)
ZONE = ZoneInfo("Asia/Yekaterinburg")
DESK = Desk(
    "Водоканал",
    shifts=(Shift((0, 1, 2, 3, 4), time(8), time(17)), Shift((5,), time(9), time(12))),
    closed=(date(2022, 2, 23),),
    answer_minutes=240,
)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2022, 2, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("topic", "service", "period", "organisation", "phone"),
    [
        (Topic.CHARGES, Service.COLD_WATER, DECEMBER, AGENT, "49-50-50"),
        (Topic.CHARGES, Service.WASTEWATER, DECEMBER, AGENT, "49-50-50"),
        (Topic.CHARGES, Service.COLD_WATER, JANUARY, WATER, "51-51-31"),
        (Topic.CHARGES, Service.WASTEWATER, JANUARY, WATER, "51-51-31"),
        (Topic.CHARGES, Service.HEATING, DECEMBER, HEAT, "51-51-31"),
        (Topic.CHARGES, Service.HOT_WATER, JANUARY, HEAT, "51-51-31"),
        (Topic.PAYMENT, Service.COLD_WATER, DECEMBER, AGENT, "49-50-50"),
        (Topic.PAYMENT, Service.COLD_WATER, JANUARY, WATER, "51-51-31"),
        (Topic.READINGS, Service.COLD_WATER, DECEMBER, WATER, "51-51-31"),
        (Topic.METER, Service.HOT_WATER, JANUARY, HEAT, "51-51-31"),
        (Topic.QUALITY, Service.WASTEWATER, DECEMBER, WATER, "51-51-31"),
        (Topic.OTHER, None, DECEMBER, WATER, "51-51-31"),
    ],
)
def test_a_question_goes_to_who_answers_for_it(
    city: City, topic: Topic, service: Service | None, period: Period, organisation: str, phone: str
) -> None:
    found = organisation_for(city, topic, service, period, TODAY)
    assert (found.name, found.phone) == (organisation, phone)


def test_the_last_day_of_the_agent_is_the_last_month_it_answers_for(city: City) -> None:
    asked = [
        organisation_for(city, Topic.CHARGES, Service.COLD_WATER, Period(2021, 1).shifted(n), TODAY).name
        for n in range(14)
    ]
    assert asked == [AGENT] * 12 + [WATER] * 2


def test_a_route_of_the_city_file_changes_who_answers_from_its_day_on(city: City) -> None:
    routes = (
        *city.support.routes,
        Route(Topic.OTHER, "teplofikaciya", since=date(2022, 3, 1)),
        Route(Topic.METER, "vodokanal", Service.HOT_WATER),
        Route(Topic.METER, "teplofikaciya", since=date(2022, 1, 1)),
    )
    changed = replace(city, support=replace(city.support, routes=routes))
    assert organisation_for(changed, Topic.OTHER, None, JANUARY, date(2022, 2, 28)).name == WATER
    assert organisation_for(changed, Topic.OTHER, None, JANUARY, date(2022, 3, 1)).name == HEAT
    assert organisation_for(changed, Topic.METER, Service.HOT_WATER, JANUARY, TODAY).name == WATER
    assert organisation_for(changed, Topic.METER, Service.COLD_WATER, JANUARY, TODAY).name == HEAT


def test_everybody_who_has_ever_billed_may_have_a_ticket(city: City) -> None:
    assert organisations(city) == (WATER, HEAT, AGENT)
    assert find_organisation(city, " теплофикация ") == HEAT
    assert find_organisation(city, "vodokanal") == WATER
    assert find_organisation(city, "ооо «еркц»") == AGENT
    assert find_organisation(city, "Горгаз") is None


# --- hours -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        (at(16, 10), at(16, 10)),  # Wednesday
        (at(16, 7, 59), at(16, 8)),
        (at(16, 17), at(17, 8)),
        (at(18, 20), at(19, 9)),  # Friday evening, Saturday opens later
        (at(19, 12), at(21, 8)),  # Saturday noon, nobody on Sunday
        (at(22, 18), at(24, 8)),  # the 23rd is a holiday
        (at(23, 10), at(24, 8)),
    ],
)
def test_when_somebody_is_there_next(now: datetime, opens: datetime) -> None:
    assert DESK.opens_after(now) == opens
    assert DESK.open_at(now) == (opens == now)


@pytest.mark.parametrize(
    ("now", "by"),
    [
        (at(16, 10), at(16, 14)),
        (at(16, 13), at(16, 17)),
        (at(16, 15), at(17, 10)),  # two hours today, two tomorrow
        (at(16, 23), at(17, 12)),
        (at(18, 16), at(19, 12)),  # one hour on Friday, three on Saturday
        (at(18, 16, 30), at(21, 8, 30)),
        (at(22, 16), at(24, 11)),
    ],
)
def test_an_answer_is_expected_after_so_many_minutes_of_work(now: datetime, by: datetime) -> None:
    assert DESK.answers_by(now) == by


def test_hours_nobody_knows_promise_nothing() -> None:
    assert Desk("Водоканал").answers_by(at(16, 10)) is None
    assert Desk("Водоканал", answer_minutes=60).answers_by(at(16, 10)) is None
    assert Desk("Водоканал").opens_after(at(16, 10)) is None
    assert not Desk("Водоканал").open_at(at(16, 10))


def test_a_desk_that_is_closed_for_months_promises_nothing() -> None:
    closed = tuple(date.fromordinal(TODAY.toordinal() + day) for day in range(100))
    assert replace(DESK, closed=closed).answers_by(at(16, 10)) is None


def test_hours_change_by_date() -> None:
    summer = replace(DESK, since=date(2022, 6, 1), answer_minutes=60)
    rules = SupportRules(desks=(summer, DESK))
    assert rules.desk_on("Водоканал", date(2022, 5, 31)) == DESK
    assert rules.desk_on("Водоканал", date(2022, 6, 1)) == summer
    assert rules.desk_on("Теплофикация", TODAY) is None


# --- known answers -----------------------------------------------------------------------------------------------


def test_the_most_precise_answer_is_given_with_the_facts_of_the_city(city: City) -> None:
    agent = organisation_named(city, AGENT, TODAY)
    told = known_answer(city, (Topic.CHARGES, Service.WASTEWATER), agent, TODAY, "ru")
    assert told is not None
    assert AGENT in told
    assert "49-50-50" in told
    own = known_answer(city, (Topic.CHARGES, Service.WASTEWATER), organisation_named(city, WATER, TODAY), TODAY, "ru")
    assert own is not None
    assert "холодная вода плюс горячая" in own


@pytest.mark.parametrize("language", ["ru", "tt", "ba", "en"])
def test_every_known_answer_speaks_every_language(city: City, language: str) -> None:
    told = set()
    for topic in Topic:
        for service in (*Service, None):
            for name in organisations(city):
                told.add(known_answer(city, (topic, service), organisation_named(city, name, TODAY), TODAY, language))
    assert len(told - {None}) == len(city.support.known)
    assert not any("{" in text for text in told if text)


def test_an_answer_whose_fact_nobody_knows_is_not_given(city: City) -> None:
    known = (KnownAnswer(Topic.METER, {"ru": "Звоните: {emergency}."}), KnownAnswer(Topic.METER, {"ru": "Ждите."}))
    silent = tuple(replace(provider, emergency_phone=None) for provider in city.providers)
    city = replace(city, providers=silent, support=replace(city.support, known=known))
    who = organisation_named(city, WATER, TODAY)
    assert known_answer(city, (Topic.METER, None), who, TODAY, "en") == "Ждите."


def test_an_answer_is_given_on_its_days_alone(city: City) -> None:
    known = (KnownAnswer(Topic.OTHER, {"ru": "Скоро."}, since=date(2022, 3, 1), until=date(2022, 3, 31)),)
    city = replace(city, support=replace(city.support, known=known))
    who = organisation_named(city, WATER, TODAY)
    days = (date(2022, 2, 28), date(2022, 3, 1), date(2022, 3, 31), date(2022, 4, 1))
    assert [known_answer(city, (Topic.OTHER, None), who, day, "ru") for day in days] == [None, "Скоро.", "Скоро.", None]
