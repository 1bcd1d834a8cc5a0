"""Rules of signing in: what a login, a name and a password may be, and when tries are not looked at any more."""

import re
import secrets
import unicodedata
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from core.staff.ports import Failures

SHORTEST_PASSWORD: Final = 10
LONGEST_PASSWORD: Final = 200
LONGEST_NAME: Final = 80
BACKUP_CODES: Final = 10

SHORT: Final = timedelta(minutes=15)
LONG: Final = timedelta(days=1)
LOGIN_SHORT: Final = 5
LOGIN_LONG: Final = 30
"""Failures of one login: within a quarter of an hour, and within a day (a code of six digits is guessed in years)."""
ADDRESS_SHORT: Final = 30
"""Failures from one address within a quarter of an hour: a whole office may sit behind it."""

_LOGIN: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,30}[a-z0-9]")
_MADE: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Signs of made passwords and backup codes: none looks like another."""


def normal_login(said: str) -> str:
    return unicodedata.normalize("NFKC", said).strip().casefold()


def is_login(login: str) -> bool:
    """3 to 32 Latin letters, digits and . _ -"""
    return _LOGIN.fullmatch(login) is not None


def normal_name(said: str) -> str:
    return " ".join(unicodedata.normalize("NFC", said).split())


def is_name(name: str) -> bool:
    return 0 < len(name) <= LONGEST_NAME and all(sign.isprintable() for sign in name)


def is_password(said: str, login: str, name: str) -> bool:
    """Long enough, more than a few signs over and over, and not one's own login or name."""
    plain = said.casefold()
    told = [one for one in (login, *name.casefold().split()) if len(one) > 3]
    return (
        SHORTEST_PASSWORD <= len(said) <= LONGEST_PASSWORD
        and len(set(plain)) >= SHORTEST_PASSWORD // 2
        and not any(one in plain for one in told)
    )


def made_password() -> str:
    """Sixteen signs in four groups: 79 bits."""
    return "-".join(_group(4) for _ in range(4))


def made_backup_code() -> str:
    """Ten signs: 49 bits, and a try of one is counted."""
    return f"{_group(5)}-{_group(5)}"


def wait_of(failures: Failures) -> timedelta | None:
    """How long tries are not looked at any more; None: they are."""
    waits = [
        _wait(failures.login, LOGIN_SHORT, SHORT),
        _wait(failures.login, LOGIN_LONG, LONG),
        _wait(failures.address, ADDRESS_SHORT, SHORT),
    ]
    return max((wait for wait in waits if wait is not None), default=None)


def _wait(ages: Sequence[timedelta], limit: int, within: timedelta) -> timedelta | None:
    """Until so few are left within the span that one more may fail."""
    lately = sorted((age for age in ages if age < within), reverse=True)
    return within - lately[len(lately) - limit] if len(lately) >= limit else None


def _group(signs: int) -> str:
    return "".join(secrets.choice(_MADE) for _ in range(signs))
