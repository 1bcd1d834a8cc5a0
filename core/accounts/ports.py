"""What accounts need from outside. Every store works inside the caller's transaction."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from core.accounts.codes import CodeDigester
from core.accounts.model import (
    AccountLink,
    AccountRef,
    Alarm,
    Claim,
    ClaimReason,
    Consent,
    Evidence,
    Helper,
    LinkNews,
    NewLink,
    Premises,
    Resident,
    ResidentLink,
)
from core.accounts.tally import Tally
from core.ids import AccountId, ChatId, ClaimId, HelperId, LinkId, PremisesId, ResidentId


class AccountStore(Protocol):
    async def premises(self, premises: PremisesId) -> Premises:
        """The flat with its open accounts. Raises NotFound."""
        ...

    async def evidence(self, ref: AccountRef) -> Evidence:
        """What the open account of that number can be proved against; as much work when there is none."""
        ...


class LinkStore(Protocol):
    async def hold(self, premises: PremisesId) -> None:
        """Whoever changes who is linked to a flat holds it until the transaction ends."""
        ...

    async def of_resident(self, resident: ResidentId) -> tuple[AccountLink, ...]:
        """Oldest first; helpers' rights are none."""
        ...

    async def of_premises(self, premises: PremisesId) -> tuple[ResidentLink, ...]:
        """Who has linked the flat, oldest first."""
        ...

    async def flats(self, resident: ResidentId) -> Sequence[tuple[AccountLink, Premises]]:
        """Links, and flats the resident helps with, oldest first; each with what of the flat may be seen.

        Of a flat that one only helps with, `AccountLink.id` is the right's own number.
        """
        ...

    async def add(self, link: NewLink) -> LinkId | None:
        """Links; None when the link is there already."""
        ...

    async def rename(self, link: LinkId, name: str) -> None: ...

    async def remove(self, resident: ResidentId, link: LinkId) -> None:
        """Removes the link, and with it the rights its owner has given."""
        ...


class HelperStore(Protocol):
    async def invite(self, link: LinkId, called: str) -> HelperId:
        """A right that waits for whoever brings its code."""
        ...

    async def accept(self, helper: HelperId, resident: ResidentId, name: str) -> None:
        """Gives the right. Somebody who has it from the same owner already keeps the newer one; the name is kept of
        somebody who has it from another owner of the flat."""
        ...

    async def find(self, helper: HelperId) -> tuple[Helper, ResidentLink] | None:
        """A right with the link it hangs on."""
        ...

    async def of_link(self, link: LinkId) -> tuple[Helper, ...]:
        """Rights in force, and those whose code may still be used."""
        ...

    async def rename(self, helper: HelperId, name: str) -> None:
        """What the helper calls the flat, whoever of its owners has given the right."""
        ...

    async def remove(self, helper: HelperId) -> ResidentId | None:
        """Takes the right back; whose it was."""
        ...

    async def give_up(self, resident: ResidentId, premises: PremisesId) -> None:
        """Ends the resident's rights to the flat, from however many owners."""
        ...


class ClaimStore(Protocol):
    async def suspend(self, link: LinkId, why: ClaimReason, by: ResidentId | None) -> ClaimId | None:
        """Puts a link out of force until an operator settles it; None when it is gone already."""
        ...

    async def wait(self, link: NewLink, why: ClaimReason) -> ClaimId:
        """A link that is not in force before an operator agrees."""
        ...

    async def open_of(self, resident: ResidentId, premises: PremisesId) -> ClaimId | None: ...

    async def disputed(self, premises: PremisesId) -> bool:
        """Whether a link of the flat is contested and not settled, also of somebody who is gone."""
        ...

    async def waiting(self) -> Sequence[Claim]:
        """Oldest first."""
        ...

    async def get(self, claim: ClaimId) -> Claim:
        """Raises NotFound."""
        ...

    async def settle(self, claim: ClaimId, *, kept: bool) -> None:
        """Settles an open claim. Raises NotFound for one that is not open (any more)."""
        ...


class NewsStore(Protocol):
    async def tell(self, resident: ResidentId, news: LinkNews, subject: str) -> None:
        """Has it told in every chat of the resident, once, with this transaction."""
        ...


class ResidentStore(Protocol):
    async def of_chat(self, chat: ChatId) -> Resident | None:
        """Who gave consent in this chat."""
        ...

    async def create(self, chat: ChatId, language: str) -> Resident:
        """A resident for the chat; the one that is there, if any."""
        ...

    async def record_consent(self, resident: ResidentId, consent: Consent) -> None: ...

    async def agreed_to(self, resident: ResidentId, purpose: str) -> str | None:
        """The version of the consent given last."""
        ...

    async def set_language(self, resident: ResidentId, language: str) -> None: ...

    async def export(self, resident: ResidentId) -> dict[str, object]:
        """Everything kept about the resident, as plain values."""
        ...

    async def forget(self, resident: ResidentId) -> None:
        """Erases the resident, links and consents; readings stay with the meter, without a name."""
        ...


class AttemptStore(Protocol):
    """Tries to prove something, counted in the database by its own clock: a flushed cache must not open the door."""

    async def begin(self, chat: ChatId, ref: AccountRef) -> Tally:
        """What has failed so far. Holds chat and account until the transaction ends: tries are counted in turn."""
        ...

    async def seen(self, chat: ChatId, ref: AccountRef | None) -> Tally:
        """What has failed so far; holds nothing. Without an account, other accounts are not told apart."""
        ...

    async def count(self, chat: ChatId, ref: AccountRef) -> int:
        """Counts a try as failed, before it is looked at; its number."""
        ...

    async def held(self, attempt: int) -> None:
        """The try did not fail after all."""
        ...

    async def record_proof(self, chat: ChatId, premises: PremisesId, account: AccountId | None) -> None: ...

    async def proof(self, chat: ChatId, premises: PremisesId, lives: timedelta) -> tuple[AccountId | None] | None:
        """The account by which this chat has proved the flat lately; None when it has not."""
        ...

    async def burn_proof(self, chat: ChatId, premises: PremisesId) -> None: ...


class AlarmStore(Protocol):
    async def raise_alarm(self, kind: Alarm, about: str) -> bool:
        """Once a day for each thing it is about: counted for the metrics, and logged. Whether it is new."""
        ...


class CodeHasher(CodeDigester, Protocol):
    def digest(self, ref: AccountRef, code: str) -> bytes:
        """HMAC-SHA-256 of the normalised code under SECRET_KEY, bound to provider and account (contracts: exchange)."""
        ...
