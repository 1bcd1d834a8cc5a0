"""Pure rules of readings: what looks wrong about a value, and what is usual for a meter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from core.city import ReadingWindow
from core.meters.model import Flag, Meter, MeterState
from core.periods import Period

LARGE_FACTOR = 3
"""A month is far above the usual from three times the six-month mean on."""
LARGE_FLOOR = Decimal(10)
"""…and above this many units: three litres instead of one alarm nobody."""
LARGE_WITHOUT_HISTORY = Decimal(50)
"""Where nothing is known of the usual, more than this is asked about: a slipped digit looks like that."""
ROLLOVER_SHARE = Decimal("0.9")
"""A dial that stood above this share of its capacity may have started anew (domain.md R14)."""


class Doubt(StrEnum):
    """Why a reading is not simply taken."""

    BELOW_LAST = "below_last"
    ROLLED_OVER = "rolled_over"
    BEYOND_DIAL = "beyond_dial"
    LARGE = "large"


SETTLED_BY_OPERATOR = frozenset({Doubt.BELOW_LAST, Doubt.ROLLED_OVER, Doubt.BEYOND_DIAL})
"""With these doubts a reading is kept, but becomes current only when an operator has settled it."""


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


def check_value(state: MeterState, value: Decimal, today: date) -> Check:
    """Judges a value against the meter's dial, its previous reading and its usual consumption."""
    meter, previous = state.meter, state.previous
    flags = (Flag.VERIFICATION_EXPIRED,) if verification_expired(meter, today) else ()
    if value >= meter.capacity:
        return Check(None, Doubt.BEYOND_DIAL, flags)
    if previous is None:
        return Check(None, None, flags)
    consumption = value - previous
    if consumption < 0:
        return _below(meter, previous, value, flags)
    if consumption > _large_above(state.usual):
        return Check(consumption, Doubt.LARGE, (*flags, Flag.LARGE))
    return Check(consumption, None, flags)


def _large_above(usual: Decimal | None) -> Decimal:
    return LARGE_WITHOUT_HISTORY if usual is None else max(LARGE_FACTOR * usual, LARGE_FLOOR)


def _below(meter: Meter, previous: Decimal, value: Decimal, flags: tuple[Flag, ...]) -> Check:
    capacity = meter.capacity
    if previous >= capacity * ROLLOVER_SHARE and value < capacity * (1 - ROLLOVER_SHARE):
        return Check(capacity - previous + value, Doubt.ROLLED_OVER, (*flags, Flag.ROLLOVER))
    return Check(value - previous, Doubt.BELOW_LAST, flags)


def verification_expired(meter: Meter, today: date) -> bool:
    return meter.verified_until is not None and meter.verified_until < today


def is_late(window: ReadingWindow, day: date) -> bool:
    """Whether a reading of that day has missed the window of its own month."""
    return day > window.closes_on(Period.of(day))


def usual_consumption(values: Sequence[Decimal]) -> Decimal | None:
    """Mean monthly consumption of consecutive readings, oldest first; None for fewer than two."""
    if len(values) < 2:
        return None
    return (values[-1] - values[0]) / (len(values) - 1)


def mean(values: Sequence[Decimal]) -> Decimal | None:
    return sum(values, Decimal()) / len(values) if values else None
