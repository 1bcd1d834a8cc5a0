"""Broadcasts in the city file."""

from datetime import time
from pathlib import Path

import pytest

from core.broadcast_settings import BroadcastRules
from core.city import City
from infra.city_file import CityFileError, load_city
from infra.paths import DEFAULT_CITY

WRITTEN = '[broadcasts]\nquiet_from = "21:00"'


def city_with(tmp_path: Path, broadcasts: str) -> City:
    text = DEFAULT_CITY.read_text("utf-8")
    assert WRITTEN in text
    file = tmp_path / DEFAULT_CITY.name
    file.write_text(text.replace(WRITTEN, f"[broadcasts]\n{broadcasts}"), "utf-8")
    for beside in DEFAULT_CITY.parent.glob("*.answers.toml"):
        (tmp_path / beside.name).write_bytes(beside.read_bytes())
    return load_city(file)


def test_what_is_not_written_is_usual(city: City, tmp_path: Path) -> None:
    assert city.broadcasts == BroadcastRules() == city_with(tmp_path, "undo_seconds = 15").broadcasts
    assert city_with(tmp_path, 'quiet_from = "22:30"').broadcasts.quiet_from == time(22, 30)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ('quiet_from = "9"', "no time of the day"),
        ("late_minutes = true", "does not fit"),
        ("undo_seconds = -1", "out of bounds"),
        ("alone = 5", "no such key"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, written: str, problem: str) -> None:
    with pytest.raises(CityFileError) as raised:
        city_with(tmp_path, written)
    (line,) = raised.value.lines
    assert problem in line
    assert "broadcasts." in line
