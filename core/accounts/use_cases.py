"""Linking a flat by proof. What follows a link stands beside: sharing (helpers), flatmates (contests), residents."""

from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn

from core.accounts.model import (
    MAX_FLATS,
    AccountRef,
    Alarm,
    ClaimReason,
    CodeProof,
    Evidence,
    FactsProof,
    LinkNews,
    NewLink,
    PhoneProof,
    Premises,
    Proof,
)
from core.accounts.ports import AccountStore, ClaimStore, CodeHasher, LinkStore, NewsStore
from core.accounts.rules import facts_hold, same_digest, same_phone
from core.accounts.tally import Tally, facts_still_count
from core.accounts.tries import ProofFailed, Tries, Try
from core.city import City, Provider
from core.clock import CityClock
from core.errors import NotFound, Rejected
from core.ids import AccountId, ChatId, PremisesId, ResidentId
from core.tasks import NewTask

CLAIM_TASK = "link_claim"
"""The kind of tasks about a link that waits for an operator; facts: `claim` and `why`."""


class TooManyFlats(Rejected):
    """The resident has linked as many flats as one may."""


class ProofExpired(Rejected):
    """The flat was not proved in this chat, or too long ago: whatever a session says, nothing is linked without."""


class LinkWaits(Rejected):
    """The link needs an operator: the flat has as many residents as it may, or one of them contests a link."""


@dataclass(frozen=True)
class Linking:
    """Proves and links flats. What proves nothing: a session, a button, a link that somebody sent on."""

    accounts: AccountStore
    links: LinkStore
    claims: ClaimStore
    news: NewsStore
    tries: Tries
    hasher: CodeHasher
    city: City
    clock: CityClock

    def providers_of(self, number: str) -> tuple[Provider, ...]:
        """The providers whose account numbers look like this one, whether or not the account exists."""
        return tuple(provider for provider in self.city.providers if provider.accepts_account(number))

    async def check_lock(self, chat: ChatId, ref: AccountRef | None = None) -> None:
        """Raises ProofsLocked when this chat must wait, whatever it tries, or before it tries this account."""
        await self.tries.check(chat, ref)

    async def prove(self, chat: ChatId, ref: AccountRef, proof: Proof) -> Premises:
        """The flat of the account. Raises ProofFailed (counted) or ProofsLocked; NotFound for a proof the city does
        not take.

        A number that does not exist takes the same way as one that does: the same queries, one hash, one answer.
        """
        if not self._takes(proof):
            raise NotFound
        attempt = await self.tries.begin(chat, ref)
        evidence = await self.accounts.evidence(ref)
        held = self._holds(evidence, ref, proof, attempt.tally)
        if evidence.account is None or not held:
            await self._failed(attempt, evidence, ref)
            raise ProofFailed
        await self.tries.held(attempt)
        premises = evidence.account.premises
        await self.tries.attempts.record_proof(chat, premises, evidence.account.id)
        return await self.accounts.premises(premises)

    async def vouched(self, chat: ChatId, premises: PremisesId) -> Premises:
        """The flat of a code that an operator gave out: as good as a proof. Call it only with a code's own subject."""
        found = await self.accounts.premises(premises)
        await self.tries.attempts.record_proof(chat, premises, None)
        return found

    async def premises(self, chat: ChatId, premises: PremisesId) -> Premises:
        """A flat this chat has proved a moment ago, to be confirmed before it is linked. Raises NotFound."""
        if await self._proof(chat, premises) is None:
            raise NotFound
        return await self.accounts.premises(premises)

    async def link(self, chat: ChatId, resident: ResidentId, premises: PremisesId, name: str) -> None:
        """Links a flat this chat has proved; linking it again changes nothing. Residents it has already are told.

        Raises ProofExpired, TooManyFlats, or LinkWaits when an operator decides.
        """
        proof = await self._proof(chat, premises)
        if proof is None:
            raise ProofExpired
        own = await self.links.of_resident(resident)
        if any(link.premises == premises for link in own):
            return
        if len(own) >= MAX_FLATS:
            raise TooManyFlats
        await self.links.hold(premises)
        new = NewLink(resident, premises, proof[0], name, self.clock.now())
        await self._admit(new)
        await self.tries.attempts.burn_proof(chat, premises)

    async def _admit(self, new: NewLink) -> None:
        """Links, unless an operator has to agree. The caller holds the flat."""
        if await self.claims.open_of(new.resident, new.premises) is not None:
            raise LinkWaits
        there = await self.links.of_premises(new.premises)
        if await self.claims.disputed(new.premises):
            await self._ask_operator(new, ClaimReason.DISPUTED)
        if len(there) >= self.city.proofs.residents_a_flat:
            await self._ask_operator(new, ClaimReason.OVER_LIMIT)
        made = await self.links.add(new)
        for other in there if made is not None else ():
            await self.news.tell(other.resident, LinkNews.NEW_LINK, str(made))

    async def _ask_operator(self, new: NewLink, why: ClaimReason) -> NoReturn:
        claim = await self.claims.wait(new, why)
        key, facts = f"{CLAIM_TASK}:{claim}", {"claim": int(claim), "why": why.value}
        await self.tries.tasks.open(NewTask(key=key, kind=CLAIM_TASK, facts=facts, at=new.at, premises=new.premises))
        raise LinkWaits

    async def _proof(self, chat: ChatId, premises: PremisesId) -> tuple[AccountId | None] | None:
        lives = timedelta(minutes=self.city.proofs.proof_minutes)
        return await self.tries.attempts.proof(chat, premises, lives)

    def _takes(self, proof: Proof) -> bool:
        limits = self.city.proofs
        if isinstance(proof, FactsProof) and not set(proof.answers) <= set(limits.facts):
            return False
        return proof.kind in limits.order

    def _holds(self, evidence: Evidence, ref: AccountRef, proof: Proof, tally: Tally) -> bool:
        match proof:
            case CodeProof(code):
                return same_digest(evidence.code_digest, self.hasher.digest(ref, code))
            case PhoneProof(phone):
                return same_phone(evidence.phone, phone)
            case FactsProof(answers):
                return facts_hold(answers, evidence.facts) and facts_still_count(tally, self.city.proofs)

    async def _failed(self, attempt: Try, evidence: Evidence, ref: AccountRef) -> None:
        await self.tries.failed(attempt)
        full = attempt.tally.account + 1 >= self.city.proofs.account_failures_a_day
        if full and evidence.account is not None and evidence.code_digest is not None and evidence.code_weak:
            account = f"{ref.provider} {ref.number}"
            await self.tries.alarm(Alarm.WEAK_CODE, str(evidence.account.id), account=account)
