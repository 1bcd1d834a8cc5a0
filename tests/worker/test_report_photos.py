"""The picture of a report: fetched, made anew, kept; or missing, and nobody is told."""

from dataclasses import dataclass, field

import pytest

from core.errors import Rejected, Unavailable
from worker.report_photos import ReportPhotos

PAYLOAD = {"messenger": "vk", "bot": "9", "peer": "1", "file": "f", "key": "report:7:1"}


@dataclass
class Kept:
    photos: dict[str, bytes] = field(default_factory=dict)

    async def keep(self, key: str, content: bytes) -> None:
        self.photos[key] = content


def made_anew(data: bytes) -> bytes:
    if data == b"no picture":
        raise ValueError("not a picture")
    return data[::-1]


def job(answer: bytes | Exception, kept: Kept) -> ReportPhotos:
    async def fetch(file: str) -> bytes:
        assert file == "f"
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ReportPhotos({("vk", "9"): fetch}, made_anew, kept)


async def test_what_was_sent_is_made_anew_and_kept_twice_alike() -> None:
    kept = Kept()
    for _ in range(2):
        await job(b"abc", kept)(PAYLOAD)
    assert kept.photos == {"report:7:1": b"cba"}


@pytest.mark.parametrize("answer", [Rejected("gone"), b"no picture"])
async def test_what_cannot_be_had_is_missing(answer: bytes | Exception) -> None:
    kept = Kept()
    await job(answer, kept)(PAYLOAD)
    assert kept.photos == {}


async def test_what_may_be_had_later_is_tried_again() -> None:
    with pytest.raises(Unavailable):
        await job(Unavailable("away"), Kept())(PAYLOAD)
