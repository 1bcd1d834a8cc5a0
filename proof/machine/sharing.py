"""Helpers, and one-time codes of every kind: given out, brought, brought again, taken back."""

from datetime import timedelta
from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from core.accounts.access import NotAllowed
from core.accounts.codes import CodePurpose, CodeRefused
from core.accounts.model import Premises
from core.accounts.sharing import OwnCode, TooManyHelpers
from core.accounts.tries import ProofFailed, ProofsLocked
from core.errors import NotFound, TradeError
from core.ids import HelperId, PremisesId
from core.personal.vouching import VouchedCode
from core.use_cases import UseCases
from proof.machine.people import Linking, any_resident
from proof.machine.scene import FLAT, PROVIDER, WHICH, nth, resident_of
from proof.machine.things import Code, Link, Person, Proved, Right

LIVES: Final = timedelta(hours=24)


class Sharing(Linking):
    @precondition(any_resident)
    @rule(who=WHICH, flat=FLAT)
    def invites_a_helper(self, who: int, flat: int) -> None:
        self._invites(nth(self.model.residents(), who), flat)

    @precondition(lambda self: bool(self.model.links) and len(self.model.residents()) > 1)
    @rule(which=WHICH, who=WHICH)
    def has_a_helper(self, which: int, who: int) -> None:
        """Somebody is invited, and comes."""
        link = nth(self.model.links, which)
        code = self._invites(link.person, link.flat)
        if code is not None:
            self._brings(code, nth([one for one in self.model.residents() if one is not link.person], who))

    def _invites(self, person: Person, flat: int) -> Code | None:
        link, access = self.model.link(person, flat), self.model.access(person, flat)
        full = link is not None and sum(map(self._counts, self._given(link))) >= self.model.city.proofs.helpers_a_flat
        refusal = {None: NotFound, "helper": NotAllowed, "owner": TooManyHelpers if full else None}[access]
        premises, called = self.model.premises[flat], f"{person.words} neighbour"
        outcome = self.world.does(lambda core: core.sharing.invite(resident_of(person), premises, called))
        if not self.expects(outcome, refusal):
            self.world.meets("no invitation")
            return None
        assert link is not None
        assert isinstance(outcome, str)
        number = HelperId(self.world.fetch("SELECT max(id) FROM helpers")[0][0])
        right = Right(number, link)
        self.model.rights.append(right)
        code = Code(CodePurpose.HELPER, str(number), outcome, self.model.hour + 24, person, right)
        self._issued(code)
        return code

    @precondition(lambda self: bool([one for one in self.model.rights if not one.gone]))
    @rule(which=WHICH, who=WHICH)
    def takes_a_right_back(self, which: int, who: int) -> None:
        """The owner does, or somebody else tries to."""
        right = nth([one for one in self.model.rights if not one.gone], which)
        person = right.link.person if who % 2 else nth(self.model.residents(), who)
        owner = person is right.link.person
        outcome = self.world.does(lambda core: core.sharing.revoke(resident_of(person), right.id))
        if self.expects(outcome, None if owner else NotFound):
            self.world.meets("a right taken back")
            right.gone = True
            self._withdrawn(CodePurpose.HELPER, str(right.id))

    @rule(flat=FLAT, provider=PROVIDER)
    def an_operator_gives_a_link_code(self, flat: int, provider: str) -> None:
        account = self.model.account(flat, provider)
        if account is None:
            return
        number = account.number
        outcome = self.world.does(lambda core: core.vouching.code_for(number, provider, "console"))
        assert isinstance(outcome, VouchedCode)
        subject, soon = str(self.model.premises[flat]), self.model.hour + 1 / 6
        self._issued(Code(CodePurpose.LINK, subject, outcome.code, soon, flat=flat))
        self._issued(Code(CodePurpose.DEEP_LINK, f"code:{subject}", outcome.payload, soon))

    @precondition(any_resident)
    @rule(who=WHICH)
    def has_a_deep_link_made(self, who: int) -> None:
        person = nth(self.model.residents(), who)
        subject = f"place:{person.resident}"
        by = resident_of(person)
        outcome = self.world.does(lambda core: core.codes.issue(CodePurpose.DEEP_LINK, subject, LIVES, by=by))
        assert isinstance(outcome, str)
        self._issued(Code(CodePurpose.DEEP_LINK, subject, outcome, self.model.hour + 24, person))

    @precondition(lambda self: bool(self.model.codes and self.model.residents()))
    @rule(which=WHICH, who=WHICH, again=st.booleans())
    def brings_a_code(self, which: int, who: int, again: bool) -> None:
        """A code, alive or not; whoever has used one brings it again, or somebody else does."""
        used = [one for one in self.model.codes if one.used]
        code = nth(used if again and used else self.model.codes, which)
        person = nth(self.model.residents(), who)
        self._brings(code, person)

    @precondition(
        lambda self: bool([one for one in self.model.codes if self.model.lives(one)] and self.model.residents())
    )
    @rule(which=WHICH, who=WHICH)
    def brings_a_living_code(self, which: int, who: int) -> None:
        code = nth([one for one in self.model.codes if self.model.lives(one)], which)
        self._brings(code, nth(self.model.residents(), who))

    def _brings(self, code: Code, person: Person) -> None:
        lives = self.model.lives(code) and not (code.right is not None and code.right.gone)
        if code.purpose is CodePurpose.HELPER:
            self._brings_a_right(person, code, lives)
        elif code.purpose is CodePurpose.LINK:
            self._brings_an_operators_word(person, code, lives)
        else:
            self._opens_a_deep_link(code, lives)

    def _brings_a_right(self, person: Person, code: Code, lives: bool) -> None:
        right, what = code.right, ("", "code:helper")
        assert right is not None
        own = lives and self.model.link(person, right.link.flat) is not None
        outcome = self.world.does(
            lambda core: core.sharing.accept(person.chat, resident_of(person), code.text, f"{person.words} helps")
        )
        if self._counted(outcome, person, what, lives, OwnCode if own else None):
            for other in self.model.helps(person, right.link.flat):
                other.gone = other.gone or other.link is right.link
            code.used, right.person = True, person
            self.world.meets("a helper came")

    def _brings_an_operators_word(self, person: Person, code: Code, lives: bool) -> None:
        async def brings(core: UseCases) -> Premises:
            found = await core.typed_codes.redeem(person.chat, CodePurpose.LINK, code.text)
            return await core.linking.vouched(person.chat, PremisesId(int(found.subject)))

        if self._counted(self.world.does(brings), person, ("", "code:link"), lives, None):
            assert code.flat is not None
            code.used = True
            self.model.proofs[person, code.flat] = Proved(None, self.model.hour)
            self.world.meets("an operator's code used")
            self._confirms(person, code.flat)

    def _opens_a_deep_link(self, code: Code, lives: bool) -> None:
        outcome = self.world.does(lambda core: core.codes.redeem(CodePurpose.DEEP_LINK, code.text))
        assert not code.used or isinstance(outcome, CodeRefused), "a burnt code never works again"
        if self.expects(outcome, None if lives else CodeRefused):
            code.used = True
            self.world.meets("a deep link opened")

    def _counted(
        self, outcome: object, person: Person, what: tuple[str, str], lives: bool, but: type[TradeError] | None
    ) -> bool:
        """A typed code counts as a try of a proof."""
        locked = self.model.locked(person, what)
        assert lives or isinstance(outcome, TradeError), "a burnt code never works again"
        refusal = ProofsLocked if locked else but if lives else ProofFailed
        if refusal is ProofFailed:
            self.model.fails(person, what)
        self.world.meets(f"a typed code: {refusal.__name__ if refusal else 'works'}")
        return self.expects(outcome, refusal)

    def _issued(self, code: Code) -> None:
        self._withdrawn(code.purpose, code.subject)
        self.model.codes.append(code)

    def _withdrawn(self, purpose: CodePurpose, subject: str) -> None:
        for one in self.model.codes:
            if (one.purpose, one.subject) == (purpose, subject) and not one.used:
                one.ended = True

    def _given(self, link: Link) -> list[Right]:
        return [one for one in self.model.rights if one.link is link and not one.gone]

    def _counts(self, right: Right) -> bool:
        """A right that nobody took while its code lived is none."""
        waits = any(code.right is right and self.model.lives(code) for code in self.model.codes)
        return right.person is not None or waits
