"""What residents are told of outages at their homes, and the buttons under it.

A notice says what is known when it is told, not when it was written. Its buttons work as long as it stands: the core
decides whether the thing may still be said.
"""

from core.accounts.residents import Flat
from core.outages.model import OutageEventKind, OutageTold, Report
from dialogs import words
from dialogs.event import Notice, NoticeKind
from dialogs.link_notices import BUTTON
from dialogs.outages import outage_lines, report_label, said, services_named
from dialogs.questions_words import number_of
from dialogs.screen import Choice, Personal, Plain, Screen, Text, lines, msg, paragraphs, rows
from dialogs.step import Context, Next, Stay

OUTAGE_BUTTON = f"{BUTTON}outage."


async def outage_notice(notice: Notice, ctx: Context) -> Screen | None:
    """The message of a notice about an outage; None when it is about something else. Raises NotFound."""
    if notice.kind != NoticeKind.OUTAGE:
        return None
    told, flats = await ctx.core.outages.news(ctx.known.id, number_of(notice.subject))
    own = await ctx.flats()
    where = [_named(flat) for flat in own if flat.premises.id in flats] if len(own) > 1 else []
    return Screen(paragraphs(lines(_heading(told), *where), _what(told, ctx)), _buttons(told, ctx))


async def outage_button(choice: str, ctx: Context) -> Next:
    """What a button under such a notice does: `notice.outage.<report>.<outage>`."""
    return Stay(await said(choice.removeprefix(OUTAGE_BUTTON), ctx))


def _named(flat: Flat) -> Text:
    return msg("• {name}", name=words.flat_name(flat))


def _heading(told: OutageTold) -> Text:
    match told.kind:
        case OutageEventKind.OPENED:
            return msg("Отключение в вашем доме.")
        case OutageEventKind.ENDED:
            return msg("Включили: {services}.", services=services_named(told.outage.services))
        case OutageEventKind.REOPENED:
            return msg("Отключение в вашем доме ещё не закончилось.")
    return msg("Новое об отключении в вашем доме.")


def _what(told: OutageTold, ctx: Context) -> Text:
    if told.kind is not OutageEventKind.ENDED:
        return outage_lines(told.outage, ctx)
    words_of_operator = Personal(Plain(told.text)) if told.text else None
    return lines(words_of_operator, msg("Если у вас это не так, нажмите кнопку: оператор увидит."))


def _buttons(told: OutageTold, ctx: Context) -> tuple[tuple[Choice, ...], ...]:
    """`also` may be said of what is still to begin by the time it is pressed."""
    report = Report.STILL if told.kind is OutageEventKind.ENDED else Report.ALSO
    if report is Report.ALSO and not told.outage.emergency:
        return ()
    return rows(Choice(f"{OUTAGE_BUTTON}{report}.{told.outage.id}", report_label(told.outage, report)))
