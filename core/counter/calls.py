"""The list of calls at the desk: who is to be called at which hour, taken by one operator, with what came of it.

Two operators do not call one resident: a call is taken first, which shows its number and is recorded. An act names the
revision it was decided on, so that a form sent twice, or decided on what has changed meanwhile, does nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.call_backs.model import CallBack, CallOutcome, CallStatus
from core.call_backs.ports import CallListStore, Change
from core.call_backs.rules import HOUR, days_of, hours_of, masked_phone, next_try, shown_phone
from core.city import City
from core.clock import CityClock
from core.counter.model import CallLine, CallOpen
from core.counter.scope import check
from core.errors import Rejected
from core.ids import CallBackId, PremisesId
from core.staff.looks import Looks
from core.staff.model import Member
from core.support_settings import Desk

SHOWN: Final = 200
MOST_ATTEMPTS: Final = 3
"""Times nobody answers before the call is given up and the resident told."""


class CallTaken(Rejected):
    """Somebody else is calling; `by` is their name."""

    def __init__(self, by: str) -> None:
        super().__init__(by)
        self.by = by


class CallChanged(Rejected):
    """The call is not what it was when this was decided: settled, moved or taken meanwhile."""


class NoSuchHour(Rejected):
    """The hour is none of those that may be agreed on."""


@dataclass(frozen=True)
class CallList:
    store: CallListStore
    looks: Looks
    city: City
    clock: CityClock

    async def waiting(self, member: Member) -> Sequence[CallLine]:
        """Calls of the member's organisations, by their hour; numbers are masked."""
        now = self.clock.now()
        return [
            CallLine(one, masked_phone(one.phone), one.wanted_at + HOUR <= now)
            for one in await self.store.waiting(member.organisations, SHOWN)
        ]

    async def take(self, member: Member, call: CallBackId, rev: int, *, over: bool = False) -> CallOpen:
        """This member calls now, for a quarter of an hour: the number is shown. `over`: though somebody else does.

        Raises NotFound, CallTaken or CallChanged.
        """
        present = await self._find(member, call)
        taken = await self.store.take(call, rev, member.name, over=over)
        if taken is None:
            if present.call.taken_by not in {"", member.name} and present.call.rev == rev:
                raise CallTaken(present.call.taken_by)
            raise CallChanged
        await self.looks.record(member, "call.taken", f"call:{call}")
        return self._open(taken, present)

    async def shown(self, member: Member, call: CallBackId) -> CallOpen:
        """A call this member has taken. Raises NotFound, CallChanged when it is not theirs (any more)."""
        present = await self._find(member, call)
        if present.call.status is not CallStatus.OPEN or present.call.taken_by != member.name:
            raise CallChanged
        await self.looks.record(member, "call.seen", f"call:{call}")
        return self._open(present.call, present)

    async def settle(
        self, member: Member, call: CallBackId, rev: int, outcome: CallOutcome, again_at: datetime | None = None
    ) -> CallStatus:
        """What came of it. Nobody answered: it is tried again later, after some times given up; the resident is told.

        Raises NotFound, CallChanged, NoSuchHour.
        """
        present = (await self._find(member, call)).call
        change = self._change(member, present, outcome, again_at)
        if not await self.store.change(call, rev, change):
            raise CallChanged
        if outcome is CallOutcome.NO_ANSWER:
            await self.store.tell_missed(call)
        await self.looks.record(member, "call.settled", f"call:{call}", {"outcome": outcome.value})
        return change.status

    def _change(self, member: Member, call: CallBack, outcome: CallOutcome, again_at: datetime | None) -> Change:
        match outcome:
            case CallOutcome.DONE:
                return Change(CallStatus.DONE, call.wanted_at, call.attempts, member.name)
            case CallOutcome.AGAIN:
                if again_at is None or again_at not in self._hours(call.organisation):
                    raise NoSuchHour
                return Change(CallStatus.OPEN, again_at, 0, member.name)
            case CallOutcome.NO_ANSWER:
                attempts = call.attempts + 1
                status = CallStatus.MISSED if attempts >= MOST_ATTEMPTS else CallStatus.OPEN
                later = next_try(self._desk(call.organisation), self.clock.local())
                return Change(status, later, attempts, member.name)

    async def _find(self, member: Member, call: CallBackId) -> "_Present":
        found, caller = await self.store.find(call)
        check(member.operator.may_see(found.organisation))
        return _Present(found, caller.messenger, [PremisesId(flat) for flat in caller.flats])

    def _open(self, call: CallBack, present: "_Present") -> CallOpen:
        hours = self._hours(call.organisation)
        return CallOpen(call, shown_phone(call.phone), present.messenger, present.flats, hours)

    def _hours(self, organisation: str) -> Sequence[datetime]:
        desk, now = self._desk(organisation), self.clock.local()
        return [hour for day in days_of(desk, now) for hour in hours_of(desk, day, now)] if desk is not None else []

    def _desk(self, organisation: str) -> Desk | None:
        return self.city.support.desk_on(organisation, self.clock.today())


@dataclass(frozen=True)
class _Present:
    call: CallBack
    messenger: str
    flats: Sequence[PremisesId]
