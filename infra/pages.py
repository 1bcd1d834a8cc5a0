"""One-time pages made of the same screens that chats show, with everything on them (core.personal.pages).

The code is burnt in the transaction that reads what the page shows; pictures are drawn after it. Whether the chat may
see it is asked then: a flat that was unlinked meanwhile, or a resident who is gone, shows nothing.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.accounts.codes import CodeRefused
from core.accounts.ports import CodeHasher
from core.city import City
from core.clock import CityClock, Clock
from core.errors import NotFound
from core.ids import ChatId, ResidentId
from core.meters.model import Channel
from core.personal.pages import PageOf, Shows
from core.use_cases import UseCases
from dialogs.balance import ShowBalance
from dialogs.event import Notice
from dialogs.notices import notice_screen
from dialogs.pages import ALL_DATA, ANSWERS_FILE, DATA_JSON, DATA_PDF, RECEIPT
from dialogs.ports import ChatAddress, FileContent
from dialogs.receipts import payment_screens, receipt_screen, settled_lines
from dialogs.screen import File, Form, Msg, Screen, Translator
from dialogs.step import Context
from dialogs.web_page import PageFile, PagePart, WebPage
from infra.db.engine import driver_connection
from infra.db.use_cases import build_use_cases
from infra.files import PostgresFiles

_CHAT: Final = "SELECT messenger, bot, peer, language FROM chats WHERE id = $1"
_FILES: Final = {
    Shows.RECEIPT_PDF: Form.RECEIPT_PDF,
    Shows.DATA_PDF: Form.MY_DATA,
    Shows.DATA_JSON: Form.MY_DATA,
    Shows.ANSWERS_FILE: Form.TICKET_DOCUMENT,
}


@dataclass(frozen=True)
class _Made:
    """A page whose pictures are still to be drawn."""

    address: ChatAddress
    language: str
    screens: Sequence[Screen]
    files: Sequence[tuple[Msg, str]]


async def _no_job(name: str, payload: Mapping[str, object], key: str) -> None:
    """Pages are shown, not answered: nothing on them starts work."""
    raise NotFound


class PostgresPages:
    """`dialogs.web_page.OneTimePages`."""

    def __init__(  # what a turn needs, and what draws and names
        self,
        engine: AsyncEngine,
        city: City,
        clock: Clock,
        hasher: CodeHasher,
        files: PostgresFiles,
        translator: Callable[[str], Translator],
    ) -> None:
        self._engine = engine
        self._city = city
        self._clock = CityClock(clock, city.zone)
        self._hasher = hasher
        self._files = files
        self._translator = translator

    async def show(self, code: str) -> WebPage | None:
        try:
            made = await self._read(code)
            parts = [await self._part(screen, made) for screen in made.screens]
        except (CodeRefused, NotFound):
            return None
        translator = self._translator(made.language)
        files = tuple(PageFile(translator.text(label), one) for label, one in made.files)
        return WebPage(made.language, tuple(parts), files)

    async def file(self, code: str) -> FileContent | None:
        try:
            async with driver_connection(self._engine) as connection, connection.transaction():
                use_cases = self._use_cases(connection)
                of, by = await use_cases.pages.open_file(code)
                address, language = await self._chat(connection, use_cases, of, by)
            detail = "pdf" if of.shows is Shows.DATA_PDF else of.detail or None
            file = File(_FILES[of.shows], of.premises, of.period, detail)
            return await self._files.get(file, address, language)
        except (CodeRefused, NotFound):
            return None

    async def _read(self, code: str) -> _Made:
        async with driver_connection(self._engine) as connection, connection.transaction():
            use_cases = self._use_cases(connection)
            of, by = await use_cases.pages.open_page(code)
            address, language = await self._chat(connection, use_cases, of, by)
            ctx = await self._context(use_cases, of.chat, address, language)
            if of.shows in _READ:
                return _Made(address, language, *await _READ[of.shows](of, by, ctx))
            offered = ((DATA_PDF, Shows.DATA_PDF), (DATA_JSON, Shows.DATA_JSON))
            files = [(label, await use_cases.pages.file(PageOf(shows, of.chat), by)) for label, shows in offered]
            return _Made(address, language, (Screen(ALL_DATA),), files)

    async def _chat(
        self, connection: Connection, use_cases: UseCases, of: PageOf, by: ResidentId
    ) -> tuple[ChatAddress, str]:
        """The chat a page was asked for in. Raises NotFound when it is not that resident's any more."""
        row = await connection.fetchrow(_CHAT, of.chat)
        resident = await use_cases.residents.of_chat(of.chat)
        if row is None or resident is None or resident.id != by:
            raise NotFound
        return ChatAddress(row["messenger"], row["bot"], row["peer"]), row["language"]

    async def _context(self, use_cases: UseCases, chat: ChatId, address: ChatAddress, language: str) -> Context:
        return Context(
            chat=chat,
            key="",
            resident=await use_cases.residents.of_chat(chat),
            language=language,
            channel=Channel(address.messenger),
            city=self._city,
            clock=self._clock,
            at=self._clock.now(),
            core=use_cases,
            start_job=_no_job,
            translator=self._translator(language),
        )

    async def _part(self, screen: Screen, made: _Made) -> PagePart:
        drawn = await self._files.get(screen.file, made.address, made.language) if screen.file else None
        return PagePart(self._translator(made.language).text(screen.text), drawn.content if drawn else None)

    def _use_cases(self, connection: Connection) -> UseCases:
        return build_use_cases(connection, self._city, self._clock, self._hasher)


_Content = tuple[Sequence[Screen], Sequence[tuple[Msg, str]]]
"""What a page says, and the labels and codes of its files."""


async def _notice(of: PageOf, by: ResidentId, ctx: Context) -> _Content:
    """What was told, as it would be told now: whether it still is the chat's own, is seen by that."""
    kind, _, subject = of.detail.partition(":")
    told = await notice_screen(Notice(kind, subject), ctx)
    if told.file is None:
        return (Screen(told.text),), ()
    file = PageOf(Shows.ANSWERS_FILE, of.chat, detail=str(told.file.detail))
    return (Screen(told.text),), ((ANSWERS_FILE, await ctx.core.pages.file(file, by)),)


async def _money(of: PageOf, by: ResidentId, ctx: Context) -> _Content:
    """What is owed now; of the period its receipt, and the payment codes if they are of the latest."""
    if of.premises is None:
        raise NotFound
    balance = await ShowBalance(of.premises).show(ctx)
    if of.period is None:
        return (balance,), ()
    flat = await ctx.flat(of.premises)
    receipt = await ctx.core.billing.receipt(flat.premises, of.period)
    about = Screen(receipt_screen(receipt, ctx).text)
    settled = settled_lines(receipt, ctx) if receipt.latest else None
    others = (Screen(settled),) if settled else ()
    code = await ctx.core.pages.file(PageOf(Shows.RECEIPT_PDF, of.chat, of.premises, of.period), by)
    return (balance, about, *payment_screens(receipt, ctx), *others), ((RECEIPT, code),)


_READ: Final[Mapping[Shows, Callable[[PageOf, ResidentId, Context], Awaitable[_Content]]]] = {
    Shows.MONEY: _money,
    Shows.NOTICE: _notice,
}
