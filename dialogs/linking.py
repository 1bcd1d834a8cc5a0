"""Linking a flat begins with the account number: typed, or read off the receipt's QR code.

Then comes a proof (dialogs.linking_proof), then the masked address (dialogs.linking_done). The questions are the same
for numbers that do not exist.
"""

import re
from dataclasses import dataclass
from typing import ClassVar

from core.accounts.rules import masked_account
from core.billing.payment_code import read_payment_text
from dialogs import words
from dialogs.codes import EnterCode
from dialogs.event import Event, Kind, PhotoRead, Pressed, Said, Sent
from dialogs.linking_done import NumberStep
from dialogs.linking_proof import LONGEST_ANSWER, first_proof, locked
from dialogs.screen import Choice, Plain, Screen, Text, lines, msg, paragraphs, rows
from dialogs.step import Context, Go, Next, Pass, Stay, Step, Swap

CODE = Choice("code", msg("Есть код"))


@dataclass(frozen=True)
class AskNumber(NumberStep):
    name = "linking.number"
    takes_any_words: ClassVar[bool] = True

    async def show(self, ctx: Context) -> Screen:
        examples = [
            msg("{provider}: например, {example}", provider=Plain(one.short_name), example=Plain(one.account_example))
            for one in ctx.city.providers
        ]
        text = paragraphs(
            msg("Напишите номер лицевого счёта из квитанции, любой из двух."),
            lines(*examples),
            msg("Или пришлите фотографию QR-кода с квитанции: крупно, один код."),
        )
        return Screen(text, rows(CODE))

    async def answer(self, event: Event, ctx: Context) -> Next:
        if isinstance(event, Pressed) and event.choice == CODE.id:
            return Go(EnterCode())
        if wait := await locked(ctx):
            return wait
        match event:
            case Said(text) if words.menu_word(text):
                return Pass()
            case Said(text):
                return await _number_given(text, ctx)
            case Sent(Kind.PHOTO | Kind.FILE, file) if file:
                return Stay(await _look_at(file, ctx))
            case PhotoRead(codes):
                return await _codes_read(codes, ctx)
        return Pass()


async def begun(event: Event, ctx: Context) -> Next | None:
    """What an account number or a photo leads to before either was asked for; None for anything else."""
    match event:
        case Said(text) if ctx.core.linking.providers_of(_number(text)):
            return await locked(ctx) or await _number_given(text, ctx)
        case Sent(Kind.PHOTO | Kind.FILE, file) if file:
            return await locked(ctx) or Go(AskNumber(), await _look_at(file, ctx))
    return None


async def _number_given(text: str, ctx: Context) -> Next:
    number = _number(text)
    providers = ctx.core.linking.providers_of(number)
    if not providers:
        return Stay(msg("Это не похоже на номер лицевого счёта. Проверьте, все ли цифры на месте."))
    if len(providers) > 1:
        return Go(ChooseProvider(number))
    return await first_proof(providers[0].code, number, ctx)


async def _look_at(file: str, ctx: Context) -> Text:
    """Starts the reading of a photo, which comes back as PhotoRead; what is said meanwhile."""
    await ctx.start_job("read_photo", {"file": file}, f"photo:{ctx.key}")
    return msg("Смотрю на фотографию, это несколько секунд…")


def _number(text: str) -> str:
    return re.sub(r"[\s№\-]|л/с", "", text.strip()[: LONGEST_ANSWER * 2], flags=re.IGNORECASE)


async def _codes_read(codes: tuple[bytes, ...], ctx: Context) -> Next:
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
                return await first_proof(provider.code, number, ctx, found)
    return Stay(_unread(codes))


def _unread(codes: tuple[bytes, ...]) -> Text:
    if codes:
        return msg("На фотографии другой код. Нужен QR-код для оплаты с квитанции, или напишите номер.")
    return msg("Код не прочитался. Снимите один код крупно и без бликов, пришлите как файл или напишите номер.")


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
                proof = await first_proof(provider.code, self.number, ctx)
                return Swap(proof.step) if isinstance(proof, Go) else proof
        return Pass()
