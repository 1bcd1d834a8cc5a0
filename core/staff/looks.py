"""The book of looks: every look at a resident's data and every act at the desk, one line each, only ever added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.staff.model import Look, Member
from core.staff.ports import LookStore

CONSOLE: Final = "console"
"""Who acts from the command line."""
PAGE: Final = 50


@dataclass(frozen=True)
class Looks:
    store: LookStore

    async def record(
        self, member: Member | None, what: str, subject: str = "", facts: Mapping[str, object] | None = None
    ) -> None:
        """Writes a line within the caller's transaction: it stands if, and only if, what it tells of does.

        `what` names the act as in "ticket.answered"; `subject` what it was done to, as in "ticket:17". None as a member
        is the console. Neither may hold words of people: numbers and names of things only.
        """
        by = CONSOLE if member is None else member.login
        await self.store.record(by, None if member is None else member.id, what, subject, facts or {})

    async def page(
        self, *, by: str | None = None, what: str | None = None, before: int | None = None
    ) -> Sequence[Look]:
        """The newest lines, or those before a number: `PAGE` at most."""
        return await self.store.page(by=by or None, what=what or None, before=before, limit=PAGE)
