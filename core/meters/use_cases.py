"""Submitting readings and looking back at them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from core.city import City
from core.clock import CityClock
from core.errors import NotFound, Rejected
from core.ids import ChatId, MeterId, PremisesId, ResidentId
from core.meters.model import (
    Channel,
    Claim,
    Estimate,
    Flag,
    Meter,
    MeterState,
    Reading,
    ReadingStatus,
    Sheet,
    Standing,
    Wastewater,
    Window,
)
from core.meters.ports import MeterStore, NewReading, PhotoStore, ReadingStore, SheetStore, Verdict
from core.meters.rules import (
    CLAIMS_FOR_OPERATOR,
    SETTLED_BY_OPERATOR,
    Check,
    Doubt,
    check_value,
    estimate,
    mean,
    months_between,
    swapped_with,
    too_many_decimals,
    usual_consumption,
    window_at,
)
from core.periods import Period
from core.services import WASTEWATER_PARTS, Service
from core.tasks import READING, NewTask, TaskStore


@dataclass
class TooManyDecimals(Rejected):
    """The dial shows fewer decimals than were typed."""

    allowed: int


@dataclass(frozen=True, slots=True)
class Submission:
    """Who submits, by which channel, under which idempotency key (chat and revision of the screen answered).

    `at` is when the value was written (now, if not given): it decides which period the reading counts for. `claim` is
    what the resident says of a doubtful value, `note` in what words.
    """

    key: str
    resident: ResidentId | None
    channel: Channel
    at: datetime | None = None
    chat: ChatId | None = None
    claim: Claim = Claim.AS_SHOWN
    note: str = ""


@dataclass(frozen=True)
class Readings:
    """Readings of the meters of a flat. The caller has checked that the resident may see the flat."""

    meters: MeterStore
    sheets: SheetStore
    readings: ReadingStore
    tasks: TaskStore
    photos: PhotoStore
    city: City
    clock: CityClock

    async def window(self, meter: Meter, at: datetime | None = None) -> Window:
        """What a reading of the meter, of that instant, counts for."""
        return self._window(meter, await self._sheet(meter.premises, at), self.clock.local(at).date())

    async def open_meters(self, premises: PremisesId) -> tuple[Meter, ...]:
        return (await self._sheet(premises)).meters

    async def meter_of(self, premises: PremisesId, meter: MeterId) -> Meter:
        """An open meter of the flat. Raises NotFound for any other."""
        return (await self._sheet(premises)).meter(meter)

    async def gone_meter(self, premises: PremisesId, meter: MeterId) -> Meter:
        """A meter of the flat that may be closed meanwhile. Raises NotFound for one of another flat."""
        found = await self.meters.known(meter)
        if found.premises != premises:
            raise NotFound
        return found

    async def state(self, meter: Meter, at: datetime | None = None) -> MeterState:
        """The meter with its previous reading, what was submitted for the present period, and its usual consumption."""
        return await self._state(meter, await self._sheet(meter.premises, at), at)

    async def _state(self, meter: Meter, sheet: Sheet, at: datetime | None) -> MeterState:
        day = self.clock.local(at).date()
        window, months = self._window(meter, sheet, day), self.city.checks_on(day).usual_months
        period = window.period
        latest = sheet.latest(meter.id, period, months + 2)
        submitted = latest[0] if latest and latest[0].period == period else None
        before = latest[1:] if submitted else latest[: months + 1]
        usual = usual_consumption([(reading.period, reading.value) for reading in reversed(before)])
        if usual is None:
            usual = mean(await self.readings.charged_volumes(meter, months))
        previous, of = self._previous(meter, before)
        covered = max(1, months_between(of, period)) if of else 1
        return MeterState(meter, window, previous, submitted, usual, covered)

    async def _sheet(self, premises: PremisesId, at: datetime | None = None) -> Sheet:
        """With as many readings as `state` goes by, whichever of three months the instant counts for."""
        day = self.clock.local(at).date()
        return await self.sheets.sheet(premises, Period.of(day), self.city.checks_on(day).usual_months + 4)

    def _window(self, meter: Meter, sheet: Sheet, day: date) -> Window:
        return window_at(self.city, meter.provider, day, sheet.extensions)

    def _previous(self, meter: Meter, before: Sequence[Standing]) -> tuple[Decimal | None, Period | None]:
        """The newest of our own readings and the one billing went by, with its period: an operator may have mended it
        there."""
        billed = Period.of(meter.last_date) if meter.last_date is not None and meter.last_value is not None else None
        if not before:
            return meter.last_value, billed
        taken_on = self.clock.local(before[0].submitted_at).date()
        if billed is not None and meter.last_date is not None and meter.last_date > taken_on:
            return meter.last_value, billed
        return before[0].value, before[0].period

    async def check(self, meter: Meter, value: Decimal, at: datetime | None = None) -> Check:
        """Judges a value before it is confirmed. Raises TooManyDecimals."""
        return self.judge(await self.state(meter, at), value, at)

    def judge(self, state: MeterState, value: Decimal, at: datetime | None = None) -> Check:
        """The same of a meter whose state at that instant is known."""
        if too_many_decimals(state.meter, value) and value < state.meter.capacity:
            raise TooManyDecimals(state.meter.decimals)
        day = self.clock.local(at).date()
        return check_value(state, value, day, self.city.checks_on(day))

    async def swapped(self, meter: Meter, value: Decimal, at: datetime | None = None) -> Meter | None:
        """The meter of the other water that the value seems to have been read off, if that is plain."""
        sheet = await self._sheet(meter.premises, at)
        states = [await self._state(one, sheet, at) for one in sheet.meters]
        day = self.clock.local(at).date()
        return swapped_with(states, meter, value, day, self.city.checks_on(day))

    async def submit(self, premises: PremisesId, meter: MeterId, value: Decimal, by: Submission) -> Reading:
        """Stores a confirmed value. It is judged anew, inside the writing transaction, by the meter as it is now.

        Doubtful values are kept as `flagged`, with a task for an operator, and become current only when that is
        settled. What was stored under the same key is returned as it was. Raises NotFound for a meter that is not of
        the flat, or closed meanwhile; TooManyDecimals, unless the resident claims that the dial is another.
        """
        await self.meters.lock(meter)
        try:
            return await self._store(premises, meter, value, by)
        except (NotFound, TooManyDecimals):
            known = await self.readings.stored(f"{by.key}:{meter}")
            if known is None:
                raise
            return known

    async def _store(self, premises: PremisesId, meter_id: MeterId, value: Decimal, by: Submission) -> Reading:
        at = by.at or self.clock.now()
        sheet = await self._sheet(premises, at)
        meter = sheet.meter(meter_id)
        state = await self._state(meter, sheet, at)
        check = self._judged(state, value, by, at)
        flagged = check.doubt in SETTLED_BY_OPERATOR or by.claim in CLAIMS_FOR_OPERATOR
        reading = await self.readings.add(
            NewReading(
                key=f"{by.key}:{meter.id}",
                meter=meter.id,
                period=state.window.period,
                value=value,
                submitted_at=at,
                channel=by.channel,
                status=ReadingStatus.FLAGGED if flagged else ReadingStatus.ACCEPTED,
                current=not flagged,
                flags=_flags(check, by.claim, state.window),
                resident=by.resident,
                chat=by.chat,
            )
        )
        # Of what was stored before: one that was taken needs no task, whatever would be said of it now.
        if reading.status is ReadingStatus.FLAGGED:
            await self.tasks.open(_task(state, check, reading, by))
        return reading

    def _judged(self, state: MeterState, value: Decimal, by: Submission, at: datetime) -> Check:
        try:
            return self.judge(state, value, at)
        except TooManyDecimals:
            if by.claim not in CLAIMS_FOR_OPERATOR:
                raise
            return Check(None, Doubt.BEYOND_DECIMALS)

    async def keep_for_operator(self, meter: Meter, value: Decimal, by: Submission) -> None:
        """A value meant for a meter that was closed meanwhile: no reading, but nothing typed is lost."""
        at = by.at or self.clock.now()
        facts = {**_said_facts(value, by), **_meter_facts(meter), "closed_on": str(meter.closed_on)}
        key = f"{by.key}:{meter.id}"
        period = Period.of(self.clock.local(at).date())
        await self.tasks.open(NewTask(key, READING, facts, at, meter.premises, meter.id, None, period))

    async def expect_photo(self, meter: Meter, chat: ChatId, key: str) -> bool:
        """A photo of the dial is on its way: it will be kept with the reading that is submitted next. False when there
        are enough of them."""
        return await self.photos.expect(chat, meter.id, key)

    async def estimate(self, meter: Meter, volume: Decimal) -> Estimate | None:
        """What a consumption would cost at the tariff in force. Raises nothing: where no tariff is known, None."""
        tariff = await self.readings.tariff(meter.premises, meter.service)
        return estimate(meter.service, volume, tariff)

    async def wastewater(self, premises: PremisesId, at: datetime | None = None) -> Wastewater | None:
        """Volume of wastewater by the readings of the period; None until every water meter of the flat has one, and
        in flats that measure only one of the two."""
        used: dict[Service, Decimal] = {}
        sheet = await self._sheet(premises, at)
        for meter in sheet.meters:
            if meter.service not in WASTEWATER_PARTS:
                continue
            state = await self._state(meter, sheet, at)
            if state.submitted is None or state.previous is None or state.submitted.value < state.previous:
                return None
            used[meter.service] = used.get(meter.service, Decimal()) + state.submitted.value - state.previous
        if len(used) < len(WASTEWATER_PARTS):
            return None
        cold, hot = (used[service] for service in WASTEWATER_PARTS)
        tariff = await self.readings.tariff(premises, Service.WASTEWATER)
        return Wastewater(cold, hot, estimate(Service.WASTEWATER, cold + hot, tariff))

    async def history(self, meters: Sequence[MeterId], months: int) -> Sequence[Reading]:
        """Every reading of the last months, oldest first."""
        return await self.readings.history(meters, self.clock.period().shifted(-months))

    async def verdict(self, reading: str, provider: str) -> Verdict:
        """Why a provider's billing declined a reading. Raises NotFound."""
        return await self.readings.verdict(reading, provider)


def _flags(check: Check, claim: Claim, window: Window) -> tuple[Flag, ...]:
    claimed = (Flag.ROLLOVER,) if claim is Claim.ROLLED_OVER and Flag.ROLLOVER not in check.flags else ()
    return (*check.flags, *claimed, *((Flag.LATE,) if window.late else ()))


def _said_facts(value: Decimal, by: Submission) -> dict[str, object]:
    return {"value": f"{value:f}", "claim": by.claim.value, "note": by.note, "channel": by.channel.value}


def _meter_facts(meter: Meter) -> dict[str, object]:
    return {
        "digits": meter.digits,
        "decimals": meter.decimals,
        "service": meter.service.value,
        "meter": meter.number,
        "place": meter.place,
    }


def _task(state: MeterState, check: Check, reading: Reading, by: Submission) -> NewTask:
    """Everything an operator needs to settle a reading without asking the resident again."""
    meter = state.meter
    facts = {
        **_said_facts(reading.value, by),
        "doubt": check.doubt.value if check.doubt else None,
        "previous": _plain(state.previous),
        "consumption": _plain(check.consumption),
        "usual": _plain(state.usual),
        "months": state.months,
        "submitted": _plain(state.submitted.value) if state.submitted else None,
        **_meter_facts(meter),
    }
    return NewTask(
        reading.id, READING, facts, reading.submitted_at, meter.premises, meter.id, reading.id, reading.period
    )


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.6f}".rstrip("0").rstrip(".")
