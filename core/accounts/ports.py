"""What accounts need from outside. Every store works inside the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.accounts.model import Account, AccountLink, AccountRef, Consent, KnownFacts, Premises, Resident
from core.ids import AccountId, ChatId, LinkId, PremisesId, ResidentId


class AccountStore(Protocol):
    async def find(self, ref: AccountRef) -> Account | None:
        """The open account of that number."""
        ...

    async def premises(self, premises: PremisesId) -> Premises:
        """The flat with its open accounts. Raises NotFound."""
        ...

    async def code_digest(self, account: AccountId) -> bytes | None:
        """HMAC of the access code, or None when billing printed none."""
        ...

    async def facts(self, account: AccountId) -> KnownFacts: ...


class LinkStore(Protocol):
    async def of_resident(self, resident: ResidentId) -> tuple[AccountLink, ...]:
        """Oldest first."""
        ...

    async def flats(self, resident: ResidentId) -> Sequence[tuple[AccountLink, Premises]]:
        """The links, oldest first, each with its flat and the open accounts of that."""
        ...

    async def add(self, resident: ResidentId, premises: PremisesId, name: str, at: datetime) -> AccountLink:
        """Links, or returns the link that is already there."""
        ...

    async def rename(self, link: LinkId, name: str) -> None: ...

    async def remove(self, resident: ResidentId, link: LinkId) -> None: ...


class ResidentStore(Protocol):
    async def of_chat(self, chat: ChatId) -> Resident | None:
        """Who gave consent in this chat."""
        ...

    async def create(self, chat: ChatId, language: str) -> Resident:
        """A resident for the chat; the one that is there, if any."""
        ...

    async def record_consent(self, resident: ResidentId, consent: Consent) -> None: ...

    async def set_language(self, resident: ResidentId, language: str) -> None: ...

    async def export(self, resident: ResidentId) -> dict[str, object]:
        """Everything kept about the resident, as plain values."""
        ...

    async def forget(self, resident: ResidentId) -> None:
        """Erases the resident, links and consents; readings stay with the meter, without a name."""
        ...


class AttemptStore(Protocol):
    """Failed proofs, counted in the database: a flushed cache must not open the door."""

    async def failures_of_chat(self, chat: ChatId, since: datetime) -> Sequence[datetime]:
        """Instants of failures since then, oldest first."""
        ...

    async def failures_on_account(self, ref: AccountRef, since: datetime) -> int: ...

    async def record_failure(self, chat: ChatId, ref: AccountRef, at: datetime) -> None: ...


class CodeHasher(Protocol):
    def digest(self, ref: AccountRef, code: str) -> bytes:
        """HMAC-SHA-256 of the normalised code under SECRET_KEY, bound to provider and account (contracts: exchange)."""
        ...
