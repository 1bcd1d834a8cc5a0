"""The city's list of buildings: a file is the list, taken whole or not at all."""

from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.exchange.buildings import import_buildings
from infra.exchange.model import FileRefused

HEADER = "street;building;quarter;district\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "buildings.csv"


async def listed(url: str) -> list[tuple[str, ...]]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT key, building, quarter, quarter_key, district FROM buildings ORDER BY key")
    await connection.close()
    return [tuple(row) for row in rows]


async def test_the_list_is_brought_to_what_the_file_says(engine: AsyncEngine, database_url: str, file: Path) -> None:
    file.write_text(HEADER + "ул. Труда;14 А;109-й квартал;\nулица Набережная;2;;Левобережный\n", "utf-8")
    assert (await import_buildings(engine, file)).inserted == 2
    assert await listed(database_url) == [
        ("|улица набережная|2|", "2", None, None, "Левобережный"),
        ("|улица труда|14а|", "14 А", "109-й квартал", "109", None),
    ]
    again = await import_buildings(engine, file)
    assert (again.inserted, again.changed, again.unchanged) == (0, 0, 2)
    file.write_bytes((HEADER + "ул. Труда;14 А;110;\nулица Набережная;2;;Левобережный\n").encode("cp1251"))
    changed = await import_buildings(engine, file, dry_run=True)
    assert (changed.inserted, changed.changed) == (0, 1)
    assert (await listed(database_url))[1][2] == "109-й квартал"


async def test_a_list_that_loses_many_buildings_is_asked_about(
    engine: AsyncEngine, database_url: str, file: Path
) -> None:
    file.write_text(HEADER + "".join(f"улица Труда;{number};1;\n" for number in range(1, 11)), "utf-8")
    await import_buildings(engine, file)
    file.write_text(HEADER + "улица Труда;1;1;\n", "utf-8")
    with pytest.raises(FileRefused, match="9 of 10 buildings would vanish"):
        await import_buildings(engine, file)
    assert len(await listed(database_url)) == 10
    assert (await import_buildings(engine, file, accept_drop=True)).warnings
    assert len(await listed(database_url)) == 1


async def test_every_bad_row_is_told_and_nothing_is_taken(engine: AsyncEngine, database_url: str, file: Path) -> None:
    rows = ("улица Труда;14;1;", "ул. Труда;д. 14;2;", ";5;1;", "улица Труда;;1;", f"улица Труда;7;{'я' * 101};", "a;b")
    file.write_text(HEADER + "\n".join(rows), "utf-8")
    with pytest.raises(FileRefused) as refused:
        await import_buildings(engine, file)
    assert sorted((error.line, error.column) for error in refused.value.errors) == [
        *((3, "building"), (4, "street"), (5, "building"), (6, "quarter"), (7, "")),
    ]
    assert await listed(database_url) == []


@pytest.mark.parametrize("text", ["", HEADER, "улица Труда;14\n", "street;quarter\nа;1\n"])
async def test_a_file_that_is_none_is_refused(engine: AsyncEngine, file: Path, text: str) -> None:
    file.write_text(text, "utf-8")
    with pytest.raises(FileRefused):
        await import_buildings(engine, file)
