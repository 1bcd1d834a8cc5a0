"""Consent, linking a flat by proof, and the resident's own settings."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.accounts.model import (
    MAX_FLATS,
    Account,
    AccountLink,
    AccountRef,
    CodeProof,
    Consent,
    FactsProof,
    KnownFacts,
    Premises,
    Proof,
    Resident,
)
from core.accounts.ports import AccountStore, AttemptStore, CodeHasher, LinkStore, ResidentStore
from core.accounts.rules import facts_hold, locked_until, same_digest
from core.city import City, Provider
from core.clock import CityClock
from core.errors import NotFound, Rejected
from core.ids import ChatId, LinkId, PremisesId, ResidentId


class ProofFailed(Rejected):
    """No such account, or the proof does not hold: nobody is told which."""


@dataclass
class ProofsLocked(Rejected):
    """Too many failures: this chat's proofs are not looked at until then."""

    until: datetime


class TooManyFlats(Rejected):
    """The resident has linked as many flats as one may."""


@dataclass(frozen=True)
class Flat:
    """A linked flat as its resident sees it."""

    link: AccountLink
    premises: Premises


@dataclass(frozen=True)
class Linking:
    """Proves and links flats. Failures are counted per chat and per account, in the turn's transaction."""

    accounts: AccountStore
    links: LinkStore
    attempts: AttemptStore
    hasher: CodeHasher
    city: City
    clock: CityClock

    def providers_of(self, number: str) -> tuple[Provider, ...]:
        """The providers whose account numbers look like this one, whether or not the account exists."""
        return tuple(provider for provider in self.city.providers if provider.accepts_account(number))

    async def check_lock(self, chat: ChatId) -> None:
        """Raises ProofsLocked when this chat must wait."""
        now = self.clock.now()
        failures = await self.attempts.failures_of_chat(chat, now - timedelta(days=1))
        until = locked_until(failures, self.city.proofs, now)
        if until:
            raise ProofsLocked(until)

    async def prove(self, chat: ChatId, ref: AccountRef, proof: Proof) -> Premises:
        """The flat of the account. Raises ProofFailed (recorded) or ProofsLocked.

        A number that does not exist takes the same way as one that does: the same queries, one hash, one answer.
        """
        await self.check_lock(chat)
        account = await self.accounts.find(ref)
        if not await self._holds(account, ref, proof) or account is None:
            await self.attempts.record_failure(chat, ref, self.clock.now())
            raise ProofFailed
        return await self.accounts.premises(account.premises)

    async def premises(self, premises: PremisesId) -> Premises:
        """A flat that was proved a moment ago, to be confirmed before it is linked. Raises NotFound."""
        return await self.accounts.premises(premises)

    async def link(self, resident: ResidentId, premises: PremisesId, name: str) -> AccountLink:
        """Links a proved flat; linking it again changes nothing. Raises TooManyFlats."""
        links = await self.links.of_resident(resident)
        if len(links) >= MAX_FLATS and all(link.premises != premises for link in links):
            raise TooManyFlats
        return await self.links.add(resident, premises, name, self.clock.now())

    async def _holds(self, account: Account | None, ref: AccountRef, proof: Proof) -> bool:
        match proof:
            case CodeProof(code):
                known = await self.accounts.code_digest(account.id) if account else None
                return same_digest(known, self.hasher.digest(ref, code))
            case FactsProof(answers):
                day_ago = self.clock.now() - timedelta(days=1)
                failed = await self.attempts.failures_on_account(ref, day_ago)
                facts = await self.accounts.facts(account.id) if account else KnownFacts()
                return facts_hold(answers, facts) and failed < self.city.proofs.account_failures_a_day


@dataclass(frozen=True)
class Residents:
    """The resident behind a chat: consent, language, flats, and the right to take or erase one's data."""

    residents: ResidentStore
    links: LinkStore
    clock: CityClock

    async def of_chat(self, chat: ChatId) -> Resident | None:
        return await self.residents.of_chat(chat)

    async def give_consent(self, chat: ChatId, consent: Consent) -> Resident:
        """Makes the resident of this chat and records what was agreed to. Nothing personal is stored before."""
        resident = await self.residents.create(chat, consent.language)
        await self.residents.record_consent(resident.id, consent)
        return resident

    async def flats(self, resident: ResidentId) -> tuple[Flat, ...]:
        """The linked flats, oldest link first."""
        return tuple(Flat(link, premises) for link, premises in await self.links.flats(resident))

    async def flat(self, resident: ResidentId, premises: PremisesId) -> Flat:
        """One linked flat. Raises NotFound for a flat that is not (any more) this resident's."""
        for flat in await self.flats(resident):
            if flat.premises.id == premises:
                return flat
        raise NotFound

    async def rename(self, resident: ResidentId, premises: PremisesId, name: str) -> None:
        await self.links.rename((await self.flat(resident, premises)).link.id, name)

    async def unlink(self, resident: ResidentId, link: LinkId) -> None:
        await self.links.remove(resident, link)

    async def set_language(self, resident: ResidentId, language: str) -> None:
        await self.residents.set_language(resident, language)

    async def export(self, resident: ResidentId) -> dict[str, object]:
        return await self.residents.export(resident)

    async def forget(self, resident: ResidentId) -> None:
        await self.residents.forget(resident)
