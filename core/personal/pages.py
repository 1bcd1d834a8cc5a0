"""One-time pages: what a messenger may not carry is shown once by the web part, to whoever holds the link.

A page is named by a code of 128 bits that lives for ten minutes and is burnt with the showing. What it shows is of one
chat: one flat and period, the resident's own data, or something it was told. Whether the chat still may see it is asked
when it is opened.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from core.accounts.codes import CodeForm, CodePurpose, CodeRefused, OneTimeCodes
from core.ids import ChatId, PremisesId, ResidentId
from core.periods import Period

PAGE_LIVES: Final = timedelta(minutes=10)


class Shows(StrEnum):
    """What a page shows, or a file of a page holds. The values stand in rows."""

    MONEY = "money"
    """What is owed, and the receipt of the period."""
    DATA = "data"
    """Everything that is kept about the resident."""
    DATA_PDF = "data_pdf"
    DATA_JSON = "data_json"
    RECEIPT_PDF = "receipt_pdf"
    NOTICE = "notice"
    """Something that was told, whole."""
    ANSWERS_FILE = "answers_file"
    """A file of an operator's answer."""


@dataclass(frozen=True, slots=True)
class PageOf:
    """What a page is about: the chat it was asked for in, and a flat and period where it shows money. `detail` is
    `kind:subject` of a notice, or the number of a file."""

    shows: Shows
    chat: ChatId
    premises: PremisesId | None = None
    period: Period | None = None
    detail: str = ""


@dataclass(frozen=True)
class Pages:
    codes: OneTimeCodes

    async def page(self, of: PageOf, resident: ResidentId) -> str:
        """The code of a new page; an earlier one of the same thing ends."""
        return await self.codes.issue(CodePurpose.PAGE, _subject(of), PAGE_LIVES, by=resident, form=CodeForm.LONG)

    async def file(self, of: PageOf, resident: ResidentId) -> str:
        """The code of a file on a page."""
        return await self.codes.issue(CodePurpose.PAGE_FILE, _subject(of), PAGE_LIVES, by=resident, form=CodeForm.LONG)

    async def open_page(self, code: str) -> tuple[PageOf, ResidentId]:
        """What a page shows, to whom. Burns its code; raises CodeRefused."""
        return await self._open(CodePurpose.PAGE, code)

    async def open_file(self, code: str) -> tuple[PageOf, ResidentId]:
        """As `open_page`."""
        return await self._open(CodePurpose.PAGE_FILE, code)

    async def _open(self, purpose: CodePurpose, code: str) -> tuple[PageOf, ResidentId]:
        redeemed = await self.codes.redeem(purpose, code)
        if redeemed.by is None:
            raise CodeRefused
        return _page_of(redeemed.subject), redeemed.by


def _subject(of: PageOf) -> str:
    detail = f":{of.detail}" if of.detail else ""
    return f"{of.shows}:{of.chat}:{of.premises or ''}:{of.period or ''}{detail}"


def _page_of(subject: str) -> PageOf:
    shows, chat, premises, period, *detail = subject.split(":", 4)
    return PageOf(
        Shows(shows),
        ChatId(int(chat)),
        PremisesId(int(premises)) if premises else None,
        Period.parse(period) if period else None,
        *detail,
    )
