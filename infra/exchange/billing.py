"""Charges, balances and payments, and the sums that must hold between them.

opening + Σ(charged + recalculated − benefit + penalty) − paid = to_pay, per account and period, to the kopeck. It is
checked from both sides. Balances must add up with the charges already taken; where a period has no charges of an
account, Σ is nothing. Charges may not contradict balances taken before. But billing must be able to correct a month,
and one file comes after the other: with `--accept-total` the charges are taken, and the balances they contradict are
taken away until their own file comes, so that nobody is shown, or asked to pay, a sum that does not add up.

A payment is an operation of a bank: what was taken once never changes (M3), so the same operation with another
account, day or amount is refused, and so is a negative one. Its channel is a remark and stays as it came first.
"""

from core.money import roubles_text
from core.periods import Period
from infra.exchange.guards import check_total
from infra.exchange.kinds import Kind, Taking
from infra.exchange.layouts import balances, charges, payments
from infra.exchange.merging import Merged, affected, insert, known_rows, merge, row_errors
from infra.exchange.model import FileRefused, RowError

_CHARGES_KEY = ("account_id", "period", "service")
_BALANCES_KEY = ("account_id", "period")
_TOTAL = "sum(charged + recalculated - benefit + penalty)"

_CONTRADICTED = f"""
      SELECT account_id, period, opening, total::bigint AS total, paid, to_pay
        FROM (SELECT DISTINCT account_id, period FROM staged) AS ours
        JOIN statements USING (account_id, period)
        JOIN (SELECT account_id, period, {_TOTAL} AS total FROM charges
                    WHERE (account_id, period) IN (SELECT account_id, period FROM staged)
                    GROUP BY account_id, period) AS billed USING (account_id, period)
       WHERE opening + total - paid <> to_pay"""  # noqa: S608 - our own words only


async def _check_charges(taking: Taking) -> list[RowError]:
    return await row_errors(
        taking.connection,
        """SELECT line, 'volume', volume::text, 'more than 3 decimals' FROM staged
            WHERE scale(volume) > 3 AND service <> 'heating'""",
    )


async def _take_charges(taking: Taking) -> Merged:
    warnings = await check_total(taking, "charges", "charged")
    merged = await merge(taking.connection, "charges", _CHARGES_KEY, taking.others(_CHARGES_KEY))
    if (merged.inserted or merged.changed) and await _balances_stored(taking):
        warnings += await _settle_balances(taking)
    return Merged(merged.inserted, merged.changed, warnings)


async def _balances_stored(taking: Taking) -> bool:
    """Whether any balance of these accounts and periods is there: in a usual month the charges come first."""
    query = "SELECT EXISTS (SELECT FROM staged JOIN statements USING (account_id, period))"
    return bool(await taking.connection.fetchval(query))


async def _settle_balances(taking: Taking) -> tuple[str, ...]:
    if taking.accepted_total:
        tag = await taking.connection.execute(
            f"""DELETE FROM statements USING ({_CONTRADICTED}) AS wrong
                 WHERE statements.account_id = wrong.account_id AND statements.period = wrong.period"""  # noqa: S608
        )
        taken_away = affected(tag)
        return (f"{taken_away} balances no longer add up and are taken away: import theirs",) if taken_away else ()
    wrong = await taking.connection.fetch(
        f"""SELECT min(line) AS line, period, opening, total, paid, to_pay
              FROM ({_CONTRADICTED}) AS wrong JOIN staged USING (account_id, period)
             GROUP BY account_id, period, opening, total, paid, to_pay"""  # noqa: S608 - our own words only
    )
    if wrong:
        errors = [
            RowError(
                line,
                "charged",
                roubles_text(total),
                f"the balance taken for {Period.of(period)} says otherwise:"
                f" {_sum(opening, total, paid, to_pay)}; --accept-total takes the charges and awaits new balances",
            )
            for line, period, opening, total, paid, to_pay in wrong
        ]
        raise FileRefused(errors, f"{len(errors)} balances taken before would no longer add up")
    return ()


async def _check_balances(taking: Taking) -> list[RowError]:
    wrong = await taking.connection.fetch(
        f"""SELECT line, opening, coalesce(total, 0)::bigint, paid, to_pay
              FROM staged LEFT JOIN
                   (SELECT account_id, period, {_TOTAL} AS total FROM charges
                     WHERE (account_id, period) IN (SELECT account_id, period FROM staged)
                     GROUP BY account_id, period) AS billed USING (account_id, period)
             WHERE opening + coalesce(total, 0) - paid <> to_pay"""  # noqa: S608 - our own words only
    )
    return [
        RowError(line, "to_pay", roubles_text(to_pay), f"it does not add up: {_sum(opening, total, paid, to_pay)}")
        for line, opening, total, paid, to_pay in wrong
    ]


def _sum(opening: int, total: int, paid: int, to_pay: int) -> str:
    return (
        f"opening {roubles_text(opening)} + charges {roubles_text(total)} − paid {roubles_text(paid)}"
        f" = {roubles_text(opening + total - paid)}, not {roubles_text(to_pay)}"
    )


async def _take_balances(taking: Taking) -> Merged:
    warnings = await check_total(taking, "statements", "to_pay")
    merged = await merge(taking.connection, "statements", _BALANCES_KEY, taking.others(_BALANCES_KEY))
    return Merged(merged.inserted, merged.changed, warnings)


async def _check_payments(taking: Taking) -> list[RowError]:
    return await row_errors(
        taking.connection,
        """SELECT line, 'operation', operation, 'this operation was taken before with another '
                  || concat_ws(', ', CASE WHEN old.account_id <> new.account_id THEN 'account' END,
                                     CASE WHEN old.paid_on <> new.paid_on THEN 'day' END,
                                     CASE WHEN old.amount <> new.amount THEN 'amount' END)
             FROM staged AS new JOIN payments AS old USING (provider, operation)
            WHERE old.account_id <> new.account_id OR old.paid_on <> new.paid_on OR old.amount <> new.amount""",
    )


async def _take_payments(taking: Taking) -> Merged:
    key = ("provider", "operation")
    known = await known_rows(taking.connection, "payments", key)
    return Merged(await insert(taking.connection, "payments", key, [*key, *taking.others(key)], known=known), 0)


CHARGES = Kind(charges, _check_charges, _take_charges)
BALANCES = Kind(balances, _check_balances, _take_balances)
PAYMENTS = Kind(payments, _check_payments, _take_payments)
