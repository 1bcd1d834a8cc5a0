"""The text of a payment QR by ГОСТ Р 56042-2014 (reference: receipts.md §1).

Written as ST00012 (UTF-8) with the separator `|`, required fields first, Sum in kopecks. Values lose the separator,
the equals sign (a known reader drops such fields), line ends and characters that cannot be seen; limits are those of
the standard as independent implementations agree on them.
"""

import unicodedata
from collections.abc import Iterable

from core.billing.model import PaymentQr
from core.city import PaymentDetails
from core.ids import ProviderCode
from core.money import Kopecks
from core.periods import Period

HEADER = "ST00012"
SEPARATOR = "|"
UTILITY_SERVICES = "02"
"""TechCode of municipal services."""

REQUIRED_BYTES = 300
LIMITS = {
    "Name": 160,
    "PersonalAcc": 20,
    "BankName": 45,
    "BIC": 9,
    "CorrespAcc": 20,
    "KPP": 9,
    "PayeeINN": 12,
    "Purpose": 210,
    "Sum": 18,
}
REQUIRED = ("Name", "PersonalAcc", "BankName", "BIC", "CorrespAcc")

SEPARATORS = frozenset(b"|#;:^_~{}!$%&()*+,/@")
"""What may separate fields in a code that is read; bank apps are known to handle only the first."""

_UNWANTED = frozenset("|=")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class PaymentCodeError(ValueError):
    """The bank details do not fit into a payment code; they are checked when the city file is loaded."""


def clean(value: str) -> str:
    """A value without the separator, `=`, line ends and unseen characters, with single spaces."""
    kept = (" " if sign in _UNWANTED or unicodedata.category(sign) in _UNSEEN else sign for sign in value)
    return " ".join("".join(kept).split())


def payment_text(fields: Iterable[tuple[str, str]]) -> str:
    """`ST00012|Key=Value|…` of the fields in their order, empty ones left out. Raises PaymentCodeError.

    Purpose is cut to its limit, every other value that is too long is an error: half a payee's name is another payee.
    """
    written = [(key, clean(value)) for key, value in fields]
    written = [(key, value[: LIMITS["Purpose"]].rstrip() if key == "Purpose" else value) for key, value in written]
    for key, value in written:
        if len(value) > LIMITS.get(key, len(value)) or (key in REQUIRED and not value):
            raise PaymentCodeError(f"{key}: {len(value)} characters do not fit a payment code")
    required = SEPARATOR.join(f"{key}={value}" for key, value in written if key in REQUIRED)
    if len(required.encode()) > REQUIRED_BYTES:
        raise PaymentCodeError(f"the required fields take more than {REQUIRED_BYTES} bytes")
    return SEPARATOR.join([HEADER, *(f"{key}={value}" for key, value in written if value)])


def purpose(account: str, period: Period) -> str:
    """«Оплата ЖКУ за 01.2022, л/с 3000000001»: what the bank's statement shows. Short keeps the code coarse."""
    return f"Оплата ЖКУ за {period.month:02}.{period.year}, л/с {account}"


def payment_qr(
    provider: ProviderCode,
    details: PaymentDetails,
    account: str,
    period: Period,
    amount: Kopecks,
) -> PaymentQr:
    """The payment code of one provider's section. `amount` is owed, so it is positive."""
    if amount <= 0:
        raise PaymentCodeError("nothing is owed: there is no code for it")
    text = payment_text(
        [
            ("Name", details.name),
            ("PersonalAcc", details.account),
            ("BankName", details.bank),
            ("BIC", details.bic),
            ("CorrespAcc", details.corr_account or "0"),
            ("KPP", details.kpp),
            ("PayeeINN", details.inn),
            ("Purpose", purpose(account, period)),
            ("Sum", str(int(amount))),
            ("PersAcc", account),
            ("PaymPeriod", f"{period.month:02}{period.year}"),
            ("TechCode", UTILITY_SERVICES),
        ]
    )
    return PaymentQr(provider, account, period, amount, text, details.demo)


def read_payment_text(raw: bytes) -> dict[str, str] | None:
    """The fields of a scanned payment code, keys in lower case, or None when it is none.

    Reads windows-1251 (1), UTF-8 (2) and KOI8-R (3), any separator, keys in any case, and a trailing separator.
    """
    raw = raw.removeprefix(_BYTE_ORDER_MARK)
    encoding = {b"1": "cp1251", b"2": "utf-8", b"3": "koi8-r"}.get(raw[6:7])
    if raw[:6] != b"ST0001" or encoding is None or not 9 <= len(raw) <= 4000 or raw[7] not in SEPARATORS:
        return None
    try:
        body = raw[8:].decode(encoding)
    except UnicodeDecodeError:
        return None
    pairs = (pair.partition("=") for pair in body.split(chr(raw[7])))
    return {key.strip().lower(): value for key, sign, value in pairs if sign and value and value != "null"}
