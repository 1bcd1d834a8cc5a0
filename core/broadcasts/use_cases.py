"""What operators may do with a broadcast. Every act is checked here, whoever asks: the command line or the desk."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.broadcasts.model import (
    Broadcast,
    DeliveryState,
    Draft,
    Enclosure,
    Halt,
    Line,
    Minute,
    Progress,
    Reach,
    Status,
)
from core.broadcasts.ports import Act, BroadcastStore, Chat, Wanted
from core.broadcasts.rules import (
    ALLOWED,
    BadDraft,
    Problem,
    ProblemKind,
    needs_second,
    personal,
    problems,
    same_person,
    too_late_to_start,
)
from core.city import City
from core.clock import CityClock
from core.errors import Rejected
from core.ids import MailingId
from core.messengers import PersonalData

LINES_AT_ONCE: Final = 5000


class RefusalKind(StrEnum):
    """Why an act is not done."""

    WRONG_STATUS = "wrong_status"
    OWN_WORK = "own_work"
    NEEDS_SECOND = "needs_second"
    NOBODY = "nobody"
    TOO_LATE = "too_late"
    TOO_LATE_TO_UNDO = "too_late_to_undo"


class NotDone(Rejected):
    """The act is not done. `recipients`: how many it would have been, where that is why."""

    def __init__(self, kind: RefusalKind, status: Status | None = None, recipients: int = 0) -> None:
        super().__init__(kind.value)
        self.kind = kind
        self.status = status
        self.recipients = recipients


@dataclass(frozen=True)
class Broadcasts:
    """Broadcasts inside one transaction. `by` is always who acts: it stands in the history."""

    store: BroadcastStore
    city: City
    clock: CityClock

    # --- writing

    async def create(self, key: str, draft: Draft, author: str) -> Broadcast:
        """Keeps a draft. Raises BadDraft with all that is wrong with it."""
        await self._check(draft)
        made = await self.store.create(key, draft, author, self.clock.now())
        await self._record(made, "create", author)
        return await self.store.get(made)

    async def change(self, broadcast: MailingId, draft: Draft, by: str) -> Broadcast:
        """Writes it anew; whoever had agreed has not agreed to this. Raises BadDraft, NotDone, NotFound."""
        await self._take(broadcast, "change")
        await self._check(draft)
        await self.store.change(broadcast, draft)
        await self._record(broadcast, "change", by)
        return await self.store.get(broadcast)

    async def approve(self, broadcast: MailingId, by: str) -> Broadcast:
        """A second person agrees to what it says. Raises NotDone for the author's own."""
        taken = await self._take(broadcast, "approve")
        if same_person(taken.author, by):
            raise NotDone(RefusalKind.OWN_WORK)
        await self.store.set_approver(broadcast, by)
        await self._record(broadcast, "approve", by)
        return await self.store.get(broadcast)

    async def try_out(self, broadcast: MailingId, chat: Chat, key: str, by: str) -> None:
        """Shows it in the author's own chat. Raises NotFound."""
        await self.store.get(broadcast)
        await self.store.try_out(broadcast, chat, key)
        await self._record(broadcast, "try_out", by)

    async def _check(self, draft: Draft) -> None:
        nowhere = await self.store.unknown_places(draft.audience)
        places = tuple(Problem(ProblemKind.UNKNOWN_PLACE, about=place) for place in nowhere)
        if wrong := (*problems(draft, self.city, self.clock.local()), *places):
            raise BadDraft(wrong)

    # --- whom it reaches

    async def reach(self, draft: Draft) -> Sequence[Reach]:
        """The dry run of what has been checked: how many could be told now, and how many not."""
        return await self.store.reach(self.wanted(draft))

    def wanted(self, draft: Draft) -> Wanted:
        """The audience as the store looks for it, in messengers that may carry the text."""
        return Wanted(draft.audience, self.clock.period(), draft.kind.value, self._messengers(draft))

    def _messengers(self, draft: Draft) -> tuple[str, ...]:
        """What tells of a flat or of money goes only where such may be told (core.messengers)."""
        telling = bool(draft.audience.debts or personal(draft))
        return tuple(
            one.code
            for one in self.city.messengers
            if (not draft.audience.messengers or one.code in draft.audience.messengers)
            and (one.personal_data is PersonalData.FULL or not telling)
        )

    # --- sending

    async def start(self, broadcast: MailingId, by: str, at: datetime | None = None) -> Broadcast:
        """Freezes the recipients and begins, or keeps it for a later instant. Of two who start it one does.

        Raises NotDone; the transaction must then be given up.
        """
        taken = await self._take(broadcast, "start")
        now = self.clock.now()
        begins = max(at, now) if at is not None else now
        if taken.draft.not_after is not None and begins >= taken.draft.not_after:
            raise NotDone(RefusalKind.TOO_LATE)
        if begins > now:
            self._judge(taken, sum(one.reached for one in await self.reach(taken.draft)))
            await self.store.schedule(broadcast, begins, by)
        else:
            await self._begin(taken, by, self.city.broadcasts.undo_seconds)
        await self._record(broadcast, "start", by)
        return await self.store.get(broadcast)

    async def start_due(self) -> Sequence[MailingId]:
        """Begins what was scheduled for now: the work of a clock. What a person should look at is paused instead."""
        due = await self.store.due(self.clock.now())
        for broadcast in due:
            await self._start_due(await self.store.take(broadcast))
        return due

    async def _start_due(self, taken: Broadcast) -> None:
        if taken.status is not Status.SCHEDULED or taken.starts_at is None:
            return
        if too_late_to_start(taken.starts_at, self.clock.now(), self.city.broadcasts):
            await self.store.set_status(taken.id, Status.PAUSED, Halt.LATE)
            return
        try:
            await self._begin(taken, taken.started_by or taken.author, 0)
        except NotDone as refused:
            await self.store.unfreeze(taken.id)
            halt = Halt.NEEDS_APPROVAL if refused.kind is RefusalKind.NEEDS_SECOND else Halt.LATE
            await self.store.set_status(taken.id, Status.PAUSED, halt)

    async def _begin(self, taken: Broadcast, by: str, undo_seconds: int) -> None:
        self._judge(taken, await self.store.freeze(taken.id, self.wanted(taken.draft)))
        await self.store.begin(taken.id, by, undo_seconds)

    def _judge(self, taken: Broadcast, recipients: int) -> None:
        if not recipients:
            raise NotDone(RefusalKind.NOBODY)
        if needs_second(recipients, taken.approver, self.city.broadcasts):
            raise NotDone(RefusalKind.NEEDS_SECOND, recipients=recipients)

    async def undo(self, broadcast: MailingId, by: str) -> Broadcast:
        """Takes a start back as if it had never been: possible while nothing can have been sent."""
        taken = await self._take(broadcast, "undo")
        if taken.status is Status.SCHEDULED:
            await self.store.set_status(broadcast, Status.DRAFT)
        elif not await self.store.thaw(broadcast):
            raise NotDone(RefusalKind.TOO_LATE_TO_UNDO, taken.status)
        await self._record(broadcast, "undo", by)
        return await self.store.get(broadcast)

    async def pause(self, broadcast: MailingId, by: str) -> Broadcast:
        await self._take(broadcast, "pause")
        await self.store.set_status(broadcast, Status.PAUSED, Halt.OPERATOR)
        await self._record(broadcast, "pause", by)
        return await self.store.get(broadcast)

    async def resume(self, broadcast: MailingId, by: str) -> Broadcast:
        """Goes on; one that was paused before its recipients were frozen begins now. Raises NotDone."""
        taken = await self._take(broadcast, "resume")
        if taken.recipients is None:
            await self._begin(taken, by, self.city.broadcasts.undo_seconds)
        else:
            await self.store.set_status(broadcast, Status.SENDING)
        await self._record(broadcast, "resume", by)
        return await self.store.get(broadcast)

    async def cancel(self, broadcast: MailingId, by: str) -> Broadcast:
        """Ends it: who has been told stays told, nobody else will be."""
        await self._take(broadcast, "cancel")
        await self.store.drop_waiting(broadcast)
        await self.store.set_status(broadcast, Status.CANCELLED)
        await self._record(broadcast, "cancel", by)
        return await self.store.get(broadcast)

    # --- looking

    async def get(self, broadcast: MailingId) -> Broadcast:
        return await self.store.get(broadcast)

    async def enclosure(self, broadcast: MailingId) -> Enclosure | None:
        """The file that goes with it, with its content."""
        return await self.store.enclosure(broadcast)

    async def listed(self, limit: int = 50) -> Sequence[Broadcast]:
        return await self.store.listed(limit)

    async def progress(self, broadcast: MailingId) -> Progress:
        return Progress(await self.store.get(broadcast), tuple(await self.store.tallies(broadcast)))

    async def minutes(self, broadcast: MailingId) -> Sequence[Minute]:
        return await self.store.minutes(broadcast)

    async def acts(self, broadcast: MailingId) -> Sequence[Act]:
        return await self.store.acts(broadcast)

    async def lines(self, broadcast: MailingId, *states: DeliveryState) -> AsyncIterator[Line]:
        """Recipients by name, those in these states or all; a page of the store at a time."""
        after, wanted = 0, states or tuple(DeliveryState)
        while page := await self.store.lines(broadcast, wanted, after, LINES_AT_ONCE):
            for line in page:
                yield line
            after = page[-1].id

    # --- both

    async def _take(self, broadcast: MailingId, act: str) -> Broadcast:
        """Holds it for this act, if it may be done where the broadcast is."""
        taken = await self.store.take(broadcast)
        if taken.status not in ALLOWED[act]:
            raise NotDone(RefusalKind.WRONG_STATUS, taken.status)
        return taken

    async def _record(self, broadcast: MailingId, what: str, by: str) -> None:
        await self.store.record(broadcast, Act(what, by, self.clock.now()))
