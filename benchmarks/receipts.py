"""How many receipts and payment codes a core makes a second, beside a code drawn by segno alone."""

import io
import time
from collections.abc import Callable
from dataclasses import replace

import segno

from core.billing.model import UnifiedReceipt
from infra.receipts.qr import qr_png
from infra.receipts.receipt import ReceiptRenderer
from tests.infra.receipts.examples import heat_section, receipt, section

SECONDS = 3.0
"""How long each kind is made."""


def measure(seconds: float = SECONDS) -> dict[str, float]:
    """Rates a second of processor time, and ratios to segno's own picture (best mask, its PNG writer) in this run."""
    renderer = ReceiptRenderer()
    renderer.pdf(_receipt(-1))
    rates = {
        "receipt PDF with two codes, a second": _rate(lambda number: renderer.pdf(_receipt(number)), seconds),
        "receipt PNG at 144 ppi, a second": _rate(lambda number: renderer.png(_receipt(number)), seconds),
        "payment code PNG, a second": _rate(lambda number: qr_png(_payload(number), sample=True), seconds),
        "payment code PNG by segno alone, a second": _rate(lambda number: _segno_alone(_payload(number)), seconds),
    }
    pdf, _, code, alone = rates.values()
    return rates | {"payment code / segno alone": code / alone, "receipt PDF / segno alone": pdf / alone}


def _rate(make: Callable[[int], object], seconds: float) -> float:
    """Distinct things made a second of this process's processor time."""
    begun, made = time.process_time(), 0
    while time.process_time() - begun < seconds:
        make(made)
        made += 1
    return made / (time.process_time() - begun)


def _receipt(number: int) -> UnifiedReceipt:
    parts = (section(account=f"3{number + 1:09}"), heat_section(opening=number + 1))
    return replace(receipt(), sections=parts)


def _payload(number: int) -> str:
    code = section(account=f"3{number:09}").qr
    assert code is not None
    return code.payload


def _segno_alone(payload: str) -> bytes:
    picture = io.BytesIO()
    symbol = segno.make_qr(payload, encoding="utf-8", error="m", boost_error=False)
    symbol.save(picture, kind="png", scale=10)
    return picture.getvalue()


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name}: {value:.1f}")
