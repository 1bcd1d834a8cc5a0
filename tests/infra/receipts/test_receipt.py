"""The unified receipt as a resident gets it: words, sums and codes read back from the finished document."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from core.accounts.model import Address
from core.billing.model import Charge, UnifiedReceipt
from core.billing.payment_code import read_payment_text
from core.requisites import requisites_problems
from core.services import Service
from infra.receipts.receipt import ReceiptRenderer, receipt_key
from tests.infra.receipts.examples import (
    WATER,
    WATER_LINES,
    WATER_METERS,
    charge,
    details,
    heat_section,
    meter,
    receipt,
    section,
)

RENDERER = ReceiptRenderer()


@contextmanager
def document(drawn: UnifiedReceipt) -> Iterator[pypdfium2.PdfDocument]:
    opened = pypdfium2.PdfDocument(RENDERER.pdf(drawn))
    try:
        yield opened
    finally:
        opened.close()


def pages(drawn: UnifiedReceipt) -> list[str]:
    """Text of each page, with usual spaces."""
    with document(drawn) as opened:
        return [re.sub(r"\s+", " ", page.get_textpage().get_text_range()) for page in opened]


def text(drawn: UnifiedReceipt) -> str:
    return " ".join(pages(drawn))


def codes(picture: Image.Image) -> list[bytes]:
    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    return [code.bytes for code in sorted(found, key=lambda code: code.position.top_left.y)]


def payloads(drawn: UnifiedReceipt) -> list[bytes]:
    return [part.qr.payload.encode() for part in drawn.sections if part.qr]


# --- codes -------------------------------------------------------------------------------------------------------


def test_both_codes_are_read_from_the_document() -> None:
    drawn = receipt()
    with document(drawn) as opened:
        page = opened[0].render(scale=150 / 72).to_pil()
    assert codes(page) == payloads(drawn)
    assert len(payloads(drawn)) == 2


def test_both_codes_are_read_from_the_picture(tmp_path) -> None:
    drawn = receipt()
    path = tmp_path / "receipt.png"
    path.write_bytes(RENDERER.png(drawn))
    with Image.open(path) as picture:
        assert codes(picture) == payloads(drawn)


def test_the_codes_pay_what_is_printed_beside_them_to_checked_requisites() -> None:
    drawn = receipt()
    for part, raw in zip(drawn.sections, payloads(drawn), strict=True):
        fields = read_payment_text(raw)
        assert fields is not None
        assert int(fields["sum"]) == part.owed
        assert fields["persacc"] == part.account
        problems = requisites_problems(
            inn=fields["payeeinn"],
            kpp=fields["kpp"],
            account=fields["personalacc"],
            bic=fields["bic"],
            corr_account=fields["correspacc"],
        )
        assert problems == {}


def test_a_provider_that_is_owed_nothing_has_no_code_and_says_so() -> None:
    paid = section(opening=0, paid_since=section().owed)
    drawn = receipt(paid, heat_section())
    with document(drawn) as opened:
        assert codes(opened[0].render(scale=150 / 72).to_pil()) == [heat_section().qr.payload.encode()]
    assert "К оплате нет." in text(drawn)


def test_an_old_receipt_has_no_codes_and_says_why() -> None:
    drawn = receipt(section(latest=False), heat_section(latest=False), latest=False)
    with document(drawn) as opened:
        assert codes(opened[0].render(scale=150 / 72).to_pil()) == []
    said = text(drawn)
    assert said.count("Код — только на последней квитанции.") == 2
    assert "Это не последняя квитанция" in said


# --- words and sums ----------------------------------------------------------------------------------------------


def test_the_receipt_says_for_what_month_for_what_flat_and_until_when() -> None:
    said = text(receipt())
    assert "Единая квитанция за январь 2022 года" in said
    assert "г. Магнитогорск, ул. Труда, д. 14, кв. 25" in said
    assert "10 февраля 2022 года" in said


def test_each_provider_has_its_account_its_requisites_and_its_total() -> None:
    said = text(receipt())
    for part, total in ((section(), "440,97 ₽"), (heat_section(), "2 517,79 ₽")):
        assert f"Лицевой счёт {part.account}" in said
        assert part.details.account in said
        assert f"ИНН {part.details.inn}" in said
        assert f"БИК {part.details.bic}" in said
        assert total in said
    assert "ЕЛС 70АА123456" in said
    assert "Всего к оплате двум организациям 2 958,76 ₽" in said


def test_a_line_has_its_volume_tariff_and_parts() -> None:
    said = text(receipt())
    assert "Отопление 1,0984 Гкал по счётчику дома 1 873,05 2 057,36 — — — 2 057,36" in said
    assert "Горячая вода 4,2 м³ по счётчику 132,27 555,53 −45,10 −50,00 — 460,43" in said
    assert "Водоотведение 10,5 м³ по счётчику 24,10 253,05 — — 8,12 261,17" in said


def test_the_volume_of_wastewater_is_explained_in_the_numbers_of_the_receipt() -> None:
    assert "Объём водоотведения: холодная вода 6,3 + горячая вода 4,2 = 10,5 м³." in text(receipt())


@pytest.mark.parametrize("volume", ["10.4", "0"])
def test_it_is_explained_in_words_when_the_numbers_do_not_add_up(volume: str) -> None:
    lines = (charge(Service.COLD_WATER, "6.3", "28.54"), charge(Service.WASTEWATER, volume, "24.1"))
    said = text(receipt(section(lines=lines), heat_section()))
    assert "складывается из объёмов холодной и горячей воды" in said
    assert "холодная вода 6,3 +" not in said


def test_a_meter_shows_its_reading_and_a_verification_that_ran_out() -> None:
    said = text(receipt())
    assert "19-204417 кухня 412,304 20.01.2022 14.03.2025" in said
    assert "19-204418 ванная 1 208,1 20.01.2022 01.12.2021 истекла" in said
    assert said.count("истекла") == 1


def test_a_meter_without_reading_is_shown_with_dashes() -> None:
    silent = replace(meter("77", Service.COLD_WATER, "", "0", None), value=None, value_on=None)
    assert "77 — — — —" in text(receipt(section(meters=[silent])))


@pytest.mark.parametrize(("until", "marks"), [(date(2022, 1, 31), 0), (date(2022, 1, 30), 1)])
def test_a_verification_runs_out_within_the_month(until: date, marks: int) -> None:
    checked = meter("77", Service.COLD_WATER, "кухня", "1", until)
    assert text(receipt(section(meters=[checked]))).count("истекла") == marks


def test_debt_payments_and_what_is_left() -> None:
    said = text(receipt(section(opening=150_000, paid=50_000, paid_since=100_000)))
    assert "Долг на начало месяца 1 500,00" in said
    assert "Оплачено −500,00" in said
    assert "Начислено +440,97" in said
    assert "К оплате 1 440,97" in said
    assert "Оплачено после начисления −1 000,00" in said
    assert "Осталось оплатить 440,97 ₽" in said


def test_an_overpayment_is_named_and_needs_no_payment() -> None:
    said = text(receipt(section(opening=-90_000)))
    assert "Переплата на начало месяца −900,00" in said
    assert "Переплата 459,03 ₽. Платить не нужно." in said
    assert "Платить не нужно 0,00 ₽" in said
    assert "Осталось оплатить" not in said


def test_an_overpayment_never_lessens_a_debt_to_another() -> None:
    drawn = receipt(section(opening=-90_000), heat_section())
    said = text(drawn)
    assert drawn.owed == heat_section().owed
    assert "Всего к оплате 2 517,79 ₽" in said
    assert "Переплата одной организации не уменьшает долг перед другой." in said


def test_a_sample_says_so_on_the_page_and_by_each_code() -> None:
    said = text(receipt(sample=True))
    assert "ОБРАЗЕЦ. Реквизиты вымышлены" in said
    assert said.count("ОБРАЗЕЦ") >= 4  # the line, the watermark, two codes


def test_a_real_receipt_is_no_sample() -> None:
    payee = replace(details(WATER), demo=False, bank="БАНК")
    assert "ОБРАЗЕЦ" not in text(receipt(section(payee=payee), sample=False))


def test_parts_of_an_address_written_in_full_stay_as_they_are() -> None:
    full = replace(receipt(), address=Address("пр. Ленина", "стр. 2", "пом. 7", "пос. Агаповка"))
    assert "пос. Агаповка, пр. Ленина, стр. 2, пом. 7" in text(full)
    bare = replace(receipt(), address=Address("ул. Труда", "14"))
    assert "Адрес: ул. Труда, д. 14 " in text(bare)


# --- pages and bytes ---------------------------------------------------------------------------------------------


def test_a_usual_receipt_takes_one_page() -> None:
    assert len(pages(receipt())) == 1


def test_many_lines_and_meters_flow_onto_the_next_page() -> None:
    long = receipt(section(lines=WATER_LINES * 6, meters=WATER_METERS * 10), heat_section())
    with document(long) as opened:
        found = {code for page in opened for code in codes(page.render(scale=150 / 72).to_pil())}
    assert found == set(payloads(long))
    first, *rest = pages(long)
    assert "страница 1 из 2" in first
    assert len(rest) == 1
    assert (first + rest[0]).count("19-204417") == 10


def test_long_words_and_huge_sums_stay_on_the_page() -> None:
    name = "Муниципальное предприятие трест «" + "Водоканализация" * 6 + "»"
    wide = replace(
        section(opening=99_999_999_999),
        provider_name=name,
        account="9" * 40,
        meters=(meter("Z" * 40, Service.COLD_WATER, "в шкафу на лестничной клетке", "99999999.999", date(2030, 1, 1)),),
    )
    with document(receipt(wide, sample=False)) as opened:
        written = opened[0].get_textpage()
        edges = [written.get_rect(number) for number in range(written.count_rects())]
        margin = 14 / 25.4 * 72
        assert min(left for left, *_ in edges) > margin - 1
        assert max(right for _, _, right, _ in edges) < opened[0].get_width() - margin + 1
    assert "1 000 000 440,96 ₽" in text(receipt(wide))


def test_text_of_others_is_never_taken_for_markup() -> None:
    odd = '#panic("x") *a* _b_ $c$ <d> @e \\ [f] {g}'
    drawn = receipt(section(meters=[meter(odd, Service.COLD_WATER, "#sys.version", "1", None)]))
    said = text(drawn)
    assert '#panic("x")' in said
    assert "#sys.version" in said.replace(" ", "")


def test_the_document_names_nobody() -> None:
    with document(receipt()) as opened:
        known = opened.get_metadata_dict()
    assert known["Title"].replace("\xa0", " ") == "Единая квитанция за январь 2022 года"
    assert known["Author"] == known["Subject"] == known["Keywords"] == known["CreationDate"] == ""


def test_the_same_receipt_gives_the_same_bytes_in_any_renderer_and_thread() -> None:
    drawn = receipt()
    made: list[bytes] = []
    threads = [threading.Thread(target=lambda: made.append(RENDERER.pdf(drawn))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {*made, ReceiptRenderer().pdf(drawn)} == {RENDERER.pdf(drawn)}
    assert len(made) == 3


def longer(line: Charge) -> Charge:
    return replace(line, volume=line.volume + Decimal("0.1"))


@pytest.mark.parametrize(
    "change",
    [
        lambda drawn: replace(drawn, due=date(2022, 2, 11)),
        lambda drawn: replace(drawn, latest=False),
        lambda drawn: replace(drawn, sample=False),
        lambda drawn: replace(drawn, sections=drawn.sections[:1]),
        lambda drawn: replace(drawn, sections=(section(paid_since=1), *drawn.sections[1:])),
        lambda drawn: replace(drawn, sections=(section(lines=map_lines()), *drawn.sections[1:])),
    ],
)
def test_new_facts_give_a_new_key(change) -> None:
    changed = change(receipt())
    assert receipt_key(changed) != receipt_key(receipt())
    assert RENDERER.pdf(changed) != RENDERER.pdf(receipt())


def map_lines() -> list[Charge]:
    return [longer(line) for line in WATER_LINES]


def test_the_same_facts_give_the_same_key() -> None:
    assert receipt_key(receipt()) == receipt_key(receipt())
    assert re.fullmatch(r"[0-9a-f]{64}", receipt_key(receipt()))
