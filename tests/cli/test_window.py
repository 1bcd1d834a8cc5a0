"""`vodoteplo window`: an operator moves the last day, and everybody can see it."""

import asyncpg
import pytest

from tests.cli.conftest import Command

NOW = {"VODOTEPLO_NOW": "2022-02-26T10:00:00+05:00"}


@pytest.fixture
async def house(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "INSERT INTO premises (address_key, city, street, building, unit) "
        "SELECT 'магнитогорск|улица труда|14|' || n, 'Магнитогорск', 'улица Труда', '14', n "
        "FROM generate_series(1, 3) AS n"
    )
    await connection.close()


async def test_an_extension_for_everybody_is_made_and_listed(command: Command) -> None:
    made = await command("window", "extend", "--until", "2022-02-28", "--reason", "авария", **NOW)
    assert made.exit_code == 0
    assert made.stdout.strip() == "Readings of 2022-02 (all providers) are taken until 28.02.2022, for everybody."
    first, second = (await command("window", "list", **NOW)).stdout.splitlines()
    assert first == "Водоканал, Теплофикация: readings of 2022-02 from 15.02.2022 to 28.02.2022"
    assert second.startswith("2022-02 until 28.02.2022  everybody  all providers  авария  (console, 26.02.2022 10:0")


async def test_an_extension_for_one_house_of_one_provider(command: Command, house: None) -> None:
    where = ("--street", "ул. Труда", "--building", "14", "--provider", "vodokanal", "--operator", "anna")
    made = await command("window", "extend", "--until", "2022-02-28", "--reason", "авария", *where, **NOW)
    assert made.exit_code == 0
    assert "(Водоканал) are taken until 28.02.2022, for улица Труда, 14 (3 flats)." in made.stdout
    listed = (await command("window", "list", **NOW)).stdout
    assert "улица Труда, 14  Водоканал  авария  (anna, " in listed


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--until", "28.02.2022", "--reason", "x"], "--until 28.02.2022: write the day as YYYY-MM-DD"),
        (["--until", "2022-02-20", "--reason", "x"], "readings are taken until 25.02.2022 already"),
        (["--until", "2022-03-26", "--reason", "x"], "on 25.03.2022 the next month closes"),
        (["--until", "2022-02-28", "--reason", " "], "--reason: say why"),
        (["--until", "2022-02-28", "--reason", "x", "--period", "02.2022"], "--period 02.2022: write the month"),
        (["--until", "2022-02-28", "--reason", "x", "--provider", "gas"], "--provider gas: no provider"),
        (["--until", "2022-02-28", "--reason", "x", "--street", "Труда"], "--street and --building belong together"),
        (["--until", "2022-02-28", "--reason", "x", "--street", "Труда", "--building", "9"], "nobody lives there"),
    ],
)
async def test_what_makes_no_sense_is_refused_in_one_line(command: Command, words: list[str], why: str) -> None:
    result = await command("window", "extend", *words, **NOW)
    assert result.exit_code == 2
    assert why in result.output
    assert len(result.output.strip().splitlines()) == 1
    assert "until" not in (await command("window", "list", **NOW)).stdout.partition("\n")[2]


async def test_another_month_can_be_named(command: Command) -> None:
    made = await command(
        "window", "extend", "--until", "2022-03-02", "--reason", "x", "--period", "2022-02",
        VODOTEPLO_NOW="2022-03-01T10:00:00+05:00",
    )  # fmt: skip
    assert "Readings of 2022-02" in made.stdout
