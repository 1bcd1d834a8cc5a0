"""The made-up city: files that the real import takes, the same every time, with the examples that the page promises."""

from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from core.accounts.model import AccountRef
from core.city import City
from core.ids import ProviderCode
from core.periods import Period
from infra.codes import HmacCodeHasher
from infra.demo_city import DemoCity, write_demo_city
from infra.exchange import import_file

PREMISES = 120
HASHER = HmacCodeHasher(b"k" * 32)
OWED = """
    SELECT number, to_pay - coalesce((SELECT sum(amount) FROM payments
                                       WHERE account_id = accounts.id AND paid_on >= '2022-02-01'), 0)
      FROM statements JOIN accounts ON accounts.id = account_id WHERE period = '2022-01-01'"""


@pytest.fixture
def demo(tmp_path: Path) -> DemoCity:
    return write_demo_city(tmp_path / "demo", PREMISES)


async def imported(engine: AsyncEngine, city: City, demo: DemoCity) -> list[tuple[str, int, int, int]]:
    """Kind, rows, inserted and changed of each file; none may be warned of."""
    taken = []
    for kind, provider, path in demo.files:
        result = await import_file(engine, city, HASHER, kind, provider, path)
        assert result.warnings == ()
        taken.append((kind, result.rows, result.inserted, result.changed))
    return taken


async def fetch(url: str, query: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(record) for record in await connection.fetch(query)]
    finally:
        await connection.close()


async def test_the_real_import_takes_every_file_once(
    engine: AsyncEngine, city: City, demo: DemoCity, database_url: str
) -> None:
    taken = await imported(engine, city, demo)
    assert {kind for kind, *_ in taken} == {"accounts", "meters", "charges", "balances", "payments"}
    assert all(rows == inserted > 0 for _, rows, inserted, _ in taken)
    again = await imported(engine, city, demo)
    assert all((inserted, changed) == (0, 0) for _, _, inserted, changed in again)
    flats = "SELECT count(*) FROM accounts GROUP BY premises_id"
    assert await fetch(database_url, flats) == [(2,)] * PREMISES


async def test_all_that_the_demo_shows_is_there(
    engine: AsyncEngine, city: City, demo: DemoCity, database_url: str
) -> None:
    await imported(engine, city, demo)
    periods = await fetch(database_url, "SELECT DISTINCT period FROM charges ORDER BY 1")
    assert [Period.of(day) for (day,) in periods] == [Period(2021, 7).shifted(month) for month in range(7)]  # type: ignore[arg-type]  # a date
    owed = dict(await fetch(database_url, OWED))
    assert any(amount > 0 for amount in owed.values())  # type: ignore[operator]  # kopecks
    assert any(amount < 0 for amount in owed.values())  # type: ignore[operator]  # kopecks
    for what in (
        "SELECT FROM charges WHERE method = 'meter'",
        "SELECT FROM charges WHERE method = 'norm'",
        "SELECT FROM charges WHERE method = 'building'",
        "SELECT FROM charges WHERE benefit > 0",
        "SELECT FROM charges WHERE penalty > 0",
        "SELECT FROM charges WHERE recalculated < 0",
        "SELECT FROM payments WHERE paid_on BETWEEN '2022-02-01' AND '2022-02-15'",
        "SELECT FROM payments WHERE paid_on BETWEEN '2022-01-01' AND '2022-01-31'",
        "SELECT FROM premises WHERE external_key IS NULL",
        "SELECT FROM meters WHERE verified_until < '2022-02-16'",
    ):
        assert await fetch(database_url, what), what
    assert not await fetch(database_url, "SELECT FROM payments WHERE paid_on > '2022-02-15'")


async def test_the_examples_are_what_their_notes_say(
    engine: AsyncEngine, city: City, demo: DemoCity, database_url: str
) -> None:
    await imported(engine, city, demo)
    owed = dict(await fetch(database_url, OWED))
    meters = await fetch(
        database_url,
        "SELECT accounts.number, service, verified_until::text FROM meters JOIN accounts ON accounts.id = account_id",
    )
    both, over, two, expired = (demo.samples[number : number + 2] for number in (0, 2, 4, 6))
    assert both[0].note == "долг у обоих"
    assert all(owed[sample.account] > 0 for sample in both)  # type: ignore[operator]  # kopecks
    assert sorted(service for number, service, _ in meters if number in {sample.account for sample in both}) == [
        "cold_water",
        "hot_water",
    ]
    assert over[1].note == "переплата Теплофикации"
    assert (owed[over[0].account] > 0, owed[over[1].account] < 0) == (True, True)  # type: ignore[operator]  # kopecks
    assert two[0].note == "два счётчика холодной воды"
    assert sum(number == two[0].account for number, _, _ in meters) == 2
    assert expired[0].note == "срок поверки прошёл"
    assert any(number == expired[0].account and str(until) < "2022-02-16" for number, _, until in meters)


async def test_the_examples_codes_open_their_accounts(
    engine: AsyncEngine, city: City, demo: DemoCity, database_url: str
) -> None:
    await imported(engine, city, demo)
    digests = dict(await fetch(database_url, "SELECT number, code_digest FROM accounts"))
    for sample in demo.samples:
        ref = AccountRef(ProviderCode(sample.provider), sample.account)
        assert digests[sample.account] == HASHER.digest(ref, sample.code)
        assert len(sample.code) == 8


def test_examples_come_in_pairs_with_a_masked_address(demo: DemoCity) -> None:
    assert len(demo.samples) == 8
    for water, heat in zip(demo.samples[::2], demo.samples[1::2], strict=True):
        assert (water.provider, heat.provider) == ("vodokanal", "teplofikaciya")
        assert water.address == heat.address
        assert water.address.endswith("•")


def test_numbers_have_the_form_of_the_city_file(city: City, demo: DemoCity) -> None:
    for sample in demo.samples:
        assert city.provider(sample.provider).accepts_account(sample.account)


def contents(demo: DemoCity) -> list[bytes]:
    return [path.read_bytes() for _, _, path in demo.files]


def test_the_same_seed_gives_the_same_city_and_another_another(tmp_path: Path) -> None:
    one, same = (write_demo_city(tmp_path / name, 30) for name in "ab")
    other = write_demo_city(tmp_path / "c", 30, seed=7)
    assert contents(one) == contents(same)
    assert one.samples == same.samples
    assert all(mine != others for mine, others in zip(contents(one), contents(other), strict=True))


def test_a_later_start_finds_the_files_and_mends_what_is_missing(tmp_path: Path) -> None:
    first = write_demo_city(tmp_path, 30)
    before, times = contents(first), [path.stat().st_mtime_ns for _, _, path in first.files]
    again = write_demo_city(tmp_path, 30)
    assert again == first
    assert [path.stat().st_mtime_ns for _, _, path in again.files] == times
    first.files[0][2].unlink()
    (tmp_path / "demo_city.json").write_text("{", encoding="utf-8")
    assert contents(write_demo_city(tmp_path, 30)) == before


@pytest.mark.parametrize("premises", [1, 2, 5])
async def test_small_cities_are_cities(engine: AsyncEngine, city: City, tmp_path: Path, premises: int) -> None:
    demo = write_demo_city(tmp_path, premises)
    assert len(demo.samples) == 2 * min(premises, 4)
    await imported(engine, city, demo)
