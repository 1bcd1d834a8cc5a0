"""Search at the counter: by number, address and name; masked; of one's own accounts alone; by indexes, city-wide."""

import json
import re
from collections.abc import Sequence
from datetime import date

import pytest
from asyncpg import Connection

from core.counter.model import Row, Search
from core.counter.search import FLATS_SHOWN
from core.counter.use_cases import CounterCases
from core.counter.wanted import NumberWanted, SearchTooShort, WordsWanted, understood
from core.ids import PremisesId
from core.staff.model import Member
from infra.db import search
from infra.db.search import PostgresSearch, pattern
from infra.exchange.addresses import address_key
from tests.infra.db.people import ALL, ANNA, BORIS, ERNA, hire, looked
from tests.infra.db.story import TEPLOFIKACIYA, VODOKANAL

BOTH = (VODOKANAL, TEPLOFIKACIYA)


async def flat(
    db: Connection,
    street: str,
    building: str,
    unit: str,
    holder: str,
    numbers: tuple[str, ...] = (),
    closed: bool = False,
) -> PremisesId:
    """With an account of its first number at the water provider, and of its second at the heat provider."""
    key = address_key("Магнитогорск", street, building, unit)
    made = await db.fetchval(
        "INSERT INTO premises (address_key, city, street, building, unit) VALUES ($1, $2, $3, $4, $5) RETURNING id",
        *(key, "Магнитогорск", street, building, unit),
    )
    for provider, number in zip(BOTH, numbers, strict=False):
        await db.execute(
            "INSERT INTO accounts (premises_id, provider, number, holder, closed_on) VALUES ($1, $2, $3, $4, $5)",
            *(made, provider, number, holder, date(2020, 1, 1) if closed else None),
        )
    return PremisesId(made)


@pytest.fixture
async def town(db: Connection) -> dict[str, PremisesId]:
    await hire(db)
    return {
        "ivanova": await flat(db, "ул. Труда", "14", "27", "Иванова Мария Петровна", ("3000000014", "700000014")),
        "ivanov": await flat(db, "ул. Труда", "141", "2", "Иванов Пётр Ильич", ("3000000141", "700000141")),
        "semyonov": await flat(db, "пр. Ленина", "5/1", "3", "Семёнов-Тян Ян", ("3000000005", "700000005")),
        "letiya": await flat(db, "ул. 50-летия Магнитки", "14а", "9", "Ли О'Нил", ("3000000050",)),
        "heat only": await flat(db, "ул. Калинина", "1", "1", "Теплов Лев Ильич", ()),
        "moved out": await flat(db, "ул. Труда", "14", "28", "Иванова Анна", ("3000000028",), closed=True),
    }


async def found(counter: CounterCases, text: str, who: Member = ALL) -> list[PremisesId]:
    return [one.premises for one in (await counter.search.find(who, text)).found]


SPELLINGS = (
    ("3000000014", ["ivanova"]),
    ("30 0000-0014", ["ivanova"]),
    ("0141", ["ivanov"]),
    ("0014", ["ivanova", "ivanov"]),
    ("труда 14 27", ["ivanova"]),
    ("ул. Труда, д. 14, кв. 27", ["ivanova"]),
    ("Труда 14-27", ["ivanova"]),
    ("УЛИЦА ТРУДА 14", ["ivanova", "ivanov"]),
    ("труда", ["ivanova", "ivanov"]),
    ("ленина 5/1", ["semyonov"]),
    ("50-летия 14а", ["letiya"]),
    ("магнитки 14", ["letiya"]),
    ("иванова", ["ivanova"]),
    ("иванов", ["ivanova", "ivanov"]),
    ("иванова мария", ["ivanova"]),
    ("мария иванова труда", ["ivanova"]),
    ("Иванов Петр", ["ivanova", "ivanov"]),
    ("Иванов Петр Ильич", ["ivanov"]),
    ("семенов", ["semyonov"]),
    ("семёнов-тян", ["semyonov"]),
    ("нил", ["letiya"]),
    ("иванова ленина", []),
    ("27 труда", ["ivanova"]),
    ("Магнитогорск, Труда 14, 27", ["ivanova"]),
)
"""What is typed, and who is found by it."""


async def test_a_flat_is_found(counter: CounterCases, town: dict[str, PremisesId]) -> None:
    for text, who in SPELLINGS:
        assert set(await found(counter, text)) == {town[one] for one in who}, text


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("иваноав мария", "ivanova"),
        ("иванава труда", "ivanova"),
        ("магнетки 14а", "letiya"),
        ("трудв 14 27", "ivanova"),
    ],
)
async def test_a_slip_of_the_hand_is_forgiven_where_nothing_is_spelt_so(
    counter: CounterCases, db: Connection, town: dict[str, PremisesId], text: str, who: str
) -> None:
    async with db.transaction():
        hits = await counter.search.find(ALL, text)
    assert hits.alike
    assert town[who] in [one.premises for one in hits.found]


TOO_LITTLE = ("", "  ", "14", "1 27", "ив", "123", "ул. д. кв.", "%", "___", "''", "\0\0\0", "🙂🙂🙂", "14 д 27 кв")


async def test_too_little_lists_nobody(counter: CounterCases, db: Connection) -> None:
    await hire(db)
    for text in TOO_LITTLE:
        with pytest.raises(SearchTooShort):
            await counter.search.find(ALL, text)
    assert await looked(db) == []


HOSTILE = (
    "иван%", "труда' OR 1=1 --", "труда; DROP TABLE accounts", "(((((иванова", "[а-я]+ труда",
    ".*труда.*|", "\\mтруда",
    "ива\x00нова", "<script>alert(1)</script>", "труда " * 500, "ив" + "а" * 5000, "\ud800иванова",
    "İstanbul ẞtraße",
    "a" * 99 + "\\",
)  # fmt: skip


async def test_hostile_words_are_words(counter: CounterCases, town: dict[str, PremisesId], db: Connection) -> None:
    for text in HOSTILE:
        await counter.search.find(ALL, text)
    assert await db.fetchval("SELECT count(*) FROM accounts") == 8


@pytest.mark.parametrize(
    ("text", "address", "number", "holder"),
    [
        ("3000000014", ("1•", "••"), "3000000014", "И•••••• М•••• П•••••••"),
        ("0014", ("1•", "••"), "••••••0014", "И•••••• М•••• П•••••••"),
        ("иванова", ("1•", "••"), "••••••0014", "Иванова М•••• П•••••••"),
        ("труда 14", ("14", "••"), "••••••0014", "И•••••• М•••• П•••••••"),
        ("труда 14 27 мария", ("14", "27"), "••••••0014", "И•••••• Мария П•••••••"),
    ],
)
async def test_of_a_hit_only_what_was_typed_is_shown(
    counter: CounterCases, town: dict[str, PremisesId], text: str, address: tuple[str, str], number: str, holder: str
) -> None:
    hits = {one.premises: one for one in (await counter.search.find(ANNA, text)).found}
    hit = hits[town["ivanova"]]
    (account,) = hit.accounts
    assert (hit.address.building, hit.address.unit) == address
    assert (account.number, account.holder) == (number, holder)


async def test_an_organisation_finds_its_own_accounts_alone(
    counter: CounterCases, db: Connection, town: dict[str, PremisesId]
) -> None:
    def providers(hits: Search) -> set[str]:
        return {account.provider for one in hits.found for account in one.accounts}

    for who, own in ((ANNA, {"vodokanal"}), (BORIS, {"teplofikaciya"}), (ALL, set(BOTH)), (ERNA, set())):
        assert providers(await counter.search.find(who, "иванова")) == own
    assert await found(counter, "700000014", ANNA) == []
    async with db.transaction():
        assert await found(counter, "магнитки", BORIS) == []


async def test_a_name_told_by_one_provider_is_not_found_by_another(
    counter: CounterCases, db: Connection, town: dict[str, PremisesId]
) -> None:
    await db.execute(
        "UPDATE accounts SET holder = 'Тайнова Ада' WHERE provider = 'teplofikaciya' AND number = '700000014'"
    )
    assert await found(counter, "тайнова", BORIS) == [town["ivanova"]]
    assert await found(counter, "тайнова", ANNA) == []
    assert await found(counter, "тайнава", ANNA) == []


async def test_more_than_fit_are_not_listed(counter: CounterCases, db: Connection) -> None:
    await hire(db)
    for unit in range(FLATS_SHOWN + 5):
        await flat(db, "ул. Длинная", "1", str(unit), "Некто", (f"39{unit:08}", f"79{unit:07}"))
    hits = await counter.search.find(ALL, "длинная 1")
    assert (len(hits.found), hits.more) == (FLATS_SHOWN, True)
    assert {len(one.accounts) for one in hits.found} == {2}
    exact = await counter.search.find(ALL, "длинная 1 24")
    assert (exact.found[0].address.unit, exact.more) == ("24", False)


async def test_a_search_is_recorded_without_its_words(
    counter: CounterCases, db: Connection, town: dict[str, PremisesId]
) -> None:
    await counter.search.find(ANNA, "иванова мария")
    assert await looked(db) == [("login1", "counter.searched", "")]
    facts = await db.fetchval("SELECT facts::text FROM desk_looks")
    assert json.loads(facts) == {"by": "words", "flats": [town["ivanova"]]}
    assert not re.search("[а-я]", facts)


def test_a_pattern_quotes_what_it_does_not_know() -> None:
    assert pattern("14/2").endswith("14/2") or pattern("14/2").endswith(r"14\/2")
    assert pattern("семен").endswith("с[её]м[её]н")
    wanted = understood("5-этаж.* труда")
    assert isinstance(wanted, WordsWanted)
    assert wanted.words == ("5-этаж", "труда")


# --- a whole city


_CITY = """
WITH streets AS (
    SELECT array_agg('улица ' || name || 'ская') AS names FROM unnest($1::text[]) AS name
), flats AS (
    INSERT INTO premises (address_key, city, street, building, unit)
    SELECT 'магнитогорск|' || names[1 + n % 200] || '|' || (1 + n / 200 % 150) || '|' || (1 + n / 30000 % 90), 'М',
        names[1 + n % 200], (1 + n / 200 % 150)::text, (1 + n / 30000 % 90)::text
    FROM streets, generate_series(1, 85000) AS n RETURNING id
)
INSERT INTO accounts (provider, number, premises_id, holder)
SELECT provider, CASE provider WHEN 'vodokanal' THEN '3' ELSE '7' END
    || lpad((id * 7919 % 100000007)::text, 8, '0'), id,
    initcap(($1::text[])[1 + id * 31 % 200] || 'ова ' || ($1::text[])[1 + id * 17 % 200])
FROM flats, unnest(ARRAY['vodokanal', 'teplofikaciya']) AS provider
"""


def _names() -> list[str]:
    """Two hundred stems that are not alike."""
    heads = (
        "бор",
        "вер",
        "гал",
        "дуб",
        "жар",
        "зим",
        "кал",
        "лес",
        "мор",
        "нор",
        "пол",
        "рек",
        "сал",
        "тур",
        "фом",
        "хар",
    )
    tails = ("ави", "еле", "ино", "ога", "убе", "ыта", "яри", "эдо", "ика", "онду", "амо", "ерши", "окла")
    return [head + tail for head in heads for tail in tails][:200]


async def test_in_a_city_of_170_000_accounts_the_indexes_are_used(db: Connection) -> None:
    for index in ("ix_accounts_number_trigrams", "ix_accounts_holder_trigrams", "ix_premises_building_trigrams"):
        definition = await db.fetchval("SELECT indexdef FROM pg_indexes WHERE indexname = $1", index)
        await db.execute(f"DROP INDEX {index}")
        await db.execute("CREATE TEMPORARY TABLE IF NOT EXISTS later (definition text)")
        await db.execute("INSERT INTO later VALUES ($1)", definition)
    await db.execute(_CITY, _names())
    for row in await db.fetch("SELECT definition FROM later"):
        await db.execute(row["definition"])
    await db.execute("ANALYZE premises; ANALYZE accounts")
    assert await db.fetchval("SELECT count(*) FROM accounts") == 170_000
    number = await db.fetchval("SELECT number FROM accounts WHERE id = 77777")
    plans = {
        "number": await plan(db, search.BY_NUMBER, list(BOTH), number[3:], 60),
        "words": await plan(
            db, search.BY_WORDS, list(BOTH), *[pattern("жарика")] * 2, [pattern("жарика")], ["жарика"], [], 60
        ),
        "alike": await plan(db, search.ALIKE_WORDS, list(BOTH), "жарикаскоя", "жарикаскоя", [], [], [], 60),
    }
    assert "ix_accounts_number_trigrams" in plans["number"]
    for kind in ("words", "alike"):
        assert "ix_premises_building_trigrams" in plans[kind]
        assert "ix_accounts_holder_trigrams" in plans[kind]
    for text in (number, number[4:], "жарикаская 14", "жарикаова", "жарика 14", "жарекаская 14"):
        assert await rows_of(db, text)


async def rows_of(db: Connection, text: str) -> Sequence[Row]:
    wanted, store = understood(text), PostgresSearch(db)
    async with db.transaction():
        if isinstance(wanted, NumberWanted):
            return await store.by_number(wanted, BOTH, 60)
        return await store.by_words(wanted, BOTH, 60) or await store.alike(wanted, BOTH, 60)


async def plan(db: Connection, query: str, *values: object) -> str:
    """What PostgreSQL does for these values."""
    rows = await db.fetch(f"EXPLAIN {query}", *values)
    return "\n".join(row[0] for row in rows)
