"""Readings that are read out by telephone or at an office: the same grammar, checks and claims as in a chat.

A value is judged first and stored when the operator has read it back; storing judges it anew, inside the transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from core.clock import CityClock
from core.counter.cards import Cards
from core.counter.model import Judged
from core.counter.ports import Actor
from core.counter.scope import check
from core.errors import Rejected
from core.ids import MeterId, PremisesId
from core.meters.model import Channel, Claim, Meter, MeterState, Reading, Window
from core.meters.numbers import parse_reading
from core.meters.rules import Check, Doubt, without_excess
from core.meters.use_cases import Readings, Submission, TooManyDecimals
from core.staff.looks import Looks
from core.staff.model import Member

CHANNELS: Final = (Channel.PHONE, Channel.OFFICE)
LONGEST_NOTE: Final = 300
CLAIMS: Final[Mapping[Doubt | None, tuple[Claim, ...]]] = {
    None: (Claim.AS_SHOWN,),
    Doubt.LARGE: (Claim.AS_SHOWN, Claim.LAST_WRONG),
    Doubt.BELOW_LAST: (Claim.AS_SHOWN, Claim.REPLACED, Claim.LAST_WRONG, Claim.ROLLED_OVER),
    Doubt.ROLLED_OVER: (Claim.AS_SHOWN, Claim.REPLACED, Claim.LAST_WRONG, Claim.ROLLED_OVER),
    Doubt.BEYOND_DIAL: (Claim.AS_SHOWN, Claim.REPLACED),
    Doubt.BEYOND_DECIMALS: (Claim.DIAL,),
}
"""What may be said of a value, as the buttons of a chat have it (dialogs.readings.buttons)."""


class ClaimUnfit(Rejected):
    """Nothing of the kind can be said of this value, or its channel is none of an operator's."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A value as it was typed, confirmed by whoever reads it out. `key` makes storing it again harmless."""

    key: str
    written: str
    channel: Channel
    claim: Claim = Claim.AS_SHOWN
    note: str = ""


@dataclass(frozen=True)
class CounterReadings:
    cards: Cards
    readings: Readings
    actor: Actor
    looks: Looks
    clock: CityClock

    async def known(self, member: Member, premises: PremisesId, meter: MeterId) -> tuple[MeterState, Window]:
        """What is known of a meter before its dial is read. Raises NotFound as `judge` does."""
        found = await self._meter(member, premises, meter)
        return await self.readings.state(found), await self.readings.window(found)

    async def judge(self, member: Member, premises: PremisesId, meter: MeterId, written: str) -> Judged:
        """What a value means. Raises BadNumber; NotFound for a meter of another flat, or one they do not read."""
        found = await self._meter(member, premises, meter)
        value = parse_reading(written)
        judged = await self._check(found, value)
        doubtful = judged.doubt in {Doubt.BELOW_LAST, Doubt.LARGE}
        state = await self.readings.state(found)
        swapped = await self.readings.swapped(found, value) if doubtful else None
        window = await self.readings.window(found)
        return Judged(found, value, judged, window, state.previous, CLAIMS[judged.doubt], swapped)

    def trimmed(self, judged: Judged) -> Decimal:
        """Of a value with more decimals than the dial has, what the dial can show."""
        return without_excess(judged.meter, judged.value)

    async def store(self, member: Member, premises: PremisesId, meter: MeterId, entry: Entry) -> Reading:
        """Stores a confirmed value by phone or office; who typed it stands in the history of the reading.

        Raises as `judge` does; ClaimUnfit; TooManyDecimals, unless the claim is that the dial is another.
        """
        found = await self._meter(member, premises, meter)
        value = parse_reading(entry.written)
        key = f"desk:{member.id}:{entry.key}"
        if await self.readings.readings.stored(f"{key}:{meter}") is None:
            await self._check_claim(found, value, entry)
        await self.actor.act_as(member.name)
        note = entry.note.strip()[:LONGEST_NOTE]
        by = Submission(key, None, entry.channel, claim=entry.claim, note=note)
        reading = await self.readings.submit(premises, meter, value, by)
        facts = {"meter": int(meter), "reading": reading.id, "channel": entry.channel.value}
        await self.looks.record(member, "reading.stored", f"flat:{premises}", facts)
        return reading

    async def _check_claim(self, meter: Meter, value: Decimal, entry: Entry) -> None:
        allowed = CLAIMS[(await self._check(meter, value)).doubt]
        if entry.channel not in CHANNELS or entry.claim not in {*allowed, Claim.AS_SHOWN}:
            raise ClaimUnfit

    async def _meter(self, member: Member, premises: PremisesId, meter: MeterId) -> Meter:
        _, scope = await self.cards.of_theirs(member, premises)
        found = await self.readings.meter_of(premises, meter)
        check(scope.reads(found))
        return found

    async def _check(self, meter: Meter, value: Decimal) -> Check:
        try:
            return await self.readings.check(meter, value)
        except TooManyDecimals:
            return Check(None, Doubt.BEYOND_DECIMALS)
