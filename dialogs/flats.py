"""Which flat is meant: asked only when there are several."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from core.accounts.residents import Flat
from core.errors import NotFound
from core.ids import PremisesId
from dialogs import words
from dialogs.event import Event, Pressed
from dialogs.linking import AskNumber
from dialogs.screen import Choice, Screen, lines, msg
from dialogs.step import Context, Go, Next, Pass, Stay, Step, Swap


class Purpose(StrEnum):
    """What a flat is wanted for; each conversation says with `begins` how it starts."""

    READINGS = "readings"
    LINE = "line"
    BALANCE = "balance"
    RECEIPT = "receipt"
    PAY = "pay"
    HISTORY = "history"
    RENAME = "rename"
    UNLINK = "unlink"
    ACCESS = "access"


OWNERS_ONLY = frozenset({Purpose.BALANCE, Purpose.RECEIPT, Purpose.PAY, Purpose.HISTORY, Purpose.ACCESS})
"""What one cannot want a flat for that one only helps with; the core refuses it, this only spares the question."""

Begin = Callable[[PremisesId, str, Context], Awaitable[Next]]

_beginnings: dict[Purpose, Begin] = {}


def begins(purpose: Purpose) -> Callable[[Begin], Begin]:
    """Marks the function that starts a conversation about a flat. Its text is what was said before, if anything."""

    def register(begin: Begin) -> Begin:
        _beginnings[purpose] = begin
        return begin

    return register


async def for_flat(purpose: Purpose, ctx: Context, text: str = "", premises: PremisesId | None = None) -> Next:
    """Starts the conversation for the flat that is meant or the only one, or asks which flat."""
    if premises is not None:
        return await _beginnings[purpose](premises, text, ctx)
    flats = await _flats(purpose, ctx)
    if not flats and await ctx.flats():
        return Stay(msg("Это видит только хозяин квартиры. Вы передаёте за него показания."))
    if not flats:
        return Go(AskNumber(), msg("Сначала привяжем квартиру."))
    if len(flats) > 1:
        return Go(ChooseFlat(purpose, text))
    return await _beginnings[purpose](flats[0].premises.id, text, ctx)


async def _flats(purpose: Purpose, ctx: Context) -> list[Flat]:
    """The flats that may be meant."""
    return [flat for flat in await ctx.flats() if flat.owned or purpose not in OWNERS_ONLY]


@dataclass(frozen=True)
class ChooseFlat(Step):
    """`text` is a line of readings that waits for its flat."""

    name = "flats.choose"
    purpose: Purpose
    text: str = ""

    async def show(self, ctx: Context) -> Screen:
        flats = await _flats(self.purpose, ctx)
        listed = [words.flat_line(flat) for flat in flats]
        items = tuple(Choice(str(flat.premises.id), words.flat_name(flat)) for flat in flats)
        return Screen(lines(msg("О какой квартире речь?"), *listed), items=items)

    async def answer(self, event: Event, ctx: Context) -> Next:
        if not isinstance(event, Pressed):
            return Pass()
        for flat in await _flats(self.purpose, ctx):
            if str(flat.premises.id) == event.choice:
                begun = await _beginnings[self.purpose](flat.premises.id, self.text, ctx)
                return Swap(begun.step, begun.say, begun.screens) if isinstance(begun, Go) else begun
        raise NotFound
