"""Several messengers of one resident: one history, the same flats.

Two ways, both of which begin in a chat that belongs to the resident (the old chat) and end in another (the new one):

- A code of 40 bits is shown in the old chat and typed in the new one. Knowing it is the proof.
- A link is shown in the old chat and pressed, which opens the new one. A link may have been sent on: so the new chat is
  shown a number, and joins when that is confirmed in the old one.

Whoever was talked into typing somebody else's code gives nothing away: a chat joins only if the resident it joins sees
all of its flats already. Else a stranger's code, typed by a resident, would show the stranger the resident's flats.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final, Protocol

from core.accounts.codes import CodeForm, CodePurpose, CodeRefused, OneTimeCodes, Redeemed
from core.accounts.model import Access
from core.accounts.residents import Residents
from core.accounts.tries import TypedCodes
from core.errors import NotFound, Rejected
from core.ids import ChatId, PremisesId, ResidentId

LIVES: Final = timedelta(minutes=10)
MAX_CHATS: Final = 6
"""Chats of one resident: two messengers on a phone, a tablet and at work."""
PLACE: Final = "second"
"""What stands before the resident's number in the subject of a deep link."""


class OwnChat(Rejected):
    """The chat belongs to that resident already."""


class TooManyChats(Rejected):
    """The resident has as many chats as one may."""


@dataclass
class ForeignFlats(Rejected):
    """The chat has flats that the resident it would join does not see: they are not given away by a code."""

    premises: tuple[PremisesId, ...]


class WrongNumber(Rejected):
    """Nobody asks with that number; whoever did ask has to begin anew."""


class ChatNews(StrEnum):
    """What chats are told without having asked; the values are kinds of notices."""

    JOINED = "chat_joined"
    ASKS = "chat_asks"


@dataclass(frozen=True, slots=True)
class ResidentChat:
    id: ChatId
    messenger: str


class ChatStore(Protocol):
    """Works inside the caller's transaction; times are the database's."""

    async def of_resident(self, resident: ResidentId) -> Sequence[ResidentChat]:
        """Oldest first."""
        ...

    async def hold(self, *residents: ResidentId) -> None:
        """Whoever brings chats together holds both residents until the transaction ends. Raises NotFound."""
        ...

    async def has_open_claims(self, resident: ResidentId) -> bool: ...

    async def merge(self, gone: ResidentId, into: ResidentId) -> None:
        """Gives everything of one resident to another: chats, history, consents. Links both have become one."""
        ...

    async def leave(self, chat: ChatId, resident: ResidentId) -> None:
        """The chat belongs to nobody from now on. Raises NotFound when it is not that resident's."""
        ...

    async def ask(self, chat: ChatId, resident: ResidentId, number: str, lives: timedelta) -> int:
        """A chat asks to join, in place of any that asked before; the number of the asking."""
        ...

    async def settle(self, resident: ResidentId, number: str) -> ResidentChat | None:
        """Ends what is asked; the chat that asks, if it does so with that number and in time."""
        ...

    async def asking(self, resident: ResidentId) -> tuple[ResidentChat, str] | None:
        """Who asks, in time, and with what number."""
        ...

    async def tell(self, resident: ResidentId, news: ChatNews, about: ChatId, key: str, apart: ChatId | None) -> None:
        """Has it told in every chat of the resident but one."""
        ...


@dataclass(frozen=True)
class SecondChats:
    residents: Residents
    chats: ChatStore
    codes: OneTimeCodes
    typed: TypedCodes

    async def of_resident(self, resident: ResidentId) -> Sequence[ResidentChat]:
        return await self.chats.of_resident(resident)

    async def code(self, resident: ResidentId) -> str:
        """A code to be typed in the new chat."""
        return await self.codes.issue(CodePurpose.SECOND_CHAT, str(resident), LIVES, by=resident, form=CodeForm.SHORT)

    async def link(self, resident: ResidentId) -> str:
        """The payload of a deep link to the new chat."""
        return await self.codes.issue(CodePurpose.DEEP_LINK, f"{PLACE}:{resident}", LIVES, by=resident)

    async def join(self, chat: ChatId, newcomer: ResidentId, code: str) -> None:
        """The newcomer's chats join whoever was given the code.

        Raises ProofFailed, ProofsLocked; OwnCode, TooManyChats or ForeignFlats, which leave the code whole.
        """

        async def may(found: Redeemed) -> None:
            await self._may_join(newcomer, _resident_of(found.subject))

        redeemed = await self.typed.redeem(chat, CodePurpose.SECOND_CHAT, code, may)
        await self._join(chat, newcomer, _resident_of(redeemed.subject), chat)

    async def ask(self, chat: ChatId, newcomer: ResidentId, resident: ResidentId) -> str:
        """A link was pressed: the chat asks to join, with a number to be typed in an old chat. Raises as `join`."""
        await self._may_join(newcomer, resident)
        number = str(secrets.randbelow(900) + 100)
        asking = await self.chats.ask(chat, resident, number, LIVES)
        await self.chats.tell(resident, ChatNews.ASKS, chat, str(asking), None)
        return number

    async def approve(self, chat: ChatId, resident: ResidentId, number: str) -> str:
        """The number was confirmed in this old chat: the chat that asks joins; the name of its messenger.

        Raises WrongNumber, which ends the asking, and as `join` does.
        """
        asking = await self.chats.settle(resident, number)
        newcomer = await self.residents.of_chat(asking.id) if asking else None
        if asking is None or newcomer is None:
            raise WrongNumber
        await self._may_join(newcomer.id, resident)
        await self._join(asking.id, newcomer.id, resident, chat)
        return asking.messenger

    async def asking(self, resident: ResidentId) -> tuple[ResidentChat, str]:
        """The chat that asks to join, and the number it was shown. Raises NotFound."""
        found = await self.chats.asking(resident)
        if found is None:
            raise NotFound
        return found

    async def decline(self, resident: ResidentId) -> None:
        """Whoever asks does not join."""
        await self.chats.settle(resident, "")

    async def leave(self, resident: ResidentId, chat: ChatId) -> None:
        """A chat goes from the resident. Raises NotFound for a chat that is not the resident's."""
        await self.chats.leave(chat, resident)

    async def _join(self, chat: ChatId, newcomer: ResidentId, resident: ResidentId, told: ChatId) -> None:
        """`told` is the chat that sees it on its screen already."""
        await self.chats.merge(newcomer, resident)
        await self.codes.withdraw(CodePurpose.SECOND_CHAT, str(resident))
        await self.codes.withdraw(CodePurpose.DEEP_LINK, f"{PLACE}:{resident}")
        await self.chats.tell(resident, ChatNews.JOINED, chat, str(newcomer), told)

    async def _may_join(self, newcomer: ResidentId, resident: ResidentId) -> None:
        """Holds both, so that of two who join each other at once the second finds itself gone."""
        if newcomer == resident:
            raise OwnChat
        try:
            await self.chats.hold(newcomer, resident)
        except NotFound:
            raise CodeRefused from None
        count = len(await self.chats.of_resident(newcomer)) + len(await self.chats.of_resident(resident))
        if count > MAX_CHATS:
            raise TooManyChats
        seen = {flat.premises.id: flat.premises.access for flat in await self.residents.flats(resident)}
        own = await self.residents.flats(newcomer)
        foreign = tuple(one.premises.id for one in own if not _covers(seen.get(one.premises.id), one.premises.access))
        if foreign or await self.chats.has_open_claims(newcomer):
            raise ForeignFlats(foreign)


def _covers(seen: Access | None, access: Access) -> bool:
    return seen is Access.OWNER or seen is access


def _resident_of(subject: str) -> ResidentId:
    return ResidentId(int(subject))
