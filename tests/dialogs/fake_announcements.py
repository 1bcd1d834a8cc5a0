"""Broadcasts kept in memory, as residents meet them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.broadcasts.model import Draft, PersonalFacts
from core.errors import NotFound
from core.ids import ChatId, MailingId, PremisesId, ResidentId


@dataclass
class FakeAnnouncements:
    drafts: dict[MailingId, Draft] = field(default_factory=dict)
    known: dict[ResidentId, PersonalFacts] = field(default_factory=dict)
    blocked: set[ChatId] = field(default_factory=set)
    refused: set[tuple[ResidentId, str]] = field(default_factory=set)
    preferred: dict[ResidentId, str | None] = field(default_factory=dict)

    async def draft(self, broadcast: MailingId) -> Draft:
        if broadcast not in self.drafts:
            raise NotFound
        return self.drafts[broadcast]

    async def facts(self, flats: Sequence[tuple[ResidentId, PremisesId | None]]) -> Sequence[PersonalFacts | None]:
        return [self.known.get(resident) for resident, _ in flats]

    async def set_blocked(self, chat: ChatId, *, blocked: bool) -> None:
        (self.blocked.add if blocked else self.blocked.discard)(chat)

    async def opted_out(self, resident: ResidentId) -> frozenset[str]:
        return frozenset(topic for whose, topic in self.refused if whose == resident)

    async def opt_out(self, resident: ResidentId, topic: str) -> None:
        self.refused.add((resident, topic))

    async def opt_in(self, resident: ResidentId, topic: str) -> None:
        self.refused.discard((resident, topic))

    async def prefers(self, resident: ResidentId) -> str | None:
        return self.preferred.get(resident)

    async def prefer(self, resident: ResidentId, messenger: str | None) -> None:
        self.preferred[resident] = messenger
