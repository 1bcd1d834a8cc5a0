"""Our own updates: what is written into the inbox is what is read out of it."""

import pytest

from core.errors import where
from dialogs.event import Notice, NoticeKind, PhotoRead, Unreadable
from dialogs.internal import NotUnderstood, parse_internal, sorry_for, write_codes, write_notice
from dialogs.ports import ChatAddress, Incoming

CHAT = ChatAddress("telegram", "1", "42")


@pytest.mark.parametrize("kind", NoticeKind)
def test_a_notice_is_read_as_it_was_written(kind: NoticeKind) -> None:
    assert parse_internal(write_notice(Notice(kind, "12:34"))) == Notice(kind, "12:34")


def test_codes_of_a_photo_are_read_as_they_were_written() -> None:
    codes = ("ST00012|Имя".encode(), b"\x00\xff")
    assert parse_internal(write_codes(codes)) == PhotoRead(codes)


@pytest.mark.parametrize("raw", ["", "null", "[" * 100_000, '{"notice": {"kind": 1}}', '{"photo": {}}', "{}"])
def test_anything_else_means_nothing(raw: str) -> None:
    assert parse_internal(raw) == Unreadable(silent=True)


@pytest.mark.parametrize("raw", ['{"hologram": {}}', '{"notice": {"kind": "hologram", "subject": "1"}}'])
def test_what_only_newer_code_knows_is_left_to_it_and_nobody_is_told_sorry(raw: str) -> None:
    with pytest.raises(NotUnderstood):
        parse_internal(raw)
    assert sorry_for(Incoming(CHAT, "7", raw, internal=True)) is None


def test_sorry_is_said_once_and_not_for_itself() -> None:
    sorry = sorry_for(Incoming(CHAT, "7", "{}"))
    assert sorry is not None
    assert (sorry.chat, sorry.key, sorry.internal) == (CHAT, "sorry:7", True)
    assert sorry_for(sorry) is None


def test_a_log_says_the_class_and_the_line_of_an_error_and_nothing_of_its_text() -> None:
    try:
        parse_internal(write_notice(None))  # type: ignore[arg-type]  # wrong on purpose
    except AttributeError as error:
        said = where(error)
    assert said["error"] == "AttributeError"
    assert "dialogs/internal.py:" in said["where"]
