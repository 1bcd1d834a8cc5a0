"""Numbers, days and addresses as a printed Russian page shows them."""

import re
from datetime import date
from decimal import Decimal

from core.accounts.model import Address
from core.billing.model import Method
from core.money import roubles
from core.periods import Period
from core.services import Service

THIN = "\u2009"
"""Thin space, between thousands. The narrow no-break one gets lost when text is searched or copied out of a PDF."""
FIRM = "\u00a0"
"""No-break space: between a number and its unit."""
MINUS = "\u2212"
MAY_BREAK = "\u200b"
_LONG_WORD = re.compile(r"\S{19,}")
NOTHING = "—"

MONTHS = (
    *("январь", "февраль", "март", "апрель", "май", "июнь"),
    *("июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь"),
)
MONTHS_OF_DAYS = (
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
)
SERVICES = {
    Service.COLD_WATER: "Холодная вода",
    Service.HOT_WATER: "Горячая вода",
    Service.WASTEWATER: "Водоотведение",
    Service.HEATING: "Отопление",
}
METHODS = {
    Method.METER: "по счётчику",
    Method.AVERAGE: "по среднему",
    Method.NORM: "по нормативу",
    Method.BUILDING: "по счётчику дома",
}
ORGANISATIONS = {2: "двум", 3: "трём", 4: "четырём"}


def amount(kopecks: int) -> str:
    """«1 234,50», with a thin space and a true minus."""
    return _grouped(roubles(kopecks), 2)


def signed(kopecks: int) -> str:
    """«+1 234,50»: an amount that is added to another."""
    return f"+{amount(kopecks)}" if kopecks > 0 else amount(kopecks)


def rub(kopecks: int) -> str:
    """«1 234,50 ₽»."""
    return f"{amount(kopecks)}{FIRM}₽"


def amount_or_dash(kopecks: int) -> str:
    """As `amount`; a dash for nothing, which keeps a table calm."""
    return amount(kopecks) if kopecks else NOTHING


def number(value: Decimal, least_decimals: int = 0) -> str:
    """«1 234,5»: without trailing zeros, but with at least so many decimals."""
    return _grouped(value, max(decimals(value), least_decimals))


def decimals(value: Decimal) -> int:
    """How many decimals it needs, trailing zeros apart."""
    return len(f"{value:f}".partition(".")[2].rstrip("0"))


def _grouped(value: Decimal, places: int) -> str:
    written = f"{abs(value):,.{places}f}".replace(",", THIN).replace(".", ",")
    return f"{MINUS}{written}" if value < 0 else written


def month(period: Period) -> str:
    """«январь 2022 года»."""
    return f"{MONTHS[period.month - 1]} {period.year}{FIRM}года"


def long_day(day: date) -> str:
    """«10 февраля 2022 года»."""
    return f"{day.day}{FIRM}{MONTHS_OF_DAYS[day.month - 1]} {day.year}{FIRM}года"


def short_day(day: date | None) -> str:
    """«10.02.2022», or a dash."""
    return f"{day.day:02}.{day.month:02}.{day.year:04}" if day else NOTHING


def postal_address(address: Address) -> str:
    """«г. Магнитогорск, ул. Труда, д. 14, кв. 25»; parts that billing wrote in full stay as they are."""
    parts = (
        f"г.{FIRM}{address.city}" if address.city[:1].isupper() else address.city,
        address.street,
        f"д.{FIRM}{address.building}" if address.building[:1].isdigit() else address.building,
        f"кв.{FIRM}{address.unit}" if address.unit[:1].isdigit() else address.unit,
    )
    return ", ".join(part for part in parts if part)


def to_organisations(count: int) -> str:
    """«двум организациям»: to how many one pays (dative)."""
    return f"{ORGANISATIONS.get(count, count)} организациям"


def breakable(text: str) -> str:
    """The text with places to break a line inside very long words, so that nothing runs over its neighbours."""
    return _LONG_WORD.sub(lambda word: MAY_BREAK.join(re.findall(r".{1,8}", word[0])), text)
