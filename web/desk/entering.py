"""A reading by telephone or at the office: typed, read back with what it means, confirmed, stored once."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from core.counter.model import Judged
from core.counter.readings import CHANNELS, LONGEST_NOTE, ClaimUnfit, Entry
from core.ids import MeterId
from core.meters.model import Channel, Claim
from core.meters.numbers import BadNumber, NumberProblem
from core.meters.rules import Doubt
from core.meters.use_cases import TooManyDecimals
from web.desk.card import flat_of, trade_of
from web.desk.shell import Shell
from web.desk.visit import Visit
from web.desk.words import word

LONGEST_WRITTEN: Final = 60
PROBLEMS: Final[Mapping[NumberProblem, str]] = {
    NumberProblem.EMPTY: word("Введите число со счётчика."),
    NumberProblem.NOT_A_NUMBER: word("Это не похоже на число. Нужны только цифры, например: 123,4"),
    NumberProblem.NEGATIVE: word("Показание не бывает меньше нуля."),
    NumberProblem.SEVERAL: word("Здесь несколько чисел. Введите одно: показание этого счётчика."),
    NumberProblem.AMBIGUOUS: word("Непонятно, где в числе запятая. Введите, например: 1234,5"),
    NumberProblem.TOO_LONG: word("Слишком длинное число. Проверьте, нет ли лишних цифр."),
}
UNFIT: Final = word("Про это показание так сказать нельзя. Проверьте число ещё раз.")


def add_entering(shell: Shell) -> None:
    shell.get("/flats/{flat}/meters/{meter}", ask)
    shell.post("/flats/{flat}/meters/{meter}", check)
    shell.post("/flats/{flat}/meters/{meter}/store", store)
    shell.says(ClaimUnfit, UNFIT)
    shell.says(TooManyDecimals, UNFIT)


@dataclass(frozen=True)
class Typed:
    """What the form holds. A channel or a claim that is none becomes the usual one: the core judges whether it fits."""

    written: str
    key: str
    channel: Channel
    claim: Claim
    note: str

    @classmethod
    def of(cls, visit: Visit) -> "Typed":
        form = visit.form
        channel, claim = form.text("channel"), form.text("claim")
        return cls(
            form.text("value")[: LONGEST_WRITTEN + 1],
            form.text("key")[:40] or secrets.token_urlsafe(12),
            Channel(channel) if channel in {one.value for one in CHANNELS} else Channel.PHONE,
            Claim(claim) if claim in set(Claim) else Claim.AS_SHOWN,
            form.text("note"),
        )


async def ask(visit: Visit) -> web.Response:
    """The same form by a link: for whoever came back."""
    return await _form(visit, Typed.of(visit))


async def check(visit: Visit) -> web.Response:
    """Judges what was typed; nothing is stored yet."""
    typed = Typed.of(visit)
    try:
        async with visit.cases() as cases:
            judged = await cases.counter.readings.judge(visit.member, flat_of(visit), _meter(visit), typed.written)
            trimmed = cases.counter.readings.trimmed(judged) if judged.check.doubt is Doubt.BEYOND_DECIMALS else None
    except BadNumber as bad:
        return await _form(visit, typed, 422, visit.words.t(PROBLEMS[bad.problem]))
    return _page(visit, typed, judged=judged, trimmed=trimmed)


async def store(visit: Visit) -> web.Response:
    """Stores it once, however often the form is sent."""
    typed, premises = Typed.of(visit), flat_of(visit)
    entry = Entry(typed.key, typed.written, typed.channel, typed.claim, typed.note)
    async with visit.cases() as cases:
        reading = await cases.counter.readings.store(visit.member, premises, _meter(visit), entry)
    value = trade_of(visit).number(reading.value)
    if reading.current:
        return visit.go(f"/flats/{premises}", word("Принято: {value}."), value=value)
    return visit.go(f"/flats/{premises}", word("Записано: {value}. Засчитают, когда проверит оператор."), value=value)


async def _form(visit: Visit, typed: Typed, status: int = 200, problem: str | None = None) -> web.Response:
    """The meter as it is known, with a field for the number."""
    premises, meter = flat_of(visit), _meter(visit)
    async with visit.cases() as cases:
        state, window = await cases.counter.readings.known(visit.member, premises, meter)
    return _page(visit, typed, status, state=state, window=window, problem=problem)


def _page(visit: Visit, typed: Typed, status: int = 200, **values: object) -> web.Response:
    given = {"judged": None, "trimmed": None, "state": None, "window": None, "problem": None, **values}
    shown: Judged | None = given["judged"] if isinstance(given["judged"], Judged) else None
    template = "reading.html" if shown is None else "reading_check.html"
    trade, channels = trade_of(visit), CHANNELS
    premises = flat_of(visit)
    return visit.page(
        template,
        status,
        typed=typed,
        premises=premises,
        meter=_meter(visit),
        trade=trade,
        channels=channels,
        note=LONGEST_NOTE,
        **given,
    )


def _meter(visit: Visit) -> MeterId:
    return MeterId(visit.number("meter"))
