"""Photos as people take them: askew, out of focus, both codes at once. What is read is never a guess."""

import io
import random
from collections.abc import Sequence

import pytest
from PIL import Image, ImageFilter

from infra.receipts.reading import read_codes
from tests.infra.receipts.test_reading import PAGE, PAYLOADS, photo, saved

Corner = tuple[float, float]


def seen_from(corners: Sequence[Corner], width: int, blur: float) -> bytes:
    """The page as a camera sees it that is not above it: `corners` are those of the sheet, as parts of the picture."""
    height = PAGE.height * width // PAGE.width
    sheet = [(0, 0), (PAGE.width, 0), (PAGE.width, PAGE.height), (0, PAGE.height)]
    places = [(x * width, y * height) for x, y in corners]
    picture = PAGE.transform(
        (width, height),
        Image.Transform.PERSPECTIVE,
        _coefficients(places, sheet),
        Image.Resampling.BICUBIC,
        fillcolor=(90, 80, 70),
    )
    return saved(picture.filter(ImageFilter.GaussianBlur(blur)), quality=75)


def _coefficients(places: Sequence[Corner], sheet: Sequence[Corner]) -> list[float]:
    """The eight numbers of a perspective that puts the corners of the sheet at these places."""
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(places, sheet, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    return _solved(rows)


def _solved(rows: list[list[float]]) -> list[float]:
    """Gauss and Jordan: the last number of each row is its right side."""
    count = len(rows)
    for at in range(count):
        pivot = max(range(at, count), key=lambda row: abs(rows[row][at]))
        rows[at], rows[pivot] = rows[pivot], rows[at]
        rows[at] = [value / rows[at][at] for value in rows[at]]
        for row in range(count):
            if row != at:
                factor = rows[row][at]
                rows[row] = [value - factor * of for value, of in zip(rows[row], rows[at], strict=True)]
    return [row[-1] for row in rows]


ASKEW = {
    "from below": [(0.12, 0.05), (0.88, 0.05), (1.0, 0.98), (0.0, 0.98)],
    "from the right": [(0.05, 0.0), (0.95, 0.1), (0.95, 0.9), (0.05, 1.0)],
    "from a corner": [(0.1, 0.02), (0.98, 0.1), (0.9, 0.97), (0.02, 0.88)],
}


@pytest.mark.parametrize("view", ASKEW)
def test_both_codes_are_read_from_a_page_seen_askew(view: str) -> None:
    assert read_codes(seen_from(ASKEW[view], 1500, 0.8)) == PAYLOADS


@pytest.mark.parametrize("blur", [1.0, 1.3, 1.6])
def test_both_codes_are_read_from_a_photo_out_of_focus(blur: float) -> None:
    assert set(read_codes(photo(1600, 7, blur))) == set(PAYLOADS)


@pytest.mark.parametrize("view", ASKEW)
def test_what_is_too_blurred_is_not_read_rather_than_guessed(view: str) -> None:
    assert read_codes(seen_from(ASKEW[view], 700, 4.0)) == ()


def test_of_twenty_photos_nothing_is_read_but_what_is_printed() -> None:
    chance = random.Random(11)
    for _ in range(20):
        corners = [(x + chance.uniform(0, 0.12), y + chance.uniform(0, 0.12)) for x, y in ((0, 0), (0.88, 0))]
        corners += [(0.88 + chance.uniform(0, 0.12), 0.88 + chance.uniform(0, 0.12)), (chance.uniform(0, 0.12), 0.95)]
        found = read_codes(seen_from(corners, chance.choice([900, 1280]), chance.uniform(0.3, 1.8)))
        assert set(found) <= set(PAYLOADS)


def test_one_code_close_up_is_read_alone() -> None:
    """What is asked for when a page did not read: one code, close, even so unsharp that the page would not do."""
    whole = Image.open(io.BytesIO(photo(2200, 3, 2.5))).convert("RGB")
    halves = [whole.crop((0, 0, whole.width // 2, whole.height)), whole.crop((whole.width // 2, 0, *whole.size))]
    found = [code for half in halves for code in read_codes(saved(half))]
    assert found
    assert set(found) <= set(PAYLOADS)
