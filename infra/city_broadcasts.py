"""The part of the city file about broadcasts: quiet hours, and how many recipients need two people."""

import re
from datetime import time
from typing import Final

from core.broadcast_settings import BroadcastRules
from infra.toml_tables import Table

_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


def read_broadcasts(table: Table) -> BroadcastRules:
    """What stands under [broadcasts]; the usual rules where nothing does."""
    usual = BroadcastRules()
    rules = BroadcastRules(
        quiet_from=_time(table, "quiet_from", usual.quiet_from),
        quiet_until=_time(table, "quiet_until", usual.quiet_until),
        alone_up_to=table.integer("alone_up_to", 0, 1_000_000, usual.alone_up_to),
        undo_seconds=table.integer("undo_seconds", 0, 600, usual.undo_seconds),
        late_minutes=table.integer("late_minutes", 1, 1440, usual.late_minutes),
    )
    table.close()
    return rules


def _time(table: Table, key: str, usual: time) -> time:
    written = table.optional_text(key)
    if written is None:
        return usual
    found = _TIME.fullmatch(written)
    if found is None:
        table.problem(key, f"{written!r} is no time of the day: write it as 21:00")
        return usual
    return time(int(found[1]), int(found[2]))
