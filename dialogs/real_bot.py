"""Is this the real bot? A word to be confirmed over the telephone, what we never ask, and reports of false bots."""

from dataclasses import dataclass

from core.personal.bot_check import WORD_LIVES
from core.personal.reports import LONGEST_REPORT, ReportTooLong
from dialogs.event import Event, Kind, Pressed, Said, Sent
from dialogs.screen import Choice, Plain, Screen, Text, lines, msg, paragraphs, rows
from dialogs.step import Context, Done, Go, Next, Pass, Stay, Step

PROMISE = msg("Мы никогда не спрашиваем паспорт, СНИЛС, номер карты и коды из СМС.")

WORD = Choice("word", msg("Получить слово"))
REPORT = Choice("report", msg("Сообщить о подделке"))


@dataclass(frozen=True)
class RealBot(Step):
    name = "real"

    async def show(self, ctx: Context) -> Screen:
        how = msg(
            "Проверьте нас: получите слово, позвоните {phone} и прочитайте его. Оператор скажет, настоящий ли это бот.",
            phone=Plain(ctx.city.phones.call_centre),
        )
        return Screen(paragraphs(PROMISE, how, _addresses(ctx)), rows(WORD, REPORT))

    async def answer(self, event: Event, ctx: Context) -> Next:
        match event:
            case Pressed(WORD.id):
                return Stay(_told(await ctx.core.bot_checks.issue(ctx.chat), ctx))
            case Pressed(REPORT.id):
                return Go(ReportFake())
        return Pass()


def _addresses(ctx: Context) -> Text | None:
    """Where the real bots are, as far as the city file knows: a false one may repeat everything but its own address."""
    known = [
        msg("{messenger}: {address}", messenger=Plain(one.name), address=Plain(one.address))
        for one in ctx.city.messengers
        if one.address
    ]
    return lines(msg("Наши настоящие адреса, сравните с адресом этого чата:"), *known) if known else None


def _told(word: str, ctx: Context) -> Text:
    return lines(
        msg("Ваше слово: {word}", word=Plain(word)),
        msg(
            "Прочитайте его оператору: {phone}. Он подтвердит, и сюда придёт сообщение. Слово живёт {minutes} минут.",
            phone=Plain(ctx.city.phones.call_centre),
            minutes=int(WORD_LIVES.total_seconds()) // 60,
        ),
    )


@dataclass(frozen=True)
class ReportFake(Step):
    name = "real.report"

    async def show(self, ctx: Context) -> Screen:
        return Screen(
            lines(
                msg("Что за бот, сайт или письмо? Пришлите одним сообщением ссылку, слова или снимок экрана."),
                msg("Своих паролей, карт и кодов не присылайте."),
            )
        )

    async def answer(self, event: Event, ctx: Context) -> Next:
        match event:
            case Said(text):
                return await _reported(text, None, ctx)
            case Sent(Kind.PHOTO | Kind.FILE, file, text) if file:
                return await _reported(text, file, ctx)
        return Pass()


async def _reported(text: str, file: str | None, ctx: Context) -> Next:
    key = f"report:{ctx.key}"
    try:
        number = await ctx.core.fake_reports.report(
            key, ctx.chat, ctx.channel.value, text.strip(), photo=file is not None
        )
    except ReportTooLong:
        return Stay(msg("Слишком длинно: уместите в {limit} знаков.", limit=LONGEST_REPORT))
    if file is not None:
        await ctx.start_job("keep_report_photo", {"file": file}, key)
    return Done(
        lines(
            msg("Спасибо! Сообщение о подделке № {number} передано оператору.", number=number),
            msg("Подделке ничего не отвечайте. Если уже назвали карту или код из СМС, сразу звоните в свой банк."),
        )
    )
