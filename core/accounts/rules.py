"""Pure rules of linking: what proves an account, how addresses are hidden."""

import hmac
import re
from collections.abc import Mapping
from decimal import Decimal

from core.accounts.model import Address, KnownFacts
from core.link_settings import FACTS_NEEDED, Fact
from core.meters.numbers import BadNumber, parse_reading
from core.money import parse_roubles

STRONG_CODE = 400
DIGIT, SIGN = 33, 50
"""Tenths of a bit: a digit; a capital or digit, without those that look like others (base 32)."""

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


def code_is_weak(code: str) -> bool:
    """Whether a printed code has under 40 bits: too short to be left to chance alone (reliability.md §3.1)."""
    signs = normal_code(code)
    return len(signs) * (DIGIT if signs.isdecimal() else SIGN) < STRONG_CODE


def same_digest(one: bytes | None, other: bytes) -> bool:
    """Compared in constant time; an account without a code matches nothing."""
    return hmac.compare_digest(one or bytes(len(other)), other) and one is not None


def same_phone(on_file: str | None, shared: str) -> bool:
    """Whether the shared number is one of those on file. Compared by the ten digits after the country's code."""
    own = phone_digits(shared)
    known = [phone_digits(one) for one in re.split(r"[,;/]", on_file or "")]
    matches = [hmac.compare_digest(own.encode(), one.encode()) for one in known if one]
    return bool(own) and any(matches)


def phone_digits(written: str) -> str:
    """«8 (900) 000-00-01» → «9000000001»; empty for what is no Russian mobile or city number."""
    digits = "".join(sign for sign in written if sign in "0123456789")
    if len(digits) == 11 and digits[0] in "78":
        digits = digits[1:]
    return digits if len(digits) == 10 else ""
