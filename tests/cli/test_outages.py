"""`vodoteplo outage` and `vodoteplo buildings`: entered, updated, ended, and seen by whoever comes next."""

from pathlib import Path

import asyncpg
import pytest

from tests.cli.conftest import Command

NOW = {"VODOTEPLO_NOW": "2022-02-16T10:00:00+05:00"}
ADD = ("outage", "add", "--service", "cold_water", "--cause", "порыв")


@pytest.fixture
async def house(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "INSERT INTO premises (address_key, city, street, building, unit) "
        "SELECT 'магнитогорск|улица труда|14|' || n, 'Магнитогорск', 'улица Труда', '14', n "
        "FROM generate_series(1, 3) AS n"
    )
    await connection.close()


async def test_an_outage_is_entered_updated_ended_and_listed(command: Command, house: None) -> None:
    where = ("--where", "ул. Труда: 14, 99", "--leave-unknown", "--emergency", "--from", "2022-02-16 09:00")
    where += ("--operator", "anna")
    made = await command(*ADD, *where, "--until", "2022-02-16 18:00", **NOW)
    assert made.exit_code == 0, made.output
    assert made.stdout.splitlines() == [
        "Outage № 1: 1 buildings. Being told: 0 chats.",
        "Left out, not in the list of buildings: ул. Труда: 99",
    ]
    updated = await command("outage", "update", 1, "--text", "ищем место", "--until-unknown", **NOW)
    assert updated.exit_code == 0, updated.output
    listed = (await command("outage", "list", **NOW)).stdout.splitlines()
    assert listed[0] == "№ 1  cold_water  emergency, now"
    assert listed[1].startswith("    16.02.2022 09:00")
    assert listed[1].endswith("– ?  ищем место  (anna)")
    assert listed[2:] == [
        "    ул. Труда: 14, 99: 1 buildings, 3 flats, 0 residents",
        "    say «у меня тоже»: 0, «всё ещё нет»: 0",
    ]
    assert (await command("outage", "end", 1, "--text", "готово", **NOW)).exit_code == 0
    shown = (await command("outage", "show", 1, **NOW)).stdout
    assert "emergency, over" in shown
    assert "opened  anna  until 16.02.2022 18:00  порыв" in shown
    assert "ended  console  готово" in shown
    again = await command("outage", "end", 1, **NOW)
    assert (again.exit_code, again.output.strip()) == (2, "it is over already")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--where", "улица Труда: 14"], "--until: planned work has an end"),
        (["--where", "улица Труда: 14", "--until", "16.02.2022"], "write the city's time as in"),
        (["--where", "улица Труда: 14", "--until", "2022-02-16"], "write the city's time as in"),
        (["--where", "улица Труда: 14", "--until", "2022-02-16T18:00+05:00"], "write the city's time as in"),
        (["--where", "улица Труда: 14", "--until", "2022-02-16 09:00"], "--until: it would be over before it begins"),
        (["--where", "улица Труда: 14", "--from", "2021-02-16 09:00", "--emergency"], "--from: that is too far"),
        (["--where", "улица Труда: 14", "--from", "2022-02-15 09:00", "--until", "2022-02-16 09:00"], "has passed"),
        (["--where", "улица Труда: 15", "--emergency"], "улица Труда: 15: not in the list of buildings"),
        (["--where", " ", "--emergency"], "--where: name a street"),
    ],
)
async def test_what_makes_no_sense_is_refused_in_one_line(
    command: Command, house: None, words: list[str], why: str
) -> None:
    result = await command(*ADD, *words, **NOW)
    assert result.exit_code == 2
    assert why in result.output
    assert len(result.output.strip().splitlines()) == 1
    assert (await command("outage", "list", **NOW)).stdout == "No outage is known.\n"


async def test_what_is_not_there_is_refused(command: Command) -> None:
    for words in (("end", 7), ("show", 7), ("update", 7, "--text", "x")):
        result = await command("outage", *words, **NOW)
        assert (result.exit_code, result.output.strip()) == (2, "there is no such outage")
    both = await command("outage", "update", 7, "--until", "2022-02-16 18:00", "--until-unknown", **NOW)
    assert both.exit_code == 2


async def test_the_list_of_buildings_is_taken_and_an_outage_told_by_quarter(
    command: Command, house: None, tmp_path: Path
) -> None:
    file = tmp_path / "buildings.csv"
    file.write_text("street;building;quarter;district\nулица Труда;14;109а;Правобережный\n", "utf-8")
    taken = await command("buildings", "import", file)
    assert taken.stdout == "buildings.csv: 1 buildings: 1 new, 0 changed, 0 as they were.\n"
    assert (await command("buildings", "list")).stdout.splitlines() == [
        "district Правобережный: 1 buildings, 3 flats",
        "quarter 109а: 1 buildings, 3 flats",
    ]
    made = await command(*ADD, "--where", "квартал 109А", "--emergency", **NOW)
    assert "Outage № 1: 1 buildings." in made.stdout
    file.write_text("street;quarter\nулица Труда;109а\n", "utf-8")
    refused = await command("buildings", "import", file)
    assert refused.exit_code == 2
    assert "no column building" in refused.output
