"""What is owed to each provider, by when, and in all. An overpayment at one is not netted against another's debt."""

from dataclasses import dataclass

from core.billing.model import Balance
from core.ids import PremisesId
from core.money import Kopecks
from dialogs import words
from dialogs.event import Event, Pressed
from dialogs.flats import Purpose, begins, for_flat
from dialogs.pages import money_page
from dialogs.screen import Choice, Rub, Screen, Text, lines, msg, paragraphs, rows
from dialogs.step import Context, Go, Next, Pass, Step

PAY = Choice("pay", msg("Оплатить"))
RECEIPT = Choice("receipt", msg("Квитанция"))


@begins(Purpose.BALANCE)
async def begin(premises: PremisesId, _: str, ctx: Context) -> Next:
    return await money_page(premises, None, ctx) if ctx.minimal else Go(ShowBalance(premises))


@dataclass(frozen=True)
class ShowBalance(Step):
    name = "balance"
    premises: PremisesId

    async def show(self, ctx: Context) -> Screen:
        flat = await ctx.flat(self.premises)
        balances = await ctx.core.billing.balances(flat.premises)
        total = Kopecks(sum(max(one.owed, 0) for one in balances))
        closing = msg("Всего к оплате: {sum}", sum=Rub(total)) if total else msg("Долгов нет, спасибо!")
        choices = rows((PAY, RECEIPT)) if total else rows(RECEIPT)
        return Screen(paragraphs(words.flat_line(flat), *(_line(one, ctx) for one in balances), closing), choices)

    async def answer(self, event: Event, ctx: Context) -> Next:
        match event:
            case Pressed(PAY.id):
                return await for_flat(Purpose.PAY, ctx, premises=self.premises)
            case Pressed(RECEIPT.id):
                return await for_flat(Purpose.RECEIPT, ctx, premises=self.premises)
        return Pass()


def _line(balance: Balance, ctx: Context) -> Text:
    provider = words.provider_name(ctx, balance.provider)
    if balance.period is None:
        return msg("{provider}: начислений пока нет", provider=provider)
    if balance.owed > 0 and balance.due:
        owed = msg("{provider}: к оплате {sum}", provider=provider, sum=Rub(balance.owed))
        return lines(owed, words.due_line(balance.due, ctx))
    return words.settled(ctx, balance.provider, balance.owed)
