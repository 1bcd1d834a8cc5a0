"""Paying: the payment pictures of what is owed now. The bot never takes money itself."""

from core.billing.model import UnifiedReceipt
from core.ids import PremisesId
from dialogs.flats import Purpose, begins
from dialogs.pages import money_page
from dialogs.receipts import payment_screens, settled_lines
from dialogs.screen import Text, lines, msg, paragraphs
from dialogs.step import Context, Done, Next

HOW_TO = lines(
    msg("Откройте приложение банка → «Оплата по QR» и наведите камеру на код с другого экрана или с бумаги."),
    msg("С этого же телефона: сохраните картинку и выберите её в приложении банка, если оно читает код из галереи."),
)
EACH_ITS_OWN = msg("У каждой организации свой код: оплатите каждый.")


@begins(Purpose.PAY)
async def begin(premises: PremisesId, _: str, ctx: Context) -> Next:
    if ctx.minimal:
        return await money_page(premises, None, ctx)
    flat = await ctx.flat(premises)
    periods = await ctx.core.billing.receipt_periods(flat.premises)
    receipts = [await ctx.core.billing.receipt(flat.premises, period) for period in periods]
    screens = tuple(screen for receipt in receipts for screen in payment_screens(receipt, ctx))
    if not screens:
        return Done(paragraphs(_settled(receipts, ctx), msg("Сейчас платить не за что.")))
    each = EACH_ITS_OWN if len(screens) > 1 else None
    return Done(paragraphs(_settled(receipts, ctx), HOW_TO, each), screens)


def _settled(receipts: list[UnifiedReceipt], ctx: Context) -> Text | None:
    return settled_lines(receipts[0], ctx) if receipts else None
