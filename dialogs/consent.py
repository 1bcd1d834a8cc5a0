"""First contact: what is stored, why and for how long. Nothing personal is asked or stored before «Согласен»."""

import hashlib
from dataclasses import dataclass

from core.accounts.model import Consent
from dialogs.contacts import Contacts
from dialogs.event import Event, Pressed
from dialogs.screen import Choice, Msg, Plain, Screen, Text, lines, msg, paragraphs, rows
from dialogs.settings import ChooseLanguage
from dialogs.step import Context, Done, Go, Next, Pass, Step

VERSION = "1"
"""Raised with every change of the texts below: it stands in the ledger beside the hash of what was agreed to."""
PURPOSE = "billing_chat"

AGREE = Choice("agree", msg("Согласен"), confirm=True)
MORE = Choice("more", msg("Подробнее"))
CONTACTS = Choice("contacts", msg("Адреса и телефоны"))
LANGUAGE = Choice("language", msg("Язык · Language"))

SHORT: tuple[Msg, ...] = (
    msg("Храним: ваш номер в этом мессенджере, привязанные лицевые счета, переданные показания и вопросы."),
    msg("Зачем: принимать показания, показывать начисления и отвечать вам."),
    msg("Сколько: пока вы не отвяжете квартиру или не удалите данные в настройках."),
)
FULL: tuple[Msg, ...] = (
    msg("Показания и платежи остаются у организаций столько, сколько велит закон, но уже без связи с вашим чатом."),
    msg("Данные лежат на серверах в России и никому не передаются, кроме организаций из вашей квитанции."),
    msg("Согласие можно отозвать в любой день: «Настройки» → «Удалить мои данные»."),
)
PROMISE = msg("Мы никогда не спрашиваем паспорт, СНИЛС, номер карты и коды из СМС.")


def consent_hash() -> str:
    """SHA-256 of the texts agreed to, in the source language: what the ledger keeps beside the version."""
    text = "\n".join(part.msgid for part in (*SHORT, *FULL, PROMISE))
    return hashlib.sha256(text.encode()).hexdigest()


def data_operator(ctx: Context) -> Text:
    """Who answers for personal data: a fact of the city file."""
    facts = ctx.city.privacy_on(ctx.clock.today())
    return msg("Оператор данных: {operator}, {address}.", operator=Plain(facts.operator), address=Plain(facts.address))


@dataclass(frozen=True)
class AskConsent(Step):
    name = "consent"

    async def show(self, ctx: Context) -> Screen:
        greeting = msg("Здравствуйте! Это ВодоТепло: показания, баланс и квитанция за воду и тепло.")
        question = msg("Согласны, чтобы мы хранили эти данные?")
        return Screen(
            paragraphs(greeting, lines(*SHORT), PROMISE, question),
            rows(AGREE, (MORE, CONTACTS), LANGUAGE),
        )

    async def answer(self, event: Event, ctx: Context) -> Next:
        match event:
            case Pressed(AGREE.id):
                return await self._agreed(ctx)
            case Pressed(MORE.id):
                return Go(ConsentDetails())
            case Pressed(CONTACTS.id):
                return Go(Contacts())
            case Pressed(LANGUAGE.id):
                return Go(ChooseLanguage())
        return Pass()

    async def _agreed(self, ctx: Context) -> Next:
        consent = Consent(PURPOSE, VERSION, consent_hash(), ctx.language, ctx.channel.value, ctx.clock.now())
        await ctx.core.residents.give_consent(ctx.chat, consent)
        return Done(msg("Спасибо! Согласие записано."))


@dataclass(frozen=True)
class ConsentDetails(Step):
    name = "consent.details"

    async def show(self, ctx: Context) -> Screen:
        return Screen(paragraphs(lines(*SHORT), lines(*FULL), data_operator(ctx), PROMISE), rows(AGREE))

    async def answer(self, event: Event, ctx: Context) -> Next:
        return await AskConsent().answer(event, ctx)
