"""Logging: structlog, one line an event, UTC. No secret and no phone number gets through.

Our own lines go straight out: by way of the standard library, which carries those of other libraries, a line costs
twice as much, and a turn writes two. Our own code logs neither texts nor people; the filter is the last net, for what
libraries and tracebacks quote.
"""

import json
import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Final, Literal

import structlog

HIDDEN: Final = "[hidden]"
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False)

_SECRETS: Final = (
    (re.compile(r"\bbot\d+:[\w-]+"), f"bot{HIDDEN}"),
    (re.compile(r"\b\d{6,}:[A-Za-z0-9_-]{30,}"), HIDDEN),
    (re.compile(r"(access_token=)[^&\s'\"]+"), rf"\1{HIDDEN}"),
    (re.compile(r"(Bearer )[^\s'\"]+"), rf"\1{HIDDEN}"),
    (re.compile(r"(://[^:/@\s]+:)[^@/\s]+@"), rf"\1{HIDDEN}@"),
    (re.compile(r"(?<![\w.])(?:\+7|8)[\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}(?!\w)"), HIDDEN),
)
# Each of the above has one of these in it; most of what is logged (names of events and modules, keys) has none.
_SUSPECT: Final = re.compile(r"[:=]|Bearer |(?<![\w.])(?:\+7|8)[\s(-]*\d{3}")

_LIBRARIES: Final = ("aiogram", "aiohttp", "alembic", "asyncio", "pgqueuer", "sqlalchemy", "vkbottle")


def hide(text: str) -> str:
    """The text without tokens, passwords and Russian phone numbers."""
    if not _SUSPECT.search(text):
        return text
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def configure(level: str = "info", form: Literal["console", "json"] | None = None) -> None:
    """Sets logging up for the process. Without a form: console on a terminal, else JSON."""
    console = form == "console" if form is not None else sys.stderr.isatty()
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if console
        else structlog.processors.JSONRenderer(_json)
    )
    structlog.configure(
        processors=[*shared, _hide_secrets, renderer],
        logger_factory=_Lines,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        # Of other libraries' lines the filter sees the finished text.
        foreign_pre_chain=[*shared, structlog.stdlib.PositionalArgumentsFormatter(), _hide_secrets],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    _take_over(formatter, level)


def _json(event: Mapping[str, object], **_: object) -> str:
    """All in it is plain data by now (_hidden); json.dumps would make an encoder for each line."""
    return _ENCODER.encode(event)


class _Lines:
    """Where the lines of one module go. `name` is what the processors know it by."""

    def __init__(self, name: str = "") -> None:
        self.name = name

    def msg(self, line: str) -> None:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()

    debug = info = warning = error = critical = msg


def _take_over(formatter: logging.Formatter, level: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for library in _LIBRARIES:
        # At debug level libraries quote requests whole.
        logging.getLogger(library).setLevel(max(logging.WARNING, root.level))


def _hide_secrets(_logger: object, _method: str, event: MutableMapping[str, object]) -> Mapping[str, object]:
    for key, value in event.items():
        if key != "timestamp" and not key.startswith("_"):
            event[key] = _hidden(value)
    return event


def _hidden(value: object) -> object:
    """The value with its texts hidden; what is not plain data is shown as text."""
    match value:
        case str():
            return hide(value)
        case None | bool() | int() | float():
            return value
        case list() | tuple():
            return [_hidden(item) for item in value]
        case dict():
            return {str(key): _hidden(item) for key, item in value.items()}
    return hide(repr(value))
