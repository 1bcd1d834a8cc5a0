"""Pure rules of calls: which hours may be chosen, how a number is understood and how it is hidden."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from core.accounts.rules import phone_digits
from core.support_settings import LONGEST_CLOSURE, Desk

DAYS_OFFERED: Final = 4
HOUR: Final = timedelta(hours=1)
LEAD: Final = timedelta(minutes=15)
"""So long before an hour begins it may still be chosen: an operator needs time to see the call."""
LONGEST_WRITTEN: Final = 40
_SIGNS: Final = frozenset("0123456789 +-()\u00a0\u2011\u2013.")


def understood_phone(written: str, area_code: str | None) -> str:
    """«8 (900) 000-00-01», «51-51-31» → ten digits; empty for what is no Russian number, or more than a number.

    A number of the city's own length gets the city's code: those without a mobile have no other.
    """
    said = written.strip()
    if len(said) > LONGEST_WRITTEN or not set(said) <= _SIGNS:
        return ""
    digits = "".join(sign for sign in said if sign.isdigit())
    code = "".join(sign for sign in area_code or "" if sign in "0123456789")
    if code and len(code) + len(digits) == len("9000000001"):
        return code + digits if digits[0] not in "01" else ""
    return phone_digits(said)


def shown_phone(phone: str) -> str:
    """«+7 900 000-00-01», to be dialled."""
    return f"+7 {phone[:3]} {phone[3:6]}-{phone[6:8]}-{phone[8:]}" if phone else ""


def masked_phone(phone: str) -> str:
    """«+7 ••• •••-••-01»: enough to tell one's own numbers apart."""
    return shown_phone("•" * 8 + phone[8:]) if phone else ""


def days_of(desk: Desk, now: datetime) -> Sequence[date]:
    """The next days with an hour left to choose; `now` is by the city's clock."""
    days = (now.date() + timedelta(days=number) for number in range(LONGEST_CLOSURE))
    return [day for day in days if hours_of(desk, day, now)][:DAYS_OFFERED]


def hours_of(desk: Desk, day: date, now: datetime) -> Sequence[datetime]:
    """The beginnings of whole hours of work that day which have not come too near."""
    open_hours = desk.hours_on(day)
    if open_hours is None:
        return []
    opens, closes = (datetime.combine(day, time, now.tzinfo) for time in open_hours)
    begins = opens.replace(minute=0) if not opens.minute else opens.replace(minute=0) + HOUR
    hours = [begins + HOUR * number for number in range(24)]
    return [hour for hour in hours if hour + HOUR <= closes and hour.date() == day and hour - LEAD >= now]


def next_try(desk: Desk | None, now: datetime) -> datetime:
    """When to call again somebody who did not answer: the first hour of work that begins in an hour or later."""
    after = now + HOUR - LEAD
    hours = [hour for day in days_of(desk, after) for hour in hours_of(desk, day, after)] if desk is not None else []
    return hours[0] if hours else now + HOUR
