"""«Есть код»: what an operator, another messenger or the owner of a flat has given one is typed here.

Every try that finds no code is counted among the chat's failed proofs. Looking which purpose a code is for burns
nothing and is not told: whoever guesses is answered as if there were one purpose only.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar

from core.accounts.codes import CodePurpose, CodeRefused
from core.accounts.tries import ProofFailed, ProofsLocked
from core.ids import PremisesId
from core.personal.vouching import PLACE
from dialogs.deep_links import opens_link
from dialogs.event import Event, Said
from dialogs.helping import accept_right
from dialogs.linking_done import ConfirmAddress
from dialogs.linking_proof import wait_for
from dialogs.screen import Screen, lines, msg
from dialogs.step import Context, Go, Next, Pass, Stay, Step, Swap

Takes = Callable[[str, Context], Awaitable[Next]]

_taken_by: dict[CodePurpose, Takes] = {}


def takes_code(purpose: CodePurpose) -> Callable[[Takes], Takes]:
    """Marks the function that is handed a living code of a purpose, and burns it or asks on."""

    def register(takes: Takes) -> Takes:
        _taken_by[purpose] = takes
        return takes

    return register


@dataclass(frozen=True)
class EnterCode(Step):
    name = "codes.enter"
    takes_any_words: ClassVar[bool] = True

    async def show(self, ctx: Context) -> Screen:
        return Screen(
            lines(
                msg("Напишите код: от оператора, из другого мессенджера или от хозяина квартиры."),
                msg("Код из СМС сюда не пишите: мы его не спрашиваем."),
            )
        )

    async def answer(self, event: Event, ctx: Context) -> Next:
        if not isinstance(event, Said):
            return Pass()
        try:
            for purpose, takes in _taken_by.items():
                if await _lives(purpose, event.text, ctx):
                    return await takes(event.text, ctx)
            await ctx.core.typed_codes.redeem(ctx.chat, CodePurpose.LINK, event.text)
        except ProofsLocked as wait:
            return wait_for(wait, ctx)
        except ProofFailed:
            pass
        return Stay(msg("Код не подошёл. Проверьте буквы и цифры. Код действует недолго: возможно, нужен новый."))


async def _lives(purpose: CodePurpose, code: str, ctx: Context) -> bool:
    try:
        await ctx.core.codes.peek(purpose, code)
    except CodeRefused:
        return False
    return True


@takes_code(CodePurpose.LINK)
async def _operators(code: str, ctx: Context) -> Next:
    """An operator has seen the passport: as good as any proof."""
    redeemed = await ctx.core.typed_codes.redeem(ctx.chat, CodePurpose.LINK, code)
    premises = await ctx.core.linking.vouched(ctx.chat, PremisesId(int(redeemed.subject)))
    return Swap(ConfirmAddress(premises.id))


@takes_code(CodePurpose.HELPER)
async def _owners(code: str, ctx: Context) -> Next:
    return await accept_right(code, ctx)


@opens_link(PLACE)
async def _opened(_: str, __: Context) -> Next:
    return Go(EnterCode())
