"""Which flat is meant: asked only when there are several."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from core.errors import NotFound
from core.ids import PremisesId
from dialogs import words
from dialogs.event import Event, Pressed
from dialogs.linking import AskNumber
from dialogs.screen import Choice, Screen, lines, msg
from dialogs.step import Context, Go, Next, Pass, Step, Swap


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
    flats = await ctx.flats()
    if not flats:
        return Go(AskNumber(), msg("Сначала привяжем квартиру."))
    if len(flats) > 1:
        return Go(ChooseFlat(purpose, text))
    return await _beginnings[purpose](flats[0].premises.id, text, ctx)


@dataclass(frozen=True)
class ChooseFlat(Step):
    """`text` is a line of readings that waits for its flat."""

    name = "flats.choose"
    purpose: Purpose
    text: str = ""

    async def show(self, ctx: Context) -> Screen:
        flats = await ctx.flats()
        listed = [words.flat_line(flat) for flat in flats]
        items = tuple(Choice(str(flat.premises.id), words.flat_name(flat)) for flat in flats)
        return Screen(lines(msg("О какой квартире речь?"), *listed), items=items)

    async def answer(self, event: Event, ctx: Context) -> Next:
        if not isinstance(event, Pressed):
            return Pass()
        for flat in await ctx.flats():
            if str(flat.premises.id) == event.choice:
                begun = await _beginnings[self.purpose](flat.premises.id, self.text, ctx)
                return Swap(begun.step, begun.say, begun.screens) if isinstance(begun, Go) else begun
        raise NotFound
