"""What broadcasts say to each of their recipients, and starting what was scheduled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.broadcasts.model import Draft, PersonalFacts
from core.broadcasts.rules import personal
from core.city import City
from core.clock import CityClock
from core.ids import MailingId, PremisesId, ResidentId
from dialogs.broadcasts import broadcast_screen
from dialogs.mailings import Due, Mailing
from dialogs.screen import Screen


class Letters(Protocol):
    """What broadcasts say, and what fills the placeholders of residents."""

    async def draft(self, broadcast: MailingId) -> Draft: ...

    async def facts(self, flats: Sequence[tuple[ResidentId, PremisesId | None]]) -> Sequence[PersonalFacts | None]: ...


@dataclass(frozen=True)
class BroadcastComposer:
    """`dialogs.mailings.Composer` of broadcasts."""

    letters: Letters
    city: City
    clock: CityClock

    async def compose(self, mailing: Mailing, due: Sequence[Due]) -> Sequence[Screen | None]:
        """One screen a language for all, unless the text has placeholders of the reader's own; none for whoever has no
        such flat any more."""
        draft = await self.letters.draft(mailing.id)
        if not personal(draft):
            alike = {one.language: self._screen(draft, one, None) for one in due}
            return [alike[one.language] for one in due]
        facts = await self.letters.facts([(one.resident, one.premises) for one in due])
        return [
            self._screen(draft, one, fact) if fact is not None else None for one, fact in zip(due, facts, strict=True)
        ]

    def _screen(self, draft: Draft, due: Due, facts: PersonalFacts | None) -> Screen:
        return broadcast_screen(draft, due.mailing, due.language, facts, self.clock, self.city)
