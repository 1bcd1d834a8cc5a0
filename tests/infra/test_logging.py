"""Logging: one line an event, and no secret in it, whoever wrote it."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from infra.logging import configure, hide

TOKEN = "1234567890:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"


@pytest.fixture
def clean() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "secret",
    [
        f"https://api.telegram.org/bot{TOKEN}/sendMessage",
        f"token {TOKEN} refused",
        "https://api.vk.ru/method/x?access_token=vk1.a.SECRET-part&v=5.199",
        "Authorization: Bearer vk1.a.SECRET-part",
        "postgresql://user:SECRET-part@host/base",
        "call +79001234567",
        "call 8 (900) 123-45-67",
        "call +7 900 123 45 67, please",
    ],
)
def test_a_secret_is_hidden(secret: str) -> None:
    hidden = hide(secret)
    assert "[hidden]" in hidden
    for part in (TOKEN, TOKEN.partition(":")[2], "SECRET-part", "9001234567", "123-45-67", "123 45 67"):
        assert part not in hidden


@pytest.mark.parametrize(
    "text",
    ["turn 0 of 80", "account 800000012345678", "2022-02-16T10:00:00Z", "v=5.199", "500000001", "127.0.0.1:8080"],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert hide(text) == text


def test_json_lines_hide_secrets_of_ours_and_of_libraries(clean: None, capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", "json")
    structlog.get_logger("ours").info("said\nno", number=5, text=f"bot{TOKEN}", inner={"phones": ["+79001234567"]})
    logging.getLogger("theirs").warning("GET %s", f"https://api.telegram.org/bot{TOKEN}/getMe")
    try:
        raise ValueError(f"bot{TOKEN}")
    except ValueError:
        logging.getLogger("theirs").exception("failed for +79001234567")
        structlog.get_logger("ours").exception("failed")
    written = capsys.readouterr().err
    assert TOKEN not in written
    assert "+79001234567" not in written
    lines = [json.loads(line) for line in written.splitlines()]
    assert [line["event"] for line in lines] == [
        "said\nno",
        "GET https://api.telegram.org/bot[hidden]/getMe",
        "failed for [hidden]",
        "failed",
    ]
    assert lines[0]["number"] == 5
    assert lines[0]["level"] == "info"
    assert lines[0]["timestamp"].endswith("Z")
    assert "ValueError" in lines[2]["exception"]
    assert "ValueError" in lines[3]["exception"]


def test_the_console_form_hides_them_too(clean: None, capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", "console")
    structlog.get_logger("ours").warning("bad", url=f"https://api.telegram.org/bot{TOKEN}/getMe")
    written = capsys.readouterr().err
    assert "bad" in written
    assert TOKEN not in written


def test_levels_below_the_set_one_are_not_written(clean: None, capsys: pytest.CaptureFixture[str]) -> None:
    configure("warning", "json")
    structlog.get_logger("ours").info("quiet")
    logging.getLogger("theirs").info("quiet")
    assert capsys.readouterr().err == ""


def test_libraries_that_quote_requests_are_kept_to_warnings(clean: None, capsys: pytest.CaptureFixture[str]) -> None:
    configure("debug", "json")
    logging.getLogger("vkbottle").debug("Request messages.send with {'message': 'Иванов'}")
    logging.getLogger("aiogram.event").info("Update handled")
    assert capsys.readouterr().err == ""
