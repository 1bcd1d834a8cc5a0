"""The city file: what it says about Магнитогорск, and how it names what is wrong with it."""

import re
from datetime import date
from pathlib import Path

import pytest

from core.city import City
from core.periods import Period
from core.requisites import requisites_problems
from core.services import Service
from infra.city_file import CityFileError, load_city
from infra.paths import DEFAULT_CITY
from infra.toml_tables import line_numbers

SMALL = """\
name = "Город"
zone = "Asia/Yekaterinburg"
languages = ["ru"]

[[providers]]
code = "water"
name = "Водоканал"
short_name = "Водоканал"
services = ["cold_water", "wastewater"]
account_pattern = '3\\d{9}'
account_example = "3000000001"

[[providers.payment_details]]
since = 2022-01-01
name = "Водоканал"
inn = "7400000015"
kpp = "740001001"
account = "40602810800000000001"
bank = "БАНК"
bic = "047500901"
corr_account = "30101810200000000901"

[[billing_agents]]
provider = "water"
services = ["cold_water"]
name = "Агент"
until = 2021-12-31

[[offices]]
name = "Центр"
address = "ул. Жукова, 2/1"

[phones]
readings_voicemail = "51-51-30"
call_centre = "51-51-31"

[reading_window]
opens_day = 20
closes_day = 25

[due]
day = 10

[privacy]
operator = "Водоканал"
address = "ул. Жукова, 2/1"
contact = "51-51-31"
"""


@pytest.fixture(scope="module")
def magnitogorsk() -> City:
    return load_city(DEFAULT_CITY)


def loaded(folder: Path, text: str) -> City:
    path = folder / "city.toml"
    path.write_text(text, encoding="utf-8")
    return load_city(path)


def problems(folder: Path, text: str) -> list[str]:
    """The lines of the error, without the folder."""
    with pytest.raises(CityFileError) as raised:
        loaded(folder, text)
    return [line.removeprefix(f"{folder}/") for line in raised.value.lines]


def changed(old: str, new: str) -> str:
    assert SMALL.count(old) == 1, old
    return SMALL.replace(old, new)


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


# --- Магнитогорск ------------------------------------------------------------------------------------------------


def test_two_providers_share_the_four_services(magnitogorsk: City) -> None:
    assert {provider.name: set(provider.services) for provider in magnitogorsk.providers} == {
        "МП трест «Водоканал»": {Service.COLD_WATER, Service.WASTEWATER},
        "МП трест «Теплофикация»": {Service.HEATING, Service.HOT_WATER},
    }


@pytest.mark.parametrize("service", [Service.COLD_WATER, Service.WASTEWATER])
def test_water_passes_from_the_agent_to_its_provider_with_the_year_2022(magnitogorsk: City, service: Service) -> None:
    assert magnitogorsk.billing_agent(service, date(2021, 12, 1)) == "ООО «ЕРКЦ»"
    assert magnitogorsk.billing_agent(service, date(2021, 12, 31)) == "ООО «ЕРКЦ»"
    assert magnitogorsk.billing_agent(service, date(2022, 1, 1)) == "МП трест «Водоканал»"


def test_heat_has_always_been_billed_by_its_provider(magnitogorsk: City) -> None:
    for service in (Service.HEATING, Service.HOT_WATER):
        assert magnitogorsk.billed_by_provider(service, date(2021, 12, 1))


def test_phones_and_offices_are_those_of_the_article(magnitogorsk: City) -> None:
    assert magnitogorsk.phones.readings_voicemail == "51-51-30"
    assert magnitogorsk.phones.call_centre == "51-51-31"
    assert magnitogorsk.provider("vodokanal").emergency_phone == "23-25-25"
    assert [office.address for office in magnitogorsk.offices] == [
        "пр. Карла Маркса, 56",
        "пр. Ленина, 68/2",
        "ул. Жукова, 2/1",
        "ул. Маяковского, 19/3",
    ]


def test_what_is_not_known_is_left_out(magnitogorsk: City) -> None:
    assert {(office.hours, office.latitude, office.longitude) for office in magnitogorsk.offices} == {
        (None, None, None)
    }


def test_clock_window_and_due_days(magnitogorsk: City) -> None:
    assert magnitogorsk.zone.key == "Asia/Yekaterinburg"
    window = magnitogorsk.window_on(date(2022, 2, 16))
    assert window.opens_on(Period(2022, 2)) == date(2022, 2, 15)
    assert window.closes_on(Period(2022, 2)) == date(2022, 2, 25)
    assert magnitogorsk.due_date(Period(2022, 1)) == date(2022, 2, 10)
    assert magnitogorsk.due_date(Period(2026, 2)) == date(2026, 3, 15)


def test_every_invented_requisite_is_marked_and_still_passes_the_checks(magnitogorsk: City) -> None:
    details = [each for provider in magnitogorsk.providers for each in provider.payment_details]
    assert len(details) >= 3
    for each in details:
        assert each.demo
        wrong = requisites_problems(
            inn=each.inn, kpp=each.kpp, account=each.account, bic=each.bic, corr_account=each.corr_account
        )
        assert wrong == {}


def test_account_patterns_and_the_window_are_marked_as_invented(magnitogorsk: City) -> None:
    assert all(provider.demo for provider in magnitogorsk.providers)
    assert "reading_window" in magnitogorsk.demo_values()
    assert magnitogorsk.is_demo


def test_an_account_of_one_provider_is_none_of_the_other(magnitogorsk: City) -> None:
    water, heat = magnitogorsk.providers
    assert water.accepts_account(water.account_example)
    assert not water.accepts_account(heat.account_example)
    assert heat.accepts_account(heat.account_example)
    assert not heat.accepts_account(water.account_example)


def test_without_the_demo_marks_nothing_is_invented(tmp_path: Path) -> None:
    text = DEFAULT_CITY.read_text(encoding="utf-8")
    assert not loaded(tmp_path, re.sub(r"(?m)^demo = true$", "", text)).is_demo


# --- form --------------------------------------------------------------------------------------------------------


def test_a_small_file_is_enough(tmp_path: Path) -> None:
    city = loaded(tmp_path, SMALL)
    assert city.due_day(date(1990, 1, 1)) == 10
    assert not city.is_demo


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ('name = "Город"\n', "", "name", "missing"),
        ('zone = "Asia/Yekaterinburg"', 'zone = "Asia/Magnitogorsk"', "zone", "no time zone"),
        ('zone = "Asia/Yekaterinburg"', "zone = 5", "zone", "does not fit"),
        ('languages = ["ru"]', 'languages = ["ru", "ru"]', "languages", "different codes"),
        ('code = "water"', 'code = "Вода"', "providers.code", "small Latin letters"),
        ('short_name = "Водоканал"', 'short_name = " "', "providers.short_name", "empty"),
        ('"cold_water", "wastewater"]', '"cold_water", "gas"]', "providers.services", "no service 'gas'"),
        ('"cold_water", "wastewater"]', '"cold_water", "cold_water"]', "providers.services", "already listed"),
        (r"'3\d{9}'", r"'3\d{9'", "providers.account_example", "does not take it"),
        (r"'3\d{9}'", r"'(3'", "providers.account_pattern", "regular expression"),
        ('"3000000001"', '"300000000"', "providers.account_example", "does not take it"),
        ("since = 2022-01-01", 'since = "2022-01-01"', "providers.payment_details.since", "a date without quotes"),
        (
            "since = 2022-01-01",
            "since = 2022-01-01T10:00:00",
            "providers.payment_details.since",
            "a date without quotes",
        ),
        ('"7400000015"', '"7400000016"', "providers.payment_details.inn", "check digits"),
        ('"7400000015"', "7400000015", "providers.payment_details.inn", "a text in quotes"),
        ('"40602810800000000001"', '"40602810800000000002"', "providers.payment_details.account", "key"),
        ('"30101810200000000901"', '"30101810300000000901"', "providers.payment_details.corr_account", "key"),
        ('"740001001"', '"7400010"', "providers.payment_details.kpp", "9 signs"),
        ('bank = "БАНК"', f'bank = "{"Б" * 46}"', "providers.payment_details.bank", "46 signs"),
        ('provider = "water"', 'provider = "gas"', "billing_agents.provider", "no provider 'gas'"),
        ('services = ["cold_water"]', 'services = ["heating"]', "billing_agents.services", "not a service of water"),
        ("until = 2021-12-31", "until = 2021-12-31\nsince = 2022-01-01", "billing_agents.until", "before since"),
        (
            'address = "ул. Жукова, 2/1"\n\n[phones]',
            'address = "ул."\nlatitude = 53.4\n\n[phones]',
            "offices.latitude",
            "together",
        ),
        (
            'address = "ул. Жукова, 2/1"\n\n[phones]',
            'address = "ул."\nlatitude = 153.4\nlongitude = 59.0\n\n[phones]',
            "offices.latitude",
            "from -90 to 90",
        ),
        ('readings_voicemail = "51-51-30"', 'readings_voicemail = "позвоните"', "phones.readings_voicemail", "digits"),
        ("opens_day = 20", "opens_day = 26", "reading_window.closes_day", "before it opens"),
        ("closes_day = 25", "closes_day = 32", "reading_window.closes_day", "from 1 to 31"),
        ("closes_day = 25", "closes_day = true", "reading_window.closes_day", "does not fit"),
        ("day = 10", "day = 0", "due.day", "from 1 to 31"),
        ('operator = "Водоканал"', "operator = []", "privacy.operator", "does not fit"),
        ("day = 10", "day = 10\ndemo = 1", "due.demo", "true or false"),
    ],
)
def test_what_is_wrong_is_named_by_line_and_key(tmp_path: Path, old: str, new: str, key: str, says: str) -> None:
    text = changed(old, new)
    found = problems(tmp_path, text)
    matching = [line for line in found if re.match(rf"city\.toml:\d+: {re.escape(key)}: .*{re.escape(says)}", line)]
    assert matching, found
    line = int(matching[0].split(":")[1])
    assert 1 <= line <= len(text.splitlines())


def test_the_line_is_that_of_the_key_in_the_right_table_of_an_array(tmp_path: Path) -> None:
    second = SMALL[SMALL.index("[[providers.payment_details]]") : SMALL.index("[[billing_agents]]")]
    second = second.replace("since = 2022-01-01", "since = 2023-01-01").replace("7400000015", "7400000019")
    text = changed("[[billing_agents]]", second + "\n[[billing_agents]]")
    (problem,) = problems(tmp_path, text)
    assert problem.startswith(f"city.toml:{line_of(text, '7400000019')}: providers.payment_details.inn: ")


def test_a_missing_key_is_named_at_the_line_of_its_table(tmp_path: Path) -> None:
    text = changed('kpp = "740001001"\n', "")
    (problem,) = problems(tmp_path, text)
    header = line_of(text, "[[providers.payment_details]]")
    assert (
        problem
        == f'city.toml:{header}: providers.payment_details.kpp: it is missing: write a text in quotes, as in "…"'
    )


@pytest.mark.parametrize("table", ["phones", "reading_window", "due", "privacy"])
def test_an_absent_table_is_one_problem(tmp_path: Path, table: str) -> None:
    text = re.sub(rf"(?ms)^\[{table}\]\n.*?(?=^\[|\Z)", "", SMALL)
    (problem,) = problems(tmp_path, text)
    assert f": {table}: it is missing" in problem


def test_every_unknown_key_is_named_with_the_nearest_known_one(tmp_path: Path) -> None:
    text = changed("day = 10", "day = 10\nsicne = 2020-01-01\ncolour = 1")
    text = text.replace("[[offices]]\n", '[[offices]]\nhour = "9-18"\n')
    found = problems(tmp_path, text)
    assert [line.split(": ", 1)[1] for line in found] == [
        "offices.hour: no such key: did you mean hours?",
        "due.sicne: no such key: did you mean since?",
        "due.colour: no such key: take it out",
    ]


def test_all_problems_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = changed('"7400000015"', '"7400000016"').replace("day = 10", "day = 99").replace("Asia/", "Asien/")
    found = problems(tmp_path, text)
    assert [line.split(": ")[1] for line in found] == ["zone", "providers.payment_details.inn", "due.day"]


def test_two_agents_may_not_bill_one_service_at_a_time(tmp_path: Path) -> None:
    agent = (
        '[[billing_agents]]\nprovider = "water"\nservices = ["cold_water"]\nname = "Другой"\nsince = {}\n\n[[offices]]'
    )
    (problem,) = problems(tmp_path, changed("[[offices]]", agent.format("2021-12-31")))
    assert "billing_agents.since: Агент bills cold_water at the same time" in problem
    assert loaded(tmp_path, changed("[[offices]]", agent.format("2022-01-01"))).billing_agents[1].name == "Другой"


def test_two_entries_of_a_dated_list_may_not_begin_together(tmp_path: Path) -> None:
    twice = "[[due]]\nday = 10\nsince = 2020-01-01\n[[due]]\nday = 12\nsince = 2020-01-01\n"
    (problem,) = problems(tmp_path, changed("[due]\nday = 10\n", twice))
    assert "due.since: another entry begins on the same day" in problem


def test_a_dated_list_may_be_written_in_any_order(tmp_path: Path) -> None:
    lists = "[[due]]\nday = 15\nsince = 2026-03-01\n[[due]]\nday = 10\n"
    city = loaded(tmp_path, changed("[due]\nday = 10\n", lists))
    assert [due.day for due in city.due_days] == [10, 15]


def test_a_code_or_a_service_belongs_to_one_provider(tmp_path: Path) -> None:
    provider = SMALL[SMALL.index("[[providers]]") : SMALL.index("[[providers.payment_details]]")]
    found = problems(tmp_path, changed("[[billing_agents]]", provider + "[[billing_agents]]"))
    assert any("providers.code: 'water' stands twice" in line for line in found)
    other = provider.replace('"water"', '"other"')
    found = problems(tmp_path, changed("[[billing_agents]]", other + "[[billing_agents]]"))
    assert any("providers.services: cold_water is already listed for water" in line for line in found)


@pytest.mark.parametrize(("broken", "at"), [("day = = 10", "day = = 10"), ("day = 10\nday = 11", "day = 11")])
def test_broken_toml_is_named_by_its_line(tmp_path: Path, broken: str, at: str) -> None:
    text = changed("day = 10", broken)
    (problem,) = problems(tmp_path, text)
    assert problem.startswith(f"city.toml:{line_of(text, at)}: the file is not valid TOML here: ")


def test_a_file_cut_short_is_named_by_its_end(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, SMALL + 'name = "')
    assert re.match(r"city\.toml:\d+: the file is not valid TOML", problem)


def test_a_missing_file_says_which_setting_to_mend(tmp_path: Path) -> None:
    with pytest.raises(CityFileError, match=r"nowhere.toml: it cannot be read.*VODOTEPLO_CITY"):
        load_city(tmp_path / "nowhere.toml")


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "city.toml").write_bytes(SMALL.encode("cp1251"))
    with pytest.raises(CityFileError, match="not UTF-8"):
        load_city(tmp_path / "city.toml")


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    assert loaded(tmp_path, "\ufeff" + SMALL).name == "Город"


# --- where things stand ------------------------------------------------------------------------------------------


def test_lines_are_those_of_keys_not_of_look_alikes_in_strings() -> None:
    text = 'a = """\nb = 1\n[c]\n"""\nb = 2\n[[t]]\nx = 1\n[t.u]\ny = 1\n[[t]]\nx = 2\n[[t.w]]\nz = 1\n[[t.w]]\nz = 2\n'
    lines = line_numbers(text)
    assert lines[("b",)] == 5
    assert ("c",) not in lines
    assert (lines[("t", 0, "x")], lines[("t", 1, "x")]) == (7, 11)
    assert lines[("t", 0, "u", "y")] == 9
    assert (lines[("t", 1, "w", 0, "z")], lines[("t", 1, "w", 1, "z")]) == (13, 15)
