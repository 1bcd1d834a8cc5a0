"""Deep links: what opens the bot at a place. Whoever presses one may be somebody it was sent on to.

So a link brings one to a place and no further: the place asks for the proof (a code that was told apart, a number that
is compared in another chat). Its payload has 130 bits, lives for ten minutes, and is burnt by being opened: of two
chats in which it is pressed one gets on. What is no such payload (a mark on a leaflet) is an ordinary start.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from core.accounts.codes import ALPHABET, CodeForm, CodePurpose, CodeRefused
from dialogs.event import Command, Event, Said
from dialogs.screen import msg
from dialogs.step import Context, Done, Go, Next, Stay, Swap

Opens = Callable[[str, Context], Awaitable[Next]]

_PAYLOAD: Final = re.compile(f"[{ALPHABET}]{{{CodeForm.LONG.value}}}")
_places: dict[str, Opens] = {}

TOO_LATE = msg("Эта ссылка уже не действует: она живёт 10 минут и открывается один раз. Попросите новую.")


def opens_link(place: str) -> Callable[[Opens], Opens]:
    """Marks the function that goes to a place. It is given what follows the place in the link's subject."""

    def register(opens: Opens) -> Opens:
        _places[place] = opens
        return opens

    return register


async def link_payload(event: Event, ctx: Context) -> str:
    """What a deep link has brought; empty where none was pressed.

    Some messengers hand a link's payload on with the first words, or with several messages: there it counts only while
    it is alive, and the words are heard otherwise.
    """
    match event:
        case Command("start", argument) if _PAYLOAD.fullmatch(argument):
            return argument
        case Said(ref=ref) if _PAYLOAD.fullmatch(ref):
            return ref if await _alive(ref, ctx) else ""
    return ""


async def open_link(payload: str, ctx: Context) -> Next:
    """Where a link leads a resident. It is burnt with that."""
    try:
        redeemed = await ctx.core.codes.redeem(CodePurpose.DEEP_LINK, payload)
    except CodeRefused:
        return Done(TOO_LATE)
    place, _, rest = redeemed.subject.partition(":")
    return await _places[place](rest, ctx) if place in _places else Done(TOO_LATE)


def as_done(answer: Next) -> Next:
    """An answer from nowhere: what it leads to follows home, whatever the chat was doing."""
    match answer:
        case Go(step, say, screens) | Swap(step, say, screens):
            return Done(say, screens, then=step)
        case Stay(why, screens):
            return Done(why, screens)
    return answer


async def open_after_consent(payload: str, ctx: Context) -> Next:
    """Opens a link that waited for the consent given in this very turn."""
    resident = await ctx.core.residents.of_chat(ctx.chat)
    return as_done(await open_link(payload, replace(ctx, resident=resident)))


async def _alive(payload: str, ctx: Context) -> bool:
    try:
        await ctx.core.codes.peek(CodePurpose.DEEP_LINK, payload)
    except CodeRefused:
        return False
    return True
