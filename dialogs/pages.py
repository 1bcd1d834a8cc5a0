"""What a messenger may not carry is offered as a page of the web part: shown once, within ten minutes."""

from core.accounts.access import owners_only
from core.ids import PremisesId
from core.periods import Period
from core.personal.pages import PAGE_LIVES, PageOf, Shows
from dialogs.event import Notice
from dialogs.screen import Plain, Text, lines, msg
from dialogs.step import Context, Done, Next, Stay

PATH = "page"
"""Of the web part; the code follows."""

RECEIPT = msg("Скачать квитанцию (PDF)")
DATA_PDF = msg("Скачать мои данные (PDF)")
DATA_JSON = msg("Скачать мои данные (JSON)")
ALL_DATA = msg("Всё, что мы о вас храним.")
ANSWERS_FILE = msg("Скачать файл из ответа")


async def money_page(premises: PremisesId, period: Period | None, ctx: Context) -> Next:
    """Offers what is owed and the receipt of a period (without one, the latest). Raises NotFound, also to a helper."""
    flat = await ctx.flat(premises)
    owners_only(flat.premises)
    if period is None:
        period = next(iter(await ctx.core.billing.receipt_periods(flat.premises)), None)
    page = PageOf(Shows.MONEY, ctx.chat, premises, period)
    return Done(await _offered(page, msg("Баланс и квитанция откроются по ссылке:"), ctx))


async def data_page(ctx: Context) -> Next:
    """Offers everything that is kept about the resident."""
    return Done(await _offered(PageOf(Shows.DATA, ctx.chat), msg("Ваши данные откроются по ссылке:"), ctx))


async def notice_page(notice: Notice, ctx: Context) -> Next:
    """Offers a notice whole. The caller has seen that it is the chat's own."""
    page = PageOf(Shows.NOTICE, ctx.chat, detail=f"{notice.kind}:{notice.subject}")
    return Stay(await _offered(page, msg("Ответ откроется по ссылке:"), ctx))


async def _offered(page: PageOf, say: Text, ctx: Context) -> Text:
    """The link, where there is a web part to lead to; a chat without consent is nobody's, and has no page either."""
    if ctx.public_url is None or ctx.resident is None:
        phone = Plain(ctx.city.phones.call_centre)
        return lines(
            msg("В этом мессенджере мы не называем адресов и сумм."),
            msg("Позвоните {phone} или зайдите в центр обслуживания: «Адреса и телефоны».", phone=phone),
        )
    code = await ctx.core.pages.page(page, ctx.known.id)
    return lines(
        say,
        Plain(f"{ctx.public_url.rstrip('/')}/{PATH}/{code}"),
        msg(
            "Она откроется один раз, в течение {minutes} минут. Никому её не пересылайте.",
            minutes=int(PAGE_LIVES.total_seconds()) // 60,
        ),
    )
