"""The ports of linking kept in memory: links, helpers, claims, tries, one-time codes."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from core.accounts.codes import CodePurpose, NewCode, Redeemed
from core.accounts.model import (
    Access,
    AccountLink,
    AccountRef,
    Alarm,
    Claim,
    ClaimReason,
    Helper,
    LinkNews,
    NewLink,
    Premises,
    ResidentLink,
)
from core.accounts.tally import Tally
from core.errors import NotFound
from core.ids import AccountId, ChatId, ClaimId, HelperId, LinkId, PremisesId, ResidentId
from tests.dialogs.fakes import FakeAccounts, FakeClock

Right = tuple[Helper, LinkId, ResidentId | None, str]
"""A right, the link it hangs on, whose it is, and what the helper calls the flat."""


@dataclass
class FakeLinks:
    accounts: FakeAccounts
    links: dict[ResidentId, list[AccountLink]] = field(default_factory=dict)
    rights: list[Right] = field(default_factory=list)
    made: int = 0

    async def hold(self, premises: PremisesId) -> None: ...

    async def of_resident(self, resident: ResidentId) -> tuple[AccountLink, ...]:
        return tuple(self.links.get(resident, ()))

    async def of_premises(self, premises: PremisesId) -> tuple[ResidentLink, ...]:
        found = [
            ResidentLink(link.id, resident, premises, link.linked_at)
            for resident, own in self.links.items()
            for link in own
            if link.premises == premises
        ]
        return tuple(sorted(found, key=lambda link: link.id))

    async def flats(self, resident: ResidentId) -> Sequence[tuple[AccountLink, Premises]]:
        own = [(link, await self.accounts.premises(link.premises)) for link in await self.of_resident(resident)]
        seen, helped = {link.premises for link, _ in own}, []
        for right, _, whose, name in self.rights:
            if whose == resident and right.since and right.premises not in seen:
                seen.add(right.premises)
                link = AccountLink(LinkId(right.id), right.premises, name, right.since)
                helped.append((link, await self._seen(right.premises)))
        return [*own, *helped]

    async def add(self, link: NewLink) -> LinkId | None:
        own = self.links.setdefault(link.resident, [])
        if any(one.premises == link.premises for one in own):
            return None
        self.made += 1
        own.append(AccountLink(LinkId(self.made), link.premises, link.name, link.at))
        return own[-1].id

    async def rename(self, link: LinkId, name: str) -> None:
        for own in self.links.values():
            own[:] = [replace(one, name=name) if one.id == link else one for one in own]

    async def remove(self, resident: ResidentId, link: LinkId) -> None:
        self.links[resident] = [one for one in self.links[resident] if one.id != link]
        self.rights = [right for right in self.rights if right[1] != link]

    def find(self, link: LinkId) -> tuple[ResidentId, AccountLink] | None:
        return next(((who, one) for who, own in self.links.items() for one in own if one.id == link), None)

    async def _seen(self, premises: PremisesId) -> Premises:
        return replace(await self.accounts.premises(premises), accounts=(), access=Access.HELPER)


@dataclass
class FakeHelpers:
    links: FakeLinks
    clock: FakeClock
    made: int = 500

    async def invite(self, link: LinkId, called: str) -> HelperId:
        self.made += 1
        found = self.links.find(link)
        assert found
        helper = Helper(HelperId(self.made), found[1].premises, called, None)
        self.links.rights.append((helper, link, None, ""))
        return helper.id

    async def accept(self, helper: HelperId, resident: ResidentId, name: str) -> None:
        (new,) = [right for right in self.links.rights if right[0].id == helper]
        others = [one for one in self.links.rights if one is not new and (one[1], one[2]) != (new[1], resident)]
        names = [one[3] for one in others if (one[0].premises, one[2]) == (new[0].premises, resident)]
        name = names[0] if names else name
        self.links.rights = [*others, (replace(new[0], since=self.clock.now()), new[1], resident, name)]

    async def find(self, helper: HelperId) -> tuple[Helper, ResidentLink] | None:
        for right, link, _, _ in self.links.rights:
            found = self.links.find(link)
            if right.id == helper and found:
                return right, ResidentLink(link, found[0], right.premises, found[1].linked_at)
        return None

    async def of_link(self, link: LinkId) -> tuple[Helper, ...]:
        return tuple(right for right, of, _, _ in self.links.rights if of == link)

    async def rename(self, helper: HelperId, name: str) -> None:
        (one,) = [(right.premises, whose) for right, _, whose, _ in self.links.rights if right.id == helper]
        self.links.rights = [
            (right, link, whose, name if (right.premises, whose) == one else old)
            for right, link, whose, old in self.links.rights
        ]

    async def remove(self, helper: HelperId) -> ResidentId | None:
        whose = next((whose for right, _, whose, _ in self.links.rights if right.id == helper), None)
        self.links.rights = [right for right in self.links.rights if right[0].id != helper]
        return whose

    async def give_up(self, resident: ResidentId, premises: PremisesId) -> None:
        self.links.rights = [one for one in self.links.rights if (one[0].premises, one[2]) != (premises, resident)]


@dataclass
class FakeClaims:
    links: FakeLinks
    clock: FakeClock
    claims: list[Claim] = field(default_factory=list)

    async def suspend(self, link: LinkId, why: ClaimReason, by: ResidentId | None) -> ClaimId | None:
        found = self.links.find(link)
        if found is None:
            return None
        resident, own = found
        await self.links.remove(resident, link)
        return await self._add(NewLink(resident, own.premises, None, own.name, own.linked_at), why, by)

    async def wait(self, link: NewLink, why: ClaimReason) -> ClaimId:
        return await self._add(link, why, None)

    async def open_of(self, resident: ResidentId, premises: PremisesId) -> ClaimId | None:
        own = [one.id for one in await self.waiting() if (one.resident, one.premises) == (resident, premises)]
        return own[0] if own else None

    async def disputed(self, premises: PremisesId) -> bool:
        return any(one.premises == premises and one.why is ClaimReason.CONTESTED for one in await self.waiting())

    async def waiting(self) -> Sequence[Claim]:
        return [claim for claim in self.claims if claim.kept is None]

    async def get(self, claim: ClaimId) -> Claim:
        for one in self.claims:
            if one.id == claim:
                return one
        raise NotFound

    async def settle(self, claim: ClaimId, *, kept: bool) -> None:
        if (await self.get(claim)).kept is not None:
            raise NotFound
        self.claims = [replace(one, kept=kept) if one.id == claim else one for one in self.claims]

    async def _add(self, link: NewLink, why: ClaimReason, by: ResidentId | None) -> ClaimId:
        number = ClaimId(len(self.claims) + 1)
        given = (link.resident, link.premises, link.account, link.name, link.at)
        self.claims.append(Claim(number, *given, why, by, self.clock.now()))
        return number


@dataclass
class FakeNews:
    told: list[tuple[ResidentId, LinkNews, str]] = field(default_factory=list)

    async def tell(self, resident: ResidentId, news: LinkNews, subject: str) -> None:
        self.told.append((resident, news, subject))


@dataclass
class FakeAttempts:
    clock: FakeClock
    failures: list[tuple[ChatId, AccountRef, datetime]] = field(default_factory=list)
    numbers: dict[int, tuple[ChatId, AccountRef, datetime]] = field(default_factory=dict)
    proofs: dict[tuple[ChatId, PremisesId], tuple[AccountId | None, datetime]] = field(default_factory=dict)

    async def begin(self, chat: ChatId, ref: AccountRef) -> Tally:
        return await self.seen(chat, ref)

    async def seen(self, chat: ChatId, ref: AccountRef | None) -> Tally:
        now = self.clock.now()
        day = [(one, of, now - at) for one, of, at in self.failures if now - at < timedelta(days=1)]
        others: dict[AccountRef, timedelta] = {}
        for one, of, age in day:
            if one == chat and ref is not None and of != ref:
                others[of] = min(age, others.get(of, age))
        return Tally(
            chat=sorted((age for one, _, age in day if one == chat), reverse=True),
            others=tuple(others.values()),
            account=sum(of == ref for _, of, _ in day),
            city=sum(age < timedelta(hours=1) for _, _, age in day),
            city_lately=sum(age < timedelta(minutes=10) for _, _, age in day),
        )

    async def count(self, chat: ChatId, ref: AccountRef) -> int:
        self.failures.append((chat, ref, self.clock.now()))
        self.numbers[len(self.numbers)] = self.failures[-1]
        return len(self.numbers) - 1

    async def held(self, attempt: int) -> None:
        self.failures.remove(self.numbers[attempt])

    async def record_proof(self, chat: ChatId, premises: PremisesId, account: AccountId | None) -> None:
        self.proofs[chat, premises] = (account, self.clock.now())

    async def proof(self, chat: ChatId, premises: PremisesId, lives: timedelta) -> tuple[AccountId | None] | None:
        account, at = self.proofs.get((chat, premises), (None, None))
        return (account,) if at is not None and self.clock.now() - at < lives else None

    async def burn_proof(self, chat: ChatId, premises: PremisesId) -> None:
        self.proofs.pop((chat, premises), None)


@dataclass
class FakeAlarms:
    raised: list[tuple[Alarm, str]] = field(default_factory=list)

    async def raise_alarm(self, kind: Alarm, about: str) -> bool:
        if (kind, about) in self.raised:
            return False
        self.raised.append((kind, about))
        return True


@dataclass
class FakeCodes:
    clock: FakeClock
    codes: dict[tuple[CodePurpose, bytes], tuple[NewCode, datetime]] = field(default_factory=dict)

    async def add(self, code: NewCode) -> None:
        self.codes[code.purpose, code.digest] = (code, self.clock.now() + code.lives)

    async def find(self, purpose: CodePurpose, digest: bytes) -> Redeemed | None:
        code, until = self.codes.get((purpose, digest), (None, None))
        return Redeemed(code.subject, code.by) if code and until and until > self.clock.now() else None

    async def burn(self, purpose: CodePurpose, digest: bytes) -> Redeemed | None:
        found = await self.find(purpose, digest)
        self.codes.pop((purpose, digest), None)
        return found

    async def withdraw(self, purpose: CodePurpose, subject: str) -> None:
        self.codes = {
            key: (code, until)
            for key, (code, until) in self.codes.items()
            if (code.purpose, code.subject) != (purpose, subject)
        }
