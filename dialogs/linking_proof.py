"""Proving an account: the kinds of proof in the city file's order, each with a way to the others.

A wrong number and a wrong proof get one answer. Phones count only where the messenger vouches for them
(`Context.shares_phone`): a number that is typed, or another's card, proves nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from core.accounts.model import AccountRef, CodeProof, FactsProof, PhoneProof, Proof
from core.accounts.tries import ProofFailed, ProofsLocked
from core.ids import ProviderCode
from core.link_settings import FACTS_NEEDED, Fact, ProofKind
from dialogs.event import Event, Kind, Pressed, Said, Sent
from dialogs.linking_done import ConfirmAddress, NumberStep
from dialogs.screen import Choice, Plain, Screen, Text, Time, lines, msg, rows
from dialogs.step import Context, Done, Go, Next, Pass, Return, Stay, Step, Swap

LONGEST_ANSWER = 40
"""Signs of a number, a code or a fact that are looked at."""

NO_CODE = Choice("no_code", msg("Кода нет"))
BY_CODE = Choice("by_code", msg("По коду доступа"))
BY_PHONE = Choice("by_phone", msg("По моему телефону"))
BY_FACTS = Choice("by_facts", msg("По вопросам"))
SHARE = msg("Передать мой номер")

MONEY_FACTS = frozenset({Fact.LAST_PAID, Fact.LAST_OWED})
"""Not asked for where a messenger is to carry no sums."""
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


async def first_proof(provider: ProviderCode, number: str, ctx: Context, say: Text | None = None) -> Next:
    """On to the first kind of proof that can be given here, unless the chat must wait before it tries this account."""
    if wait := await locked(ctx, AccountRef(provider, number)):
        return wait
    kinds = _kinds(ctx)
    if not kinds:
        return Done(msg("Здесь привязать квартиру нельзя. Позвоните: {phone}.", phone=_phone(ctx)))
    return Go(_step(kinds[0], provider, number), say)


def _kinds(ctx: Context) -> list[ProofKind]:
    return [kind for kind in ctx.city.proofs.order if kind is not ProofKind.PHONE or ctx.shares_phone]


def _step(kind: ProofKind, provider: ProviderCode, number: str) -> Step:
    match kind:
        case ProofKind.CODE:
            return AskProof(provider, number)
        case ProofKind.PHONE:
            return AskPhone(provider, number)
        case ProofKind.FACTS:
            return ChooseFact(provider, number)


def _others(asked: ProofKind, ctx: Context) -> tuple[tuple[Choice, ...], ...]:
    """A button for every other kind of proof, in their order."""
    facts = NO_CODE if asked is ProofKind.CODE else BY_FACTS
    buttons = {ProofKind.CODE: BY_CODE, ProofKind.PHONE: BY_PHONE, ProofKind.FACTS: facts}
    return rows(*(buttons[kind] for kind in _kinds(ctx) if kind is not asked))


def _other(event: Event, provider: ProviderCode, number: str, ctx: Context) -> Next:
    """Another kind of proof in place of the one asked for."""
    chosen = {
        BY_CODE.id: ProofKind.CODE,
        BY_PHONE.id: ProofKind.PHONE,
        BY_FACTS.id: ProofKind.FACTS,
        NO_CODE.id: ProofKind.FACTS,
    }
    kind = chosen.get(event.choice) if isinstance(event, Pressed) else None
    return Go(_step(kind, provider, number)) if kind in _kinds(ctx) and kind is not None else Pass()


@dataclass(frozen=True)
class AskProof(Step):
    """The code on the receipt."""

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
            _others(ProofKind.CODE, ctx),
        )

    async def answer(self, event: Event, ctx: Context) -> Next:
        if not isinstance(event, Said):
            return _other(event, self.provider, self.number, ctx)
        again = Stay(msg("Номер и код не сошлись. Проверьте код по квитанции. «Назад» – исправить номер счёта."))
        return await _prove(AccountRef(self.provider, self.number), CodeProof(event.text[:LONGEST_ANSWER]), again, ctx)


@dataclass(frozen=True)
class AskPhone(Step):
    """One's own phone, shared by the messenger's button and equal to the one on file."""

    name = "linking.phone"
    provider: ProviderCode
    number: str

    async def show(self, ctx: Context) -> Screen:
        text = lines(
            msg("Передайте свой номер телефона кнопкой внизу."),
            msg("Если он записан у организации рядом с этим счётом, квартира откроется. Хранить номер мы не будем."),
        )
        return Screen(text, _others(ProofKind.PHONE, ctx), contact=SHARE if ctx.shares_phone else None)

    async def answer(self, event: Event, ctx: Context) -> Next:
        match event:
            case Sent(Kind.CONTACT, None, phone) if phone and ctx.shares_phone:
                again = Stay(msg("Номер счёта и телефон не сошлись. Попробуйте другой способ или исправьте номер."))
                return await _prove(AccountRef(self.provider, self.number), PhoneProof(phone), again, ctx)
            case Sent(Kind.CONTACT):
                return Stay(msg("Это не ваш номер. Нужен номер, к которому привязан этот мессенджер."))
            case Said():
                return Stay(msg("Номер, написанный словами, ничего не подтверждает. Нажмите кнопку внизу."))
        return _other(event, self.provider, self.number, ctx)


@dataclass(frozen=True)
class ChooseFact(Step):
    name = "linking.fact"
    provider: ProviderCode
    number: str
    answers: Mapping[Fact, str] = field(default_factory=dict)

    async def show(self, ctx: Context) -> Screen:
        hidden = MONEY_FACTS if ctx.minimal else frozenset()
        facts = [fact for fact in ctx.city.proofs.facts if fact not in self.answers and fact not in hidden]
        items = tuple(Choice(fact.value, FACT_NAMES[fact]) for fact in facts)
        first = msg("Тогда ответьте на два вопроса по квитанции. С чего начнём?")
        text = msg("Что вы знаете ещё?") if self.answers else first
        others = () if self.answers or _kinds(ctx)[:1] != [ProofKind.FACTS] else _others(ProofKind.FACTS, ctx)
        return Screen(text, others, items)

    async def answer(self, event: Event, ctx: Context) -> Next:
        if isinstance(event, Pressed) and event.choice in ctx.city.proofs.facts:
            return Go(AskFact(self.provider, self.number, self.answers, Fact(event.choice)))
        return _other(event, self.provider, self.number, ctx)


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
        again = Return(NumberStep, msg("Номер и ответы не сошлись. Проверьте их по квитанции и попробуйте ещё раз."))
        return await _prove(AccountRef(self.provider, self.number), FactsProof(answers), again, ctx)


async def _prove(ref: AccountRef, proof: Proof, again: Next, ctx: Context) -> Next:
    """On to the address, or `again`: the same whether there is no such account or the proof does not hold."""
    try:
        premises = await ctx.core.linking.prove(ctx.chat, ref, proof)
    except ProofFailed:
        return again
    except ProofsLocked as wait:
        return wait_for(wait, ctx)
    return Swap(ConfirmAddress(premises.id))


async def locked(ctx: Context, ref: AccountRef | None = None) -> Done | None:
    """What a chat that must wait is told; None when it may try."""
    try:
        await ctx.core.linking.check_lock(ctx.chat, ref)
    except ProofsLocked as wait:
        return wait_for(wait, ctx)
    return None


def wait_for(wait: ProofsLocked, ctx: Context) -> Done:
    return Done(
        msg(
            "Слишком много неудачных попыток. Попробуйте снова после {time} или позвоните: {phone}.",
            time=Time(ctx.clock.local(wait.until)),
            phone=_phone(ctx),
        )
    )


def _phone(ctx: Context) -> Plain:
    return Plain(ctx.city.phones.call_centre)
