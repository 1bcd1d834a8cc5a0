"""The messengers in the city file."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from core.city import City
from core.messengers import Messenger, PersonalData
from infra.city_file import CityFileError, load_city
from infra.paths import DEFAULT_CITY


def city_with(tmp_path: Path, telegram: str) -> City:
    text = re.sub(r"\nchat_\w+ = .*", "", DEFAULT_CITY.read_text("utf-8"))
    assert '[telegram]\npersonal_data = "full"' in text
    file = tmp_path / DEFAULT_CITY.name
    file.write_text(text.replace('[telegram]\npersonal_data = "full"', f"[telegram]\n{telegram}"), "utf-8")
    for beside in DEFAULT_CITY.parent.glob("*.answers.toml"):
        (tmp_path / beside.name).write_bytes(beside.read_bytes())
    return load_city(file)


def test_by_default_everything_is_told_and_no_address_is_known(city: City) -> None:
    assert [(one.code, one.name, one.address, one.personal_data) for one in city.messengers] == [
        ("telegram", "Telegram", None, PersonalData.FULL),
        ("vk", "ВКонтакте", None, PersonalData.FULL),
    ]


def test_a_messenger_the_file_does_not_name_is_told_everything(city: City) -> None:
    assert city.messenger("max") == Messenger("max", "max")


@pytest.mark.parametrize("telegram", ["", "# nothing"])
def test_an_empty_table_means_the_usual(tmp_path: Path, telegram: str) -> None:
    assert city_with(tmp_path, telegram).messenger("telegram").personal_data is PersonalData.FULL


def test_minimal_and_an_address_are_read(tmp_path: Path) -> None:
    written = 'personal_data = "minimal"\naddress = "https://t.me/voda_bot"\nname = "Телеграм"'
    telegram = city_with(tmp_path, written).messenger("telegram")
    about = "telegram", "Телеграм", "https://t.me/voda_bot", "start", PersonalData.MINIMAL
    assert telegram == Messenger(*about, bulk_rate=Decimal(28), chat_rate=Decimal(1))
    assert telegram.deep_link("ABC") == "https://t.me/voda_bot?start=ABC"


def test_how_fast_many_are_written_to_and_what_vk_is_told_of_it(tmp_path: Path, city: City) -> None:
    assert (city.messenger("telegram").bulk_rate, city.messenger("vk").bulk_rate) == (28, 16)
    told = city_with(tmp_path, 'intents = { announcement = "non_promo_newsletter" }').messenger("telegram")
    assert told.intents == {"announcement": "non_promo_newsletter"}


def test_how_fast_one_is_written_to(tmp_path: Path, city: City) -> None:
    """VK names no limit for a chat."""
    assert [(one.chat_rate, one.chat_burst) for one in city.messengers] == [(1, 10), (None, 10)]
    slow = city_with(tmp_path, "chat_per_second = 0.5\nchat_burst = 3").messenger("telegram")
    assert (slow.chat_rate, slow.chat_burst) == (Decimal("0.5"), 3)


def test_an_invented_address_is_a_demo_value(tmp_path: Path) -> None:
    assert "telegram" in city_with(tmp_path, "demo = true").demo_values()


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ('personal_data = "none"', 'neither "full" nor "minimal"'),
        ('personal_data = "Minimal"', 'neither "full" nor "minimal"'),
        ('address = "http://t.me/voda_bot"', "no address of a bot"),
        ('address = "https://t.me/voda_bot?start=1"', "no address of a bot"),
        ('intents = { announcement = "Акция!" }', "an intent is a word"),
        ('intents = { advert = "promo_newsletter" }', "no such key"),
        ('adress = "https://t.me/voda_bot"', "did you mean address"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, written: str, problem: str) -> None:
    """A slip of the pen must not send addresses abroad: nothing but the two words is taken."""
    with pytest.raises(CityFileError) as raised:
        city_with(tmp_path, written)
    (line,) = raised.value.lines
    assert problem in line
    assert "telegram." in line
