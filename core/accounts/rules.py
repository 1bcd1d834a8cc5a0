"""Pure rules of linking: what proves an account, how addresses are hidden, when a chat must wait."""

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from core.accounts.model import Address, Fact, KnownFacts
from core.city import ProofLimits
from core.meters.numbers import BadNumber, parse_reading
from core.money import parse_roubles

FACTS_NEEDED = 2

_CODE_LOOKALIKES = str.maketrans("АВЕКМНОРСТУХ", "ABEKMHOPCTYX", " -\u00a0\u2011\u2013")


def normal_code(code: str) -> str:
    """The access code as it is compared: capitals, without spaces and hyphens, Cyrillic letters as the Latin ones they
    look like. People copy it from paper, on whatever keyboard is open."""
    return code.strip().upper().translate(_CODE_LOOKALIKES)


def mask(text: str, shown: int) -> str:
    """The first signs and dots for the rest: «14» → «1•». A text that would be shown whole is hidden whole."""
    return text[:shown] + "•" * (len(text) - shown) if len(text) > shown else "•" * len(text)


def masked_address(address: Address) -> tuple[str, str, str]:
    """Street, masked building, masked unit: «ул. Труда», «1•», «••»: all that a chat ever shows."""
    return address.street, mask(address.building, 1), mask(address.unit, 0) if address.unit else ""


def masked_account(number: str) -> str:
    """«••••••0123»: the last digits tell a resident's own accounts apart, and tell a stranger nothing."""
    return mask(number[::-1], 4)[::-1]


def facts_hold(answers: Mapping[Fact, str], known: KnownFacts) -> bool:
    """Whether two different facts are both right. Every answer is compared, whatever the others gave."""
    verdicts = [_fact_holds(fact, answer, known) for fact, answer in answers.items()]
    return len(verdicts) >= FACTS_NEEDED and all(verdicts)


def _fact_holds(fact: Fact, answer: str, known: KnownFacts) -> bool:
    if fact is Fact.LAST_PAID:
        return known.last_paid is not None and parse_roubles(answer) == known.last_paid
    if fact is Fact.LAST_OWED:
        return known.last_owed is not None and parse_roubles(answer) == known.last_owed
    number = _number(answer)
    if fact is Fact.AREA:
        return number is not None and number == known.area
    return number is not None and number in (known.last_readings or {}).values()


def _number(answer: str) -> Decimal | None:
    try:
        return parse_reading(answer)
    except BadNumber:
        return None


def same_digest(one: bytes | None, other: bytes) -> bool:
    """Compared in constant time; an account without a code matches nothing."""
    return hmac.compare_digest(one or bytes(len(other)), other) and one is not None


def locked_until(failures: Sequence[datetime], limits: ProofLimits, now: datetime) -> datetime | None:
    """Until when a chat with these failures of the last day must wait; None when it may try (reliability.md §3.1)."""
    day = [at for at in failures if at > now - timedelta(days=1)]
    if len(day) >= limits.chat_failures_a_day:
        return day[-1] + timedelta(hours=limits.lock_hours)
    hour = [at for at in day if at > now - timedelta(hours=1)]
    if len(hour) >= limits.chat_failures_an_hour:
        return hour[-limits.chat_failures_an_hour] + timedelta(hours=1)
    return None
