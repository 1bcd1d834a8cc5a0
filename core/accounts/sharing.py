"""A helper's right: a neighbour or a child submits readings for a flat, and sees nothing else of it.

The owner asks for a one-time code and hands it over; whoever types it gets the right, the owner is told, and takes it
back at any time. The right hangs on the owner's link: when that ends, so does this.
"""

from dataclasses import dataclass
from datetime import timedelta

from core.accounts.access import owners_only
from core.accounts.codes import CodeForm, CodePurpose, CodeRefused, OneTimeCodes, Redeemed
from core.accounts.model import Helper, LinkNews, Premises
from core.accounts.ports import HelperStore, LinkStore, NewsStore
from core.accounts.residents import Flat, Residents
from core.accounts.tries import TypedCodes
from core.city import City
from core.errors import NotFound, Rejected
from core.ids import ChatId, HelperId, PremisesId, ResidentId


class TooManyHelpers(Rejected):
    """The flat has as many helpers as one owner may invite."""


class OwnCode(Rejected):
    """The code is one's own, or for a flat one has linked: it stays whole."""


@dataclass(frozen=True)
class Sharing:
    residents: Residents
    links: LinkStore
    helpers: HelperStore
    codes: OneTimeCodes
    typed: TypedCodes
    news: NewsStore
    city: City

    async def of_flat(self, resident: ResidentId, premises: PremisesId) -> tuple[Helper, ...]:
        """The helpers one has invited to a flat of one's own. Raises NotFound for any other flat, and to a helper."""
        return await self.helpers.of_link((await self._own(resident, premises)).link.id)

    async def helper(self, resident: ResidentId, helper: HelperId) -> Helper:
        """A helper one has invited. Raises NotFound for anybody else's."""
        found = await self.helpers.find(helper)
        if found is None or found[1].resident != resident:
            raise NotFound
        return found[0]

    async def invite(self, resident: ResidentId, premises: PremisesId, called: str) -> str:
        """A code, shown once, for a helper the owner calls so. Raises NotFound as above, TooManyHelpers."""
        flat = await self._own(resident, premises)
        if len(await self.helpers.of_link(flat.link.id)) >= self.city.proofs.helpers_a_flat:
            raise TooManyHelpers
        helper = await self.helpers.invite(flat.link.id, called)
        lives = timedelta(hours=self.city.proofs.helper_code_hours)
        return await self.codes.issue(CodePurpose.HELPER, str(helper), lives, by=resident, form=CodeForm.SHORT)

    async def accept(self, chat: ChatId, resident: ResidentId, code: str, name: str) -> Premises:
        """Gives the right to whoever brings the code, who calls the flat `name`.

        Raises ProofFailed, ProofsLocked, OwnCode.
        """

        async def may(found: Redeemed) -> None:
            right = await self._invited(found)
            if any(link.premises == right.premises for link in await self.links.of_resident(resident)):
                raise OwnCode

        redeemed = await self.typed.redeem(chat, CodePurpose.HELPER, code, may)
        helper = HelperId(int(redeemed.subject))
        right = await self._invited(redeemed)
        await self.helpers.accept(helper, resident, name)
        if redeemed.by is not None:
            await self.news.tell(redeemed.by, LinkNews.HELPER_CAME, str(helper))
        return (await self.residents.flat(resident, right.premises)).premises

    async def revoke(self, resident: ResidentId, helper: HelperId) -> None:
        """Takes a right back, or the code that was not used yet. Raises NotFound for anybody else's helper.

        Nothing is told to a helper who still has the right from another owner of the flat.
        """
        premises = (await self.helper(resident, helper)).premises
        await self.codes.withdraw(CodePurpose.HELPER, str(helper))
        whose = await self.helpers.remove(helper)
        if whose is not None and all(seen.id != premises for _, seen in await self.links.flats(whose)):
            await self.news.tell(whose, LinkNews.HELP_ENDED, str(helper))

    async def _invited(self, redeemed: Redeemed) -> Helper:
        """The right behind a code; as if the code were unknown where the owner has gone."""
        found = await self.helpers.find(HelperId(int(redeemed.subject)))
        if found is None:
            raise CodeRefused
        return found[0]

    async def _own(self, resident: ResidentId, premises: PremisesId) -> Flat:
        flat = await self.residents.flat(resident, premises)
        owners_only(flat.premises)
        return flat
