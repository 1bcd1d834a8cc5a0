"""Flats, their people and meters. Every choice is drawn from one generator, in one order."""

from dataclasses import dataclass, field
from datetime import date
from enum import Enum, auto
from random import Random

from infra.demo_city.words import FATHERS, MEN, PLACES, STREETS, SURNAMES, WOMEN, feminine

WATER, HEAT = "vodokanal", "teplofikaciya"
_CODE_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_LONGEST_HOUSE = 72
_WITH_METERS, _WITH_TWO_COLD, _WITH_BENEFIT, _WITHOUT_KEY, _EXPIRED = 0.88, 0.08, 0.07, 0.15, 0.03
"""Shares of the flats."""


class Habit(Enum):
    """How a household pays a provider; a generous one pays months ahead."""

    PUNCTUAL = auto()
    LATE = auto()
    GENEROUS = auto()
    HALF = auto()
    DEBTOR = auto()


@dataclass(frozen=True)
class Meter:
    """`start`: what it showed before the first month, `monthly`: usual consumption; both in litres."""

    number: str
    service: str
    place: str
    installed_on: date
    verified_until: date
    start: int
    monthly: int


@dataclass(frozen=True)
class Account:
    provider: str
    number: str
    code: str
    habit: Habit


@dataclass(frozen=True)
class Flat:
    """`area`: tenths of a square metre; `heat`: what the house needs, in thousandths of the norm."""

    street: str
    building: str
    unit: str
    key: str
    unified_account: str
    holder: str
    phone: str
    area: int
    residents: int
    accounts: tuple[Account, Account]
    meters: tuple[Meter, ...]
    heat: int
    heat_by_house: bool
    benefit: bool
    quiet_february: bool = False
    """Nothing is paid in February, so that what is owed stays owed."""


@dataclass(frozen=True)
class Wish:
    """What an example for the demo must be like; None leaves it to chance."""

    note: str
    water: Habit
    heat: Habit
    cold_meters: int = 1
    expired: bool = False


WISHES = (
    Wish("долг у обоих", Habit.HALF, Habit.HALF),
    Wish("переплата Теплофикации", Habit.LATE, Habit.GENEROUS),
    Wish("два счётчика холодной воды", Habit.LATE, Habit.LATE, cold_meters=2),
    Wish("срок поверки прошёл", Habit.LATE, Habit.LATE, expired=True),
)


def wished(premises: int) -> dict[int, Wish]:
    """Which flats are the examples, spread over the city."""
    wishes = WISHES[:premises]
    return {number * premises // len(wishes): wish for number, wish in enumerate(wishes)}


@dataclass
class Builder:
    """Makes flats one after another; keeps what must not repeat."""

    random: Random
    premises: int
    numbers: dict[str, list[str]] = field(init=False)
    serials: list[int] = field(init=False)

    def __post_init__(self) -> None:
        draw = self.random.sample
        self.numbers = {
            WATER: [f"3{number:09}" for number in draw(range(1, 10**9), self.premises)],
            HEAT: [f"7{number:08}" for number in draw(range(1, 10**8), self.premises)],
        }
        self.serials = draw(range(10_000_000, 100_000_000), 4 * self.premises)

    def flats(self) -> list[Flat]:
        wishes = wished(self.premises)
        return [self._flat(number, place, wishes.get(number)) for number, place in enumerate(self._places())]

    def _places(self) -> list[tuple[str, str, str, int, bool]]:
        """Street, building, unit, and the house's heat, street by street."""
        places: list[tuple[str, str, str, int, bool]] = []
        for number, street in enumerate(STREETS):
            left = (number + 1) * self.premises // len(STREETS) - number * self.premises // len(STREETS)
            building = 0
            while left:
                building += self.random.randint(1, 12)
                name = str(building) + self.random.choice(("", "", "", "", "а", "/1", "/2"))
                units = min(left, self.random.randint(24, _LONGEST_HOUSE))
                heat, by_house = self.random.randint(850, 1150), self.random.random() < 0.74
                places += [(street, name, str(unit), heat, by_house) for unit in range(1, units + 1)]
                left -= units
        return places

    def _flat(self, number: int, place: tuple[str, str, str, int, bool], wish: Wish | None) -> Flat:
        street, building, unit, heat, by_house = place
        chance = self.random
        residents = chance.choices((1, 2, 3, 4, 5), (25, 32, 24, 14, 5))[0]
        letters = "".join(chance.choices("АБВЕКМНОРСТ", k=2))
        return Flat(
            street=street,
            building=building,
            unit=unit,
            key="" if chance.random() < _WITHOUT_KEY else f"МГН-{number + 1:06}",
            unified_account=f"74{letters}{number + 1:06}",
            holder=self._holder(),
            phone=f"+7900{5_000_000 + number}",
            area=chance.randint(280, 920),
            residents=residents,
            accounts=(self._account(WATER, number, wish), self._account(HEAT, number, wish)),
            meters=self._meters(number, residents, wish),
            heat=heat,
            heat_by_house=by_house,
            benefit=chance.random() < _WITH_BENEFIT and wish is None,
            quiet_february=wish is not None,
        )

    def _holder(self) -> str:
        surname, father = self.random.choice(SURNAMES), self.random.choice(FATHERS)
        if self.random.random() < 0.5:
            return f"{surname} {self.random.choice(MEN)} {father}ич"
        return f"{feminine(surname)} {self.random.choice(WOMEN)} {father}на"

    def _account(self, provider: str, number: int, wish: Wish | None) -> Account:
        habit = self.random.choices(tuple(Habit), (56, 22, 9, 7, 6))[0]
        if wish:
            habit = wish.water if provider == WATER else wish.heat
        code = "".join(self.random.choices(_CODE_LETTERS, k=8))
        return Account(provider, self.numbers[provider][number], code, habit)

    def _meters(self, number: int, residents: int, wish: Wish | None) -> tuple[Meter, ...]:
        chance = self.random
        cold = 2 if chance.random() < _WITH_TWO_COLD else 1
        has_meters, expired = chance.random() < _WITH_METERS, chance.random() < _EXPIRED
        if wish:
            cold, has_meters, expired = wish.cold_meters, True, wish.expired
        if not has_meters:
            return ()
        serials = self.serials[4 * number : 4 * number + 3]
        monthly = residents * chance.randint(1800, 3400)
        meters = [
            self._meter(serials[place], "cold_water", place, monthly // cold, expired=expired and place == 0)
            for place in range(cold)
        ]
        meters.append(self._meter(serials[2], "hot_water", 0, monthly * 2 // 3, expired=False))
        return tuple(meters)

    def _meter(self, serial: int, service: str, place: int, monthly: int, *, expired: bool) -> Meter:
        """Cold water is verified for six years, hot for four."""
        years = 6 if service == "cold_water" else 4
        first_year = 2021 - years + 2
        installed = date(self.random.randint(first_year, 2020), self.random.randint(1, 12), self.random.randint(1, 28))
        if expired:
            installed = date(2021 - years, self.random.randint(9, 12), self.random.randint(1, 28))
        verified = installed.replace(year=installed.year + years)
        start = monthly * 12 * (2021 - installed.year) + self.random.randint(0, monthly)
        return Meter(str(serial), service, PLACES[service][place], installed, verified, start, monthly)
