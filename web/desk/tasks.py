"""Tasks of operators: what neither the resident nor the product could settle, with every fact that is known of it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Final

from aiohttp import web

from core.accounts.use_cases import CLAIM_TASK
from core.counter.acts import NotSenior
from core.counter.model import Work
from core.counter.work import ON_A_PAGE, NotTheirs, OutcomeUnfit
from core.errors import NotFound, Rejected
from core.meters.model import Channel, Claim
from core.meters.rules import Doubt
from core.meters.tasks import NoteNeeded, NothingToAccept, Outcome
from core.services import Service
from core.tasks import READING, Task, TaskId, TaskStatus
from web.desk.shell import Shell
from web.desk.trade import Trade
from web.desk.visit import Visit
from web.desk.words import word

PATH: Final = "/tasks"
KINDS: Final = {
    READING: word("Показание под вопросом"),
    CLAIM_TASK: word("Спорная привязка"),
    "fake_bot": word("Поддельный бот"),
    "link_enumeration": word("Один чат перебирает счета"),
    "link_weak_code": word("Подбирают код доступа"),
    "link_city": word("Много неудачных привязок в городе"),
}
LABELS: Final = {
    "value": word("Показание"),
    "previous": word("Прошлое показание"),
    "consumption": word("Расход"),
    "usual": word("Обычно в месяц"),
    "doubt": word("Что не так"),
    "claim": word("Что говорит житель"),
    "note": word("Пояснение"),
    "service": word("Услуга"),
    "meter": word("Счётчик"),
    "place": word("Место"),
    "submitted": word("Уже передано"),
    "months": word("Месяцев с прошлого"),
    "digits": word("Цифр на шкале"),
    "decimals": word("После запятой"),
    "channel": word("Как передано"),
    "closed_on": word("Счётчик закрыт"),
    "why": word("Почему"),
    "text": word("Сообщение"),
    "messenger": word("Мессенджер"),
    "account": word("Лицевой счёт"),
    "report": word("Сообщение №"),
}
"""Facts by their names, in the order in which they are told; what has no name here is for programs."""
NUMBERS: Final = frozenset({"value", "previous", "consumption", "usual", "submitted"})
WHY: Final = {
    "contested": word("житель квартиры против"),
    "disputed": word("другая привязка этой квартиры спорная"),
    "over_limit": word("у квартиры уже много жителей"),
}
OUTCOMES: Final[Mapping[str, Sequence[tuple[Outcome, str, str]]]] = {
    READING: (
        (Outcome.ACCEPT, word("Принять показание"), "main"),
        (Outcome.DECLINE, word("Не принимать"), "warm"),
        (Outcome.CLOSE, word("Закрыть"), ""),
    ),
    CLAIM_TASK: (
        (Outcome.ACCEPT, word("Оставить привязку"), "main"),
        (Outcome.DECLINE, word("Убрать привязку"), "warm"),
    ),
}
OTHERS: Final = ((Outcome.CLOSE, word("Разобрались, закрыть"), "main"),)
PROBLEMS: Final[Mapping[type[Rejected], str]] = {
    NoteNeeded: word("Напишите причину или ответ."),
    NothingToAccept: word("Показания здесь нет: задачу можно только закрыть."),
    NotTheirs: word("Это счётчик другой организации: решает она."),
    NotSenior: word("Это решает старший."),
    OutcomeUnfit: word("Спорную привязку оставляют или убирают."),
}


def add_tasks(shell: Shell) -> None:
    shell.door(PATH, word("Задачи"), "task")
    shell.get(PATH, waiting)
    shell.get(f"{PATH}/{{task}}", show)
    shell.post(f"{PATH}/{{task}}", settle)
    shell.get(f"{PATH}/{{task}}/photos/{{photo}}", photo)
    for rejection, words in PROBLEMS.items():
        shell.says(rejection, words)


async def waiting(visit: Visit) -> web.Response:
    said = visit.request.query.get("after", "")
    after = TaskId(int(said)) if said.isascii() and said.isdecimal() and len(said) < 19 else None
    async with visit.cases() as cases:
        works = await cases.counter.work.waiting(visit.member, after)
    following = works[-1].task.id if len(works) == ON_A_PAGE else None
    return visit.page("tasks.html", 200, works=works, next=following, **_shared(visit))


async def show(visit: Visit) -> web.Response:
    return await _page(visit)


async def settle(visit: Visit) -> web.Response:
    """A task that was settled meanwhile says so; a form sent twice settles once."""
    said = visit.form.text("outcome")
    outcome = Outcome(said) if said in set(Outcome) else Outcome.CLOSE
    try:
        async with visit.cases() as cases:
            await cases.counter.work.settle(visit.member, _task(visit), outcome, visit.form.text("note"))
    except tuple(PROBLEMS) as wrong:
        return await _page(visit, 422, visit.words.t(PROBLEMS[type(wrong)]))
    except NotFound:
        return await _page(visit)
    return visit.go(PATH, word("Задача № {number}: решено."), number=int(_task(visit)))


async def photo(visit: Visit) -> web.Response:
    """A picture of the dial: JPEG that we have made ourselves of what was sent."""
    async with visit.cases() as cases:
        photos = await cases.counter.work.photos(visit.member, _task(visit))
    number = visit.number("photo")
    if number >= len(photos):
        raise NotFound
    return web.Response(body=photos[number], content_type="image/jpeg")


async def _page(visit: Visit, status: int = 200, problem: str | None = None) -> web.Response:
    async with visit.cases() as cases:
        work: Work = await cases.counter.work.show(visit.member, _task(visit))
    note = visit.form.text("note") if work.task.status is TaskStatus.OPEN else ""
    outcomes = OUTCOMES.get(work.task.kind, OTHERS) if work.task.reading or work.task.kind != READING else OTHERS
    values = {"work": work, "problem": problem, "note": note, "outcomes": outcomes}
    return visit.page("task.html", status, **values, **_shared(visit))


def _shared(visit: Visit) -> dict[str, object]:
    words = visit.words
    trade = Trade(words, visit.house.parts.city)
    return {
        "trade": trade,
        "kind": lambda task: words.t(KINDS.get(task.kind, task.kind)),
        "told": partial(_told, trade),
    }


def _told(trade: Trade, task: Task) -> list[tuple[str, str]]:
    """The facts that have a name, in order; empty ones are left out."""
    known = [(name, task.facts[name]) for name in LABELS if task.facts.get(name) not in {None, ""}]
    return [(trade.words.t(LABELS[name]), _value(trade, name, str(value))) for name, value in known]


def _value(trade: Trade, name: str, value: str) -> str:
    """A fact as people say it; one that is new to this version as it is stored."""
    if name in NUMBERS and (found := _decimal(value)) is not None:
        return trade.number(found)
    match name:
        case "service" if value in set(Service):
            return trade.service(Service(value))
        case "doubt" if value in set(Doubt):
            return trade.doubt(Doubt(value))
        case "claim" if value in set(Claim):
            return trade.claim(Claim(value))
        case "channel" if value in set(Channel):
            return trade.channel(Channel(value))
        case "why" if value in WHY:
            return trade.words.t(WHY[value])
    return value


def _decimal(value: str) -> Decimal | None:
    try:
        found = Decimal(value)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _task(visit: Visit) -> TaskId:
    return TaskId(visit.number("task"))
