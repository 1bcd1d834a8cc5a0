"""What the unified receipt says: facts in, plain Russian strings out. The template only places them."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from core.billing.model import Charge, ReceiptMeter, ReceiptSection, UnifiedReceipt
from core.city import PaymentDetails
from core.services import WASTEWATER_PARTS, Service
from infra.receipts import words

Json = dict[str, object]

SAMPLE = "ОБРАЗЕЦ. Реквизиты вымышлены, платить по этой квитанции нельзя."
NOT_LATEST = (
    "Это не последняя квитанция: с тех пор сумма могла измениться. "
    "Платите по последней, коды для оплаты есть только на ней."
)
SEPARATE_PAYMENTS = "У каждой организации свой счёт и свой код: платите каждой отдельно."
NEVER_NETTED = "Переплата одной организации не уменьшает долг перед другой."
ONLY_ON_LATEST = "Код — только на последней квитанции."


def receipt_text(receipt: UnifiedReceipt) -> Json:
    """The receipt as the template takes it; codes stand as the text they hold (`payload`)."""
    volumes = {line.service: line.volume for section in receipt.sections for line in section.lines}
    return {
        "title": "Единая квитанция",
        "period": f"за {words.month(receipt.period)}",
        "address": words.breakable(words.postal_address(receipt.address)),
        "due": words.long_day(receipt.due),
        "total": _total(receipt),
        "notes": _notes(receipt),
        "sample": SAMPLE if receipt.sample else "",
        "sections": [_section(section, receipt.period.last_day, volumes) for section in receipt.sections],
    }


def _total(receipt: UnifiedReceipt) -> Json:
    owed_to = [section for section in receipt.sections if section.owed > 0]
    if not owed_to:
        return {"label": "Платить не нужно", "amount": words.rub(0)}
    label = f"Всего к оплате {words.to_organisations(len(owed_to))}" if len(owed_to) > 1 else "Всего к оплате"
    return {"label": label, "amount": words.rub(receipt.owed)}


def _notes(receipt: UnifiedReceipt) -> list[str]:
    owed = [section.owed for section in receipt.sections]
    several = sum(1 for amount in owed if amount > 0) > 1
    mixed = max(owed, default=0) > 0 > min(owed, default=0)
    notes = {NOT_LATEST: not receipt.latest, SEPARATE_PAYMENTS: several and receipt.latest, NEVER_NETTED: mixed}
    return [note for note, holds in notes.items() if holds]


def _section(section: ReceiptSection, until: date, volumes: Mapping[Service, Decimal]) -> Json:
    return {
        "name": words.breakable(section.provider_name),
        "account": words.breakable(section.account),
        "unified_account": section.unified_account or "",
        "payee": _payee(section.details),
        "lines": [_line(line) for line in section.lines],
        "line_note": _wastewater(section.lines, volumes),
        "meters": [_meter(meter, until) for meter in section.meters],
        "totals": _totals(section),
        "pay": _pay(section),
        "code": _code(section),
        "no_code": "" if section.qr else _why_no_code(section),
    }


def _payee(details: PaymentDetails) -> str:
    parts = {
        "ИНН": details.inn,
        "КПП": details.kpp,
        "счёт": details.account,
        "банк": details.bank,
        "БИК": details.bic,
        "корр. счёт": details.corr_account.strip("0") and details.corr_account,
    }
    named = (f"{name}{words.FIRM}{value}" for name, value in parts.items() if value)
    return ", ".join([f"Получатель: {details.name}", *named])


def _line(line: Charge) -> list[str]:
    return [
        words.SERVICES[line.service],
        f"{words.number(line.volume)}{words.FIRM}{line.unit}",
        words.METHODS[line.method],
        words.number(line.tariff, least_decimals=2),
        words.amount(line.charged),
        words.amount_or_dash(line.recalculated),
        words.amount_or_dash(-line.benefit),
        words.amount_or_dash(line.penalty),
        words.amount(line.total),
    ]


def _wastewater(lines: Iterable[Charge], volumes: Mapping[Service, Decimal]) -> str:
    """Says where the volume of wastewater comes from; in numbers when the receipt's own numbers add up."""
    line = next((line for line in lines if line.service is Service.WASTEWATER), None)
    if line is None:
        return ""
    parts = [volumes.get(service) for service in WASTEWATER_PARTS]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts) or sum(known) != line.volume:
        return "Объём водоотведения складывается из объёмов холодной и горячей воды."
    cold, hot = map(words.number, known)
    whole = f"{words.number(line.volume)}{words.FIRM}{line.unit}"
    return f"Объём водоотведения: холодная вода {cold} + горячая вода {hot} = {whole}."


def _meter(meter: ReceiptMeter, until: date) -> Json:
    expired = meter.verified_until is not None and meter.verified_until < until
    return {
        "cells": [
            words.SERVICES[meter.service],
            words.breakable(meter.number),
            words.breakable(meter.place) or words.NOTHING,
            words.NOTHING if meter.value is None else words.number(meter.value),
            words.short_day(meter.value_on),
        ],
        "verified": words.short_day(meter.verified_until),
        "expired": "истекла" if expired else "",
    }


def _totals(section: ReceiptSection) -> list[list[str]]:
    """How the sum to pay comes about, with signs: what is added is owed, what is taken off was paid."""
    statement = section.statement
    opening = "Переплата на начало месяца" if statement.opening < 0 else "Долг на начало месяца"
    rows = [
        [opening, words.amount(statement.opening)],
        ["Оплачено", words.amount(-statement.paid)],
        ["Начислено", words.signed(section.charged)],
    ]
    if section.paid_since:
        rows.append(list(_debt_or_overpayment("К оплате", statement.to_pay)))
        rows.append(["Оплачено после начисления", words.amount(-section.paid_since)])
    return rows


def _pay(section: ReceiptSection) -> Json:
    label = "Осталось оплатить" if section.paid_since else "К оплате"
    label, written = _debt_or_overpayment(label, section.owed)
    return {"label": label, "amount": f"{written}{words.FIRM}₽"}


def _debt_or_overpayment(label: str, owed: int) -> tuple[str, str]:
    return ("Переплата" if owed < 0 else label, words.amount(abs(owed)))


def _code(section: ReceiptSection) -> Json | None:
    if section.qr is None:
        return None
    return {
        "payload": section.qr.payload,
        "title": "Код для оплаты",
        "payee": section.details.name,
        "sum": words.rub(section.qr.sum),
        "sample": "ОБРАЗЕЦ" if section.qr.sample else "",
    }


def _why_no_code(section: ReceiptSection) -> str:
    if section.owed < 0:
        return f"Переплата {words.rub(-section.owed)}. Платить не нужно."
    return ONLY_ON_LATEST if section.owed else "К оплате нет."
