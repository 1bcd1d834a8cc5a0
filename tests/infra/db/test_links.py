"""Who is linked to a flat: five at most, told of newcomers, contested, settled; and helpers, who see no money."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import ClassVar

import pytest
from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.accounts.model import Access, AccountRef, ClaimReason, CodeProof, LinkNews
from core.accounts.sharing import OwnCode, TooManyHelpers
from core.accounts.tries import ProofFailed, ProofsLocked
from core.accounts.use_cases import LinkWaits, ProofExpired
from core.city import City
from core.clock import CityClock
from core.errors import NotFound, Rejected
from core.ids import ChatId, ClaimId, HelperId, LinkId, PremisesId, ResidentId
from core.services import Service
from core.use_cases import UseCases
from dialogs.internal import parse_internal
from dialogs.ports import ChatAddress
from dialogs.screen import File, Form
from infra.codes import HmacCodeHasher
from infra.db.engine import connect_alone
from infra.db.links import PostgresLinks
from infra.db.residents import PostgresResidents
from infra.db.use_cases import build_use_cases
from infra.files import PostgresFiles
from tests.infra.db.story import CODE, JANUARY, TEPLOFIKACIYA, VODOKANAL, Story
from tests.infra.db.test_accounts import REF


@dataclass(frozen=True)
class Person:
    chat: ChatId
    resident: ResidentId


@dataclass
class House:
    """A flat with both accounts, and people of a city."""

    db: Connection
    story: Story
    use_cases: UseCases
    people: int = 0

    async def build(self) -> "House":
        self.flat: PremisesId = await self.story.premises()
        water = await self.story.account(self.flat)
        await self.story.account(self.flat, "700012345", TEPLOFIKACIYA)
        await self.story.meter(water, "40123456", Service.COLD_WATER)
        await self.story.statement(water, JANUARY, 70000)
        await self.story.charge(water, JANUARY, Service.COLD_WATER, "5")
        return self

    async def person(self) -> Person:
        self.people += 1
        chat = await self.story.chat(ChatAddress("vk", "9", str(self.people)))
        return Person(chat, (await PostgresResidents(self.db).create(chat, "ru")).id)

    async def prove(self, one: Person) -> Person:
        await self.use_cases.linking.prove(one.chat, REF, CodeProof(CODE))
        return one

    async def link(self, one: Person) -> Person:
        await self.prove(one)
        await self.use_cases.linking.link(one.chat, one.resident, self.flat, "")
        return one

    async def owner(self) -> Person:
        return await self.link(await self.person())

    async def link_of(self, one: Person) -> LinkId:
        return LinkId(await self.db.fetchval("SELECT id FROM links WHERE resident_id = $1", one.resident))

    async def told(self, one: Person) -> list[tuple[str, str]]:
        """Notices on their way to the person's chats."""
        rows = await self.db.fetch(
            """
            SELECT raw FROM inbox JOIN chats USING (messenger, bot, peer)
            WHERE resident_id = $1 AND internal ORDER BY inbox.id
            """,
            one.resident,
        )
        events = [parse_internal(row["raw"]) for row in rows]
        return [(getattr(event, "kind", ""), getattr(event, "subject", "")) for event in events]

    async def sees(self, one: Person) -> list[str]:
        return [flat.premises.access.value for flat in await self.use_cases.residents.flats(one.resident)]

    async def helper(self, owner: Person, called: str = "Соседка") -> Person:
        code = await self.use_cases.sharing.invite(owner.resident, self.flat, called)
        helper = await self.person()
        await self.use_cases.sharing.accept(helper.chat, helper.resident, code, "Помогаю")
        return helper


@pytest.fixture
async def house(db: Connection, story: Story, use_cases: UseCases) -> House:
    return await House(db, story, use_cases).build()


# --- newcomers


async def test_residents_of_the_flat_are_told_of_a_new_link_in_every_chat(house: House, story: Story) -> None:
    first = await house.owner()
    second_chat = await story.chat(ChatAddress("telegram", "1", "77"))
    await house.db.execute("UPDATE chats SET resident_id = $2 WHERE id = $1", second_chat, first.resident)
    newcomer = await house.owner()
    link = await house.link_of(newcomer)
    assert await house.told(first) == [("new_link", str(link))] * 2
    assert await house.told(newcomer) == []
    assert (await house.use_cases.flatmates.newcomer(first.resident, link))[1].newer


async def test_linking_again_tells_nobody(house: House) -> None:
    first, second = await house.owner(), await house.owner()
    await house.link(second)
    assert len(await house.told(first)) == 1


async def test_a_contested_link_is_out_of_force_until_an_operator_has_settled_it(house: House) -> None:
    first, newcomer = await house.owner(), await house.owner()
    helper = await house.helper(newcomer)
    link = await house.link_of(newcomer)
    await house.use_cases.flatmates.contest(first.resident, link)
    assert (await house.sees(first), await house.sees(newcomer), await house.sees(helper)) == (["owner"], [], [])
    (claim,) = await house.use_cases.claims.waiting()
    assert (claim.why, claim.resident, claim.contested_by) == (
        ClaimReason.CONTESTED,
        newcomer.resident,
        first.resident,
    )
    tasks = await house.use_cases.tasks.waiting()
    assert [(task.kind, task.premises, task.facts["why"]) for task in tasks] == [
        ("link_claim", house.flat, "contested")
    ]
    assert (await house.told(newcomer))[-1] == (LinkNews.CONTESTED, str(claim.id))
    with pytest.raises(LinkWaits):
        await house.link(newcomer)
    with pytest.raises(NotFound):
        await house.use_cases.flatmates.contest(first.resident, link)


async def test_whoever_is_put_out_does_not_come_back_by_another_door(house: House) -> None:
    """Neither with the data erased, nor from another account of the messenger."""
    first, newcomer = await house.owner(), await house.owner()
    await house.use_cases.flatmates.contest(first.resident, await house.link_of(newcomer))
    await house.prove(newcomer)
    await PostgresResidents(house.db).forget(newcomer.resident)
    again = Person(newcomer.chat, (await PostgresResidents(house.db).create(newcomer.chat, "ru")).id)
    with pytest.raises(ProofExpired):
        await house.use_cases.linking.link(again.chat, again.resident, house.flat, "")
    for one in (again, await house.person()):
        with pytest.raises(LinkWaits):
            await house.link(one)
    contested, *others = await house.use_cases.claims.waiting()
    assert (contested.resident, contested.name) == (None, "")
    assert [claim.why for claim in others] == [ClaimReason.DISPUTED] * 2
    await house.use_cases.claims.settle(contested.id, keep=False, by="Иванова")
    assert len(await house.sees(await house.owner())) == 1, "settled: others may link as before"


@pytest.mark.parametrize("keep", [True, False])
async def test_an_operator_settles_a_contested_link_and_both_sides_are_told(house: House, keep: bool) -> None:
    first, newcomer = await house.owner(), await house.owner()
    await house.use_cases.flatmates.contest(first.resident, await house.link_of(newcomer))
    (claim,) = await house.use_cases.claims.waiting()
    settled = await house.use_cases.claims.settle(claim.id, keep=keep, by="Иванова", note="по звонку")
    assert settled.kept is keep
    assert await house.sees(newcomer) == (["owner"] if keep else [])
    assert (await house.told(newcomer))[-1] == (LinkNews.SETTLED, str(claim.id))
    assert (await house.told(first))[-1] == (LinkNews.CONTEST_SETTLED, str(claim.id))
    assert await house.use_cases.tasks.waiting() == []
    with pytest.raises(NotFound):
        await house.use_cases.claims.settle(claim.id, keep=not keep, by="Петрова")
    if not keep:
        await house.link(newcomer)
        assert await house.sees(newcomer) == ["owner"], "a new proof is a new link, and the others are told again"


async def test_one_contests_only_newer_links_to_ones_own_flat(house: House, story: Story) -> None:
    first, newcomer = await house.owner(), await house.owner()
    stranger, helper = await house.person(), await house.helper(first)
    elsewhere = await story.premises("26")
    await story.account(elsewhere, "3000099999")
    await house.use_cases.linking.prove(stranger.chat, AccountRef(VODOKANAL, "3000099999"), CodeProof(CODE))
    await house.use_cases.linking.link(stranger.chat, stranger.resident, elsewhere, "")
    for who, link in (
        (newcomer, await house.link_of(first)),
        (first, await house.link_of(first)),
        (stranger, await house.link_of(newcomer)),
        (helper, await house.link_of(newcomer)),
        (first, LinkId(10**9)),
    ):
        with pytest.raises(NotFound):
            await house.use_cases.flatmates.contest(who.resident, link)
    assert await house.sees(newcomer) == ["owner"]


async def test_the_sixth_resident_waits_for_an_operator(house: House) -> None:
    for _ in range(5):
        await house.owner()
    sixth = await house.prove(await house.person())
    with pytest.raises(LinkWaits):
        await house.use_cases.linking.link(sixth.chat, sixth.resident, house.flat, "Дом")
    with pytest.raises(LinkWaits):
        await house.link(sixth)
    assert await house.sees(sixth) == []
    (claim,) = await house.use_cases.claims.waiting()
    assert claim.why is ClaimReason.OVER_LIMIT
    assert [task.facts for task in await house.use_cases.tasks.waiting()] == [{"claim": claim.id, "why": "over_limit"}]
    await house.use_cases.claims.settle(claim.id, keep=True, by="Иванова")
    assert await house.sees(sixth) == ["owner"]
    assert await house.told(sixth) == [(LinkNews.SETTLED, str(claim.id))]


class Unheld(PostgresLinks):
    """The twin: nobody holds the flat."""

    HOLD: ClassVar = "SELECT $1::bigint"


Rush = Callable[[type[PostgresLinks]], Awaitable[int]]


@pytest.fixture
def rush(
    house: House, database_url: str, city: City, city_clock: CityClock, hasher: HmacCodeHasher, db: Connection
) -> Rush:
    """Twelve people link one flat at once; how many are linked then."""

    async def one(store: type[PostgresLinks], who: Person) -> None:
        class Slow(store):  # type: ignore[misc, valid-type]  # one of two, given
            async def of_premises(self, premises: PremisesId) -> object:
                found = await super().of_premises(premises)
                await asyncio.sleep(0.02)
                return found

        connection = await connect_alone(database_url)
        try:
            async with connection.transaction():
                linking = build_use_cases(connection, city, city_clock, hasher).linking
                slow = replace(linking, links=Slow(connection))
                try:
                    await slow.link(who.chat, who.resident, house.flat, "")
                except Rejected:
                    return
        finally:
            await connection.close()

    async def run(store: type[PostgresLinks]) -> int:
        people = [await house.prove(await house.person()) for _ in range(12)]
        await asyncio.gather(*(one(store, who) for who in people))
        return int(await db.fetchval("SELECT count(*) FROM links"))

    return run


async def test_of_twelve_who_link_a_flat_at_once_five_are_linked(rush: Rush) -> None:
    assert await rush(PostgresLinks) == 5


async def test_without_holding_the_flat_there_are_more(rush: Rush) -> None:
    assert await rush(Unheld) > 5


# --- helpers


async def test_a_helper_sees_the_flat_without_accounts_and_may_submit(house: House) -> None:
    owner = await house.owner()
    helper = await house.helper(owner)
    (flat,) = await house.use_cases.residents.flats(helper.resident)
    assert (flat.premises.access, flat.premises.accounts, flat.link.name) == (Access.HELPER, (), "Помогаю")
    assert [meter.number for meter in await house.use_cases.readings.open_meters(house.flat)] == ["40123456"]
    assert await house.told(owner) == [(LinkNews.HELPER_CAME, await helper_id(house))]


async def helper_id(house: House) -> str:
    return str(await house.db.fetchval("SELECT max(id) FROM helpers"))


Forbidden = Callable[[UseCases, Person, PremisesId], Awaitable[object]]


async def _premises(use_cases: UseCases, one: Person, flat: PremisesId):  # type: ignore[no-untyped-def]  # the flat
    return (await use_cases.residents.flat(one.resident, flat)).premises


FORBIDDEN: dict[str, Forbidden] = {
    "balances": lambda uc, me, flat: _then(uc, me, flat, uc.billing.balances),
    "receipt periods": lambda uc, me, flat: _then(uc, me, flat, uc.billing.receipt_periods),
    "a receipt": lambda uc, me, flat: _then(uc, me, flat, lambda seen: uc.billing.receipt(seen, JANUARY)),
    "history of money": lambda uc, me, flat: _then(uc, me, flat, lambda seen: uc.billing.history(seen, 12)),
    "inviting a helper": lambda uc, me, flat: uc.sharing.invite(me.resident, flat, "Друг"),
    "listing helpers": lambda uc, me, flat: uc.sharing.of_flat(me.resident, flat),
    "taking a right back": lambda uc, me, flat: uc.sharing.revoke(me.resident, HelperId(1)),
    "seeing who is linked": lambda uc, me, flat: uc.flatmates.of_flat(me.resident, flat),
    "contesting a link": lambda uc, me, flat: uc.flatmates.contest(me.resident, LinkId(1)),
    "reading a claim": lambda uc, me, flat: uc.flatmates.claim(me.resident, ClaimId(1)),
}


async def _then(use_cases: UseCases, one: Person, flat: PremisesId, ask: Callable[..., Awaitable[object]]) -> object:
    return await ask(await _premises(use_cases, one, flat))


@pytest.mark.parametrize("what", FORBIDDEN)
async def test_what_a_helper_may_not_do_is_refused_by_the_use_case(what: str, house: House) -> None:
    owner, newcomer = await house.owner(), await house.owner()
    helper = await house.helper(owner)
    await house.use_cases.flatmates.contest(owner.resident, await house.link_of(newcomer))
    with pytest.raises(NotFound):
        await FORBIDDEN[what](house.use_cases, helper, house.flat)


@pytest.mark.parametrize("what", list(FORBIDDEN)[:6])
async def test_an_owner_may_do_all_that(what: str, house: House) -> None:
    owner = await house.owner()
    await FORBIDDEN[what](house.use_cases, owner, house.flat)


@pytest.mark.parametrize("form", [Form.RECEIPT_PDF, Form.PAYMENT_QR, Form.CONSUMPTION_PLOT])
async def test_no_file_about_money_is_made_for_a_helper(
    form: Form, house: House, engine: AsyncEngine, city: City, city_clock: CityClock, hasher: HmacCodeHasher
) -> None:
    await house.helper(await house.owner())
    files = PostgresFiles(engine, city, city_clock.clock, hasher)
    with pytest.raises(NotFound):
        await files.get(File(form, house.flat, JANUARY, VODOKANAL), ChatAddress("vk", "9", str(house.people)), "ru")


async def test_a_right_that_is_taken_back_is_gone_at_once_and_its_helper_is_told(house: House) -> None:
    owner = await house.owner()
    helper = await house.helper(owner)
    (right,) = await house.use_cases.sharing.of_flat(owner.resident, house.flat)
    stranger = await house.owner()
    with pytest.raises(NotFound):
        await house.use_cases.sharing.revoke(stranger.resident, right.id)
    await house.use_cases.sharing.revoke(owner.resident, right.id)
    assert await house.sees(helper) == []
    assert await house.told(helper) == [(LinkNews.HELP_ENDED, str(right.id))]


async def test_a_right_ends_with_the_link_it_hangs_on_and_a_helper_may_give_it_up(house: House) -> None:
    owner = await house.owner()
    first, second = await house.helper(owner), await house.helper(owner, "Сын")
    await house.use_cases.residents.rename(first.resident, house.flat, "Бабушка")
    assert [flat.link.name for flat in await house.use_cases.residents.flats(first.resident)] == ["Бабушка"]
    await house.use_cases.residents.unlink(first.resident, house.flat)
    assert (await house.sees(first), await house.sees(owner)) == ([], ["owner"])
    await house.use_cases.residents.unlink(owner.resident, house.flat)
    assert await house.sees(second) == []


async def helped_by_two(house: House) -> tuple[Person, Person, Person]:
    """Two owners of the flat, and a helper who has the right from both."""
    first, second = await house.owner(), await house.owner()
    helper = await house.helper(first)
    code = await house.use_cases.sharing.invite(second.resident, house.flat, "Аня")
    await house.use_cases.residents.rename(helper.resident, house.flat, "Бабушка")
    await house.use_cases.sharing.accept(helper.chat, helper.resident, code, "Помогаю 2")
    return first, second, helper


async def names(house: House, one: Person) -> list[str]:
    return [flat.link.name for flat in await house.use_cases.residents.flats(one.resident)]


async def test_a_right_from_two_owners_is_one_flat_and_ends_with_the_last_of_them(house: House) -> None:
    first, second, helper = await helped_by_two(house)
    assert await names(house, helper) == ["Бабушка"], "what it is called stays"
    for owner, left in ((first, ["Бабушка"]), (second, [])):
        (right,) = await house.use_cases.sharing.of_flat(owner.resident, house.flat)
        await house.use_cases.sharing.revoke(owner.resident, right.id)
        assert await names(house, helper) == left
    assert await house.told(helper) == [(LinkNews.HELP_ENDED, str(right.id))], "once, when it has ended"


async def test_who_gives_a_flat_up_has_no_right_to_it_left_whoever_gave_it(house: House) -> None:
    first, _, helper = await helped_by_two(house)
    await house.use_cases.residents.rename(helper.resident, house.flat, "Тётя")
    await house.use_cases.residents.unlink(first.resident, house.flat)
    assert await names(house, helper) == ["Тётя"], "the right from the other owner stays, and its name"
    await house.use_cases.residents.unlink(helper.resident, house.flat)
    assert await house.sees(helper) == []


async def test_who_unlinks_a_flat_does_not_go_on_as_its_helper(house: House) -> None:
    helper = await house.helper(await house.owner())
    await house.link(helper)
    await house.use_cases.residents.unlink(helper.resident, house.flat)
    assert await house.sees(helper) == []


async def test_a_helper_who_proves_the_flat_is_an_owner_of_it(house: House) -> None:
    helper = await house.helper(await house.owner())
    await house.link(helper)
    assert await house.sees(helper) == ["owner"]


async def test_helpers_are_five_at_most_and_codes_that_ran_out_do_not_count(house: House) -> None:
    owner = await house.owner()
    sharing = house.use_cases.sharing
    for called in "абвгд":
        await sharing.invite(owner.resident, house.flat, called)
    with pytest.raises(TooManyHelpers):
        await sharing.invite(owner.resident, house.flat, "е")
    await house.db.execute("UPDATE one_time_codes SET expires_at = clock_timestamp()")
    await sharing.invite(owner.resident, house.flat, "е")
    assert [helper.called for helper in await sharing.of_flat(owner.resident, house.flat)] == ["е"]


async def test_a_helpers_code_works_once_for_a_day_and_for_nobody_who_owns_the_flat(house: House) -> None:
    owner, other = await house.owner(), await house.owner()
    sharing = house.use_cases.sharing
    code = await sharing.invite(owner.resident, house.flat, "Соседка")
    for own in (owner, other):
        with pytest.raises(OwnCode):
            await sharing.accept(own.chat, own.resident, code, "")
    assert await house.db.fetchval("SELECT count(*) FROM link_failures") == 0, "no failure, and the code is whole"
    first, second = await house.person(), await house.person()
    await sharing.accept(first.chat, first.resident, f" {code[:4].lower()}-{code[4:]}", "Помогаю")
    with pytest.raises(ProofFailed):
        await sharing.accept(second.chat, second.resident, code, "Помогаю")
    late = await sharing.invite(owner.resident, house.flat, "Сын")
    await house.db.execute("UPDATE one_time_codes SET expires_at = expires_at - interval '24 hours'")
    with pytest.raises(ProofFailed):
        await sharing.accept(second.chat, second.resident, late, "Помогаю")
    assert (await house.sees(first), await house.sees(second)) == (["helper"], [])


async def test_guessing_a_helpers_code_locks_the_chat(house: House) -> None:
    guesser = await house.person()
    for _ in range(5):
        with pytest.raises(ProofFailed):
            await house.use_cases.sharing.accept(guesser.chat, guesser.resident, "AAAA2222", "")
    with pytest.raises(ProofsLocked):
        await house.use_cases.sharing.accept(guesser.chat, guesser.resident, "AAAA2222", "")
