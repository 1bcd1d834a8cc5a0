"""Submitting readings and looking back at them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.city import City
from core.clock import CityClock
from core.errors import NotFound, Rejected
from core.ids import MeterId, PremisesId, ResidentId
from core.meters.model import Channel, Flag, Meter, MeterState, Reading, ReadingStatus
from core.meters.ports import MeterStore, NewReading, ReadingStore, Verdict
from core.meters.rules import (
    SETTLED_BY_OPERATOR,
    Check,
    check_value,
    is_late,
    mean,
    too_many_decimals,
    usual_consumption,
)
from core.periods import Period

USUAL_MONTHS = 6


@dataclass
class TooManyDecimals(Rejected):
    """The dial shows fewer decimals than were typed."""

    allowed: int


@dataclass(frozen=True, slots=True)
class Window:
    """What a reading taken now counts for, and the last day on which it may be corrected."""

    period: Period
    closes_on: date
    late: bool


@dataclass(frozen=True, slots=True)
class Submission:
    """Who submits, by which channel, under which idempotency key (chat and revision of the screen answered)."""

    key: str
    resident: ResidentId | None
    channel: Channel


@dataclass(frozen=True)
class Readings:
    """Readings of the meters of a flat. The caller has checked that the resident may see the flat."""

    meters: MeterStore
    readings: ReadingStore
    city: City
    clock: CityClock

    def window(self) -> Window:
        today = self.clock.today()
        window = self.city.window_on(today)
        period = window.period_for(today)
        return Window(period, window.closes_on(period), is_late(window, today))

    async def open_meters(self, premises: PremisesId) -> tuple[Meter, ...]:
        return await self.meters.open_of(premises)

    async def meter_of(self, premises: PremisesId, meter: MeterId) -> Meter:
        """An open meter of the flat. Raises NotFound for any other."""
        found = await self.meters.open(meter)
        if found.premises != premises:
            raise NotFound
        return found

    async def state(self, meter: Meter) -> MeterState:
        """The meter with its previous reading, what was submitted for the present period, and its usual consumption."""
        period = self.window().period
        latest = await self.readings.latest(meter.id, period, USUAL_MONTHS + 2)
        submitted = latest[0] if latest and latest[0].period == period else None
        before = latest[1:] if submitted else latest[: USUAL_MONTHS + 1]
        usual = usual_consumption([reading.value for reading in reversed(before)])
        if usual is None:
            usual = mean(await self.readings.charged_volumes(meter, USUAL_MONTHS))
        return MeterState(meter, self._previous(meter, before), submitted, usual)

    def _previous(self, meter: Meter, before: Sequence[Reading]) -> Decimal | None:
        """The newest of our own readings and the one billing went by: an operator may have mended it there."""
        if not before:
            return meter.last_value
        taken_on = self.clock.local(before[0].submitted_at).date()
        if meter.last_value is not None and meter.last_date is not None and meter.last_date > taken_on:
            return meter.last_value
        return before[0].value

    async def check(self, meter: Meter, value: Decimal) -> Check:
        """Judges a value before it is confirmed. Raises TooManyDecimals."""
        if too_many_decimals(meter, value):
            raise TooManyDecimals(meter.decimals)
        return check_value(await self.state(meter), value, self.clock.today())

    async def submit(self, meter: Meter, value: Decimal, by: Submission) -> Reading:
        """Stores a confirmed value. It is judged anew, inside the writing transaction.

        Doubtful values are kept as `flagged` and become current only when an operator settles them.
        """
        await self.meters.lock(meter.id)
        check = await self.check(meter, value)
        window = self.window()
        flagged = check.doubt in SETTLED_BY_OPERATOR
        late = (Flag.LATE,) if window.late else ()
        return await self.readings.add(
            NewReading(
                key=f"{by.key}:{meter.id}",
                meter=meter.id,
                period=window.period,
                value=value,
                submitted_at=self.clock.now(),
                channel=by.channel,
                status=ReadingStatus.FLAGGED if flagged else ReadingStatus.ACCEPTED,
                current=not flagged,
                flags=(*check.flags, *late),
                resident=by.resident,
            )
        )

    async def history(self, meters: Sequence[MeterId], months: int) -> Sequence[Reading]:
        """Every reading of the last months, oldest first."""
        return await self.readings.history(meters, self.clock.period().shifted(-months))

    async def verdict(self, reading: str, provider: str) -> Verdict:
        """Why a provider's billing declined a reading. Raises NotFound."""
        return await self.readings.verdict(reading, provider)
