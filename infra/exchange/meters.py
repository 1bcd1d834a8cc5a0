"""Meters, as the provider of their service names them."""

from infra.exchange.kinds import Kind, Taking
from infra.exchange.layouts import meters
from infra.exchange.merging import Merged, merge, row_errors
from infra.exchange.model import RowError

_KEY = ("provider", "number", "service")


async def _check(taking: Taking) -> list[RowError]:
    if "last_value" not in taking.staged:
        return []
    return await row_errors(
        taking.connection,
        """SELECT line, 'last_value', last_value::text, 'more than the dial can show' FROM staged
            WHERE last_value >= 10::numeric ^ digits
           UNION ALL
           SELECT line, 'last_value', last_value::text, 'more than 3 decimals' FROM staged
            WHERE scale(last_value) > 3 AND service <> 'heating'""",
    )


async def _take(taking: Taking) -> Merged:
    moved = await taking.connection.fetchval(
        """SELECT count(*) FROM staged JOIN meters USING (provider, number, service)
            WHERE staged.account_id <> meters.account_id"""
    )
    merged = await merge(taking.connection, "meters", _KEY, taking.others(_KEY))
    warnings = (f"{moved} meters now belong to another account",) if moved else ()
    return Merged(merged.inserted, merged.changed, warnings)


METERS = Kind(meters, _check, _take)
