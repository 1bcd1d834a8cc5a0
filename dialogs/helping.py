"""Becoming a helper: the code the owner handed over is typed once (dialogs.codes)."""

from itertools import count

from core.accounts.sharing import OwnCode
from dialogs import words
from dialogs.linking_done import names_taken
from dialogs.screen import Personal, lines, msg
from dialogs.step import Context, Done, Next

HELPED = msg("Помогаю")


async def accept_right(code: str, ctx: Context) -> Next:
    """The right to submit readings for whoever's code it is. Raises ProofFailed, ProofsLocked."""
    try:
        premises = await ctx.core.sharing.accept(ctx.chat, ctx.known.id, code, await _free_name(ctx))
    except OwnCode:
        return Done(msg("Эта квартира и так ваша: код нужен другому человеку."))
    done = msg("Готово. Теперь вы передаёте показания: {address}.", address=words.masked(premises.address))
    instead = msg("Готово. Теперь вы передаёте показания за эту квартиру.")
    return Done(lines(Personal(done, instead), msg("Денег, имён и квитанций вы не увидите.")))


async def _free_name(ctx: Context) -> str:
    """«Помогаю», «Помогаю 2»: what a flat is called until the helper calls it something else."""
    taken = await names_taken(None, ctx)
    name = ctx.translator.text(HELPED)
    names = (name if number == 1 else f"{name} {number}" for number in count(1))
    return next(one for one in names if one.casefold() not in taken)
