"""What the counter needs from outside beside the ports of the trade. Stores work inside the caller's transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.accounts.model import Address
from core.counter.model import Row
from core.counter.wanted import NumberWanted, WordsWanted
from core.ids import AccountId, PremisesId, ProviderCode, ReadingId, ResidentId, TicketId
from core.services import Service
from core.support.model import Ticket
from core.tasks import Task, TaskId


class SearchStore(Protocol):
    """Open accounts of these providers, the best first; those of one flat stand together."""

    async def by_number(self, wanted: NumberWanted, providers: Collection[ProviderCode], limit: int) -> Sequence[Row]:
        """Accounts with these digits in their number."""
        ...

    async def by_words(self, wanted: WordsWanted, providers: Collection[ProviderCode], limit: int) -> Sequence[Row]:
        """Every word begins one of the address or of the holder's name."""
        ...

    async def alike(self, wanted: WordsWanted, providers: Collection[ProviderCode], limit: int) -> Sequence[Row]:
        """The longest word is nearly one of them; the others as above."""
        ...


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose ticket it is; nobody is known before the consent."""

    organisation: str
    resident: ResidentId | None
    language: str
    messengers: tuple[str, ...]


class CardStore(Protocol):
    async def holders(self, premises: PremisesId) -> Mapping[AccountId, str]:
        """Names of the holders of the flat's open accounts, as billing has told them."""
        ...

    async def residents(self, premises: PremisesId) -> Sequence[ResidentId]:
        """Who has linked the flat."""
        ...

    async def tickets(
        self, residents: Collection[ResidentId], organisations: Collection[str] | None, limit: int
    ) -> Sequence[Ticket]:
        """Of these organisations (None: of all), the newest first."""
        ...

    async def asker(self, ticket: TicketId) -> Asker:
        """Raises NotFound."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a task's work is: the flat, and the meter's service."""

    address: Address | None
    service: Service | None
    photos: int


class WorkStore(Protocol):
    async def waiting(
        self, services: Collection[Service], providers: Collection[ProviderCode], after: TaskId | None, limit: int
    ) -> Sequence[tuple[Task, Place]]:
        """Open tasks about meters of these services, flats of these providers, or neither; oldest first."""
        ...

    async def find(
        self, task: TaskId, services: Collection[Service], providers: Collection[ProviderCode]
    ) -> tuple[Task, Place]:
        """A task, open or settled. Raises NotFound for one that is not among those."""
        ...

    async def photos(self, reading: ReadingId) -> Sequence[bytes]:
        """Pictures of the dial (JPEG) that came with a reading."""
        ...


class Actor(Protocol):
    async def act_as(self, name: str) -> None:
        """Names who changes readings in this transaction, for their history."""
        ...
