"""Residents: proofs, links, contests, erasing, and what of a flat they may look at; the operator's word on links."""

from functools import partial
from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from core.accounts.access import NotAllowed
from core.accounts.model import AccountRef, CodeProof, FactsProof, PhoneProof, Proof
from core.accounts.tries import ProofFailed, ProofsLocked
from core.accounts.use_cases import LinkWaits, ProofExpired
from core.errors import NotFound, TradeError
from core.ids import ClaimId, LinkId, PremisesId, ProviderCode
from core.link_settings import Fact
from core.use_cases import UseCases
from proof.machine.scene import FLAT, PROVIDER, WHICH, Scene, key, nth, ref, resident_of
from proof.machine.things import Account, Dispute, Link, Person, Proved
from proof.machine.world import AREAS, PAID, PHONES, PINS, agrees

PROOF: Final = st.sampled_from(("code", "phone", "facts"))
NOBODYS: Final = AccountRef(ProviderCode("vodokanal"), "3999999999")


def any_resident(scene: "Linking") -> bool:
    return bool(scene.model.residents())


class Linking(Scene):
    @initialize(many=st.integers(1, 5))
    def some_live_there(self, many: int) -> None:
        """A run begins with residents of the first flat."""
        for person in self.model.people[:many]:
            account = self.model.account(0, "vodokanal")
            assert account is not None
            self._proves(person, account, "code", right=True)
            self._confirms(person, 0)

    @precondition(any_resident)
    @rule(who=WHICH, flat=FLAT, provider=PROVIDER, kind=PROOF, goes_on=st.booleans())
    def links_by_proof(self, who: int, flat: int, provider: str, kind: str, goes_on: bool) -> None:
        """A right proof of an account; the address is confirmed at once, or not yet."""
        person, account = nth(self.model.residents(), who), self._some_account(flat, provider, who)
        if self._proves(person, account, kind, right=True) and goes_on:
            self._confirms(person, flat)

    @precondition(any_resident)
    @rule(who=WHICH, flat=FLAT, provider=PROVIDER, kind=PROOF, times=st.integers(1, 4), real=st.booleans())
    def tries_a_wrong_proof(self, who: int, flat: int, provider: str, kind: str, times: int, real: bool) -> None:
        person, account = nth(self.model.residents(), who), self._some_account(flat, provider, who)
        for _ in range(times):
            self._proves(person, account if real else None, kind, right=False)

    @precondition(any_resident)
    @rule(who=WHICH, flat=FLAT)
    def confirms_an_address(self, who: int, flat: int) -> None:
        """By a proof of before, if there is one and it is not too old: a press alone links nothing."""
        self._confirms(nth(self.model.residents(), who), flat)

    @precondition(lambda self: bool(self.model.proved()))
    @rule(which=WHICH)
    def confirms_what_was_proved(self, which: int) -> None:
        self._confirms(*nth(self.model.proved(), which))

    @precondition(lambda self: bool(self.model.newer()))
    @rule(which=WHICH, turned=st.booleans())
    def contests(self, which: int, turned: bool) -> None:
        """An older resident contests a newer link; turned round, it is refused."""
        old, new = nth(self.model.newer(), which)
        by, against = (new, old) if turned else (old, new)
        resident, link = resident_of(by.person), self._link_of(against)
        outcome = self.world.does(lambda core: core.flatmates.contest(resident, link))
        if self.expects(outcome, NotFound if turned else None):
            self.world.meets("a link contested")
            self._suspended(against, by.person)

    @precondition(lambda self: bool(self.model.disputes))
    @rule(which=WHICH, keep=st.booleans())
    def an_operator_settles_a_link(self, which: int, keep: bool) -> None:
        dispute = nth(self.model.disputes, which)
        claim = ClaimId(dispute.id)
        outcome = self.world.does(lambda core: core.claims.settle(claim, keep=keep, by="Operator"))
        if self.expects(outcome, None if dispute.open else NotFound):
            self.world.meets(f"a link {'kept' if keep else 'removed'} by an operator: {dispute.why}")
            self._settled(dispute, keep=keep)

    @precondition(lambda self: bool(self.model.seeing()))
    @rule(which=WHICH)
    def gives_a_flat_up(self, which: int) -> None:
        person, flat = nth(self.model.seeing(), which)
        premises, resident = self.model.premises[flat], resident_of(person)
        self.expects(self.world.does(lambda core: core.residents.unlink(resident, premises)), None)
        link = self.model.link(person, flat)
        if link is not None:
            self.model.ends([link])
        for right in self.model.helps(person, flat):
            right.gone = True

    @precondition(lambda self: len(self.model.residents()) > 3)
    @rule(who=WHICH)
    def has_everything_erased(self, who: int) -> None:
        person = nth(self.model.residents(), who)
        resident = resident_of(person)
        self.expects(self.world.does(lambda core: core.residents.forget(resident)), None)
        self.model.forgets(person)
        assert self.world.does(lambda core: core.residents.export(resident)) == {}
        self.world.meets("a resident erased")

    @precondition(lambda self: len(self.model.residents()) < len(self.model.people))
    @rule()
    def comes_back(self) -> None:
        """Who was erased gives consent anew, and is somebody else."""
        person = next(one for one in self.model.people if one.resident is None)
        person.resident = agrees(self.world, person.chat, person.messenger)

    @precondition(any_resident)
    @rule(who=WHICH, flat=FLAT)
    def looks_around(self, who: int, flat: int) -> None:
        """What is not one's own is refused: a foreign flat as a whole, money and people to a helper."""
        self._looks(nth(self.model.residents(), who), flat)

    @precondition(lambda self: bool(self.model.helping()))
    @rule(which=WHICH)
    def looks_where_one_helps(self, which: int) -> None:
        self._looks(*nth(self.model.helping(), which))

    def _looks(self, person: Person, flat: int) -> None:
        access = self.model.access(person, flat)
        refusal = {"owner": None, "helper": NotAllowed, None: NotFound}[access]
        self.world.meets(f"somebody looks at a flat as {access}")
        for look in LOOKS:
            self.expects(self.world.does(partial(look, person=person, premises=self.model.premises[flat])), refusal)
        seen = self.world.does(lambda core: core.residents.flats(resident_of(person)))
        assert not isinstance(seen, TradeError)
        own = {self.model.premises.index(one.premises.id): one.premises for one in seen}
        assert sorted(own) == [one for one in (0, 1) if self.model.access(person, one)]
        for place, premises in own.items():
            helps = self.model.access(person, place) == "helper"
            assert premises.access.value == self.model.access(person, place)
            assert not (helps and premises.accounts), "a helper sees account numbers"

    def _some_account(self, flat: int, provider: str, which: int) -> Account:
        return nth([one for one in self.model.accounts if (one.flat, one.provider) == (flat, provider)], which)

    def _proves(self, person: Person, account: Account | None, kind: str, *, right: bool) -> bool:
        """Tries a proof; whether it has held."""
        what = key(account) if account else (str(NOBODYS.provider), NOBODYS.number)
        named, given = ref(account) if account else NOBODYS, proof_of(account, kind, right=right)
        locked = self.model.locked(person, what)
        holds = right and account is not None and account.closed_on is None
        if kind == "facts" and account is not None:
            holds = holds and account.paid and self.model.facts_count(what)
        outcome = self.world.does(lambda core: core.linking.prove(person.chat, named, given))
        if self.expects(outcome, ProofsLocked if locked else None if holds else ProofFailed):
            assert account is not None
            self.model.proofs[person, account.flat] = Proved(account, self.model.hour, account.holder)
        elif not locked:
            self.model.fails(person, what)
        self.world.meets(f"a proof by {kind} {'locked' if locked else 'held' if holds else 'failed'}")
        return holds and not locked

    def _confirms(self, person: Person, flat: int) -> None:
        model, resident, premises = self.model, resident_of(person), self.model.premises[flat]
        proof = model.proofs.get((person, flat))
        proved = proof is not None and proof.hour == model.hour
        linked = model.link(person, flat) is not None
        waits = None if linked or not proved else model.waits(person, flat)
        refusal = ProofExpired if not proved else LinkWaits if waits is not None else None
        outcome = self.world.does(
            lambda core: core.linking.link(person.chat, resident, premises, f"{person.words} home")
        )
        if self.expects(outcome, refusal) and not linked:
            assert proof is not None
            del model.proofs[person, flat]
            model.links.append(Link(person, flat, proof.account, proof.holder))
            self.world.meets("a flat linked")
        elif waits:
            assert proof is not None
            self.world.meets(f"a link waits: {waits}")
            model.disputes.append(Dispute(self._newest_claim(), person, flat, proof.account, waits))

    def _suspended(self, link: Link, by: Person) -> None:
        self.model.ends([link])
        dispute = Dispute(self._newest_claim(), link.person, link.flat, link.account, "contested", by)
        self.model.disputes.append(dispute)

    def _settled(self, dispute: Dispute, *, keep: bool) -> None:
        dispute.open = False
        if keep and dispute.person is not None and self.model.link(dispute.person, dispute.flat) is None:
            self.model.links.append(Link(dispute.person, dispute.flat, dispute.account))

    def _newest_claim(self) -> int:
        return int(self.world.fetch("SELECT max(id) FROM link_claims")[0][0])

    def _link_of(self, link: Link) -> LinkId:
        query = "SELECT id FROM links WHERE resident_id = $1 AND premises_id = $2"
        return LinkId(self.world.fetch(query, link.person.resident, self.model.premises[link.flat])[0][0])


def proof_of(account: Account | None, kind: str, *, right: bool) -> Proof:
    flat = account.flat if account else 0
    if kind == "code":
        return CodeProof(PINS[flat] if right else "WRONG777")
    if kind == "phone":
        return PhoneProof(PHONES[flat] if right else "+7 900 999-99-99")
    return FactsProof({Fact.AREA: str(AREAS[flat]), Fact.LAST_PAID: PAID if right else "1"})


async def _balances(core: UseCases, person: Person, premises: PremisesId) -> object:
    return await core.billing.balances((await core.residents.flat(resident_of(person), premises)).premises)


async def _charges(core: UseCases, person: Person, premises: PremisesId) -> object:
    return await core.billing.history((await core.residents.flat(resident_of(person), premises)).premises, 12)


async def _receipts(core: UseCases, person: Person, premises: PremisesId) -> object:
    return await core.billing.receipt_periods((await core.residents.flat(resident_of(person), premises)).premises)


async def _neighbours(core: UseCases, person: Person, premises: PremisesId) -> object:
    return await core.flatmates.of_flat(resident_of(person), premises)


async def _helpers(core: UseCases, person: Person, premises: PremisesId) -> object:
    return await core.sharing.of_flat(resident_of(person), premises)


LOOKS: Final = (_balances, _charges, _receipts, _neighbours, _helpers)
