"""Who may see which numbers, and of which days they are."""

from dataclasses import dataclass
from datetime import date, timedelta

from core.city import City
from core.clock import CityClock
from core.errors import NotFound, Rejected
from core.numbers.model import Days, Figures
from core.numbers.ports import NumbersStore, Wanted
from core.periods import Period
from core.support.model import Operator
from core.support.routing import organisations


class NoSuchDays(Rejected):
    """The last day is before the first, or there are more of them than are looked at at once."""


@dataclass(frozen=True)
class Numbers:
    """The numbers of the organisations an operator belongs to; those of others do not exist for them (NotFound)."""

    store: NumbersStore
    city: City
    clock: CityClock

    def organisations(self, operator: Operator) -> tuple[str, ...]:
        """Those whose numbers the operator may see, as the city file has them."""
        return tuple(name for name in organisations(self.city) if operator.may_see(name))

    def days(self, first: date | None = None, last: date | None = None) -> Days:
        """The days from one to the other; up to today, for a month, where an end is not given. Raises NoSuchDays."""
        last = last or max(self.clock.today(), first or date.min)
        try:
            return Days(first or Period.of(last).previous.day(last.day), last)
        except ValueError:
            raise NoSuchDays from None

    def latest(self, count: int) -> Days:
        """So many days, today included."""
        today = self.clock.today()
        return Days(today - timedelta(days=count - 1), today)

    async def figures(self, operator: Operator, days: Days, organisation: str | None = None) -> Figures:
        """Of one organisation, or of all that the operator may see. Raises NotFound."""
        if organisation is not None and organisation not in self.organisations(operator):
            raise NotFound
        own = operator.organisations if organisation is None else frozenset({organisation})
        now = await self.store.now(own, self.clock.now())
        return await self.store.figures(Wanted(days, self.clock.zone, own), now)
