"""The picture of a flat's consumption by month."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TypedDict

from core.services import Service
from infra.receipts import words
from infra.receipts.paths import TEMPLATES
from infra.receipts.typesetter import Typesetter

COLOURS = {
    Service.COLD_WATER: "#1f6fb5",
    Service.HOT_WATER: "#c8402b",
    Service.WASTEWATER: "#4f8f7a",
    Service.HEATING: "#d98a1f",
}
WIDTH = 1128
"""Pixels between the margins of the picture."""
LEAST_HEIGHT = 700
PANEL_HEIGHT = 316
GAP = 24
MARGINS = 44
LARGEST_TYPE = 32
LETTER = 0.58
"""Width of a letter as a share of its size."""
LEAST_COLUMNS = 6
"""So that one month is a bar and not a wall."""


class Point(TypedDict):
    month: str
    value: str
    height: float


class Panel(TypedDict):
    label: str
    unit: str
    colour: str
    skip: int
    """Empty columns before the first point."""
    points: list[Point]


@dataclass(frozen=True, slots=True)
class Series:
    """Consumption of one service: (label of the month, volume) from the oldest on. Labels come in words, ready.

    Without `service` the colour is taken by the place among the series: blue, red, green, amber.
    """

    label: str
    unit: str
    points: tuple[tuple[str, Decimal], ...]
    service: Service | None = None


def consumption_png(series: Sequence[Series]) -> bytes:
    """A PNG 1200 pixels wide and at least 700 high, a row of bars for each series. Raises ValueError without points.

    Series end in the same month, so shorter ones stand to the right. Volumes are rounded to two decimals.
    """
    drawn = [one for one in series if one.points]
    if not drawn:
        raise ValueError("there is nothing to draw")
    height = max(LEAST_HEIGHT, len(drawn) * (PANEL_HEIGHT + GAP) - GAP + MARGINS)
    columns = max(len(one.points) for one in drawn)
    panels = [_panel(one, place, columns) for place, one in enumerate(drawn)]
    data = {
        "height": height,
        "panel": (height - MARGINS - GAP * (len(drawn) - 1)) // len(drawn),
        "columns": max(columns, LEAST_COLUMNS),
        "type": min(LARGEST_TYPE, WIDTH / max(columns, LEAST_COLUMNS) / _longest(panels) / LETTER),
        "series": panels,
    }
    return _typesetter().png(data, ppi=72)


@cache
def _typesetter() -> Typesetter:
    return Typesetter(TEMPLATES / "plot.typ")


def _panel(series: Series, place: int, columns: int) -> Panel:
    volumes = [round(volume, 2) for _, volume in series.points]
    decimals = max(words.decimals(volume) for volume in volumes)
    colours = tuple(COLOURS.values())
    return {
        "label": series.label,
        "unit": series.unit,
        "colour": COLOURS[series.service] if series.service else colours[place % len(colours)],
        "skip": columns - len(volumes),
        "points": [
            {"month": month, "value": words.number(volume, decimals), "height": _share(volume, max(volumes))}
            for (month, _), volume in zip(series.points, volumes, strict=True)
        ],
    }


def _longest(panels: Sequence[Panel]) -> int:
    """Letters of the longest month or value."""
    points = (point for panel in panels for point in panel["points"])
    return max(max(len(point["month"]), len(point["value"])) for point in points)


def _share(volume: Decimal, largest: Decimal) -> float:
    """Height of a bar, 0 to 1: a correction below zero has none, its number says it."""
    return float(max(volume, Decimal(0)) / largest) if largest > 0 else 0.0
