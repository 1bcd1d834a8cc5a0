"""The unified receipt as a file: one A4 document with a payment code beside each provider's total.

It goes to a resident who has proved an account of the flat, so it bears the full postal address, as the law asks of a
payment document (Rules No. 354, point 69), but nobody's name.
"""

import hashlib
import json
from pathlib import Path
from typing import cast

from core.billing.model import UnifiedReceipt
from infra.receipts.paths import TEMPLATES
from infra.receipts.qr import qr_png
from infra.receipts.receipt_text import Json, receipt_text
from infra.receipts.typesetter import Typesetter

TEMPLATE = TEMPLATES / "receipt.typ"
MODULE_PIXELS = 4
"""Pixels a module of a code inside the document: sharp in print, and small."""


class ReceiptRenderer:
    """Draws receipts; the same receipt gives the same bytes. Safe to share between threads (CPU-bound: use one)."""

    def __init__(self, font_dir: Path | None = None) -> None:
        self._typesetter = Typesetter(TEMPLATE, font_dir)

    def pdf(self, receipt: UnifiedReceipt) -> bytes:
        return self._typesetter.pdf(_with_pictures(receipt_text(receipt)))

    def png(self, receipt: UnifiedReceipt, ppi: float = 144) -> bytes:
        """The first page as a picture."""
        return self._typesetter.png(_with_pictures(receipt_text(receipt)), ppi)


def receipt_key(receipt: UnifiedReceipt) -> str:
    """Names the content of a receipt: 64 hex digits over every word on it and the template. New facts, new key."""
    words = json.dumps(receipt_text(receipt), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(TEMPLATE.read_bytes() + words.encode()).hexdigest()


def _with_pictures(text: Json) -> Json:
    sections = cast("list[Json]", text["sections"])
    return {**text, "sections": [{**section, "code": _picture(section["code"])} for section in sections]}


def _picture(code: object) -> Json | None:
    if code is None:
        return None
    code = cast("Json", code)
    picture = qr_png(str(code["payload"]), sample=False, scale=MODULE_PIXELS)
    return {**code, "png": list(picture)}
