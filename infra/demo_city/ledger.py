"""Seven months of charges, payments and balances of one account, to the kopeck."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from random import Random

from core.periods import Period
from infra.demo_city.flats import HEAT, WATER, Account, Flat, Habit
from infra.demo_city.words import BANKS

PERIODS = tuple(Period(2021, 7).shifted(month) for month in range(7))
LAST_PAYMENT = date(2022, 2, 15)

_TARIFFS = {
    "cold_water": (2821, 2935),
    "wastewater": (2467, 2567),
    "hot_water": (11840, 12295),
    "heating": (173386, 179140),
}
"""Kopecks a unit in 2021 and in January 2022; invented, near the real ones."""
_NORM = {"cold_water": 4300, "hot_water": 2900}
"""Litres a resident and month where there is no meter; invented."""
_HEAT_NORM = 1_900
"""Millionths of a Gcal a month for a tenth of a square metre, evenly over the year; invented."""
_THOUSANDTHS, _MILLIONTHS = 1000, 1_000_000


@dataclass(frozen=True)
class Line:
    """A charge; `volume` is a whole number of parts, `parts` of which make a unit. Sums are kopecks."""

    period: Period
    service: str
    unit: str
    volume: int
    parts: int
    method: str
    tariff: int
    charged: int
    recalculated: int
    benefit: int
    penalty: int

    @property
    def total(self) -> int:
        return self.charged + self.recalculated - self.benefit + self.penalty


@dataclass(frozen=True)
class Month:
    """A closed month of an account."""

    period: Period
    opening: int
    lines: tuple[Line, ...]
    paid: int

    @property
    def to_pay(self) -> int:
        return self.opening + sum(line.total for line in self.lines) - self.paid


@dataclass(frozen=True)
class Payment:
    paid_on: date
    amount: int
    channel: str


@dataclass
class Ledger:
    """What an account was charged and paid. `volumes`: litres of each period by service, the same at both providers."""

    flat: Flat
    account: Account
    volumes: list[dict[str, int]]
    months: list[Month] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)

    def fill(self, chance: Random) -> None:
        opening = 0
        bill = 100_000
        for period, volumes in zip(PERIODS, self.volumes, strict=True):
            if not self.months:
                opening = sum(line.total for line in self._lines(period, volumes, 0, chance))
                bill = max(opening, 1)
            payment = self._payment(period, opening, bill, chance)
            paid = payment.amount if payment else 0
            penalty = max(opening - bill, 0) * 3 // 1000
            month = Month(period, opening, tuple(self._lines(period, volumes, penalty, chance)), paid)
            self.months.append(month)
            self.payments += [payment] if payment else []
            opening, bill = month.to_pay, max(sum(line.total for line in month.lines), 1)
        february = None if self.flat.quiet_february else self._payment(PERIODS[-1].next, opening, bill, chance)
        if february and february.paid_on <= LAST_PAYMENT:
            self.payments.append(february)

    def _lines(self, period: Period, volumes: dict[str, int], penalty: int, chance: Random) -> Iterator[Line]:
        """The penalty stands on the first line."""
        if self.account.provider == WATER:
            method = "meter" if self.flat.meters else "norm"
            yield self._line(period, "cold_water", volumes["cold_water"], method, penalty, chance)
            both = volumes["cold_water"] + volumes["hot_water"]
            yield self._line(period, "wastewater", both, method, 0, chance)
        else:
            heat = self.flat.area * _HEAT_NORM * self.flat.heat // 1000
            by_house = self.flat.heat_by_house
            volume = heat * chance.randint(96, 104) // 100 if by_house else self.flat.area * _HEAT_NORM
            yield self._line(period, "heating", volume, "building" if by_house else "norm", penalty, chance)
            method = "meter" if self.flat.meters else "norm"
            yield self._line(period, "hot_water", volumes["hot_water"], method, 0, chance)

    def _line(self, period: Period, service: str, volume: int, method: str, penalty: int, chance: Random) -> Line:
        tariff = _TARIFFS[service][period.year - 2021]
        parts = _MILLIONTHS if service == "heating" else _THOUSANDTHS
        charged = (2 * volume * tariff + parts) // (2 * parts)
        recalculated = -(charged * chance.randint(5, 25) // 100) if chance.random() < 0.015 else 0
        benefit = charged * 3 // 10 if self.flat.benefit else 0
        unit = "Гкал" if service == "heating" else "м3"
        return Line(period, service, unit, volume, parts, method, tariff, charged, recalculated, benefit, penalty)

    def _payment(self, period: Period, owed: int, bill: int, chance: Random) -> Payment | None:
        """What the household pays in the month for what it owed when the month began; `bill`: the last month's sum."""
        early, late = chance.randint(1, 10), chance.randint(12, 27)
        skips, bank = chance.random(), chance.choice(BANKS)
        match self.account.habit:
            case Habit.PUNCTUAL:
                day, amount = early, owed if skips > 0.04 else 0
            case Habit.LATE:
                day, amount = late, owed
            case Habit.GENEROUS:
                day, amount = early, -(-(owed + 4 * bill) // 50_000) * 50_000 if owed > -2 * bill else 0
            case Habit.HALF:
                day, amount = late, owed * 3 // 4
            case Habit.DEBTOR:
                day, amount = late, owed // 2 if skips > 0.7 else 0
        return Payment(period.day(day), amount, bank) if amount > 0 else None


def monthly_volumes(flat: Flat, chance: Random) -> tuple[list[dict[str, int]], list[int]]:
    """Litres of each period by service, and what each meter of the flat shows after the last of them."""
    shown = [meter.start for meter in flat.meters]
    months: list[dict[str, int]] = []
    for _ in PERIODS:
        volumes = {service: 0 if flat.meters else norm * flat.residents for service, norm in _NORM.items()}
        for place, meter in enumerate(flat.meters):
            used = meter.monthly * chance.randint(75, 125) // 100
            shown[place] += used
            volumes[meter.service] += used
        months.append(volumes)
    return months, shown


def ledgers(flat: Flat, volumes: list[dict[str, int]], chance: Random) -> dict[str, Ledger]:
    """The filled ledger of each provider."""
    made = {account.provider: Ledger(flat, account, volumes) for account in flat.accounts}
    for provider in (WATER, HEAT):
        made[provider].fill(chance)
    return made
