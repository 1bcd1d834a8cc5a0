"""What residents are told of links to their flats, and the one answer such a message takes.

The button of a notice works whatever the chat is doing, and as long as the message stands. It is no choice of a step:
it names a thing, and the core decides whether who pressed may do it. A forged one can do no more.
"""

from core.accounts.model import Claim, ClaimReason, LinkNews
from core.errors import NotFound
from core.ids import ClaimId, HelperId, LinkId
from dialogs import words
from dialogs.event import Notice
from dialogs.helpers import CONTESTED, called
from dialogs.screen import Choice, Msg, Plain, Screen, Text, lines, msg, rows
from dialogs.step import Context, Next, Stay

BUTTON = "notice."
"""What the choices of notices begin with."""
_CONTEST = "notice.contest."


async def link_notice(notice: Notice, ctx: Context) -> Screen | None:
    """The message of a notice about links; None when it is about something else. Raises NotFound."""
    if notice.kind not in {kind.value for kind in LinkNews}:
        return None
    if not notice.subject.isdecimal():
        raise NotFound
    number = int(notice.subject)
    match LinkNews(notice.kind):
        case LinkNews.NEW_LINK:
            return await _new_link(LinkId(number), ctx)
        case LinkNews.HELPER_CAME:
            return await _helper_came(HelperId(number), ctx)
        case LinkNews.HELP_ENDED:
            return Screen(msg("Хозяин квартиры забрал право передавать за него показания."))
        case kind:
            claim = await ctx.core.flatmates.claim(ctx.known.id, ClaimId(number))
            return Screen(_claim_text(kind, claim, ctx))


async def notice_answer(choice: str, ctx: Context) -> Next:
    """What the button of a notice does."""
    number = choice.removeprefix(_CONTEST)
    if not (choice.startswith(_CONTEST) and number.isdecimal() and len(number) < 19):
        return Stay(_GONE)
    try:
        await ctx.core.flatmates.contest(ctx.known.id, LinkId(int(number)))
    except NotFound:
        return Stay(_GONE)
    return Stay(CONTESTED)


_GONE = msg("Этого человека среди жителей квартиры уже нет.")


async def _new_link(link: LinkId, ctx: Context) -> Screen:
    flat, _ = await ctx.core.flatmates.newcomer(ctx.known.id, link)
    return Screen(
        lines(
            msg("К вашей квартире привязался ещё один человек."),
            words.flat_line(flat),
            msg("Если вы его не знаете, нажмите кнопку: доступ сразу закроется, и оператор разберётся."),
        ),
        rows(Choice(f"{_CONTEST}{link}", msg("Я его не знаю"))),
    )


async def _helper_came(helper: HelperId, ctx: Context) -> Screen:
    found = await ctx.core.sharing.helper(ctx.known.id, helper)
    return Screen(
        lines(
            msg("Помощник «{name}» ввёл код и может передавать показания.", name=called(found)),
            msg("Забрать право: «Настройки» → «Кто видит квартиру»."),
        )
    )


def _claim_text(kind: LinkNews, claim: Claim, ctx: Context) -> Text:
    phone = Plain(ctx.city.phones.call_centre)
    name: Text = Plain(claim.name) if claim.name else msg("Квартира")
    match kind:
        case LinkNews.CONTESTED:
            return lines(
                msg("«{name}»: другой житель сообщил, что не знает вас. Доступ закрыт.", name=name),
                msg("Оператор разберётся, ответ придёт сюда. Телефон: {phone}.", phone=phone),
            )
        case LinkNews.SETTLED if claim.kept:
            return msg("«{name}»: оператор подтвердил привязку.", name=name)
        case LinkNews.SETTLED:
            return msg("«{name}»: оператор не подтвердил привязку. Телефон: {phone}.", name=name, phone=phone)
        case LinkNews.CONTEST_SETTLED if claim.kept:
            return msg("Оператор проверил: человек, которого вы не узнали, видит квартиру по праву.")
        case LinkNews.CONTEST_SETTLED if claim.why in {ClaimReason.CLOSED, ClaimReason.NEW_HOLDER}:
            return msg("Привязка человека, которого вы не узнали, закончилась: квартиру он больше не видит.")
        case LinkNews.CONTEST_SETTLED:
            return msg("Оператор проверил: человек, которого вы не узнали, больше не видит квартиру.")
    return _ended(claim, name)


def _ended(claim: Claim, name: Text) -> Msg:
    if claim.why is ClaimReason.NEW_HOLDER:
        return msg(
            "«{name}»: у лицевого счёта сменился владелец, привязка закончилась. Если это ваша квартира, привяжите её "
            "по новой квитанции.",
            name=name,
        )
    return msg("«{name}»: лицевой счёт закрыт, привязка закончилась.", name=name)
