"""Finding a flat at the counter: masked hits, and a line in the book of looks for every search."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from core.city import City
from core.clock import CityClock
from core.counter.model import Found, FoundAccount, Row, Search
from core.counter.ports import SearchStore
from core.counter.scope import Scope, scope_of
from core.counter.wanted import NumberWanted, Wanted, shown_address, shown_name, shown_number, understood
from core.staff.looks import Looks
from core.staff.model import Member

FLATS_SHOWN: Final = 20
"""No more, and no further page: nobody reads the register through the search."""
_ROWS: Final = 3 * (FLATS_SHOWN + 1)


@dataclass(frozen=True)
class Searching:
    store: SearchStore
    looks: Looks
    city: City
    clock: CityClock

    async def find(self, member: Member, text: str) -> Search:
        """Flats where the member's organisations have an open account. Raises SearchTooShort."""
        wanted = understood(text, self.city.name)
        scope = scope_of(self.city, member, self.clock.today())
        found, alike = await self._rows(wanted, scope)
        flats = [_found(list(rows), wanted) for _, rows in groupby(found, key=lambda row: row.premises)]
        shown = tuple(flats[:FLATS_SHOWN])
        # What was typed may be a name: a line of the book stays for ever, so it tells how and what was found.
        facts = {
            "by": "number" if isinstance(wanted, NumberWanted) else "words",
            "flats": [one.premises for one in shown],
        }
        await self.looks.record(member, "counter.searched", "", facts)
        return Search(shown, len(flats) > len(shown), alike)

    async def _rows(self, wanted: Wanted, scope: Scope) -> tuple[Sequence[Row], bool]:
        """What is spelt so; else, of words, what comes near."""
        if isinstance(wanted, NumberWanted):
            return await self.store.by_number(wanted, scope.providers, _ROWS), False
        if exact := await self.store.by_words(wanted, scope.providers, _ROWS):
            return exact, False
        return await self.store.alike(wanted, scope.providers, _ROWS), True


def _found(rows: Sequence[Row], wanted: Wanted) -> Found:
    accounts = tuple(
        FoundAccount(row.provider, shown_number(row.number, wanted), shown_name(row.holder, wanted)) for row in rows
    )
    return Found(rows[0].premises, shown_address(rows[0].address, wanted), accounts)
