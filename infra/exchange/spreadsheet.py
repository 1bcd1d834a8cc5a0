"""Cells that a spreadsheet may open."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


def safe_cell(text: str) -> str:
    """The text, with a leading apostrophe where a spreadsheet would run it as a formula (contracts: exchange)."""
    return "'" + text if text.startswith(_FORMULA_STARTS) else text
