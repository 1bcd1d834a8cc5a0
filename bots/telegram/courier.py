"""Telegram as `dialogs.mailings.Courier`: one by one, a file by the name it got with the first letter."""

from collections.abc import Sequence

from bots.telegram.edge import TelegramEdge
from bots.telegram.render import render
from core.broadcasts.model import MailingKind
from dialogs.mailings import Fate, Letter
from dialogs.ports import Call, ChatAddress, FileContent
from dialogs.screen import Screen, Translator


class TelegramCourier:
    """Letters of one bot. The Bot API has no guard against doubles: what is unclear stays so (messengers.md §1.4)."""

    repeats_within: float | None = None
    at_once: int = 8
    """What a crash may leave unknown (reliability.md §1.2); at 30 a second it leaves a quarter of a second for each."""
    holds: int = 60
    catches_up: float = 0.25
    """Its limit fills like a bucket: a moment that was missed can be made up for."""

    def __init__(self, edge: TelegramEdge) -> None:
        self.messenger: str = edge.messenger
        self.bot: str = edge.bot
        self._edge = edge

    def render(self, screen: Screen, kind: MailingKind, translator: Translator) -> Sequence[Call]:
        return render(screen, 0, translator)

    def parcels(self, letters: Sequence[Letter]) -> Sequence[Sequence[Letter]]:
        return [(letter,) for letter in letters]

    async def upload(self, file: FileContent, chat: ChatAddress, *, picture: bool) -> str | None:
        """The Bot API names a file with the message that brings it."""
        return None

    async def carry(self, parcel: Sequence[Letter], file: FileContent | None) -> Sequence[Fate]:
        from bots.telegram.carrying import carry  # noqa: PLC0415  # loads aiogram

        return [await carry(self._edge.sender(), letter, file) for letter in parcel]
