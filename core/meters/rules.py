"""Pure rules of readings: what looks wrong about a value, what is usual for a meter, which period a day counts for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from core.city import City
from core.ids import ProviderCode
from core.meters.model import Claim, Estimate, Flag, Meter, MeterState, Tariff, Window, WindowExtension
from core.money import Kopecks
from core.periods import Period
from core.reading_settings import ReadingChecks
from core.services import Service


class Doubt(StrEnum):
    """Why a reading is not simply taken."""

    BELOW_LAST = "below_last"
    ROLLED_OVER = "rolled_over"
    BEYOND_DIAL = "beyond_dial"
    BEYOND_DECIMALS = "beyond_decimals"
    LARGE = "large"


SETTLED_BY_OPERATOR = frozenset({Doubt.BELOW_LAST, Doubt.ROLLED_OVER, Doubt.BEYOND_DIAL, Doubt.BEYOND_DECIMALS})
"""With these doubts a reading is kept, but becomes current only when an operator has settled it."""
CLAIMS_FOR_OPERATOR = frozenset({Claim.REPLACED, Claim.DIAL})
"""So is one of which the resident says this, whatever it looks like: billing's register is out of date."""
PER_MONTH = 12


@dataclass(frozen=True, slots=True)
class Check:
    """What a value means for a meter: consumption since the last reading (None when unknown) and the doubt, if any."""

    consumption: Decimal | None
    doubt: Doubt | None = None
    flags: tuple[Flag, ...] = ()


def too_many_decimals(meter: Meter, value: Decimal) -> bool:
    """Whether the value has more decimals than the dial shows."""
    exponent = value.normalize().as_tuple().exponent
    return isinstance(exponent, int) and -exponent > meter.decimals


def without_excess(meter: Meter, value: Decimal) -> Decimal:
    """The value as far as the dial shows it: further decimals are cut off, as they are on a dial."""
    return value.quantize(Decimal(1).scaleb(-meter.decimals), rounding="ROUND_DOWN")


def check_value(state: MeterState, value: Decimal, today: date, checks: ReadingChecks) -> Check:
    """Judges a value against the meter's dial, its previous reading and its usual consumption."""
    meter, previous = state.meter, state.previous
    flags = (Flag.VERIFICATION_EXPIRED,) if verification_expired(meter, today) else ()
    if value >= meter.capacity:
        return Check(None, Doubt.BEYOND_DIAL, flags)
    if too_many_decimals(meter, value):
        return Check(None, Doubt.BEYOND_DECIMALS, flags)
    if previous is None:
        return Check(None, None, flags)
    consumption = value - previous
    if consumption < 0:
        return _below(meter, previous, value, flags, checks)
    if consumption > state.months * _large_above(state.usual, checks):
        return Check(consumption, Doubt.LARGE, (*flags, Flag.LARGE))
    return Check(consumption, None, flags)


def _large_above(usual: Decimal | None, checks: ReadingChecks) -> Decimal:
    """Consumption of a month above which it is asked about."""
    if usual is None:
        return Decimal(checks.large_unknown)
    return max(checks.large_times * usual, Decimal(checks.large_floor))


def _below(meter: Meter, previous: Decimal, value: Decimal, flags: tuple[Flag, ...], checks: ReadingChecks) -> Check:
    capacity = meter.capacity
    share = Decimal(checks.rollover_percent) / 100
    if previous >= capacity * share and value < capacity * (1 - share):
        return Check(capacity - previous + value, Doubt.ROLLED_OVER, (*flags, Flag.ROLLOVER))
    return Check(value - previous, Doubt.BELOW_LAST, flags)


def verification_expired(meter: Meter, today: date) -> bool:
    return meter.verified_until is not None and meter.verified_until < today


def days_of_verification(meter: Meter, today: date, warn_days: Collection[int]) -> int | None:
    """Days left until the verification ends, from the first warning on; None earlier, after the end, and unknown."""
    if meter.verified_until is None:
        return None
    left = (meter.verified_until - today).days
    return left if 0 <= left <= max(warn_days) else None


def window_at(city: City, provider: ProviderCode, day: date, extensions: Collection[WindowExtension] = ()) -> Window:
    """What a reading of that day counts for: the first period, of the month before, this and the next one, whose last
    day has not passed. A month before is open only where an operator has extended it."""
    month = Period.of(day)
    for period in (month.previous, month) if extensions else (month,):
        window = _window(city, provider, period, day, extensions)
        if day <= window.closes_on:
            return window
    return _window(city, provider, month.next, day, extensions)


def _window(
    city: City, provider: ProviderCode, period: Period, day: date, extensions: Collection[WindowExtension]
) -> Window:
    rule = city.window_on(max(day, period.first_day), provider)
    regular = rule.closes_on(period)
    closes = max([regular, *(one.until for one in extensions if one.covers(provider, period))])
    return Window(period, rule.opens_on(period), closes, period > Period.of(day), closes > regular)


def months_between(earlier: Period, later: Period) -> int:
    return (later.year - earlier.year) * PER_MONTH + later.month - earlier.month


def usual_consumption(readings: Sequence[tuple[Period, Decimal]]) -> Decimal | None:
    """Mean monthly consumption between the first and the last of some readings, oldest first; None for fewer than two.

    Months without a reading count: what was used in them stands in the reading after them.
    """
    if len(readings) < 2:
        return None
    (since, first), (until, last) = readings[0], readings[-1]
    return (last - first) / months_between(since, until)


def mean(values: Sequence[Decimal]) -> Decimal | None:
    return sum(values, Decimal()) / len(values) if values else None


def estimate(service: Service, volume: Decimal, tariff: Tariff | None) -> Estimate | None:
    """What the volume costs at the tariff; None where nothing of the kind can be said. Heat is measured in Гкал, but
    billed by area in some houses: then the tariff is of another unit."""
    heat = service is Service.HEATING
    if tariff is None or volume < 0 or heat != (tariff.unit.strip().casefold() == "гкал"):
        return None
    kopecks = (volume * tariff.rate * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return Estimate(Kopecks(int(kopecks)), tariff)


def swapped_with(
    states: Sequence[MeterState], meter: Meter, value: Decimal, today: date, checks: ReadingChecks
) -> Meter | None:
    """The meter of the other water whose reading the value may be: what was typed fits it without a doubt, and what
    was sent for it, if anything, fits this one. None where none fits, or several."""
    other = {Service.COLD_WATER: Service.HOT_WATER, Service.HOT_WATER: Service.COLD_WATER}.get(meter.service)
    own = next((state for state in states if state.meter.id == meter.id), None)
    if own is None:
        return None
    fits = [
        state.meter
        for state in states
        if state.meter.service is other
        and check_value(state, value, today, checks).doubt is None
        and (state.submitted is None or check_value(own, state.submitted.value, today, checks).doubt is None)
    ]
    near = [one for one in fits if one.place == meter.place] or fits
    return near[0] if len(near) == 1 else None


def successor(meter: Meter, open_meters: Sequence[Meter]) -> Meter | None:
    """The meter that took the place of a closed one: of its service and place, or the only one of its service."""
    same = [one for one in open_meters if one.service is meter.service]
    here = [one for one in same if one.place == meter.place]
    found = here or same
    return found[0] if len(found) == 1 else None
