"""Linking a flat: the account number (typed, or read off the receipt's QR), then a proof, then the masked address.

A wrong number and a wrong proof get one answer. The questions are the same for numbers that do not exist.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from core.accounts.model import AccountRef, CodeProof, Fact, FactsProof, Proof
from core.accounts.rules import FACTS_NEEDED, masked_account
from core.accounts.use_cases import ProofFailed, ProofsLocked, TooManyFlats
from core.billing.payment_code import read_payment_text
from core.errors import NotFound
from core.ids import PremisesId, ProviderCode
from dialogs import words
from dialogs.event import Event, Kind, PhotoRead, Pressed, Said, Sent
from dialogs.screen import Choice, Plain, Screen, Text, Time, lines, msg, paragraphs, rows
from dialogs.step import Context, Done, Go, Next, Pass, Return, Stay, Step, Swap

LONGEST_ANSWER = 40
"""Signs of a number, a code or a fact that are looked at."""
LONGEST_NAME = 30

NO_CODE = Choice("no_code", msg("Кода нет"))
RIGHT = Choice("right", msg("Верно"), confirm=True)
WRONG = Choice("wrong", msg("Не мой адрес"))
FLAT_NAMES = {
    "home": msg("Дом"),
    "parents": msg("Родители"),
    "dacha": msg("Дача"),
    "let": msg("Сдаю"),
}

FACT_NAMES = {
    Fact.LAST_PAID: msg("Последний платёж"),
    Fact.LAST_OWED: msg("Сумма в квитанции"),
    Fact.LAST_READING: msg("Показание счётчика"),
    Fact.AREA: msg("Площадь квартиры"),
}
_FACT_QUESTIONS = {
    Fact.LAST_PAID: msg("Сколько вы заплатили этой организации в последний раз? Например: 1234,50"),
    Fact.LAST_OWED: msg("Какая сумма «К оплате» у этой организации в последней квитанции? Например: 1234,50"),
    Fact.LAST_READING: msg("Какое последнее показание любого счётчика стоит в квитанции? Например: 123,4"),
    Fact.AREA: msg("Какая площадь квартиры указана в квитанции? Например: 45,3"),
}


@dataclass(frozen=True)
class AskNumber(Step):
    name = "linking.number"
    takes_any_words: ClassVar[bool] = True

    async def show(self, ctx: Context) -> Screen:
        examples = [
            msg("{provider}: например, {example}", provider=Plain(one.short_name), example=Plain(one.account_example))
            for one in ctx.city.providers
        ]
        return Screen(
            paragraphs(
                msg("Напишите номер лицевого счёта из квитанции, любой из двух."),
                lines(*examples),
                msg("Или пришлите фотографию QR-кода с квитанции: крупно, один код."),
            )
        )

    async def answer(self, event: Event, ctx: Context) -> Next:
        if locked := await _locked(ctx):
            return locked
        match event:
            case Said(text):
                return _number_given(text, ctx)
            case Sent(Kind.PHOTO | Kind.FILE, file) if file:
                await ctx.start_job("read_photo", {"file": file}, f"photo:{ctx.key}")
                return Stay(msg("Смотрю на фотографию, это несколько секунд…"))
            case PhotoRead(codes):
                return _codes_read(codes, ctx)
        return Pass()


def _number_given(text: str, ctx: Context) -> Next:
    number = re.sub(r"[\s№\-]|л/с", "", text.strip()[: LONGEST_ANSWER * 2], flags=re.IGNORECASE)
    providers = ctx.core.linking.providers_of(number)
    if not providers:
        return Stay(msg("Это не похоже на номер лицевого счёта. Проверьте, все ли цифры на месте."))
    if len(providers) > 1:
        return Go(ChooseProvider(number))
    return Go(AskProof(providers[0].code, number))


def _codes_read(codes: tuple[bytes, ...], ctx: Context) -> Next:
    """The first payment code of a known payee fills the number in; it proves nothing."""
    for raw in codes:
        fields = read_payment_text(raw) or {}
        number = fields.get("persacc", "")
        for provider in ctx.city.providers:
            payee = any(details.inn == fields.get("payeeinn") for details in provider.payment_details)
            if payee and provider.accepts_account(number):
                found = msg(
                    "Прочитал код: {provider}, лицевой счёт {account}.",
                    provider=Plain(provider.short_name),
                    account=Plain(masked_account(number)),
                )
                return Go(AskProof(provider.code, number), found)
    if codes:
        return Stay(msg("На фотографии другой код. Нужен QR-код для оплаты с квитанции, или напишите номер."))
    return Stay(msg("Код не прочитался. Снимите один код крупно и без бликов, пришлите как файл или напишите номер."))


@dataclass(frozen=True)
class ChooseProvider(Step):
    """The number looks like one of several providers: asked whether or not it exists."""

    name = "linking.provider"
    number: str

    async def show(self, ctx: Context) -> Screen:
        providers = ctx.core.linking.providers_of(self.number)
        items = tuple(Choice(provider.code, Plain(provider.short_name)) for provider in providers)
        return Screen(msg("Чей это номер? Название организации стоит рядом с ним в квитанции."), items=items)

    async def answer(self, event: Event, ctx: Context) -> Next:
        for provider in ctx.core.linking.providers_of(self.number):
            if isinstance(event, Pressed) and event.choice == provider.code:
                return Swap(AskProof(provider.code, self.number))
        return Pass()


@dataclass(frozen=True)
class AskProof(Step):
    name = "linking.proof"
    takes_any_words: ClassVar[bool] = True
    provider: ProviderCode
    number: str

    async def show(self, ctx: Context) -> Screen:
        return Screen(
            lines(
                msg("Теперь напишите код доступа. Он напечатан в квитанции рядом с номером счёта."),
                msg("Так мы убедимся, что квитанция у вас в руках."),
            ),
            rows(NO_CODE),
        )

    async def answer(self, event: Event, ctx: Context) -> Next:
        match event:
            case Pressed(NO_CODE.id):
                return Go(ChooseFact(self.provider, self.number))
            case Said(text):
                again = Stay(
                    msg("Номер и код не сошлись. Проверьте код по квитанции. «Назад» – исправить номер счёта.")
                )
                return await _prove(
                    AccountRef(self.provider, self.number), CodeProof(text[:LONGEST_ANSWER]), again, ctx
                )
        return Pass()


@dataclass(frozen=True)
class ChooseFact(Step):
    name = "linking.fact"
    provider: ProviderCode
    number: str
    answers: Mapping[Fact, str] = field(default_factory=dict)

    async def show(self, ctx: Context) -> Screen:
        items = tuple(Choice(fact.value, label) for fact, label in FACT_NAMES.items() if fact not in self.answers)
        text = (
            msg("Что вы знаете ещё?")
            if self.answers
            else msg("Тогда ответьте на два вопроса по квитанции. С чего начнём?")
        )
        return Screen(text, items=items)

    async def answer(self, event: Event, ctx: Context) -> Next:
        if isinstance(event, Pressed) and event.choice in FACT_NAMES:
            return Go(AskFact(self.provider, self.number, self.answers, Fact(event.choice)))
        return Pass()


@dataclass(frozen=True)
class AskFact(Step):
    name = "linking.fact.answer"
    provider: ProviderCode
    number: str
    answers: Mapping[Fact, str]
    fact: Fact

    async def show(self, ctx: Context) -> Screen:
        return Screen(_FACT_QUESTIONS[self.fact])

    async def answer(self, event: Event, ctx: Context) -> Next:
        if not isinstance(event, Said):
            return Pass()
        answers = {**self.answers, self.fact: event.text[:LONGEST_ANSWER]}
        if len(answers) < FACTS_NEEDED:
            return Swap(ChooseFact(self.provider, self.number, answers))
        again = Return(AskNumber, msg("Номер и ответы не сошлись. Проверьте их по квитанции и попробуйте ещё раз."))
        return await _prove(AccountRef(self.provider, self.number), FactsProof(answers), again, ctx)


async def _prove(ref: AccountRef, proof: Proof, again: Next, ctx: Context) -> Next:
    """On to the address, or `again`: the same whether there is no such account or the proof does not hold."""
    try:
        premises = await ctx.core.linking.prove(ctx.chat, ref, proof)
    except ProofFailed:
        return again
    except ProofsLocked as locked:
        return _wait(locked, ctx)
    return Swap(ConfirmAddress(premises.id))


async def _locked(ctx: Context) -> Done | None:
    try:
        await ctx.core.linking.check_lock(ctx.chat)
    except ProofsLocked as locked:
        return _wait(locked, ctx)
    return None


def _wait(locked: ProofsLocked, ctx: Context) -> Done:
    return Done(
        msg(
            "Слишком много неудачных попыток. Попробуйте снова после {time} или позвоните: {phone}.",
            time=Time(ctx.clock.local(locked.until)),
            phone=Plain(ctx.city.phones.call_centre),
        )
    )


@dataclass(frozen=True)
class ConfirmAddress(Step):
    """The proof held; the address is read back masked."""

    name = "linking.address"
    premises: PremisesId

    async def show(self, ctx: Context) -> Screen:
        premises = await ctx.core.linking.premises(self.premises)
        return Screen(
            lines(msg("Нашёл: {address}.", address=words.masked(premises.address)), msg("Это ваша квартира?")),
            rows(RIGHT, WRONG),
        )

    async def answer(self, event: Event, ctx: Context) -> Next:
        match event:
            case Pressed(RIGHT.id):
                linked = [flat.premises.id for flat in await ctx.flats()]
                if self.premises in linked:
                    return Done(msg("Эта квартира уже привязана."))
                if linked:
                    return Swap(NameFlat(self.premises))
                return await _link(self.premises, "", ctx)
            case Pressed(WRONG.id):
                return Return(AskNumber, msg("Тогда проверьте номер лицевого счёта."))
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
    """A resident's name for a flat: one short line."""
    return " ".join(text.split())[:LONGEST_NAME]


async def name_problem(name: str, premises: PremisesId, ctx: Context) -> Text | None:
    """Why a flat cannot be called so: in chat nothing but the names tells flats apart."""
    if not name:
        return msg("Название пустое. Напишите одно-два слова.")
    others = [flat for flat in await ctx.flats() if flat.premises.id != premises]
    if name.casefold() in {ctx.translator.text(words.flat_name(flat)).casefold() for flat in others}:
        return msg("Так уже называется другая квартира. Выберите другое название.")
    return None


async def _link(premises: PremisesId, name: str, ctx: Context) -> Next:
    try:
        await ctx.core.linking.link(ctx.known.id, premises, name)
    except TooManyFlats:
        return Done(msg("Привязано уже очень много квартир. Отвяжите лишние в настройках."))
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
