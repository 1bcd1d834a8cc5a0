"""The part of the city file about questions: who answers which, and when their people are at work."""

import re
from collections.abc import Callable, Collection, Sequence
from datetime import date, time

from core.city import BillingAgent, Provider
from core.services import Service
from core.support_settings import USUAL_ROUTES, Answerer, Desk, Route, Shift, SupportRules, Topic
from infra.toml_tables import Table

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_WEEK_OF_MINUTES = 7 * 24 * 60


def read_support(root: Table, providers: Sequence[Provider], agents: Sequence[BillingAgent]) -> SupportRules:
    """What stands under [support]; the usual rules where nothing does."""
    table = root.table("support", required=False)
    usual = SupportRules()
    names = {*(provider.name for provider in providers), *(agent.name for agent in agents)}
    codes = [provider.code for provider in providers]
    desks = [_desk(one, names) for one in table.tables("desks", required=False)]
    routes = [_route(one, codes) for one in table.tables("routes", required=False)]
    rules = SupportRules(
        desks=tuple(desks),
        routes=(*USUAL_ROUTES, *routes),
        reopen_days=table.integer("reopen_days", 0, 365, usual.reopen_days),
    )
    table.close()
    return rules


def _desk(table: Table, names: Collection[str]) -> Desk:
    minutes = table.integer("answer_minutes", 1, _WEEK_OF_MINUTES, 0) if "answer_minutes" in table.values else None
    desk = Desk(
        organisation=table.text("organisation"),
        since=table.optional_day("since", date.min),
        shifts=tuple(_shift(one) for one in table.tables("shifts", required=False)),
        closed=_closed(table),
        answer_minutes=minutes,
        demo=table.flag("demo"),
    )
    table.close()
    if desk.organisation and desk.organisation not in names:
        table.problem("organisation", f"no organisation {desk.organisation!r}: write the name as above, whole")
    days = [day for shift in desk.shifts for day in shift.days]
    if len(set(days)) < len(days):
        table.problem("shifts", "a day of the week stands in two shifts: leave it in one")
    if minutes is not None and not desk.shifts:
        table.problem("answer_minutes", "they are minutes of work: write the shifts too, or leave both out")
    return desk


def _shift(table: Table) -> Shift:
    days = table.texts("days")
    for day in days:
        if day not in _DAYS:
            table.problem("days", f"no day {day!r}: write some of {', '.join(_DAYS)}")
    shift = Shift(
        days=tuple(_DAYS.index(day) for day in days if day in _DAYS),
        opens=_time(table, "opens"),
        closes=_time(table, "closes"),
    )
    table.close()
    if shift.closes <= shift.opens:
        table.problem("closes", "it is not after opens: write two times of one day, in order")
    return shift


def _time(table: Table, key: str) -> time:
    written = _TIME.fullmatch(table.text(key, _not_a_time))
    return time(int(written[1]), int(written[2])) if written else time()


def _closed(table: Table) -> tuple[date, ...]:
    written = table.texts("closed") if "closed" in table.values else ()
    days: list[date] = []
    for day in written:
        try:
            days.append(date.fromisoformat(day))
        except ValueError:
            table.problem("closed", f'{day!r} is no day: write it as "2022-02-23"')
    return tuple(days)


def _route(table: Table, codes: Collection[str]) -> Route:
    service = table.optional_text("service", one_of([service.value for service in Service]))
    known = [*(rule.value for rule in Answerer), *codes]
    topic = table.text("topic", one_of([topic.value for topic in Topic]))
    route = Route(
        topic=Topic(topic) if topic in set(Topic) else Topic.OTHER,
        to=table.text("to", one_of(known)),
        service=Service(service) if service in set(Service) else None,
        since=table.optional_day("since", date.min),
    )
    table.close()
    return route


def one_of(known: Collection[str]) -> Callable[[str], str | None]:
    """A check for `Table.text`: the text is one of these."""
    return lambda text: None if text in known else f"it is none of {', '.join(known)}"


def _not_a_time(text: str) -> str | None:
    return None if _TIME.fullmatch(text) else 'a time is written as in "08:00"'
