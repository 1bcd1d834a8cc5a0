"""VK as `dialogs.mailings.Courier`: one text for a hundred dialogs a call, personal ones by twenty-five.

A call to many answers 200 whatever became of them: the error of each stands inside (messengers.md §2.2). VK drops a
message whose `random_id` it has seen in that dialog within the hour, so what is unclear is carried again under the same
number, and only after that is it unknown.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from bots.fates import fate_of
from bots.http import UnreachableError
from bots.raw import as_list, as_object, integer, string
from bots.vk.batches import MOST_CHARACTERS, MOST_MESSAGES, answers_of, code_of
from bots.vk.edge import VkEdge
from bots.vk.errors import BATCH, KNOWS_AGAIN, VkError, classify
from bots.vk.render import render
from core.broadcasts.model import MailingKind
from core.errors import Unavailable
from dialogs.mailings import Fate, Letter, NotTaken, Refused, Taken, Unclear
from dialogs.ports import Call, ChatAddress, FileContent
from dialogs.screen import Screen, Translator

MOST_PEERS: Final = 100


class VkCourier:
    """Letters of one community. `intents` are what VK wants to be told of each kind of mailing (messengers.md §2.4)."""

    repeats_within: float | None = KNOWS_AGAIN
    at_once: int = 8
    holds: int = 2000
    catches_up: float = 0.0
    """Calls are counted within each second."""

    def __init__(self, edge: VkEdge, intents: Mapping[str, str] | None = None) -> None:
        self.messenger: str = edge.messenger
        self.bot: str = edge.bot
        self._edge = edge
        self._intents = dict(intents or {})

    def render(self, screen: Screen, kind: MailingKind, translator: Translator) -> Sequence[Call]:
        intent = self._intents.get(kind.value)
        more = {"intent": intent} if intent is not None else {}
        return [
            Call(call.method, {**call.params, **more}, call.file, call.file_name)
            for call in render(screen, 0, translator)
        ]

    def parcels(self, letters: Sequence[Letter]) -> Sequence[Sequence[Letter]]:
        alike: dict[str, list[Letter]] = {}
        words: dict[tuple[int, int, str | None], str] = {}  # letters of one text share its call: it is read once
        for letter in letters:
            same = id(letter.call), letter.random_id, letter.remote
            if same not in words:
                words[same] = json.dumps(_params(letter), sort_keys=True)
            alike.setdefault(words[same], []).append(letter)
        groups = alike.values()
        many = [part for group in groups if len(group) > 1 for part in _parts(group, MOST_PEERS)]
        personal = [group[0] for group in groups if len(group) == 1]
        return [*many, *_within(personal)]

    async def upload(self, file: FileContent, chat: ChatAddress, *, picture: bool) -> str | None:
        try:
            return await self._edge.sender().upload(file, int(chat.peer), picture=picture)
        except (VkError, UnreachableError) as error:
            raise Unavailable(type(error).__name__) from None

    async def carry(self, parcel: Sequence[Letter], file: FileContent | None) -> Sequence[Fate]:
        try:
            if len(parcel) == 1:
                await self._request("messages.send", {**_params(parcel[0]), "peer_id": parcel[0].chat.peer})
                return [Taken()]
            if all(_params(letter) == _params(parcel[0]) for letter in parcel):
                return await self._to_peers(parcel)
            return await self._execute(parcel)
        except UnreachableError as error:
            fate = fate_of(classify(error), str(error))
        except VkError as error:
            fate = _apart(error) if len(parcel) > 1 else _alone(error)
        return [fate] * len(parcel)

    async def _to_peers(self, parcel: Sequence[Letter]) -> Sequence[Fate]:
        """Who is not in the answer may have got it all the same."""
        peers = ",".join(letter.chat.peer for letter in parcel)
        answer = await self._request("messages.send", {**_params(parcel[0]), "peer_ids": peers})
        items = [as_object(item) for item in as_list(answer.get("response"))]
        told = {str(integer(item.get("peer_id"))): _item_fate(item) for item in items}
        return [told.get(letter.chat.peer, Unclear("not in the answer")) for letter in parcel]

    async def _execute(self, parcel: Sequence[Letter]) -> Sequence[Fate]:
        calls = [{**_params(letter), "peer_id": int(letter.chat.peer)} for letter in parcel]
        answer = await self._request("execute", {"code": code_of(calls)})
        return [_alone(one) if isinstance(one, VkError) else Taken() for one in answers_of(answer, len(parcel))]

    async def _request(self, method: str, params: Mapping[str, str | int]) -> Mapping[str, object]:
        return await self._edge.sender().request(method, params)


def _alone(error: VkError) -> Fate:
    return fate_of(classify(error), f"error {error.code}")


def _apart(error: VkError) -> Fate:
    """Of a whole call: what is wrong may be wrong with one of them."""
    fate = _alone(error)
    if error.code in BATCH or isinstance(fate, Refused):
        return NotTaken(0.0, apart=True, reason=f"error {error.code}")
    return fate


def _item_fate(item: Mapping[str, object]) -> Fate:
    error = as_object(item.get("error"))
    if error:
        return _alone(VkError(integer(error.get("code")) or 1, string(error.get("description"))))
    return Taken() if integer(item.get("message_id")) else Unclear("no number in the answer")


def _params(letter: Letter) -> dict[str, str | int]:
    """Everything but the peer."""
    params: dict[str, str | int] = {"random_id": letter.random_id}
    params |= {name: value for name, value in letter.call.params.items() if isinstance(value, str | int)}
    if letter.remote is not None:
        params["attachment"] = letter.remote
    return params


def _parts(letters: Sequence[Letter], most: int) -> Iterable[Sequence[Letter]]:
    return (letters[start : start + most] for start in range(0, len(letters), most))


def _within(letters: Sequence[Letter]) -> Iterable[Sequence[Letter]]:
    """Parts that one `execute` holds."""
    part: list[Letter] = []
    size = 0
    for letter in letters:
        added = sum(len(str(value)) for value in _params(letter).values())
        if part and (len(part) == MOST_MESSAGES or size + added > MOST_CHARACTERS):
            yield part
            part, size = [], 0
        part.append(letter)
        size += added
    if part:
        yield part
