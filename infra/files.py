"""Files that screens name: made when they are sent, from an id, for whoever may see them.

A file is made for a chat, and only of a flat that the chat's resident has linked: an id that was forged, or has gone
stale since, finds nothing. Facts are read in one snapshot, and the connection is given back before the drawing
begins. Receipts are kept by a key over every word on them, so that each is set once.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import Final
from weakref import WeakValueDictionary

from sqlalchemy.ext.asyncio import AsyncEngine

from core.accounts.model import Premises
from core.accounts.ports import CodeHasher
from core.billing.model import PaymentQr, UnifiedReceipt
from core.city import City
from core.clock import CityClock, Clock
from core.errors import NotFound
from core.ids import ChatId, MailingId, ResidentId
from core.services import Service
from core.support.model import FileId, Owner
from core.use_cases import UseCases
from dialogs.ports import ChatAddress, FileContent
from dialogs.screen import File, Form, Translator
from dialogs.words import SERVICE_NAMES
from infra.consumption import consumption
from infra.db.broadcasts import PostgresBroadcasts
from infra.db.engine import driver_connection
from infra.db.use_cases import build_use_cases
from infra.receipts.my_data import MyDataRenderer
from infra.receipts.plot import Series, consumption_png
from infra.receipts.qr import qr_png
from infra.receipts.receipt import ReceiptRenderer, receipt_key
from infra.receipts.words import long_day

AT_ONCE: Final = 4
"""Files made side by side: a bound on connections taken from the turns."""
THREADS: Final = 2
"""Each thread that sets receipts keeps a compiler in memory."""

_CHAT: Final = "SELECT id, language FROM chats WHERE messenger = $1 AND bot = $2 AND peer = $3"
_KEEP: Final = "INSERT INTO rendered_files (key, content) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_TICKET_FILE: Final = "SELECT content FROM ticket_files WHERE id = $1"
_UPLOADED: Final = "SELECT remote FROM uploads WHERE messenger = $1 AND bot = $2 AND key = $3"
_REMEMBER: Final = """
INSERT INTO uploads (messenger, bot, key, remote) VALUES ($1, $2, $3, $4)
ON CONFLICT (messenger, bot, key) DO UPDATE SET remote = $4, uploaded_at = clock_timestamp()
"""


def _payment_png(qr: PaymentQr) -> bytes:
    return qr_png(qr.payload, sample=qr.sample)


@dataclass(frozen=True)
class Renderers:
    """What draws; each is CPU-bound and is called in a thread."""

    receipt_pdf: Callable[[UnifiedReceipt], bytes] = field(default_factory=lambda: ReceiptRenderer().pdf)
    receipt_key: Callable[[UnifiedReceipt], str] = receipt_key
    payment_qr_png: Callable[[PaymentQr], bytes] = _payment_png
    consumption_png: Callable[[Sequence[Series]], bytes] = consumption_png
    my_data_pdf: Callable[[Mapping[str, object], str], bytes] = field(default_factory=lambda: MyDataRenderer().pdf)


@dataclass(frozen=True)
class _View:
    """What the chat's resident may see, in one snapshot."""

    use_cases: UseCases
    resident: ResidentId

    async def premises(self, file: File) -> Premises:
        """Raises NotFound for a flat that is not the resident's."""
        if file.premises is None:
            raise NotFound
        return (await self.use_cases.residents.flat(self.resident, file.premises)).premises

    async def receipt(self, file: File) -> UnifiedReceipt:
        if file.period is None:
            raise NotFound
        return await self.use_cases.billing.receipt(await self.premises(file), file.period)


class PostgresFiles:
    """`dialogs.ports.Files`."""

    def __init__(  # what a turn needs, and what draws and names
        self,
        engine: AsyncEngine,
        city: City,
        clock: Clock,
        hasher: CodeHasher,
        renderers: Renderers | None = None,
        translator: Callable[[str], Translator] | None = None,
    ) -> None:
        """Without `translator` (of a language) pictures speak Russian; receipts always do."""
        self._engine = engine
        self._city = city
        self._clock = CityClock(clock, city.zone)
        self._hasher = hasher
        self._draw = renderers or Renderers()
        self._translator = translator
        self._threads = ThreadPoolExecutor(THREADS, "render")
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._being_made: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def get(self, file: File, chat: ChatAddress, language: str) -> FileContent:
        async with self._gate:
            match file.form:
                case Form.RECEIPT_PDF:
                    return await self._receipt(file, chat)
                case Form.PAYMENT_QR:
                    return await self._payment(file, chat)
                case Form.CONSUMPTION_PLOT:
                    return await self._consumption(file, chat, language)
                case Form.MY_DATA:
                    return await self._my_data(file, chat)
                case Form.TICKET_PICTURE | Form.TICKET_DOCUMENT:
                    return await self._ticket_file(file, chat)
                case Form.BROADCAST_PICTURE | Form.BROADCAST_DOCUMENT:
                    return await self._broadcast_file(file)

    async def language(self, chat: ChatAddress) -> str:
        """The language a chat speaks; the city's first one for a chat never seen."""
        async with driver_connection(self._engine) as connection:
            row = await connection.fetchrow(_CHAT, chat.messenger, chat.bot, chat.peer)
        return str(row["language"]) if row else self._city.languages[0]

    async def uploaded(self, bot: ChatAddress, key: str) -> str | None:
        async with driver_connection(self._engine) as connection:
            remote: str | None = await connection.fetchval(_UPLOADED, bot.messenger, bot.bot, key)
        return remote

    async def remember_upload(self, bot: ChatAddress, key: str, remote: str) -> None:
        async with driver_connection(self._engine) as connection:
            await connection.execute(_REMEMBER, bot.messenger, bot.bot, key, remote)

    # --- the files

    async def _receipt(self, file: File, chat: ChatAddress) -> FileContent:
        async with self._view(chat) as view:
            receipt = await view.receipt(file)
        key = self._draw.receipt_key(receipt)
        content = await self._made_once(key, partial(self._draw.receipt_pdf, receipt))
        return FileContent(key, f"Квитанция {receipt.period}.pdf", content)

    async def _payment(self, file: File, chat: ChatAddress) -> FileContent:
        async with self._view(chat) as view:
            receipt = await view.receipt(file)
        qr = next((one.qr for one in receipt.sections if one.provider == file.detail), None)
        if qr is None:
            raise NotFound
        content = await self._in_thread(partial(self._draw.payment_qr_png, qr))
        provider = self._city.provider(qr.provider).short_name
        return FileContent(_key(content), f"Оплата {provider} {qr.period}.png", content)

    async def _consumption(self, file: File, chat: ChatAddress, language: str) -> FileContent:
        async with self._view(chat) as view:
            name = partial(self._service, language)
            series = await consumption(view.use_cases.billing, await view.premises(file), name)
        if not series:
            raise NotFound
        content = await self._in_thread(partial(self._draw.consumption_png, series))
        return FileContent(_key(content), "Расход по месяцам.png", content)

    async def _my_data(self, file: File, chat: ChatAddress) -> FileContent:
        async with self._view(chat) as view:
            data = await view.use_cases.residents.export(view.resident)
        if file.detail == "pdf":
            content = await self._in_thread(partial(self._draw.my_data_pdf, data, long_day(self._clock.today())))
            return FileContent(_key(content), "Мои данные.pdf", content)
        content = json.dumps(data, ensure_ascii=False, indent=2).encode()
        return FileContent(_key(content), "Мои данные.json", content)

    async def _ticket_file(self, file: File, chat: ChatAddress) -> FileContent:
        """A file of an operator's answer. Raises NotFound for a ticket that is not the chat's."""
        number = str(file.detail)
        if not (number.isdecimal() and len(number) < 19):
            raise NotFound
        async with driver_connection(self._engine) as connection:
            row = await connection.fetchrow(_CHAT, chat.messenger, chat.bot, chat.peer)
            if row is None:
                raise NotFound
            use_cases = build_use_cases(connection, self._city, self._clock, self._hasher)
            resident = await use_cases.residents.of_chat(ChatId(row["id"]))
            owner = Owner(ChatId(row["id"]), resident.id if resident else None)
            _, kept = await use_cases.questions.file(FileId(int(number)), owner)
            content: bytes | None = await connection.fetchval(_TICKET_FILE, kept.id)
        if content is None:
            raise NotFound
        return FileContent(_key(content), kept.name, content)

    async def _broadcast_file(self, file: File) -> FileContent:
        """What goes with a broadcast: the same for everybody. Raises NotFound."""
        number = str(file.detail)
        if not (number.isdecimal() and len(number) < 19):
            raise NotFound
        async with driver_connection(self._engine) as connection:
            enclosed = await PostgresBroadcasts(connection).enclosure(MailingId(int(number)))
        if enclosed is None:
            raise NotFound
        return FileContent(_key(enclosed.content), enclosed.name, enclosed.content)

    def _service(self, language: str, service: Service) -> str:
        name = SERVICE_NAMES[service]
        return (self._translator(language).text(name) if self._translator else name.msgid).capitalize()

    @asynccontextmanager
    async def _view(self, chat: ChatAddress) -> AsyncIterator[_View]:
        """Raises NotFound for a chat without a resident."""
        async with (
            driver_connection(self._engine) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            row = await connection.fetchrow(_CHAT, chat.messenger, chat.bot, chat.peer)
            use_cases = build_use_cases(connection, self._city, self._clock, self._hasher)
            resident = await use_cases.residents.of_chat(ChatId(row["id"])) if row else None
            if resident is None:
                raise NotFound
            yield _View(use_cases, resident.id)

    # --- making

    async def _made_once(self, key: str, make: Callable[[], bytes]) -> bytes:
        """The kept content of that key, made now if there is none. In this process nobody makes it twice at once."""
        async with self._being_made.setdefault(key, asyncio.Lock()):
            async with driver_connection(self._engine) as connection:
                kept: bytes | None = await connection.fetchval("SELECT content FROM rendered_files WHERE key = $1", key)
            if kept is not None:
                return kept
            made = await self._in_thread(make)
            async with driver_connection(self._engine) as connection:
                await connection.execute(_KEEP, key, made)
            return made

    async def _in_thread(self, make: Callable[[], bytes]) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(self._threads, make)


def _key(content: bytes) -> str:
    return sha256(content).hexdigest()
