"""The proof held: the address is read back masked, a second flat gets a name, the flat is linked."""

from dataclasses import dataclass
from typing import ClassVar

from core.accounts.rules import masked_account
from core.accounts.use_cases import LinkWaits, ProofExpired, TooManyFlats
from core.errors import NotFound
from core.ids import PremisesId
from dialogs import words
from dialogs.event import Event, Pressed, Said
from dialogs.screen import Choice, Personal, Plain, Screen, Text, lines, msg, paragraphs, rows
from dialogs.step import Context, Done, Next, Pass, Return, Stay, Step, Swap

LONGEST_NAME = 30

RIGHT = Choice("right", msg("Верно"), confirm=True)
WRONG = Choice("wrong", msg("Не мой адрес"))
FLAT_NAMES = {
    "home": msg("Дом"),
    "parents": msg("Родители"),
    "dacha": msg("Дача"),
    "let": msg("Сдаю"),
}


class NumberStep(Step):
    """The step that asks for the account number: where one returns to, from whatever went wrong."""


@dataclass(frozen=True)
class ConfirmAddress(Step):
    name = "linking.address"
    premises: PremisesId

    async def show(self, ctx: Context) -> Screen:
        premises = await ctx.core.linking.premises(ctx.chat, self.premises)
        return Screen(
            lines(
                Personal(
                    msg("Нашёл: {address}.", address=words.masked(premises.address)),
                    msg("Номер подтверждён, квартира найдена."),
                ),
                msg("Это ваша квартира?"),
            ),
            rows(RIGHT, WRONG),
        )

    async def answer(self, event: Event, ctx: Context) -> Next:
        match event:
            case Pressed(RIGHT.id):
                linked = [flat.premises.id for flat in await ctx.flats() if flat.owned]
                if self.premises in linked:
                    return Done(msg("Эта квартира уже привязана."))
                if linked:
                    return Swap(NameFlat(self.premises))
                return await _link(self.premises, "", ctx)
            case Pressed(WRONG.id):
                return Return(NumberStep, msg("Тогда проверьте номер лицевого счёта."))
        return Pass()


@dataclass(frozen=True)
class NameFlat(Step):
    """Asked from the second flat on: in chat, flats are told apart by the resident's own names."""

    name = "linking.name"
    takes_any_words: ClassVar[bool] = True
    premises: PremisesId

    async def show(self, ctx: Context) -> Screen:
        items = tuple(Choice(name, label) for name, label in FLAT_NAMES.items())
        return Screen(msg("Как назвать эту квартиру? Выберите или напишите своё название."), items=items)

    async def answer(self, event: Event, ctx: Context) -> Next:
        match event:
            case Pressed(choice) if choice in FLAT_NAMES:
                given = ctx.translator.text(FLAT_NAMES[choice])
            case Said(text):
                given = text
            case _:
                return Pass()
        name = clean_name(given)
        if problem := await name_problem(name, self.premises, ctx):
            return Stay(problem)
        return await _link(self.premises, name, ctx)


def clean_name(text: str) -> str:
    """A resident's name for a flat, or for a helper: one short line."""
    return " ".join(text.split())[:LONGEST_NAME]


async def name_problem(name: str, premises: PremisesId, ctx: Context) -> Text | None:
    """Why a flat cannot be called so: in chat nothing but the names tells flats apart."""
    if not name:
        return msg("Название пустое. Напишите одно-два слова.")
    if name.casefold() in await names_taken(premises, ctx):
        return msg("Так уже называется другая квартира. Выберите другое название.")
    return None


async def names_taken(premises: PremisesId | None, ctx: Context) -> set[str]:
    """Names of the resident's other flats, in small letters."""
    others = [flat for flat in await ctx.flats() if flat.premises.id != premises]
    return {ctx.translator.text(words.flat_name(flat)).casefold() for flat in others}


async def _link(premises: PremisesId, name: str, ctx: Context) -> Next:
    try:
        await ctx.core.linking.link(ctx.chat, ctx.known.id, premises, name)
    except TooManyFlats:
        return Done(msg("Привязано уже очень много квартир. Отвяжите лишние в настройках."))
    except ProofExpired:
        return Return(NumberStep, msg("Прошло много времени. Подтвердите счёт ещё раз."))
    except LinkWaits:
        phone = Plain(ctx.city.phones.call_centre)
        return Done(msg("Эту привязку подтвердит оператор, ответ придёт сюда. Телефон: {phone}.", phone=phone))
    flat = await ctx.flat(premises)
    accounts: list[Text] = [
        msg(
            "{provider}: лицевой счёт {account}",
            provider=words.provider_name(ctx, one.provider),
            account=Plain(masked_account(one.number)),
        )
        for one in flat.premises.accounts
    ]
    if not accounts:
        raise NotFound
    return Done(paragraphs(msg("Готово, квартира привязана."), lines(*accounts)))
