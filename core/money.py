"""Money is kopecks in an integer; roubles exist only at the border, as text.

A positive balance is owed by the resident, a negative one is an overpayment.
"""

import re
from decimal import Decimal
from typing import NewType

Kopecks = NewType("Kopecks", int)
NOTHING = Kopecks(0)

_AMOUNT = re.compile(r"(-?)([0-9]{1,12})(?:[.,]([0-9]{1,2}))?", re.ASCII)
_GROUPED = re.compile(r"-?[0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3})+(?:[.,][0-9]{1,2})?", re.ASCII)
_SPACES = re.compile(r"[ \u00a0\u202f]")


def parse_roubles(text: str) -> Kopecks | None:
    """Kopecks of an amount in roubles («1 234,5», «-12.00»), or None when it is not one. At most two decimals."""
    text = text.strip()
    if _GROUPED.fullmatch(text):
        text = _SPACES.sub("", text)
    found = _AMOUNT.fullmatch(text)
    if not found:
        return None
    sign, whole, part = found.groups()
    kopecks = int(whole) * 100 + int((part or "0").ljust(2, "0"))
    return Kopecks(-kopecks if sign else kopecks)


def roubles(kopecks: int) -> Decimal:
    """The amount in roubles, with two decimals."""
    return Decimal(kopecks).scaleb(-2)


def roubles_text(kopecks: int) -> str:
    """«1234.50»: the amount in roubles for files that machines read."""
    return f"{roubles(kopecks):.2f}"
