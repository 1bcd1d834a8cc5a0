"""The picture of consumption: right proportions, colours that tell services apart."""

import io
from decimal import Decimal

import pytest
from PIL import Image

from core.services import Service
from infra.receipts.plot import COLOURS, Series, consumption_png

MONTHS = ("фев", "мар", "апр", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек", "янв")


def series(*volumes: str, service: Service | None = Service.COLD_WATER, label: str = "Холодная вода") -> Series:
    months = MONTHS[-len(volumes) :]
    return Series(
        label, "м³", tuple((month, Decimal(volume)) for month, volume in zip(months, volumes, strict=True)), service
    )


def drawn(*all_series: Series) -> Image.Image:
    return Image.open(io.BytesIO(consumption_png(all_series))).convert("RGB")


def heights(picture: Image.Image, service: Service) -> list[int]:
    """Pixel heights of the bars of a service, from left to right; the square beside its name is left out."""
    colour = tuple(bytes.fromhex(COLOURS[service].removeprefix("#")))
    columns = [
        sum(1 for y in range(picture.height) if picture.getpixel((x, y)) == colour) for x in range(64, picture.width)
    ]
    bars: list[int] = []
    before = 0
    for height in columns:
        if height and not before:
            bars.append(height)
        elif height:
            bars[-1] = max(bars[-1], height)
        before = height
    return bars


def test_bars_are_as_high_as_their_volumes() -> None:
    found = heights(drawn(series("1", "2", "4", "8", "4", "2", "1")), Service.COLD_WATER)
    assert len(found) == 7
    assert [round(height / found[3] * 8) for height in found] == [1, 2, 4, 8, 4, 2, 1]


def test_the_picture_is_1200_by_700_and_grows_with_the_services() -> None:
    one, four = drawn(series("1", "2")), drawn(*[series("1", "2")] * 4)
    assert one.size == (1200, 700)
    assert four.width == 1200
    assert four.height > 1200


def test_each_service_has_its_colour() -> None:
    cold, hot = series("1", "2"), series("3", "1", service=Service.HOT_WATER)
    picture = drawn(cold, hot)
    assert len(heights(picture, Service.COLD_WATER)) == 2
    assert len(heights(picture, Service.HOT_WATER)) == 2


def test_without_services_colours_go_by_place() -> None:
    picture = drawn(series("1", "2", service=None), series("1", "2", service=None))
    assert len(heights(picture, Service.HOT_WATER)) == 2


def test_a_shorter_series_stands_under_the_same_months() -> None:
    picture = drawn(series("1", "1", "1", "1", "1", "1"), series("1", service=Service.HOT_WATER))
    red = tuple(bytes.fromhex(COLOURS[Service.HOT_WATER].removeprefix("#")))
    places = [x for x in range(64, 1200) if any(picture.getpixel((x, y)) == red for y in range(400, 700, 4))]
    assert min(places) > 950


def test_one_month_is_a_bar_and_not_a_wall() -> None:
    (only,) = heights(drawn(series("5")), Service.COLD_WATER)
    assert only > 300
    assert drawn(series("5")).getpixel((600, 400)) == (255, 255, 255)


@pytest.mark.parametrize("volumes", [("0", "0"), ("-1.5", "0"), ("-1", "3"), ("0.000001", "0"), ("123456.789", "1")])
def test_odd_volumes_are_drawn(volumes: tuple[str, ...]) -> None:
    assert drawn(series(*volumes)).size == (1200, 700)


def test_without_points_there_is_nothing_to_draw() -> None:
    with pytest.raises(ValueError, match="nothing to draw"):
        consumption_png([Series("Холодная вода", "м³", ())])


def test_the_same_series_give_the_same_bytes() -> None:
    assert consumption_png([series("1", "2.5")]) == consumption_png([series("1", "2.5")])
