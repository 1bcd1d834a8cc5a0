"""The tables of the city file about readings: windows, checks, averaging, verification."""

import re
from collections.abc import Collection
from datetime import date

from core.city import ReadingWindow
from core.ids import ProviderCode
from core.reading_settings import Averaging, ReadingChecks, Verification
from infra.toml_tables import Table

DAYS_AHEAD = 366
_SITE = re.compile(r"[a-z0-9.-]+\.[a-z]{2,}(?:/[A-Za-z0-9./_-]*)?")


def read_reading_windows(root: Table, providers: Collection[ProviderCode]) -> tuple[ReadingWindow, ...]:
    """The windows of all providers and of single ones, oldest first. Two of one provider never begin on one day."""
    tables = root.tables("reading_window")
    windows = [_window(table, providers) for table in tables]
    begun: set[tuple[object, object]] = set()
    for table, window in zip(tables, windows, strict=True):
        if (window.provider, window.since) in begun:
            table.problem("since", "another entry begins on the same day: give each its own first day")
        begun.add((window.provider, window.since))
    if tables and all(window.provider for window in windows):
        tables[0].problem("provider", "no window is for everybody: leave provider out of one entry")
    return tuple(sorted(windows, key=lambda window: window.since))


def _window(table: Table, providers: Collection[ProviderCode]) -> ReadingWindow:
    code = table.optional_text("provider")
    window = ReadingWindow(
        opens_day=table.integer("opens_day", 1, 31),
        closes_day=table.integer("closes_day", 1, 31),
        since=table.optional_day("since", date.min),
        demo=table.flag("demo"),
        provider=ProviderCode(code) if code else None,
    )
    table.close()
    if window.closes_day < window.opens_day:
        table.problem("closes_day", "the window would close before it opens: write days of one month, in order")
    if code and code not in providers:
        table.problem("provider", f"no provider {code!r}: write one of {', '.join(providers)}")
    return window


def read_checks(table: Table) -> ReadingChecks:
    usual = ReadingChecks()
    checks = ReadingChecks(
        since=table.optional_day("since", usual.since),
        large_times=table.integer("large_times", 2, 100, usual.large_times),
        large_floor=table.integer("large_floor", 1, 10_000, usual.large_floor),
        large_unknown=table.integer("large_unknown", 1, 100_000, usual.large_unknown),
        usual_months=table.integer("usual_months", 2, 24, usual.usual_months),
        rollover_percent=table.integer("rollover_percent", 50, 99, usual.rollover_percent),
        message_hours=table.integer("message_hours", 1, 24 * 14, usual.message_hours),
        demo=table.flag("demo"),
    )
    table.close()
    return checks


def read_averaging(table: Table) -> Averaging:
    rule = Averaging(
        months=table.integer("months", 1, 24),
        since=table.optional_day("since", Averaging().since),
        demo=table.flag("demo"),
    )
    table.close()
    return rule


def read_verification(table: Table) -> Verification:
    usual = Verification()
    verification = Verification(
        warn_days=table.whole_numbers("warn_days", 0, DAYS_AHEAD, usual.warn_days),
        register=table.optional_text("register"),
        site=table.optional_text("site", _not_a_site),
        demo=table.flag("demo"),
    )
    table.close()
    if list(verification.warn_days) != sorted(set(verification.warn_days), reverse=True):
        table.problem("warn_days", "write different numbers of days, the longest first, as in [90, 30, 7, 0]")
    return verification


def _not_a_site(text: str) -> str | None:
    return None if _SITE.fullmatch(text) else "a site is written without https://, as in example.ru"
