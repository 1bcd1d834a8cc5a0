"""Search at the counter: the port of core.counter over one connection.

Trigrams (pg_trgm) find a piece of a text at any place of it. The rarest word gives the flats to look at, by the indexes
of buildings and of names; the other words are then looked for in those alone. Words are compared as they begin, so that
«14» is no «214». The town is left out: it would be like every address. Patterns are made of letters and digits,
everything else in them is quoted.
"""

# ruff: noqa: S608 - statements are put together of constants of this module only

import re
from collections.abc import Collection, Sequence
from typing import Final

from asyncpg import Connection, Record

from core.accounts.model import Address
from core.counter.model import Row
from core.counter.wanted import NumberWanted, WordsWanted
from core.ids import PremisesId, ProviderCode

ALIKE: Final = 0.5
"""How much of a word's trigrams must be there for it to come near: «ивонова» is 0.5 of «иванова»."""

_ROW: Final = "premises.id, city, street, building, unit, provider, number, coalesce(holder, '') AS holder"
_OPEN: Final = "closed_on IS NULL AND provider = ANY ($1::text[])"
BY_NUMBER: Final = f"""
SELECT {_ROW} FROM accounts JOIN premises ON premises.id = premises_id
WHERE {_OPEN} AND number LIKE '%' || $2 || '%' ORDER BY number <> $2, premises.id, accounts.id LIMIT $3
"""
_LIKELY: Final = f"""
SELECT id FROM premises WHERE building_key ~ $2
UNION
SELECT premises_id FROM accounts WHERE holder ~* $3 AND {_OPEN}
"""
# $4 are patterns of all words, $5 the words themselves: houses and flats that are exactly so come first.
_LISTED: Final = f"""
SELECT {_ROW} FROM likely JOIN premises USING (id) JOIN accounts ON premises_id = premises.id
WHERE {_OPEN} AND NOT EXISTS (
    SELECT FROM unnest($4::text[]) AS word
    WHERE building_key || split_part(address_key, '|', 4) !~ word AND coalesce(holder, '') !~* word)
ORDER BY (split_part(address_key, '|', 3) = ANY ($5))::int + (split_part(address_key, '|', 4) = ANY ($5))::int
    + (split_part(address_key, '|', 3) = ($6::text[])[1])::int + (split_part(address_key, '|', 4) = ($6)[2])::int DESC,
    street, building, length(unit), unit, premises.id, accounts.id
LIMIT $7
"""
BY_WORDS: Final = f"WITH likely AS MATERIALIZED ({_LIKELY}) {_LISTED}"
ALIKE_WORDS: Final = f"""
WITH likely AS MATERIALIZED (
    SELECT id FROM premises WHERE $2 <% building_key
    UNION
    SELECT premises_id FROM accounts WHERE $3 <% holder AND {_OPEN}
) {_LISTED}
"""
_NEARNESS: Final = "SELECT set_config('pg_trgm.word_similarity_threshold', $1, true)"
_BEGINS: Final = "(^|[-|./, (\"'])"
"""Before a word stands nothing, or one of the few signs that addresses and names have between words."""


class PostgresSearch:
    """`core.counter.ports.SearchStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def by_number(self, wanted: NumberWanted, providers: Collection[ProviderCode], limit: int) -> Sequence[Row]:
        return [_row(row) for row in await self._connection.fetch(BY_NUMBER, sorted(providers), wanted.digits, limit)]

    async def by_words(self, wanted: WordsWanted, providers: Collection[ProviderCode], limit: int) -> Sequence[Row]:
        rarest = pattern(wanted.rarest)
        return await self._listed(BY_WORDS, providers, rarest, wanted.words, limit)

    async def alike(self, wanted: WordsWanted, providers: Collection[ProviderCode], limit: int) -> Sequence[Row]:
        rarest = wanted.rarest
        await self._connection.execute(_NEARNESS, str(ALIKE))
        others = tuple(word for word in wanted.words if word != rarest)
        return await self._listed(ALIKE_WORDS, providers, rarest, others, limit)

    async def _listed(
        self, query: str, providers: Collection[ProviderCode], rarest: str, words: Sequence[str], limit: int
    ) -> Sequence[Row]:
        numbers = [word for word in words if word[0].isdigit()]
        patterns = [pattern(word) for word in words]
        found = await self._connection.fetch(
            query, sorted(providers), rarest, rarest, patterns, list(words), numbers, limit
        )
        return [_row(row) for row in found]


def pattern(word: str) -> str:
    """A regular expression for texts in which a word begins so. Addresses are kept with «е» for «ё», names are not."""
    quoted = "".join(sign if sign.isalnum() else re.escape(sign) for sign in word)
    return _BEGINS + quoted.replace("е", "[её]")


def _row(row: Record) -> Row:
    return Row(
        PremisesId(row["id"]),
        Address(row["street"], row["building"], row["unit"], row["city"]),
        ProviderCode(row["provider"]),
        row["number"],
        row["holder"],
    )
