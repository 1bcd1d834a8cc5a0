"""A row of the table: what was measured, and whether it keeps to the goal."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """`goal` is a bound of the value, the least or (`at_most`) the greatest; None is a number without a promise."""

    what: str
    value: float
    unit: str = ""
    goal: float | None = None
    at_most: bool = False

    @property
    def verdict(self) -> str:
        """ "ok", "over" (the goal is missed), or nothing where there is none."""
        if self.goal is None:
            return ""
        kept = self.value <= self.goal if self.at_most else self.value >= self.goal
        return "ok" if kept else "over"

    @property
    def promised(self) -> str:
        if self.goal is None:
            return ""
        return f"{'≤' if self.at_most else '≥'} {number(self.goal)}"


def number(value: float) -> str:
    """A value as a person reads it: three figures that count."""
    if value >= 100 or value == int(value):
        return f"{value:,.0f}".replace(",", "\u00a0")
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
