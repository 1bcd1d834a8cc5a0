"""Calls, the resident's side: who calls, on which number, at which hour of their work."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from core.call_backs.model import CallBack, CallStatus
from core.call_backs.ports import CallBackStore, NewCallBack
from core.call_backs.rules import days_of, hours_of, understood_phone
from core.city import City
from core.clock import CityClock
from core.errors import NotFound, Rejected
from core.ids import CallBackId, ChatId, ResidentId
from core.personal.bot_check import NOUNS
from core.support.routing import find_organisation
from core.support_settings import Desk

MOST_A_DAY: Final = 5
"""Calls one resident may ask for within a day: more is no need but a game with somebody's number."""


class HourGone(Rejected):
    """That hour is not to be had (any more)."""


class PhoneUnclear(Rejected):
    """Not one Russian telephone number."""


class TooManyCalls(Rejected):
    """The resident has asked as often as one may in a day."""


@dataclass(frozen=True, slots=True)
class CallWanted:
    """What a resident asks for. `phone`: as understood; None keeps the number of the call that waits already."""

    key: str
    chat: ChatId
    resident: ResidentId
    organisation: str
    phone: str | None = field(repr=False)
    vouched: bool
    hour: datetime


@dataclass(frozen=True)
class CallBacks:
    store: CallBackStore
    city: City
    clock: CityClock

    def organisations(self) -> Sequence[str]:
        """The providers who call back: those whose hours of work are known."""
        return [one.name for one in self.city.providers if self.days(one.name)]

    def days(self, organisation: str) -> Sequence[date]:
        """Days to choose from; none where the hours of work are not known."""
        desk = self._desk(organisation)
        return days_of(desk, self.clock.local()) if desk is not None else []

    def hours(self, organisation: str, day: date) -> Sequence[datetime]:
        """Hours to choose from, by the city's clock."""
        desk = self._desk(organisation)
        return hours_of(desk, day, self.clock.local()) if desk is not None else []

    def phone(self, written: str) -> str:
        """Ten digits. Raises PhoneUnclear."""
        phone = understood_phone(written, self.city.phones.area_code)
        if not phone:
            raise PhoneUnclear
        return phone

    async def ask(self, wanted: CallWanted) -> CallBack:
        """A call at that hour. One that waits for this organisation already is changed to it.

        Raises HourGone, TooManyCalls; NotFound without a number or an organisation.
        """
        stored = await self.store.stored(wanted.key)
        if stored is not None:
            return stored
        self._check_hour(wanted)
        there = await self.waiting(wanted.resident, wanted.organisation)
        if there is None and await self.store.asked_lately(wanted.resident) >= MOST_A_DAY:
            raise TooManyCalls
        return await self.store.ask(self._new(wanted, there))

    def _check_hour(self, wanted: CallWanted) -> None:
        if find_organisation(self.city, wanted.organisation) != wanted.organisation:
            raise NotFound
        if wanted.hour not in self.hours(wanted.organisation, self.clock.local(wanted.hour).date()):
            raise HourGone

    def _new(self, wanted: CallWanted, there: CallBack | None) -> NewCallBack:
        """The word stays while a call waits: the resident has noted it down."""
        phone = wanted.phone or (there.phone if there else "")
        if not phone:
            raise NotFound
        return NewCallBack(
            wanted.key,
            wanted.chat,
            wanted.resident,
            wanted.organisation,
            phone,
            wanted.vouched if wanted.phone else there is not None and there.vouched,
            there.word if there else _word(),
            wanted.hour,
            self.clock.now(),
        )

    async def waiting(self, resident: ResidentId, organisation: str) -> CallBack | None:
        """The call that this organisation owes the resident."""
        own = await self.store.open_of(resident)
        return next((call for call in own if call.organisation == organisation), None)

    async def open_of(self, resident: ResidentId) -> Sequence[CallBack]:
        return await self.store.open_of(resident)

    async def get(self, call: CallBackId, resident: ResidentId) -> CallBack:
        """Raises NotFound for a call that is not theirs."""
        return await self.store.get(call, resident)

    async def cancel(self, call: CallBackId, resident: ResidentId) -> CallBack:
        """The resident needs no call any more. Raises NotFound."""
        found = await self.store.get(call, resident)
        if found.status is CallStatus.OPEN:
            await self.store.cancel(call)
        return await self.store.get(call, resident)

    def _desk(self, organisation: str) -> Desk | None:
        return self.city.support.desk_on(organisation, self.clock.today())


def _word() -> str:
    """What the operator says first: nobody else knows it, so whoever does not say it is somebody else."""
    return f"{secrets.choice(NOUNS)} {secrets.randbelow(90) + 10}"
