"""The fonts in the repository hold every letter of the product's four languages."""

import pytest
from PIL import ImageFont

from infra.receipts.paths import FONTS

TATAR = "әөүҗңһ"
BASHKIR = "ғҙҡҫ"
RUSSIAN = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
SIGNS = "0123456789₽№«»—–−³²·,.:;()/+="

FILES = sorted(FONTS.glob("*.ttf"))


def glyph(font: ImageFont.FreeTypeFont, sign: str) -> bytes:
    return bytes(font.getmask(sign))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_font_has_the_letters_and_signs(path) -> None:
    font = ImageFont.truetype(path, 40)
    nothing = glyph(font, "\uffff")
    letters = RUSSIAN + TATAR + BASHKIR
    missing = [sign for sign in letters + letters.upper() + SIGNS if glyph(font, sign) == nothing]
    assert missing == []


def test_a_missing_letter_would_be_seen() -> None:
    font = ImageFont.truetype(FILES[0], 40)
    assert glyph(font, "漢") == glyph(font, "\uffff")


def test_there_are_few_fonts_and_their_licence_travels_with_them() -> None:
    assert 2 <= len(FILES) <= 4
    assert sum(path.stat().st_size for path in FILES) < 3_000_000
    licence = (FONTS / "LICENSE.txt").read_text("utf-8")
    assert "ParaType Free Font License" in licence
    assert all(path.name in licence for path in FILES)
