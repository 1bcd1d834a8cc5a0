"""The job that keeps a photo of a dial."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pytest

from core.errors import Rejected, Unavailable
from dialogs.event import Notice, NoticeKind
from dialogs.internal import parse_internal
from dialogs.ports import ChatAddress, Incoming
from worker.dial_photos import DialPhotos

CHAT = ChatAddress("telegram", "1", "500")
PAYLOAD = {"messenger": "telegram", "bot": "1", "peer": "500", "file": "f", "key": "7:3:dial"}


@dataclass
class Kept:
    """An archive, an inbox and a messenger in one."""

    answer: bytes | Exception = b"photo"
    kept: dict[str, bytes] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    updates: list[Incoming] = field(default_factory=list)
    woken: list[ChatAddress] = field(default_factory=list)

    async def keep(self, key: str, content: bytes) -> None:
        self.kept[key] = content

    async def lost(self, key: str) -> None:
        self.gone.append(key)

    async def add(self, updates: Sequence[Incoming]) -> Sequence[ChatAddress]:
        self.updates += updates
        return [update.chat for update in updates]

    async def pending(self, served: Iterable[tuple[str, str]], limit: int) -> Sequence[ChatAddress]:
        return ()

    async def fetch(self, file: str) -> bytes:
        assert file == "f"
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def wake(self, chats: Iterable[ChatAddress]) -> None:
        self.woken += chats

    def job(self) -> DialPhotos:
        return DialPhotos({("telegram", "1"): self.fetch}, made_anew, self, self, self.wake)


def made_anew(photo: bytes) -> bytes:
    if photo == b"no picture":
        raise ValueError
    return b"clean " + photo


async def test_a_photo_is_made_anew_and_kept() -> None:
    kept = Kept()
    await kept.job()(PAYLOAD)
    assert kept.kept == {"7:3:dial": b"clean photo"}
    assert (kept.gone, kept.updates) == ([], [])


@pytest.mark.parametrize("answer", [Rejected("gone"), b"no picture"])
async def test_one_that_cannot_be_had_is_told_once(answer: bytes | Exception) -> None:
    kept = Kept(answer)
    await kept.job()(PAYLOAD)
    assert (kept.kept, kept.gone) == ({}, ["7:3:dial"])
    (update,) = kept.updates
    assert (update.chat, update.internal) == (CHAT, True)
    assert parse_internal(update.raw) == Notice(NoticeKind.DIAL_PHOTO_LOST, "7:3:dial")
    assert kept.woken == [CHAT]


async def test_one_that_may_be_had_later_is_tried_again() -> None:
    kept = Kept(Unavailable("busy"))
    with pytest.raises(Unavailable):
        await kept.job()(PAYLOAD)
    assert (kept.kept, kept.gone, kept.updates) == ({}, [], [])


async def test_giving_up_is_telling() -> None:
    kept = Kept()
    await kept.job().given_up("keep_dial_photo", PAYLOAD)
    assert kept.gone == ["7:3:dial"]
    assert len(kept.updates) == 1
