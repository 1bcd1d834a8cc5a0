"""«Мои данные» as a page: every word of the export is on it."""

import re

import pypdfium2
import pytest

from infra.receipts.my_data import MyDataRenderer

DATA: dict[str, object] = {
    "язык": "ru",
    "чаты": [{"мессенджер": "telegram", "номер чата": "500"}],
    "согласия": [],
    "адреса": [{"название": "Дом", "лицевые счета": ["vodokanal 3000012345", "teplofikaciya 700012345"]}],
    "обращения": [
        {
            "номер": 7,
            "сообщения": [{"от кого": "вы", "текст": "Почему столько?"}, {"от кого": "оператор", "текст": "…"}],
        }
    ],
    "снимки": [{"есть": None}],
}


def words_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    text = "\n".join(page.get_textpage().get_text_range() for page in document)
    return re.sub(r"\s+", " ", text.replace("\u200b", ""))


def test_everything_is_on_the_page() -> None:
    text = words_of(MyDataRenderer().pdf(DATA, "16 февраля 2022 года"))
    for word in ("Мои данные", "16 февраля 2022 года", "ru", "Чаты", "telegram", "500", "3000012345", "700012345",
                 "Почему столько?", "оператор", "Ничего нет"):  # fmt: skip
        assert word in text, word


@pytest.mark.parametrize("text", ['#import "x"', "я" * 5000, "$ x $ *жирно* <b> \\", "\u0000", "🏠"])
def test_what_residents_write_is_never_markup(text: str) -> None:
    assert MyDataRenderer().pdf({"обращения": [{"текст": text}]}, "сегодня").startswith(b"%PDF")


def test_the_same_data_give_the_same_bytes() -> None:
    assert MyDataRenderer().pdf(DATA, "сегодня") == MyDataRenderer().pdf(DATA, "сегодня")
