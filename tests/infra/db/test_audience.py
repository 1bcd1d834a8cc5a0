"""Whom a broadcast reaches: each thing that an audience asks, and that counting and freezing cannot disagree."""

from dataclasses import replace
from datetime import date

import pytest
from asyncpg import Connection

from core.broadcasts.model import Audience, Debt, Draft, House
from core.broadcasts.ports import Wanted
from core.ids import ProviderCode
from core.money import Kopecks
from core.periods import Period
from core.services import Service
from infra.db import audience as whom
from infra.db.broadcasts import PostgresBroadcasts
from infra.exchange.addresses import area_key
from tests.infra.db.crowd import Crowd
from tests.infra.db.story import NOON

FEBRUARY = Period(2022, 2)
VODOKANAL, TEPLOFIKACIYA = ProviderCode("vodokanal"), ProviderCode("teplofikaciya")


@pytest.fixture
def crowd(db: Connection) -> Crowd:
    return Crowd(db)


def wanted(audience: Audience, *messengers: str) -> Wanted:
    return Wanted(audience, FEBRUARY, "announcement", messengers or ("telegram", "vk"))


async def frozen(db: Connection, asked: Wanted) -> dict[int, str]:
    """Resident to token, as a new broadcast freezes them; counting must say the same."""
    store = PostgresBroadcasts(db)
    mailing = await store.create(f"test:{await db.fetchval('SELECT count(*) FROM mailings')}", DRAFT, "anna", NOON)
    count = await whom.freeze(db, mailing, asked)
    rows = await db.fetch("SELECT resident_id, token FROM deliveries WHERE mailing_id = $1", mailing)
    assert count == len(rows) == sum(one.reached for one in await whom.reach(db, asked))
    return {row["resident_id"]: row["token"] for row in rows}


DRAFT = Draft("Проба", {"ru": "Здравствуйте!"})


async def test_everybody_who_has_a_chat_is_told_once_where_they_were_last(db: Connection, crowd: Crowd) -> None:
    both, other = await crowd.resident("telegram", "vk"), await crowd.resident("telegram")
    await crowd.chat(both, "vk", used=-5)
    assert await frozen(db, wanted(Audience())) == {both: "vk:77", other: "telegram:4242"}


async def test_the_preferred_messenger_goes_before_the_last_one(db: Connection, crowd: Crowd) -> None:
    both = await crowd.resident("telegram", "vk")
    await db.execute("UPDATE residents SET prefers = 'telegram'")
    assert await frozen(db, wanted(Audience())) == {both: "telegram:4242"}
    await crowd.block(both, "telegram")
    assert await frozen(db, wanted(Audience())) == {both: "vk:77"}


async def test_who_opted_out_or_blocked_every_chat_is_counted_and_not_told(db: Connection, crowd: Crowd) -> None:
    tired, gone, other_topic = [await crowd.resident() for _ in range(3)]
    await crowd.opt_out(tired)
    await crowd.opt_out(other_topic, "outage")
    await crowd.block(gone, "telegram")
    assert list(await frozen(db, wanted(Audience()))) == [other_topic]
    (reach,) = await whom.reach(db, wanted(Audience()))
    assert (reach.reached, reach.opted_out, reach.blocked) == (1, 1, 1)


async def test_messengers_and_languages(db: Connection, crowd: Crowd) -> None:
    tatar, russian = await crowd.resident("vk", language="tt"), await crowd.resident("telegram", "vk")
    assert set(await frozen(db, wanted(Audience(languages=("tt", "ba"))))) == {tatar}
    assert await frozen(db, wanted(Audience(), "telegram")) == {russian: "telegram:4242"}
    by_language = [(one.messenger, one.language, one.reached) for one in await whom.reach(db, wanted(Audience()))]
    assert by_language == [("vk", "ru", 1), ("vk", "tt", 1)]


async def test_linked_or_not(db: Connection, crowd: Crowd) -> None:
    linked, loose = await crowd.resident(flat=await crowd.flat()), await crowd.resident()
    assert set(await frozen(db, wanted(Audience(linked=True)))) == {linked}
    assert set(await frozen(db, wanted(Audience(linked=False)))) == {loose}
    assert set(await frozen(db, wanted(Audience()))) == {linked, loose}


async def test_houses_and_streets_in_any_spelling(db: Connection, crowd: Crowd) -> None:
    near, same_street, far = [
        await crowd.resident(flat=await crowd.flat(street, house))
        for street, house in [("улица Труда", "14"), ("улица Труда", "140"), ("проспект Ленина", "14")]
    ]
    assert set(await frozen(db, wanted(Audience(houses=(House("ул. Труда", "д. 14"),))))) == {near}
    assert set(await frozen(db, wanted(Audience(streets=("Труда ул",))))) == {near, same_street}
    either = Audience(houses=(House("пр-т Ленина", "14"),), streets=("улица Труда",))
    assert set(await frozen(db, wanted(either))) == {near, same_street, far}
    nowhere = Audience(houses=(House("улица Труда", "15"),), streets=("улица Мира", "улица Труда"))
    assert await whom.unknown_places(db, nowhere) == ["улица Труда, 15", "улица Мира"]


async def test_districts_and_quarters_of_the_building_list(db: Connection, crowd: Crowd) -> None:
    left, right = [await crowd.resident(flat=await crowd.flat("улица Труда", house)) for house in ("14", "16")]
    await db.execute(
        "INSERT INTO buildings (key, street, building, quarter, district, quarter_key, district_key) VALUES "
        "('|улица труда|14|', 'улица Труда', '14', '109', 'Ленинский', $1, $2), "
        "('|улица труда|16|', 'улица Труда', '16', NULL, 'Правобережный', NULL, $3)",
        *(area_key("109"), area_key("Ленинский"), area_key("Правобережный")),
    )
    assert set(await frozen(db, wanted(Audience(districts=("ленинский",))))) == {left}
    assert set(await frozen(db, wanted(Audience(districts=("109", "Правобережный"))))) == {left, right}
    assert await whom.unknown_places(db, Audience(districts=("Ленинский", "Левый"))) == ["Левый"]


async def test_providers_count_open_accounts_only(db: Connection, crowd: Crowd) -> None:
    water, heat = [await crowd.flat("улица Труда", "1", code) for code in (VODOKANAL, TEPLOFIKACIYA)]
    of_water, of_heat = await crowd.resident(flat=water), await crowd.resident(flat=heat)
    assert set(await frozen(db, wanted(Audience(providers=(VODOKANAL,))))) == {of_water}
    assert set(await frozen(db, wanted(Audience(providers=(VODOKANAL, TEPLOFIKACIYA))))) == {of_water, of_heat}
    await db.execute("UPDATE accounts SET closed_on = '2022-01-01' WHERE premises_id = $1", water)
    assert await frozen(db, wanted(Audience(providers=(VODOKANAL,)))) == {}


async def test_services_by_meters_and_by_charges(db: Connection, crowd: Crowd) -> None:
    metered, charged, old = await crowd.flat(), await crowd.flat(), await crowd.flat()
    people = [await crowd.resident(flat=flat) for flat in (metered, charged, old)]
    await crowd.meter(metered, "hot_water", TEPLOFIKACIYA)
    await crowd.charged(charged, "hot_water", TEPLOFIKACIYA)
    await crowd.charged(old, "hot_water", TEPLOFIKACIYA, date(2020, 1, 1))
    assert set(await frozen(db, wanted(Audience(services=(Service.HOT_WATER,))))) == set(people[:2])
    assert await frozen(db, wanted(Audience(services=(Service.HEATING,)))) == {}


async def test_with_and_without_this_months_reading(db: Connection, crowd: Crowd) -> None:
    whole, half, none, unmetered = [await crowd.flat() for _ in range(4)]
    people = {flat: await crowd.resident(flat=flat) for flat in (whole, half, none, unmetered)}
    for flat in (whole, half, none):
        cold, hot = [await crowd.meter(flat, service, VODOKANAL) for service in ("cold_water", "hot_water")]
        if flat != none:
            await crowd.reading(cold, date(2022, 2, 1))
        if flat == whole:
            await crowd.reading(hot, date(2022, 2, 1))
    assert set(await frozen(db, wanted(Audience(reading=True)))) == {people[whole]}
    assert set(await frozen(db, wanted(Audience(reading=False)))) == {people[half], people[none]}


async def test_debts_by_provider_less_what_was_paid_since(db: Connection, crowd: Crowd) -> None:
    owing, paid, over, other = [await crowd.flat() for _ in range(4)]
    people = {flat: await crowd.resident(flat=flat) for flat in (owing, paid, over, other)}
    for flat, kopecks in ((owing, 50_000), (paid, 50_000), (over, -100)):
        await crowd.owes(flat, VODOKANAL, kopecks)
    await crowd.owes(other, TEPLOFIKACIYA, 90_000)
    await crowd.owes(owing, VODOKANAL, 10, date(2021, 12, 1))
    await db.execute(
        "INSERT INTO payments (provider, operation, account_id, paid_on, amount) "
        "SELECT provider, 'p1', id, '2022-02-03', 50000 FROM accounts "
        "WHERE premises_id = $1 AND provider = 'vodokanal'",
        paid,
    )
    least = Debt(VODOKANAL, Kopecks(40_000))
    assert set(await frozen(db, wanted(Audience(debts=(least,))))) == {people[owing]}
    assert await frozen(db, wanted(Audience(debts=(replace(least, most=Kopecks(49_999)),)))) == {}
    either = (least, Debt(TEPLOFIKACIYA, Kopecks(1), Kopecks(90_000)))
    assert set(await frozen(db, wanted(Audience(debts=either)))) == {people[owing], people[other]}


async def test_all_that_is_asked_must_fit(db: Connection, crowd: Crowd) -> None:
    flats = [await crowd.flat("улица Труда", house) for house in ("1", "2")]
    people = [await crowd.resident("vk", flat=flat, language=language) for flat in flats for language in ("ru", "tt")]
    asked = Audience(houses=(House("улица Труда", "1"),), languages=("tt",), providers=(VODOKANAL,), linked=True)
    assert set(await frozen(db, wanted(asked))) == {people[1]}


async def test_a_resident_with_two_flats_is_told_once(db: Connection, crowd: Crowd) -> None:
    first, second = await crowd.flat(), await crowd.flat()
    resident = await crowd.resident(flat=first)
    await crowd.link(resident, second)
    assert set(await frozen(db, wanted(Audience(providers=(VODOKANAL,))))) == {resident}
    assert await db.fetchval("SELECT premises_id FROM deliveries") == min(first, second)


async def test_nobody_is_frozen_twice(db: Connection, crowd: Crowd) -> None:
    await crowd.resident()
    mailing = await PostgresBroadcasts(db).create("once", DRAFT, "anna", NOON)
    assert await whom.freeze(db, mailing, wanted(Audience())) == 1
    with pytest.raises(Exception, match="uq_deliveries"):
        await whom.freeze(db, mailing, wanted(Audience()))
