"""Who may see a flat: the other residents, and the helpers its owner invites and dismisses."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from core.accounts.codes import grouped
from core.accounts.flatmates import Neighbour
from core.accounts.model import Helper
from core.accounts.sharing import TooManyHelpers
from core.ids import HelperId, LinkId, PremisesId
from dialogs import words
from dialogs.event import Event, Pressed, Said
from dialogs.flats import Purpose, begins, for_flat
from dialogs.linking_done import clean_name
from dialogs.screen import Choice, Day, Personal, Plain, Screen, Text, lines, msg, paragraphs, rows
from dialogs.step import Context, Go, Next, Pass, Return, Stay, Step

INVITE = Choice("invite", msg("Пригласить помощника"))
RENAME = Choice("rename", msg("Назвать квартиру"))
YES_REVOKE = Choice("yes", msg("Забрать право"), confirm=True)
CONTESTED = msg("Доступ этому человеку закрыт. Оператор разберётся, ответ придёт сюда.")

_STRANGER = "stranger."
_HELPER = "helper."


@begins(Purpose.ACCESS)
async def _begin(premises: PremisesId, _: str, __: Context) -> Next:
    return Go(ShowAccess(premises))


@dataclass(frozen=True)
class ShowAccess(Step):
    name = "helpers"
    premises: PremisesId

    async def show(self, ctx: Context) -> Screen:
        flat = await ctx.flat(self.premises)
        others = await ctx.core.flatmates.of_flat(ctx.known.id, self.premises)
        helpers = await ctx.core.sharing.of_flat(ctx.known.id, self.premises)
        items = (
            *(_stranger(other, ctx) for other in others if other.newer),
            *(Choice(f"{_HELPER}{one.id}", msg("Убрать: {name}", name=called(one))) for one in helpers),
        )
        return Screen(paragraphs(words.flat_line(flat), _listed(others, helpers, ctx)), rows((INVITE, RENAME)), items)

    async def answer(self, event: Event, ctx: Context) -> Next:
        if not isinstance(event, Pressed):
            return Pass()
        kind, _, number = event.choice.partition(".")
        if event.choice == INVITE.id:
            return Go(NameHelper(self.premises))
        if event.choice == RENAME.id:
            return await for_flat(Purpose.RENAME, ctx, premises=self.premises)
        if kind == "stranger" and number.isdecimal():
            await ctx.core.flatmates.contest(ctx.known.id, LinkId(int(number)))
            return Stay(CONTESTED)
        if kind == "helper" and number.isdecimal():
            return Go(ConfirmRevoke(HelperId(int(number))))
        return Pass()


def _stranger(other: Neighbour, ctx: Context) -> Choice:
    since = Day(ctx.clock.local(other.link.linked_at).date())
    return Choice(f"{_STRANGER}{other.link.id}", msg("Не знаю, кто привязан {day}", day=since))


def called(helper: Helper) -> Text:
    """The owner's name for a helper: it is somebody's name."""
    return Personal(Plain(helper.called), msg("№ {number}", number=int(helper.id)))


def _listed(others: Sequence[Neighbour], helpers: Sequence[Helper], ctx: Context) -> Text:
    shown: list[Text] = [msg("Квартиру видите вы.")]
    for other in others:
        since = Day(ctx.clock.local(other.link.linked_at).date(), full=True)
        shown.append(msg("• ещё один житель, привязан {day}", day=since))
    shown += [_helper_line(helper) for helper in helpers]
    if not helpers:
        shown.append(msg("Помощник (сосед, ребёнок) мог бы передавать показания, не видя денег и имён."))
    return lines(*shown)


def _helper_line(helper: Helper) -> Text:
    if helper.since is None:
        return msg("• помощник «{name}»: код ещё не введён", name=called(helper))
    return msg("• помощник «{name}»: только показания", name=called(helper))


@dataclass(frozen=True)
class NameHelper(Step):
    name = "helpers.invite"
    takes_any_words: ClassVar[bool] = True
    premises: PremisesId

    async def show(self, ctx: Context) -> Screen:
        flat = await ctx.flat(self.premises)
        return Screen(lines(words.flat_line(flat), msg("Как назвать помощника? Имя увидите только вы.")))

    async def answer(self, event: Event, ctx: Context) -> Next:
        if not isinstance(event, Said):
            return Pass()
        friend = clean_name(event.text)
        if not friend:
            return Stay(msg("Название пустое. Напишите одно-два слова."))
        try:
            code = await ctx.core.sharing.invite(ctx.known.id, self.premises, friend)
        except TooManyHelpers:
            return Return(ShowAccess, msg("Помощников уже много. Сначала уберите кого-нибудь."))
        return Return(ShowAccess, _code_text(code, ctx))


def _code_text(code: str, ctx: Context) -> Text:
    return lines(
        msg("Код для помощника: {code}", code=Plain(grouped(code))),
        msg(
            "Помощник нажимает здесь же, в меню бота, «Есть код» и пишет его. Код действует {hours} ч., один раз.",
            hours=ctx.city.proofs.helper_code_hours,
        ),
        msg("Никому другому код не показывайте."),
    )


@dataclass(frozen=True)
class ConfirmRevoke(Step):
    name = "helpers.revoke"
    helper: HelperId

    async def show(self, ctx: Context) -> Screen:
        helper = await ctx.core.sharing.helper(ctx.known.id, self.helper)
        return Screen(msg("Забрать право у помощника «{name}»?", name=called(helper)), rows(YES_REVOKE))

    async def answer(self, event: Event, ctx: Context) -> Next:
        if not (isinstance(event, Pressed) and event.choice == YES_REVOKE.id):
            return Pass()
        await ctx.core.sharing.revoke(ctx.known.id, self.helper)
        return Return(ShowAccess, msg("Готово: у помощника больше нет этого права."))
