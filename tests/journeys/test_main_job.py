"""The main job, told as conversations on both messengers, by polling and by webhook, through real HTTP."""

import pypdfium2
import zxingcpp
from PIL import Image

from core.requisites import requisites_problems
from infra.demo_city import Sample
from infra.receipts.reading import read_codes
from sandbox.phone import Bubble, Phone
from tests.journeys.conftest import House


async def agree(phone: Phone) -> None:
    await phone.start()
    await phone.wait_for("Согласны")
    await phone.tap("Согласен")
    await phone.wait_for("привяжите квартиру")


async def link(phone: Phone, sample: Sample) -> None:
    await agree(phone)
    await phone.tap("Привязать")
    await phone.wait_for("номер лицевого счёта")
    await phone.say(sample.account)
    await phone.wait_for("код доступа")
    await phone.say(sample.code)
    await phone.wait_for("Это ваша квартира?")
    await phone.tap("Верно")
    await phone.wait_for("квартира привязана")


async def home(phone: Phone) -> None:
    await phone.say("меню")
    await phone.wait_for("Что сделать?")


async def test_a_resident_links_submits_and_gets_the_receipt(house: House, messenger: str) -> None:
    phone = house.phone(messenger)
    await link(phone, house.samples[0])

    await phone.tap("Показания")
    first = await phone.wait_for("Счётчик 1 из")
    meters = int(first.plain.split(" из ")[1].split(":")[0])
    for number in range(1, meters + 1):
        asked = await phone.wait_for(f"Счётчик {number} из {meters}")
        value = str(int(float(previous(asked))) + 3)
        await phone.say(value)
        confirmation = await phone.wait_for("Всё верно?")
        assert value in confirmation.plain.replace("\u00a0", "")
        await phone.tap("Верно")
    taken = await phone.wait_for("Приняты показания за февраль 2022")
    assert "до 25 февраля" in taken.plain

    await phone.tap("Баланс")
    await phone.wait_for("Всего к оплате")
    await home(phone)

    await phone.tap("Квитанция")
    periods = await phone.wait_for("За какой месяц")
    labels = [button.label for row in periods.rows for button in row]
    assert "январь 2022" in labels
    assert not any("2021" in label for label in labels)
    await phone.tap("январь 2022")
    await phone.wait_for("Что сделать?")
    pdf, *codes = [bubble for bubble in phone.news() if bubble.media]
    assert check_codes(pdf, codes) == 2


def previous(bubble: Bubble) -> str:
    """The last value, as the screen shows it."""
    line = next(line for line in bubble.plain.splitlines() if "Прошлое показание" in line)
    return line.split(": ")[1].replace("\u00a0", "").replace(",", ".")


def check_codes(pdf: Bubble, pictures: list[Bubble]) -> int:
    """The codes on the pictures are those in the PDF, are right, and say what the captions say."""
    assert pdf.media is not None
    assert pdf.media.content.startswith(b"%PDF")
    in_pdf = {code.bytes for page in pages(pdf.media.content) for code in zxingcpp.read_barcodes(page)}
    seen = set()
    for picture in pictures:
        assert picture.media is not None
        (code,) = read_codes(picture.media.content)
        seen.add(code)
        fields = dict(pair.split("=", 1) for pair in code.decode().split("|")[1:])
        assert code.startswith(b"ST00012|Name=")
        assert not requisites_problems(
            inn=fields["PayeeINN"],
            kpp=fields["KPP"],
            account=fields["PersonalAcc"],
            bic=fields["BIC"],
            corr_account=fields["CorrespAcc"],
        )
        roubles = f"{int(fields['Sum']) // 100:,}".replace(",", "\u00a0")
        assert f"{roubles},{int(fields['Sum']) % 100:02}" in picture.plain
        assert fields["PersAcc"] in picture.plain
        assert fields["PaymPeriod"] == "012022"
        assert fields["TechCode"] == "02"
    assert seen == in_pdf
    return len(seen)


def pages(pdf: bytes) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(pdf)
    return [document[number].render(scale=150 / 72).to_pil() for number in range(len(document))]
