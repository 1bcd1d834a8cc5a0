"""When a chat must wait: pure rules over what has failed (reliability.md §3.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from core.link_settings import ProofLimits

DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Tally:
    """What has failed before a try, as ages by the database's clock.

    `chat`: the chat's failures of a day, the oldest first. `others`: for each account but the one tried, the age of the
    chat's last failure on it. `account`: failures on the account of a day, over all chats. `city` and `city_lately`:
    failures of an hour and of ten minutes, over everything.
    """

    chat: Sequence[timedelta] = ()
    others: Sequence[timedelta] = ()
    account: int = 0
    city: int = 0
    city_lately: int = 0


def wait_of(tally: Tally, limits: ProofLimits) -> timedelta | None:
    """For how long the chat's proofs are not looked at; None when it may try."""
    waits = [
        *_by_day(tally.chat, limits),
        *_by_hour(tally.chat, limits),
        *_by_accounts(tally.others, limits),
    ]
    longest = max(waits, default=timedelta())
    return longest if longest > timedelta() else None


def facts_still_count(tally: Tally, limits: ProofLimits) -> bool:
    """Past these, only a strong proof opens an account: it always does, so nobody can lock a holder out."""
    return tally.account < limits.account_failures_a_day and tally.city < limits.city_failures_an_hour


def enumerates(tally: Tally, limits: ProofLimits) -> bool:
    """Whether this failure is the chat's first on one account too many."""
    return len(tally.others) + 1 >= limits.chat_accounts_a_day


def _by_day(ages: Sequence[timedelta], limits: ProofLimits) -> Sequence[timedelta]:
    day = [age for age in ages if age < DAY]
    return [timedelta(hours=limits.lock_hours) - day[-1]] if len(day) >= limits.chat_failures_a_day else []


def _by_hour(ages: Sequence[timedelta], limits: ProofLimits) -> Sequence[timedelta]:
    hour = [age for age in ages if age < HOUR]
    return [HOUR - hour[-limits.chat_failures_an_hour]] if len(hour) >= limits.chat_failures_an_hour else []


def _by_accounts(others: Sequence[timedelta], limits: ProofLimits) -> Sequence[timedelta]:
    """Until so few other accounts are left of the last day that one more may be tried."""
    newest_first, most = sorted(age for age in others if age < DAY), limits.chat_accounts_a_day
    return [DAY - newest_first[most - 1]] if len(newest_first) >= most else []
