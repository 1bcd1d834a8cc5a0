"""VK as `bots.edge.Edge`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from bots.edge import Outcome, Parsed
from bots.http import ANSWER_WITHIN
from bots.vk.api import PUBLIC, NextCall, VkApi, at_once
from bots.vk.errors import KNOWS_AGAIN
from bots.vk.fetching import allowed
from bots.vk.render import render
from bots.vk.updates import MESSENGER, identify, press_of
from core.errors import Rejected
from dialogs.ports import Call, FileContent, Incoming, Outgoing
from dialogs.screen import Screen, Translator

if TYPE_CHECKING:
    from bots.vk.sending import Sender

CALLS_PER_SECOND: Final = 16.0
"""Of one community token. VK takes 20 within any second (messengers.md §2.2): what is ahead of its time (bots.pace) has
room in them, and one is for the jitter of the network."""


class VkEdge:
    """One community. `api` is for long poll and set-up; vkbottle is loaded by the first parse or send.

    `timeout`: seconds that a send, or a step of an upload, waits for its answer.
    """

    messenger: str = MESSENGER
    shares_phone: bool = False
    knows_again: float | None = KNOWS_AGAIN

    def __init__(
        self,
        token: str,
        group_id: int,
        api_url: str = PUBLIC,
        next_call: NextCall = at_once,
        timeout: float = ANSWER_WITHIN,
    ) -> None:
        self.bot: str = str(group_id)
        self.group_id = group_id
        self.api = VkApi(token, api_url, next_call)
        self._token = token
        self._api_url = api_url
        self._timeout = timeout
        self._next_call = next_call
        self._sender: Sender | None = None

    def load(self) -> None:
        """Loads vkbottle now (a second or two), so that no resident waits for it."""
        from bots.vk import parse, sending  # noqa: F401, PLC0415  # late on purpose, as the class says

    def identify(self, raw: str) -> Incoming | None:
        return identify(raw, self.bot)

    def parse(self, update: Incoming) -> Parsed:
        from bots.vk.parse import parse  # noqa: PLC0415  # late on purpose, as the class says

        return parse(update.raw)

    def render(self, screen: Screen, rev: int, translator: Translator) -> Sequence[Call]:
        return render(screen, rev, translator)

    async def send(self, outgoing: Outgoing, file: FileContent | None, remote: str | None) -> Outcome:
        return await self.sender().send(outgoing, file, remote)

    async def acknowledge(self, raw: str) -> None:
        press = press_of(raw)
        if press is not None:
            await self.api.call("messages.sendMessageEventAnswer", press, timeout=10.0)

    async def fetch(self, file: str) -> bytes:
        if not allowed(file, self._trusted()):
            raise Rejected("an address that is not VK's")
        return await self.api.http.download(file)

    async def close(self) -> None:
        await self.api.close()
        if self._sender is not None:
            await self._sender.close()

    def _trusted(self) -> tuple[str, ...]:
        """The origin of an API of one's own (a sandbox serves pictures itself)."""
        if self._api_url == PUBLIC:
            return ()
        parts = urlsplit(self._api_url)
        return (f"{parts.scheme}://{parts.netloc}",)

    def sender(self) -> "Sender":
        """What sends for this community; the first time it is asked for, vkbottle is loaded."""
        if self._sender is None:
            from bots.vk.sending import Sender  # noqa: PLC0415  # late on purpose, as the class says

            self._sender = Sender(self._token, self._api_url, self.api, self._next_call, self._timeout)
        return self._sender
