"""The unified receipt: one PDF, then one payment picture for each provider that is owed."""

from dataclasses import dataclass

from core.billing.model import ReceiptSection, UnifiedReceipt
from core.ids import PremisesId
from dialogs import words
from dialogs.event import Event, chosen_period
from dialogs.flats import Purpose, begins
from dialogs.pages import money_page
from dialogs.screen import Choice, File, Form, Month, Plain, Rub, Screen, Text, lines, msg, paragraphs
from dialogs.step import Context, Done, Go, Next, Pass, Step

SAMPLE = msg("ОБРАЗЕЦ: реквизиты вымышлены, платить по нему нельзя.")


@begins(Purpose.RECEIPT)
async def begin(premises: PremisesId, _: str, ctx: Context) -> Next:
    flat = await ctx.flat(premises)
    if not await ctx.core.billing.receipt_periods(flat.premises):
        return Done(msg("Единых квитанций пока нет. Начисления прошлых месяцев есть в «Истории»."))
    return Go(ChoosePeriod(premises))


@dataclass(frozen=True)
class ChoosePeriod(Step):
    name = "receipts.period"
    premises: PremisesId

    async def show(self, ctx: Context) -> Screen:
        flat = await ctx.flat(self.premises)
        periods = await ctx.core.billing.receipt_periods(flat.premises)
        items = tuple(Choice(str(period), Month(period).label()) for period in periods)
        return Screen(lines(words.flat_line(flat), msg("За какой месяц квитанция?")), items=items)

    async def answer(self, event: Event, ctx: Context) -> Next:
        flat = await ctx.flat(self.premises)
        period = chosen_period(event, await ctx.core.billing.receipt_periods(flat.premises))
        if period is None:
            return Pass()
        if ctx.minimal:
            return await money_page(self.premises, period, ctx)
        receipt = await ctx.core.billing.receipt(flat.premises, period)
        settled = settled_lines(receipt, ctx) if receipt.latest else None
        return Done(settled, (receipt_screen(receipt, ctx), *payment_screens(receipt, ctx)))


def receipt_screen(receipt: UnifiedReceipt, ctx: Context) -> Screen:
    """The PDF; its caption says what is in it, so that it need not be opened to know the sum."""
    owed = (
        lines(msg("Всего к оплате: {sum}", sum=Rub(receipt.owed)), words.due_line(receipt.due, ctx))
        if receipt.latest and receipt.owed
        else None
    )
    sample = SAMPLE if receipt.sample else None
    file = File(Form.RECEIPT_PDF, receipt.premises, receipt.period)
    return Screen(lines(msg("Единая квитанция за {month}.", month=Month(receipt.period)), owed, sample), file=file)


def payment_screens(receipt: UnifiedReceipt, ctx: Context) -> tuple[Screen, ...]:
    """A picture for each provider that is owed."""
    return tuple(_payment_screen(receipt, section, ctx) for section in receipt.sections if section.qr)


def _payment_screen(receipt: UnifiedReceipt, section: ReceiptSection, ctx: Context) -> Screen:
    caption = lines(
        msg("{provider}: {sum}", provider=words.provider_name(ctx, section.provider), sum=Rub(section.owed)),
        msg("Лицевой счёт {account}, за {month}", account=Plain(section.account), month=Month(receipt.period)),
        words.due_line(receipt.due, ctx),
        SAMPLE if section.details.demo else None,
    )
    return Screen(caption, file=File(Form.PAYMENT_QR, receipt.premises, receipt.period, section.provider))


def settled_lines(receipt: UnifiedReceipt, ctx: Context) -> Text | None:
    """Why a provider has no payment code."""
    settled = [words.settled(ctx, one.provider, one.owed) for one in receipt.sections if one.owed <= 0]
    return paragraphs(*settled) if settled else None
