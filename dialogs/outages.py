"""«Отключения»: what is known for the resident's flats. An exact look-up; what is not known is said, never guessed.

Addresses stand masked, as everywhere; several flats are told apart by the resident's own names. Words of operators may
name a street: where messages carry no address, they are left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from core.accounts.residents import Flat
from core.errors import NotFound
from core.ids import OutageId
from core.outages.model import Outage, Phase, Report
from core.services import Service
from dialogs import words
from dialogs.event import Event, Pressed
from dialogs.linking import AskNumber
from dialogs.questions_words import number_of
from dialogs.screen import Choice, Personal, Plain, Screen, Text, Time, lines, msg, paragraphs, rows
from dialogs.step import Context, Go, Next, Pass, Stay, Step
from dialogs.words import Here

LINK = Choice("link", msg("Привязать квартиру"))

SAID = msg("Записали: оператор видит, сколько жителей это сообщили.")
SAID_BEFORE = msg("Вы это уже сообщили, оператор видит.")
PASSED = msg("Об этом отключении уже есть новости: посмотрите ниже.")

_WATER = frozenset({Service.COLD_WATER, Service.HOT_WATER})


@dataclass(frozen=True)
class ShowOutages(Step):
    name = "outages"

    async def show(self, ctx: Context) -> Screen:
        flats = await ctx.flats()
        if not flats:
            why = msg("Отключения показываем по адресу квартиры. Привяжите её, и писать адрес не придётся.")
            return Screen(paragraphs(why, phones(ctx)), rows(LINK))
        found = await ctx.core.outages.of(ctx.known.id)
        known = {outage.id: outage for outages in found.values() for outage in outages}
        text = paragraphs(
            *(_flat(flat, found[flat.premises.id], ctx) for flat in flats),
            msg("Данные на {time}.", time=Time(ctx.clock.local())),
            phones(ctx),
        )
        return Screen(text, items=_items(list(known.values()), ctx))

    async def answer(self, event: Event, ctx: Context) -> Next:
        match event:
            case Pressed(LINK.id):
                return Go(AskNumber())
            case Pressed(choice) if choice.partition(".")[0] in set(Report):
                return Stay(await said(choice, ctx))
        return Pass()


async def said(choice: str, ctx: Context) -> Text:
    """What is answered to `also.<outage>` or `still.<outage>`."""
    report, _, number = choice.partition(".")
    try:
        fresh = await ctx.core.outages.report(ctx.known.id, OutageId(number_of(number)), _report(report))
    except NotFound:
        return PASSED
    return SAID if fresh else SAID_BEFORE


def _report(written: str) -> Report:
    """Raises NotFound."""
    if written not in set(Report):
        raise NotFound
    return Report(written)


def phones(ctx: Context) -> Text:
    """Whom to call when there is no water or heat: what the city file knows."""
    city = ctx.city.phones
    code = f"({city.area_code}) " if city.area_code else ""
    dispatcher = msg("Диспетчер города: {phone}", phone=Plain(code + city.dispatcher)) if city.dispatcher else None
    return lines(msg("Если воды или тепла нет, звоните:"), *words.emergency_phones(ctx), dispatcher)


def _flat(flat: Flat, outages: Sequence[Outage], ctx: Context) -> Text:
    if not outages:
        return lines(words.flat_line(flat), msg("Об отключениях в этом доме сведений нет."))
    return paragraphs(words.flat_line(flat), *(outage_lines(outage, ctx) for outage in outages))


def outage_lines(outage: Outage, here: Here) -> Text:
    """What is known of an outage."""
    what = services_named(outage.services)
    return lines(
        msg("Авария. Отключено: {services}.", services=what)
        if outage.emergency
        else msg("Плановое отключение: {services}.", services=what),
        times(outage, here),
        Personal(msg("Причина: {reason}", reason=Plain(outage.cause))),
        msg("Сообщено: {time}.", time=Time(here.clock.local(outage.updated_at))),
    )


def times(outage: Outage, here: Here) -> Text:
    """From when until when, as far as anybody knows."""
    starts = Time(here.clock.local(outage.starts_at))
    ends = Time(here.clock.local(outage.ends_at)) if outage.ends_at else None
    match outage.phase(here.clock.now()):
        case Phase.ENDED if outage.ended_at:
            return msg("Закончилось: {time}.", time=Time(here.clock.local(outage.ended_at)))
        case Phase.OVERDUE if ends:
            until = msg("Обещали включить: {time}. Что включили, пока не сообщали.", time=ends)
            return lines(msg("Началось: {time}.", time=starts), until)
        case Phase.PLANNED:
            return lines(msg("Начнётся: {time}.", time=starts), _until(ends))
    return lines(msg("Началось: {time}.", time=starts), _until(ends))


def _until(ends: Time | None) -> Text:
    if ends is None:
        return msg("Когда включат, пока не известно.")
    return msg("Обещают включить: {time}.", time=ends)


def services_named(services: Sequence[Service]) -> Text:
    """«холодная вода, горячая вода»."""
    named: list[Text] = [words.SERVICE_NAMES[service] for service in services]
    return reduce(lambda first, second: msg("{first}, {second}", first=first, second=second), named)


def _items(outages: Sequence[Outage], ctx: Context) -> tuple[Choice, ...]:
    """One button for what may be said of each outage; the services tell several apart."""
    sayable = [(outage, report) for outage in outages for report in outage.reports(ctx.clock.now())]
    return tuple(
        Choice(f"{report}.{outage.id}", report_label(outage, report, alone=len(sayable) == 1))
        for outage, report in sayable
    )


def report_label(outage: Outage, report: Report, *, alone: bool = True) -> Text:
    label = msg("У меня тоже") if report is Report.ALSO else _still(outage)
    if alone:
        return label
    return msg("{label}: {services}", label=label, services=services_named(outage.services))


def _still(outage: Outage) -> Text:
    """Said of what is off: water, heat, or the drain."""
    if _WATER.intersection(outage.services):
        return msg("Воды всё ещё нет")
    if Service.HEATING in outage.services:
        return msg("Тепла всё ещё нет")
    return msg("Всё ещё не работает")
