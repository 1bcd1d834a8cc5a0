"""The city file's tables about readings, and how what is wrong with them is named."""

from datetime import date
from pathlib import Path

import pytest

from core.city import City
from core.reading_settings import Averaging, ReadingChecks
from infra.city_file import CityFileError, load_city
from tests.infra.test_city_file import SMALL

WINDOW = "[reading_window]\nopens_day = 20\ncloses_day = 25\n"


def load(tmp_path: Path, more: str = "", window: str = WINDOW) -> City:
    assert WINDOW in SMALL
    file = tmp_path / "city.toml"
    file.write_text(SMALL.replace(WINDOW, window) + "\n" + more, encoding="utf-8")
    return load_city(file)


def problems(tmp_path: Path, more: str = "", window: str = WINDOW) -> list[str]:
    """Each without the file's name, with its line."""
    with pytest.raises(CityFileError) as refused:
        load(tmp_path, more, window)
    return [line.partition("city.toml:")[2] for line in refused.value.lines]


def test_what_is_left_out_has_the_usual_values(tmp_path: Path) -> None:
    city = load(tmp_path)
    assert city.checks_on(date(2022, 2, 16)) == ReadingChecks()
    assert city.averaging_on(date(2022, 2, 16)) == Averaging()
    assert (city.verification.warn_days, city.verification.register) == ((90, 30, 7, 0), None)


def test_rules_are_dated(tmp_path: Path) -> None:
    city = load(
        tmp_path,
        "[[averaging]]\nmonths = 6\n[[averaging]]\nsince = 2021-01-01\nmonths = 3\n"
        "[[reading_checks]]\nlarge_floor = 5\n[[reading_checks]]\nsince = 2022-01-01\nlarge_times = 4\n",
    )
    assert [city.averaging_on(date(year, 6, 1)).months for year in (2020, 2022)] == [6, 3]
    assert city.checks_on(date(2021, 12, 31)).large_floor == 5
    assert (city.checks_on(date(2022, 1, 1)).large_floor, city.checks_on(date(2022, 1, 1)).large_times) == (10, 4)


def test_a_provider_may_have_a_window_of_its_own(tmp_path: Path) -> None:
    own = '[[reading_window]]\nopens_day = 20\ncloses_day = 25\n[[reading_window]]\nprovider = "water"\n'
    city = load(tmp_path, window=own + "opens_day = 1\ncloses_day = 20\n")
    water = city.providers[0].code
    assert city.window_on(date(2022, 2, 1), water).closes_day == 20
    assert city.window_on(date(2022, 2, 1)).closes_day == 25


@pytest.mark.parametrize(
    ("window", "key", "what"),
    [
        ('[[reading_window]]\nprovider = "gas"\nopens_day = 1\ncloses_day = 2\n', "provider", "no provider 'gas'"),
        (
            '[[reading_window]]\nprovider = "water"\nopens_day = 1\ncloses_day = 2\n',
            "provider",
            "no window is for everybody",
        ),
        ("[[reading_window]]\nopens_day = 9\ncloses_day = 2\n", "closes_day", "the window would close before it opens"),
        (WINDOW.replace("[r", "[[r").replace("w]", "w]]") * 2, "since", "another entry begins on the same day"),
    ],
)
def test_a_window_that_makes_no_sense_is_named(tmp_path: Path, window: str, key: str, what: str) -> None:
    assert any(f"reading_window.{key}: {what}" in line for line in problems(tmp_path, window=window))


@pytest.mark.parametrize(
    ("table", "key", "what"),
    [
        ("[[reading_checks]]\nlarge_times = 1\n", "reading_checks.large_times", "out of bounds"),
        ("[[reading_checks]]\nrollover_percent = 100\n", "reading_checks.rollover_percent", "out of bounds"),
        ("[[reading_checks]]\nmessage_hours = 0\n", "reading_checks.message_hours", "out of bounds"),
        ("[[reading_checks]]\nlarge_time = 3\n", "reading_checks.large_time", "did you mean large_times?"),
        ("[[averaging]]\nsince = 2021-01-01\n", "averaging.months", "it is missing"),
        ("[[averaging]]\nmonths = 3\n[[averaging]]\nmonths = 6\n", "averaging.since", "same day"),
        ("[verification]\nwarn_days = []\n", "verification.warn_days", "list of whole numbers"),
        ("[verification]\nwarn_days = [30, 90]\n", "verification.warn_days", "longest first"),
        ("[verification]\nwarn_days = [30, true]\n", "verification.warn_days", "list of whole numbers"),
        ('[verification]\nsite = "https://example.ru"\n', "verification.site", "without https://"),
        ("[verification]\nwarn = 3\n", "verification.warn", "no such key"),
    ],
)
def test_a_wrong_setting_is_named_with_its_line(tmp_path: Path, table: str, key: str, what: str) -> None:
    (line,) = [one for one in problems(tmp_path, table) if key in one]
    number, _, told = line.partition(":")
    assert number.isdigit()
    assert what in told


def test_invented_values_are_told(tmp_path: Path) -> None:
    city = load(tmp_path, "[[averaging]]\nmonths = 3\ndemo = true\n[verification]\ndemo = true\n")
    assert {"averaging", "verification"} <= set(city.demo_values())
