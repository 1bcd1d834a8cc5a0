"""Questions in the city file and the known answers beside it: what is read, and how wrong lines are named."""

from datetime import date, time
from pathlib import Path

import pytest

from core.city import City
from core.services import Service
from core.support_settings import Answerer, Topic
from infra.city_file import CityFileError, load_city
from infra.known_answers import LONGEST
from tests.infra.test_city_file import SMALL

SUPPORT = """
[support]
reopen_days = 7

[[support.desks]]
organisation = "Агент"
answer_minutes = 90
closed = ["2022-02-23"]

[[support.desks.shifts]]
days = ["mon", "sat"]
opens = "08:30"
closes = "17:00"

[[support.routes]]
topic = "other"
to = "billing_agent"
service = "cold_water"
since = 2022-01-01
"""
ANSWER = """
[[answers]]
topic = "charges"
services = ["cold_water"]
organisation = "Агент"
ru = "Звоните: {phone}."
"""


def load(folder: Path, support: str = "", answers: str | None = None) -> City:
    path = folder / "city.toml"
    path.write_text(SMALL + support, encoding="utf-8")
    if answers is not None:
        (folder / "city.answers.toml").write_text(answers, encoding="utf-8")
    return load_city(path)


def wrong(folder: Path, support: str = "", answers: str | None = None) -> str:
    with pytest.raises(CityFileError) as raised:
        load(folder, support, answers)
    (line,) = raised.value.lines
    return line.removeprefix(f"{folder}/")


def test_desks_routes_and_the_term_are_read(tmp_path: Path) -> None:
    rules = load(tmp_path, SUPPORT).support
    (desk,) = rules.desks
    assert (desk.organisation, desk.answer_minutes, desk.closed) == ("Агент", 90, (date(2022, 2, 23),))
    assert (desk.shifts[0].days, desk.shifts[0].opens, desk.shifts[0].closes) == ((0, 5), time(8, 30), time(17))
    route = rules.routes[-1]
    assert (route.topic, route.to, route.service) == (Topic.OTHER, Answerer.BILLING_AGENT, Service.COLD_WATER)
    assert rules.reopen_days == 7


def test_a_file_without_questions_has_the_usual_rules(tmp_path: Path) -> None:
    rules = load(tmp_path).support
    assert (rules.desks, rules.known, rules.reopen_days) == ((), (), 14)
    assert rules.route_on(Topic.CHARGES, Service.COLD_WATER, date(2022, 1, 1)) == Answerer.BILLING_AGENT


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('organisation = "Агент"', 'organisation = "Никто"', "organisation: no organisation 'Никто'"),
        ('days = ["mon", "sat"]', 'days = ["mon", "пн"]', "days: no day 'пн'"),
        ('opens = "08:30"', 'opens = "8.30"', "opens: a time is written as in"),
        ('closes = "17:00"', 'closes = "08:00"', "closes: it is not after opens"),
        ('closed = ["2022-02-23"]', 'closed = ["23 февраля"]', "closed: '23 февраля' is no day"),
        ("answer_minutes = 90", "answer_minutes = 0", "answer_minutes: 0 is out of bounds"),
        ('topic = "other"', 'topic = "weather"', "topic: it is none of charges"),
        ('to = "billing_agent"', 'to = "gorgaz"', "to: it is none of billing_agent, provider, water"),
        ('service = "cold_water"', 'service = "gas"', "service: it is none of"),
        ("reopen_days = 7", "reopen_weeks = 7", "reopen_weeks: no such key"),
    ],
)
def test_what_is_wrong_is_named_by_its_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert SUPPORT.count(old) == 1
    line = wrong(tmp_path, SUPPORT.replace(old, new))
    assert told in line
    number = (SMALL + SUPPORT.replace(old, new)).splitlines().index(new) + 1
    assert line.startswith(f"city.toml:{number}:")


def test_minutes_of_work_need_hours_of_work(tmp_path: Path) -> None:
    start, end = SUPPORT.index("[[support.desks.shifts]]"), SUPPORT.index("[[support.routes]]")
    assert "write the shifts too" in wrong(tmp_path, SUPPORT[:start] + SUPPORT[end:])


def test_a_day_has_one_shift(tmp_path: Path) -> None:
    twice = '[[support.desks.shifts]]\ndays = ["mon"]\nopens = "18:00"\ncloses = "19:00"\n'
    doubled = SUPPORT.replace("[[support.routes]]", f"{twice}[[support.routes]]")
    assert "a day of the week stands in two shifts" in wrong(tmp_path, doubled)


# --- known answers -----------------------------------------------------------------------------------------------


def test_known_answers_lie_beside_the_city_file(tmp_path: Path) -> None:
    (answer,) = load(tmp_path, SUPPORT, ANSWER).support.known
    assert (answer.topic, answer.services, answer.organisation) == (Topic.CHARGES, (Service.COLD_WATER,), "Агент")
    assert answer.texts == {"ru": "Звоните: {phone}."}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('topic = "charges"', 'topic = "weather"', "topic: it is none of"),
        ('services = ["cold_water"]', 'services = ["gas"]', "services: no service 'gas'"),
        ('organisation = "Агент"', 'organisation = "Никто"', "organisation: it is none of"),
        ('ru = "Звоните: {phone}."', 'ru = "Звоните: {number}."', "ru: {number} is no fact"),
        ('ru = "Звоните: {phone}."', 'ru = "Звоните: {phone."', "ru: a { stands without its }"),
        ('ru = "Звоните: {phone}."', 'ru = "Звоните: {phone.__class__}."', "ru: {phone.__class__} is no fact"),
        ('ru = "Звоните: {phone}."', f'ru = "{"я" * (LONGEST + 1)}"', "too long for a phone"),
        ('ru = "Звоните: {phone}."', 'tt = "Шалтыратыгыз."', ""),
    ],
)
def test_a_wrong_answer_is_named_by_its_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(CityFileError) as raised:
        load(tmp_path, "", ANSWER.replace(old, new))
    assert all(line.startswith(f"{tmp_path}/city.answers.toml:") for line in raised.value.lines)
    assert any(told in line for line in raised.value.lines)
