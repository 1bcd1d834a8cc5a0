"""The resident behind a chat, and the flats one may see."""

from dataclasses import dataclass

from core.accounts.model import Access, AccountLink, Consent, Premises, Resident
from core.accounts.ports import HelperStore, LinkStore, ResidentStore
from core.clock import CityClock
from core.errors import NotFound
from core.ids import ChatId, HelperId, PremisesId, ResidentId


@dataclass(frozen=True)
class Flat:
    """A flat as its resident sees it, or as a helper does."""

    link: AccountLink
    premises: Premises

    @property
    def owned(self) -> bool:
        """Linked by proof, and not only helped with."""
        return self.premises.access is Access.OWNER


@dataclass(frozen=True)
class Residents:
    """The resident behind a chat: consent, language, flats, and the right to take or erase one's data."""

    residents: ResidentStore
    links: LinkStore
    helpers: HelperStore
    clock: CityClock

    async def of_chat(self, chat: ChatId) -> Resident | None:
        return await self.residents.of_chat(chat)

    async def give_consent(self, chat: ChatId, consent: Consent) -> Resident:
        """Makes the resident of this chat and records what was agreed to. Nothing personal is stored before."""
        resident = await self.residents.create(chat, consent.language)
        await self.residents.record_consent(resident.id, consent)
        return resident

    async def agreed_to(self, resident: ResidentId, purpose: str) -> str | None:
        """The version of the text last agreed to for a purpose."""
        return await self.residents.agreed_to(resident, purpose)

    async def flats(self, resident: ResidentId) -> tuple[Flat, ...]:
        """The flats linked or helped with, oldest first."""
        return tuple(Flat(link, premises) for link, premises in await self.links.flats(resident))

    async def flat(self, resident: ResidentId, premises: PremisesId) -> Flat:
        """One flat. Raises NotFound for a flat that is not (any more) this resident's to see."""
        for flat in await self.flats(resident):
            if flat.premises.id == premises:
                return flat
        raise NotFound

    async def rename(self, resident: ResidentId, premises: PremisesId, name: str) -> None:
        flat = await self.flat(resident, premises)
        if flat.owned:
            await self.links.rename(flat.link.id, name)
        else:
            await self.helpers.rename(HelperId(flat.link.id), name)

    async def unlink(self, resident: ResidentId, premises: PremisesId) -> None:
        """Gives a flat up: the link, with the rights that were given with it, and every right to help. Raises
        NotFound."""
        flat = await self.flat(resident, premises)
        if flat.owned:
            await self.links.remove(resident, flat.link.id)
        await self.helpers.give_up(resident, premises)

    async def set_language(self, resident: ResidentId, language: str) -> None:
        await self.residents.set_language(resident, language)

    async def export(self, resident: ResidentId) -> dict[str, object]:
        return await self.residents.export(resident)

    async def forget(self, resident: ResidentId) -> None:
        await self.residents.forget(resident)
