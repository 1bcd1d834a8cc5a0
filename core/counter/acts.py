"""Small acts at the counter and on the telephone: a link code, the word of the real bot, a later end of a window."""

from dataclasses import dataclass

from core.city import City
from core.clock import CityClock
from core.counter.cards import Cards
from core.counter.scope import check, scope_of
from core.errors import Rejected
from core.ids import PremisesId
from core.meters.model import WindowExtension
from core.meters.ports import Building
from core.meters.windows import NewExtension, Windows
from core.personal.bot_check import BotChecks, ConfirmedWord
from core.personal.vouching import VouchedCode, Vouching
from core.staff.looks import Looks
from core.staff.model import Member, Role


class PassportNotSeen(Rejected):
    """A code is as good as any proof: it is given to nobody whose passport was not looked at."""


class NotSenior(Rejected):
    """Only a senior, or an admin, decides this."""


@dataclass(frozen=True)
class Counter:
    """`member` is read from the database at every act; what is not theirs raises NotFound."""

    cards: Cards
    vouching: Vouching
    bot_checks: BotChecks
    windows: Windows
    looks: Looks
    city: City
    clock: CityClock

    async def link_code(self, member: Member, premises: PremisesId, *, passport_seen: bool) -> VouchedCode:
        """A code with which whoever stands there links the flat, once, within ten minutes; who made it is kept.

        Raises PassportNotSeen.
        """
        await self.cards.of_theirs(member, premises)
        if not passport_seen:
            raise PassportNotSeen
        made = await self.vouching.code_of(premises, member.login)
        await self.looks.record(member, "link_code.made", f"flat:{premises}", {"passport": True})
        return made

    async def confirm_word(self, member: Member, said: str) -> ConfirmedWord:
        """The word a caller reads out. Raises NotFound, which is recorded nowhere: nothing was seen."""
        confirmed = await self.bot_checks.confirm(said)
        await self.looks.record(member, "bot_word.confirmed", f"chat:{confirmed.chat}")
        return confirmed

    async def extend(self, member: Member, new: NewExtension) -> tuple[WindowExtension, Building | None]:
        """A later last day, of their own providers. Raises NotSenior, BadExtension; NotFound for an unknown house."""
        require_senior(member)
        scope = scope_of(self.city, member, self.clock.today())
        check(member.organisations is None or new.provider in scope.providers)
        extension, building = await self.windows.extend(new)
        facts = {"until": str(extension.until), "provider": extension.provider, "house": building is not None}
        await self.looks.record(member, "window.extended", f"period:{extension.period}", facts)
        return extension, building


def require_senior(member: Member) -> None:
    if not member.role.covers(Role.SENIOR):
        raise NotSenior
