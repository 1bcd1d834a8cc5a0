"""Broadcasts as one resident meets them: what is shown, and what the resident wants of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.broadcasts.model import Draft, MailingKind, PersonalFacts
from core.broadcasts.rules import personal
from core.ids import ChatId, MailingId, PremisesId, ResidentId

TOPIC = MailingKind.ANNOUNCEMENT.value
"""What is opted out of; emergencies have a topic of their own."""


class AnnouncementStore(Protocol):
    """Works inside the caller's transaction."""

    async def draft(self, broadcast: MailingId) -> Draft:
        """What a broadcast says, without the content of its file. Raises NotFound."""
        ...

    async def facts(self, flats: Sequence[tuple[ResidentId, PremisesId | None]]) -> Sequence[PersonalFacts | None]:
        """What fills the placeholders of each; None where the flat is not the resident's (any more). Without a flat: of
        the resident's first."""
        ...

    async def set_blocked(self, chat: ChatId, *, blocked: bool) -> None:
        """Whether the person of a chat will not have us there."""
        ...

    async def opted_out(self, resident: ResidentId) -> frozenset[str]:
        """Topics the resident does not want."""
        ...

    async def opt_out(self, resident: ResidentId, topic: str) -> None: ...

    async def opt_in(self, resident: ResidentId, topic: str) -> None: ...

    async def prefers(self, resident: ResidentId) -> str | None:
        """The messenger for what is told unasked; None: the one used last."""
        ...

    async def prefer(self, resident: ResidentId, messenger: str | None) -> None: ...


@dataclass(frozen=True)
class Announcements:
    store: AnnouncementStore

    async def shown(self, broadcast: MailingId, resident: ResidentId) -> tuple[Draft, PersonalFacts | None]:
        """A broadcast as this resident would read it. Raises NotFound."""
        draft = await self.store.draft(broadcast)
        facts = (await self.store.facts([(resident, None)]))[0] if personal(draft) else None
        return draft, facts

    async def reached(self, chat: ChatId, *, allowed: bool) -> None:
        """The person of a chat has shut us out there, or let us in again."""
        await self.store.set_blocked(chat, blocked=not allowed)

    async def wanted(self, resident: ResidentId) -> bool:
        return TOPIC not in await self.store.opted_out(resident)

    async def stop(self, resident: ResidentId) -> None:
        await self.store.opt_out(resident, TOPIC)

    async def allow(self, resident: ResidentId) -> None:
        await self.store.opt_in(resident, TOPIC)

    async def prefers(self, resident: ResidentId) -> str | None:
        return await self.store.prefers(resident)

    async def prefer(self, resident: ResidentId, messenger: str | None) -> None:
        """Where this resident is told what nobody has asked for; None: wherever they were last."""
        await self.store.prefer(resident, messenger)
