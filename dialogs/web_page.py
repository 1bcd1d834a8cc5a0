"""A one-time page as plain values: what the web part shows, in words of the resident's language."""

from dataclasses import dataclass
from typing import Protocol

from dialogs.ports import FileContent


@dataclass(frozen=True, slots=True)
class PagePart:
    """A text of one or more lines, with a picture (PNG) below it."""

    text: str
    picture: bytes | None = None


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file that may be had once, by its code."""

    label: str
    code: str


@dataclass(frozen=True, slots=True)
class WebPage:
    language: str
    parts: tuple[PagePart, ...]
    files: tuple[PageFile, ...] = ()


class OneTimePages(Protocol):
    """What stands behind the codes. None for a code that is none, is used up, or whose subject has gone."""

    async def show(self, code: str) -> WebPage | None:
        """The page; its code is burnt."""
        ...

    async def file(self, code: str) -> FileContent | None:
        """A file of a page; its code is burnt."""
        ...
