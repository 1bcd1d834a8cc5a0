"""Tasks at the desk: doubtful readings, contested links, alarms. Seen by whom they concern, settled by the owner."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.accounts.flatmates import Claims
from core.accounts.use_cases import CLAIM_TASK
from core.city import City
from core.clock import CityClock
from core.counter.acts import require_senior
from core.counter.cards import masked
from core.counter.model import Work
from core.counter.ports import Place, WorkStore
from core.counter.scope import Scope, scope_of
from core.errors import NotFound, Rejected
from core.ids import ClaimId
from core.meters.tasks import NoteNeeded, Outcome, Tasks
from core.staff.looks import Looks
from core.staff.model import Member
from core.tasks import READING, Task, TaskId

ON_A_PAGE: Final = 30


class NotTheirs(Rejected):
    """The meter is another provider's, who settles doubts about it."""


class OutcomeUnfit(Rejected):
    """A contested link is kept or ended; it is not closed and forgotten."""


@dataclass(frozen=True)
class CounterWork:
    store: WorkStore
    tasks: Tasks
    claims: Claims
    looks: Looks
    city: City
    clock: CityClock

    async def waiting(self, member: Member, after: TaskId | None = None) -> Sequence[Work]:
        """Open tasks of the member's organisations, oldest first; those behind `after`, `ON_A_PAGE` at most."""
        scope = self._scope(member)
        found = await self.store.waiting(scope.read, scope.providers, after, ON_A_PAGE)
        return [_work(task, place, scope) for task, place in found]

    async def show(self, member: Member, task: TaskId) -> Work:
        """Raises NotFound for a task of others."""
        work = await self._find(member, task)
        await self.looks.record(member, "task.seen", f"task:{task}")
        return work

    async def photos(self, member: Member, task: TaskId) -> Sequence[bytes]:
        """Pictures of the dial, made anew from what was sent. Raises NotFound."""
        reading = (await self._find(member, task)).task.reading
        await self.looks.record(member, "task.photos", f"task:{task}")
        return await self.store.photos(reading) if reading is not None else ()

    async def settle(self, member: Member, task: TaskId, outcome: Outcome, note: str) -> Task:
        """Settles an open task; whoever it is about is told. A contested link is for a senior: accepted, it is kept.

        Raises NotFound for one that is settled or of others, NotTheirs, NotSenior, OutcomeUnfit, NoteNeeded,
        NothingToAccept.
        """
        work = await self._find(member, task)
        if not work.own:
            raise NotTheirs
        if work.task.kind == CLAIM_TASK:
            await self._settle_claim(member, work.task, outcome, note)
        else:
            await self.tasks.settle(task, outcome, note, member.name)
        await self.looks.record(member, "task.settled", f"task:{task}", {"outcome": outcome.value})
        return await self.tasks.get(task)

    async def _settle_claim(self, member: Member, task: Task, outcome: Outcome, note: str) -> None:
        require_senior(member)
        claim = task.facts.get("claim")
        if outcome is Outcome.CLOSE or not isinstance(claim, int):
            raise OutcomeUnfit
        if not note.strip():
            raise NoteNeeded
        await self.claims.settle(ClaimId(claim), keep=outcome is Outcome.ACCEPT, by=member.name, note=note.strip())

    async def _find(self, member: Member, task: TaskId) -> Work:
        scope = self._scope(member)
        found, place = await self.store.find(task, scope.read, scope.providers)
        return _work(found, place, scope)

    def _scope(self, member: Member) -> Scope:
        return scope_of(self.city, member, self.clock.today())


def _work(task: Task, place: Place, scope: Scope) -> Work:
    """A reading is settled by the provider of its service; what is of no meter, by everybody who sees it."""
    own = scope.settles(place.service) if place.service is not None else True
    if task.kind == READING and place.service is None:
        raise NotFound
    return Work(task, masked(place.address) if place.address else None, own, place.photos)
