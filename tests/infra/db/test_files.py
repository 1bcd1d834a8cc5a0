"""Files for a chat: what is drawn, how often, and that nobody gets a stranger's."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import zxingcpp
from asyncpg import Connection
from PIL import Image
from sqlalchemy.ext.asyncio import AsyncEngine

from core.accounts.model import NewLink
from core.billing.model import PaymentQr, UnifiedReceipt
from core.city import City
from core.errors import NotFound
from core.ids import PremisesId
from core.services import Service
from dialogs.ports import ChatAddress
from dialogs.screen import File, Form
from infra.codes import HmacCodeHasher
from infra.db.links import PostgresLinks
from infra.db.residents import PostgresResidents
from infra.files import PostgresFiles, Renderers
from infra.i18n import Catalogues
from infra.paths import LOCALES
from infra.receipts.plot import Series
from tests.conftest import FakeClock
from tests.infra.db.story import CHAT, JANUARY, NOON, TEPLOFIKACIYA, Story

NEIGHBOUR = ChatAddress("vk", "9", "77")


@dataclass
class Pencil:
    """Draws quickly and remembers what."""

    receipts: list[UnifiedReceipt] = field(default_factory=list)
    codes: list[PaymentQr] = field(default_factory=list)
    plots: list[Sequence[Series]] = field(default_factory=list)

    def receipt(self, receipt: UnifiedReceipt) -> bytes:
        self.receipts.append(receipt)
        return b"%PDF " + str(receipt.owed).encode()

    def code(self, qr: PaymentQr) -> bytes:
        self.codes.append(qr)
        return qr.payload.encode()

    def plot(self, series: Sequence[Series]) -> bytes:
        self.plots.append(series)
        return str(series).encode()

    @property
    def renderers(self) -> Renderers:
        return replace(Renderers(), receipt_pdf=self.receipt, payment_qr_png=self.code, consumption_png=self.plot)


@pytest.fixture
def pencil() -> Pencil:
    return Pencil()


@pytest.fixture
def files(engine: AsyncEngine, city: City, clock: FakeClock, hasher: HmacCodeHasher, pencil: Pencil) -> PostgresFiles:
    return PostgresFiles(engine, city, clock, hasher, pencil.renderers, Catalogues(LOCALES))


@pytest.fixture
async def flat(db: Connection, story: Story) -> PremisesId:
    """A linked flat that owes for water in January, and is owed for heat."""
    flat = await story.premises()
    water, heat = await story.account(flat), await story.account(flat, "700012345", TEPLOFIKACIYA)
    await story.charge(water, JANUARY, Service.COLD_WATER, "4", 70000)
    await story.charge(water, JANUARY, Service.WASTEWATER, "7", 10000)
    await story.charge(water, JANUARY.shifted(-2), Service.COLD_WATER, "3")
    await story.charge(heat, JANUARY, Service.HOT_WATER, "3", 5000)
    await story.statement(water, JANUARY, 80000)
    await story.statement(heat, JANUARY, -2000)
    await link(db, story, CHAT, flat)
    return flat


async def link(db: Connection, story: Story, chat: ChatAddress, flat: PremisesId) -> None:
    resident = await PostgresResidents(db).create(await story.chat(chat), "ru")
    await PostgresLinks(db).add(NewLink(resident.id, flat, None, "Дом", NOON))


async def test_a_receipt_is_drawn_once_and_kept(
    files: PostgresFiles, pencil: Pencil, flat: PremisesId, db: Connection
) -> None:
    file = File(Form.RECEIPT_PDF, flat, JANUARY)
    made = await asyncio.gather(*(files.get(file, CHAT, "ru") for _ in range(6)))
    assert {one.content for one in made} == {b"%PDF 80000"}
    assert made[0].name == "Квитанция 2022-01.pdf"
    assert len(pencil.receipts) == 1
    assert await db.fetchval("SELECT key FROM rendered_files") == made[0].key


async def test_a_payment_makes_another_receipt(
    files: PostgresFiles, pencil: Pencil, flat: PremisesId, story: Story, db: Connection
) -> None:
    file = File(Form.RECEIPT_PDF, flat, JANUARY)
    before = await files.get(file, CHAT, "ru")
    account = await db.fetchval("SELECT id FROM accounts WHERE provider = 'vodokanal'")
    await story.payment(account, date(2022, 2, 10), 30000)
    after = await files.get(file, CHAT, "ru")
    assert (before.content, after.content) == (b"%PDF 80000", b"%PDF 50000")
    assert before.key != after.key


async def test_a_payment_code_is_made_for_who_is_owed(files: PostgresFiles, pencil: Pencil, flat: PremisesId) -> None:
    made = await files.get(File(Form.PAYMENT_QR, flat, JANUARY, "vodokanal"), CHAT, "ru")
    assert made.name == "Оплата Водоканал 2022-01.png"
    assert "|Sum=80000|" in made.content.decode()
    assert pencil.codes[0].sample, "the city file's bank details are invented"
    for provider in ("teplofikaciya", "gazprom", None):
        with pytest.raises(NotFound):
            await files.get(File(Form.PAYMENT_QR, flat, JANUARY, provider), CHAT, "ru")


async def test_consumption_is_drawn_by_month_in_the_residents_language(
    files: PostgresFiles, pencil: Pencil, flat: PremisesId
) -> None:
    await files.get(File(Form.CONSUMPTION_PLOT, flat, JANUARY), CHAT, "ru")
    cold, hot = pencil.plots[0]
    assert (cold.label, cold.unit, cold.service) == ("Холодная вода", "м3", Service.COLD_WATER)
    assert cold.points == (("11.21", Decimal(3)), ("12.21", Decimal(0)), ("01.22", Decimal(4)))
    assert (hot.label, hot.points) == ("Горячая вода", (("01.22", Decimal(3)),))
    await files.get(File(Form.CONSUMPTION_PLOT, flat, JANUARY), CHAT, "en")
    assert pencil.plots[1][0].label == "Cold water"


async def test_ones_own_data_come_as_readable_json(files: PostgresFiles, flat: PremisesId) -> None:
    made = await files.get(File(Form.MY_DATA), CHAT, "ru")
    assert made.name == "Мои данные.json"
    data = json.loads(made.content)
    assert data["адреса"][0]["лицевые счета"] == ["vodokanal 3000012345", "teplofikaciya 700012345"]
    assert "Магнитогорск" in made.content.decode()


@pytest.mark.parametrize("form", list(Form))
async def test_nobody_gets_a_strangers_file_by_a_forged_id(
    files: PostgresFiles, pencil: Pencil, flat: PremisesId, story: Story, db: Connection, form: Form
) -> None:
    await link(db, story, NEIGHBOUR, await story.premises("26"))
    file = File(form, flat, JANUARY, "vodokanal")
    unknown = ChatAddress("telegram", "1", "999")
    await story.chat(ChatAddress("telegram", "1", "600"))  # it has not given its consent
    for chat in (NEIGHBOUR, unknown, ChatAddress("telegram", "1", "600"), ChatAddress("telegram", "2", "500")):
        if form is Form.MY_DATA and chat == NEIGHBOUR:
            continue
        with pytest.raises(NotFound):
            await files.get(file, chat, "ru")
    assert (pencil.receipts, pencil.codes, pencil.plots) == ([], [], [])


async def test_an_unlinked_flat_is_not_found_any_more(files: PostgresFiles, flat: PremisesId, db: Connection) -> None:
    file = File(Form.RECEIPT_PDF, flat, JANUARY)
    await files.get(file, CHAT, "ru")
    await db.execute("DELETE FROM links")
    with pytest.raises(NotFound):
        await files.get(file, CHAT, "ru")


@pytest.mark.parametrize("file", [File(Form.RECEIPT_PDF), File(Form.PAYMENT_QR, None, JANUARY, "vodokanal")])
async def test_a_file_that_names_too_little_is_not_found(files: PostgresFiles, flat: PremisesId, file: File) -> None:
    with pytest.raises(NotFound):
        await files.get(file, CHAT, "ru")


async def test_an_upload_is_remembered_by_bot_and_content(files: PostgresFiles) -> None:
    assert await files.uploaded(CHAT, "key") is None
    await files.remember_upload(CHAT, "key", "first")
    await files.remember_upload(CHAT, "key", "second")
    assert await files.uploaded(ChatAddress("telegram", "1", "another peer"), "key") == "second"
    assert await files.uploaded(ChatAddress("telegram", "2", "500"), "key") is None
    assert await files.uploaded(NEIGHBOUR, "key") is None


async def test_a_chat_speaks_its_language_or_the_citys(files: PostgresFiles, story: Story, db: Connection) -> None:
    assert await files.language(CHAT) == "ru"
    await story.chat()
    await db.execute("UPDATE chats SET language = 'ba'")
    assert await files.language(CHAT) == "ba"


async def test_the_real_pencils_draw_a_pdf_a_plot_and_a_code_that_scans(
    engine: AsyncEngine, city: City, clock: FakeClock, hasher: HmacCodeHasher, flat: PremisesId, tmp_path: Path
) -> None:
    files = PostgresFiles(engine, city, clock, hasher)
    receipt = await files.get(File(Form.RECEIPT_PDF, flat, JANUARY), CHAT, "ru")
    assert receipt.content.startswith(b"%PDF-")
    plot = await files.get(File(Form.CONSUMPTION_PLOT, flat, JANUARY), CHAT, "ru")
    assert plot.content.startswith(b"\x89PNG")
    code = await files.get(File(Form.PAYMENT_QR, flat, JANUARY, "vodokanal"), CHAT, "ru")
    (tmp_path / "code.png").write_bytes(code.content)
    with Image.open(tmp_path / "code.png") as picture:
        scanned = zxingcpp.read_barcodes(picture.convert("L"))
    assert "|Sum=80000|" in scanned[0].bytes.decode()
