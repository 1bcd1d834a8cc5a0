"""What makes a whole file suspicious: many accounts gone, or a total far from the last one (reliability.md, M13)."""

from dataclasses import dataclass
from datetime import date

import asyncpg

from core.money import roubles_text
from core.periods import Period
from infra.exchange.kinds import Taking
from infra.exchange.model import FileRefused

VANISHED_OF_A_HUNDRED = 5
TOTAL_OF_A_HUNDRED = 30
LAST_PERIOD_MONTHS = 12
"""A period longer ago than this is no measure of a new one."""


@dataclass(frozen=True)
class Total:
    """The sum of a column over a period, kopecks."""

    period: date
    amount: int

    def __str__(self) -> str:
        return f"{roubles_text(self.amount)} in {Period.of(self.period)}"


async def check_vanished(taking: Taking) -> tuple[str, ...]:
    """Warns of open accounts that the staged file does not name, and refuses when they are too many."""
    known, gone = await taking.connection.fetchrow(
        """SELECT count(*), count(*) FILTER (WHERE staged.number IS NULL)
             FROM accounts LEFT JOIN staged ON staged.number = accounts.number
            WHERE accounts.provider = $1 AND accounts.closed_on IS NULL""",
        taking.provider.code,
    )
    if not gone:
        return ()
    told = f"{gone} of {known} known accounts are not in the file"
    if gone * 100 > known * VANISHED_OF_A_HUNDRED and not taking.accepted_drop:
        raise FileRefused([], f"{told}, more than {VANISHED_OF_A_HUNDRED} %: --accept-drop takes it all the same")
    return (f"{told}; they are left as they are",)


async def check_total(taking: Taking, table: str, column: str) -> tuple[str, ...]:
    """Compares the first period of the staged file with the last one stored before it.

    A file of several periods is a history: its later periods have no measure but the file itself.
    """
    new = await _first_total(taking.connection, column)
    if new is None:
        return _told(taking, "the file has no rows", "")
    old = await _last_total(taking, table, column, new.period)
    if old is None or old.amount == 0:
        return ()
    if abs(new.amount - old.amount) * 100 <= abs(old.amount) * TOTAL_OF_A_HUNDRED:
        return ()
    apart = f", more than {TOTAL_OF_A_HUNDRED} % apart"
    return _told(taking, f"the sum of {column} is {new}, after {old}", apart)


def _told(taking: Taking, what: str, why: str) -> tuple[str, ...]:
    """A warning where the operator has accepted the total, else a refusal."""
    if not taking.accepted_total:
        raise FileRefused([], f"{what}{why}: --accept-total takes it all the same")
    return (what,)


async def _first_total(connection: asyncpg.Connection, column: str) -> Total | None:
    record = await connection.fetchrow(
        f"""SELECT period, sum({column})::bigint FROM staged
             WHERE period = (SELECT min(period) FROM staged) GROUP BY period"""  # noqa: S608 - our own column
    )
    return Total(*record) if record else None


async def _last_total(taking: Taking, table: str, column: str, before: date) -> Total | None:
    """The sum over the latest stored period before that one, within a year."""
    record = await taking.connection.fetchrow(
        f"""SELECT period, sum({column})::bigint FROM {table} JOIN accounts ON accounts.id = account_id
             WHERE provider = $1 AND period >= $2 AND period < $3
             GROUP BY period ORDER BY period DESC LIMIT 1""",  # noqa: S608 - names of our own tables
        taking.provider.code,
        Period.of(before).shifted(-LAST_PERIOD_MONTHS).first_day,
        before,
    )
    return Total(*record) if record else None
