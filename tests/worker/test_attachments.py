"""The job that keeps what a resident sent to a ticket."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pytest

from core.errors import Rejected, Unavailable
from core.support.model import FileKind
from core.support.ports import MadeFile
from dialogs.event import Notice, NoticeKind
from dialogs.internal import parse_internal
from dialogs.ports import ChatAddress, Incoming
from infra.attachments import made_file
from worker.attachments import Attachments

CHAT = ChatAddress("vk", "9", "77")
PAYLOAD = {
    "messenger": "vk",
    "bot": "9",
    "peer": "77",
    "key": "attachment:5",
    "number": 5,
    "kind": "file",
    "name": "акт.pdf",
    "file": "f",
}


@dataclass
class Kept:
    """An archive, an inbox and a messenger in one."""

    answer: bytes | Exception = b"%PDF-1.4"
    files: dict[int, MadeFile] = field(default_factory=dict)
    lost: list[int] = field(default_factory=list)
    updates: list[Incoming] = field(default_factory=list)
    woken: list[ChatAddress] = field(default_factory=list)

    async def keep(self, file: int, made: MadeFile) -> None:
        self.files.setdefault(file, made)

    async def lose(self, file: int) -> bool:
        if file not in self.files:
            self.lost.append(file)
        return file not in self.files

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

    def job(self) -> Attachments:
        return Attachments({("vk", "9"): self.fetch}, made_file, self, self, self.wake)


async def test_a_file_is_fetched_made_harmless_and_kept() -> None:
    kept = Kept()
    for _ in range(2):
        await kept.job()(PAYLOAD)
    assert kept.files == {5: MadeFile(FileKind.FILE, "акт.pdf", "application/pdf", b"%PDF-1.4")}
    assert (kept.lost, kept.updates) == ([], [])


@pytest.mark.parametrize(
    ("answer", "kind"), [(Rejected("gone"), "file"), (b"", "file"), (b"<html>no picture</html>", "photo")]
)
async def test_what_cannot_be_kept_is_told_to_the_chat_that_sent_it(answer: bytes | Exception, kind: str) -> None:
    kept = Kept(answer)
    await kept.job()({**PAYLOAD, "kind": kind})
    assert (kept.files, kept.lost, kept.woken) == ({}, [5], [CHAT])
    (update,) = kept.updates
    assert (update.chat, update.key, update.internal) == (CHAT, "notice:file_lost:5", True)
    assert parse_internal(update.raw) == Notice(NoticeKind.FILE_LOST, "5")


async def test_what_may_be_had_later_is_tried_again() -> None:
    kept = Kept(Unavailable("away"))
    with pytest.raises(Unavailable):
        await kept.job()(PAYLOAD)
    assert (kept.files, kept.lost, kept.updates) == ({}, [], [])


async def test_a_job_that_is_given_up_after_all_says_so_unless_the_file_is_there() -> None:
    kept = Kept()
    await kept.job().given_up("keep_attachment", PAYLOAD)
    assert kept.lost == [5]
    there = Kept()
    await there.job()(PAYLOAD)
    await there.job().given_up("keep_attachment", PAYLOAD)
    assert there.updates == []
