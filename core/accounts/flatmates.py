"""Who else is linked to a flat: seen, contested by those who were there before, settled by an operator.

A contested link is out of force at once: whoever lives there must not wait for office hours to be safe. It is not
removed either: one resident must not be able to put another out for good. An operator asks both, and settles it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.accounts.access import owners_only
from core.accounts.model import Claim, ClaimReason, LinkNews, NewLink, ResidentLink
from core.accounts.ports import ClaimStore, LinkStore, NewsStore
from core.accounts.residents import Flat, Residents
from core.accounts.use_cases import CLAIM_TASK
from core.clock import CityClock
from core.errors import NotFound
from core.ids import ClaimId, LinkId, PremisesId, ResidentId
from core.tasks import NewTask, TaskStatus, TaskStore


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another resident of the flat: when linked, and whether that was after oneself. Who it is, nobody is told."""

    link: ResidentLink
    newer: bool


@dataclass(frozen=True)
class Flatmates:
    residents: Residents
    links: LinkStore
    claims: ClaimStore
    news: NewsStore
    tasks: TaskStore
    clock: CityClock

    async def of_flat(self, resident: ResidentId, premises: PremisesId) -> tuple[Neighbour, ...]:
        """The others who have linked a flat that is one's own. Raises NotFound for any other, and to a helper."""
        own = await self.residents.flat(resident, premises)
        owners_only(own.premises)
        there = await self.links.of_premises(premises)
        return tuple(Neighbour(one, one.id > own.link.id) for one in there if one.resident != resident)

    async def newcomer(self, resident: ResidentId, link: LinkId) -> tuple[Flat, Neighbour]:
        """A link made after one's own to the same flat. Raises NotFound for any other."""
        for flat in await self.residents.flats(resident):
            for other in await self.of_flat(resident, flat.premises.id) if flat.owned else ():
                if other.link.id == link and other.newer:
                    return flat, other
        raise NotFound

    async def contest(self, resident: ResidentId, link: LinkId) -> Flat:
        """Suspends somebody's newer link to one's own flat until an operator settles it. Raises NotFound."""
        flat, other = await self.newcomer(resident, link)
        premises = flat.premises.id
        await self.links.hold(premises)
        claim = await self.claims.suspend(link, ClaimReason.CONTESTED, resident)
        if claim is None:
            raise NotFound
        await self.news.tell(other.link.resident, LinkNews.CONTESTED, str(claim))
        facts = {"claim": int(claim), "why": ClaimReason.CONTESTED.value}
        key, now = f"{CLAIM_TASK}:{claim}", self.clock.now()
        await self.tasks.open(NewTask(key=key, kind=CLAIM_TASK, facts=facts, at=now, premises=premises))
        return flat

    async def claim(self, resident: ResidentId, claim: ClaimId) -> Claim:
        """A claim that is one's own, or that one has raised. Raises NotFound."""
        found = await self.claims.get(claim)
        if resident not in {found.resident, found.contested_by}:
            raise NotFound
        return found


@dataclass(frozen=True)
class Claims:
    """The operator's part."""

    links: LinkStore
    claims: ClaimStore
    news: NewsStore
    tasks: TaskStore
    clock: CityClock

    async def waiting(self) -> Sequence[Claim]:
        return await self.claims.waiting()

    async def settle(self, claim: ClaimId, *, keep: bool, by: str, note: str = "") -> Claim:
        """Puts a link (back) in force, or ends it; both sides are told. Raises NotFound for one that is settled."""
        found = await self.claims.get(claim)
        await self.links.hold(found.premises)
        await self.claims.settle(claim, kept=keep)
        if found.resident is not None:
            link = NewLink(found.resident, found.premises, found.account, found.name, found.linked_at)
            if keep:
                await self.links.add(link)
            await self.news.tell(found.resident, LinkNews.SETTLED, str(claim))
        if found.contested_by is not None:
            await self.news.tell(found.contested_by, LinkNews.CONTEST_SETTLED, str(claim))
        await self._close_task(claim, keep=keep, by=by, note=note)
        return await self.claims.get(claim)

    async def _close_task(self, claim: ClaimId, *, keep: bool, by: str, note: str) -> None:
        status = TaskStatus.ACCEPTED if keep else TaskStatus.DECLINED
        for task in await self.tasks.waiting():
            if task.kind == CLAIM_TASK and task.facts.get("claim") == int(claim):
                await self.tasks.settle(task.id, status, note, by)
