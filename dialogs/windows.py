"""When readings are expected, as the menu says it: by the city's clock, apart where flats or providers differ."""

from collections.abc import Sequence

from core.accounts.residents import Flat
from core.ids import ProviderCode
from core.meters.model import Window
from dialogs import words
from dialogs.screen import Day, Month, Text, lines, msg, plural
from dialogs.step import Context

HOURS = 24

Own = Sequence[tuple[Window, tuple[ProviderCode, ...]]]


async def window_lines(flats: Sequence[Flat], ctx: Context) -> Text:
    """One line where everything is read at the same time; else one a provider, and a part a flat."""
    by_flat = [(flat, await ctx.core.windows.of_providers(flat.premises.id)) for flat in flats]
    first = by_flat[0][1]
    if all(list(own) == list(first) for _, own in by_flat):
        return _of_flat(first, ctx)
    return lines(*(lines(words.flat_name(flat), _of_flat(own, ctx)) for flat, own in by_flat))


def _of_flat(own: Own, ctx: Context) -> Text:
    if len(own) == 1:
        return window_line(own[0][0], ctx)
    return lines(*(_of_providers(window, codes, ctx) for window, codes in own))


def _of_providers(window: Window, codes: Sequence[ProviderCode], ctx: Context) -> Text:
    names = ", ".join(ctx.city.provider(code).short_name for code in codes)
    return msg("{providers}: {window}", providers=names, window=window_line(window, ctx))


def window_line(window: Window, ctx: Context) -> Text:
    """The countdown to the last day, or when readings are expected next."""
    month, closes, today = Month(window.period), Day(window.closes_on), ctx.clock.today()
    if window.late or today < window.opens_on:
        return msg(
            "Показания за {month} ждём с {opens} по {closes}. Передать можно и раньше.",
            month=month,
            opens=Day(window.opens_on),
            closes=closes,
        )
    days = (window.closes_on - today).days
    if days == 0:
        return _last_day(month, ctx)
    if window.extended:
        return plural(
            "Приём показаний за {month} продлён до {closes}: остался {n} день.",
            "Приём показаний за {month} продлён до {closes}: осталось дней: {n}.",
            days,
            month=month,
            closes=closes,
        )
    return plural(
        "Показания за {month} принимаем до {closes}: остался {n} день.",
        "Показания за {month} принимаем до {closes}: осталось дней: {n}.",
        days,
        month=month,
        closes=closes,
    )


def _last_day(month: Month, ctx: Context) -> Text:
    """Hours are those of the city, begun ones counted."""
    return plural(
        "Сегодня последний день приёма показаний за {month}: остался {n} час.",
        "Сегодня последний день приёма показаний за {month}: осталось часов: {n}.",
        HOURS - ctx.clock.local().hour,
        month=month,
    )
