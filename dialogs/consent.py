"""The consent: what is stored, why and for how long. Nothing personal is asked or stored before «Согласен».

The ledger (core.accounts.model.Consent) keeps purpose, version, hash of the text, language, channel and time. A
resident who agreed to an earlier text is asked anew in the middle of whatever goes on, and that goes on after it.
"""

import hashlib
from dataclasses import dataclass

from core.accounts.model import Consent
from dialogs.contacts import Contacts
from dialogs.deep_links import open_after_consent
from dialogs.event import Event, Pressed, Said
from dialogs.real_bot import PROMISE, RealBot
from dialogs.screen import Choice, Msg, Plain, Screen, Text, lines, msg, paragraphs, rows
from dialogs.settings import ChooseLanguage, ConfirmForget
from dialogs.step import Context, Done, Go, Next, Pass, Resume, Step

VERSION = "2"
"""A whole number, raised with every change of the texts below that is more than a slip of the pen: all are then asked
anew. It stands in the ledger beside the hash of what was agreed to (a test keeps the two together)."""
PURPOSE = "billing_chat"
LONGEST_HELD = 3500
"""Signs of a text that waits for the consent: no question is longer."""

AGREE = Choice("agree", msg("Согласен"), confirm=True)
MORE = Choice("more", msg("Подробнее"))
CONTACTS = Choice("contacts", msg("Адреса и телефоны"))
LANGUAGE = Choice("language", msg("Язык · Language"))
REAL = Choice("real", msg("Это настоящий бот?"))
REFUSE = Choice("refuse", msg("Не согласен"))

SHORT: tuple[Msg, ...] = (
    msg("Храним: ваш номер в этом мессенджере, привязанные лицевые счета, переданные показания и вопросы."),
    msg("Зачем: принимать показания, показывать начисления и отвечать вам."),
    msg("Сколько: пока вы не отвяжете квартиру или не удалите данные в настройках."),
)
FULL: tuple[Msg, ...] = (
    msg("Показания и платежи остаются у организаций столько, сколько велит закон, но уже без связи с вашим чатом."),
    msg("Данные лежат на серверах в России и никому не передаются, кроме организаций из вашей квитанции."),
    msg("Сообщения идут через мессенджер, которым вы пользуетесь: у него свои правила."),
    msg("Согласие можно отозвать в любой день: «Настройки» → «Удалить мои данные»."),
)


def consent_hash() -> str:
    """SHA-256 of the texts agreed to, in the source language: what the ledger keeps beside the version."""
    text = "\n".join(part.msgid for part in (*SHORT, *FULL, PROMISE))
    return hashlib.sha256(text.encode()).hexdigest()


def data_operator(ctx: Context) -> Text:
    """Who answers for personal data: a fact of the city file."""
    facts = ctx.city.privacy_on(ctx.clock.today())
    return msg("Оператор данных: {operator}, {address}.", operator=Plain(facts.operator), address=Plain(facts.address))


async def agreed_version(known: str, ctx: Context) -> str | None:
    """The version agreed to, when it is the present one (or one of a newer program); None when it must be asked anew.

    `known`: what the session remembers of it.
    """
    if known == VERSION:
        return known
    version = await ctx.core.residents.agreed_to(ctx.known.id, PURPOSE)
    return version if version is not None and version.isdecimal() and int(version) >= int(VERSION) else None


async def record(ctx: Context) -> None:
    consent = Consent(PURPOSE, VERSION, consent_hash(), ctx.language, ctx.channel.value, ctx.clock.now())
    await ctx.core.residents.give_consent(ctx.chat, consent)


@dataclass(frozen=True)
class AskConsent(Step):
    name = "consent"

    async def show(self, ctx: Context) -> Screen:
        greeting = msg("Здравствуйте! Это ВодоТепло: показания, баланс и квитанция за воду и тепло.")
        question = msg("Согласны, чтобы мы хранили эти данные?")
        return Screen(
            paragraphs(greeting, lines(*SHORT), PROMISE, question),
            rows(AGREE, (MORE, CONTACTS), (REAL, LANGUAGE)),
        )

    async def answer(self, event: Event, ctx: Context) -> Next:
        match event:
            case Pressed(AGREE.id):
                await record(ctx)
                return Done(msg("Спасибо! Согласие записано."))
            case Pressed(MORE.id):
                return Go(ConsentDetails())
            case Pressed(CONTACTS.id):
                return Go(Contacts())
            case Pressed(REAL.id):
                return Go(RealBot())
            case Pressed(LANGUAGE.id):
                return Go(ChooseLanguage())
        return Pass()


@dataclass(frozen=True)
class ConsentDetails(Step):
    name = "consent.details"

    async def show(self, ctx: Context) -> Screen:
        return Screen(paragraphs(lines(*SHORT), lines(*FULL), data_operator(ctx), PROMISE), rows(AGREE))

    async def answer(self, event: Event, ctx: Context) -> Next:
        return await AskConsent().answer(event, ctx)


@dataclass(frozen=True)
class ConsentForLink(Step):
    """Somebody came by a deep link: after the consent it leads on."""

    name = "consent.link"
    payload: str

    async def show(self, ctx: Context) -> Screen:
        return await AskConsent().show(ctx)

    async def answer(self, event: Event, ctx: Context) -> Next:
        if not (isinstance(event, Pressed) and event.choice == AGREE.id):
            return await AskConsent().answer(event, ctx)
        await record(ctx)
        return await open_after_consent(self.payload, ctx)


@dataclass(frozen=True)
class ConsentAgain(Step):
    """The text has changed. `held` was said before it was shown, and is heard after the consent."""

    name = "consent.again"
    held: str = ""

    async def show(self, ctx: Context) -> Screen:
        return Screen(
            paragraphs(
                msg("Мы изменили текст согласия на обработку данных. Прочитайте его, пожалуйста:"),
                lines(*SHORT),
                lines(*FULL),
                data_operator(ctx),
                PROMISE,
                msg("Согласны? Потом продолжим с того же места."),
            ),
            rows(AGREE, REFUSE),
        )

    async def answer(self, event: Event, ctx: Context) -> Next:
        match event:
            case Pressed(AGREE.id):
                await record(ctx)
                return Resume(msg("Спасибо! Согласие записано."), self.held)
            case Pressed(REFUSE.id):
                refused = msg("Без согласия хранить ваши данные нельзя. Их можно удалить, или вернуться и согласиться.")
                return Go(ConfirmForget(), refused)
        return Pass()


def consent_again(event: Event) -> Step:
    """The step that asks anew, holding what was said."""
    return ConsentAgain(event.text[:LONGEST_HELD] if isinstance(event, Said) else "")
