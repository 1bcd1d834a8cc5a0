"""Receipts to draw: the demo city's providers with right-looking requisites, and a flat with three meters."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from core.accounts.model import Address
from core.billing.model import Charge, Method, ReceiptMeter, ReceiptSection, Statement, UnifiedReceipt
from core.billing.payment_code import payment_qr
from core.city import PaymentDetails, Provider
from core.ids import PremisesId
from core.money import Kopecks
from core.periods import Period
from core.services import Service
from infra.city_file import load_city
from infra.paths import DEFAULT_CITY

JANUARY = Period(2022, 1)
CITY = load_city(DEFAULT_CITY)
WATER, HEAT = (CITY.provider(code) for code in ("vodokanal", "teplofikaciya"))


def details(provider: Provider) -> PaymentDetails:
    found = provider.details_on(JANUARY.next.first_day)
    assert found is not None
    return found


def charge(service: Service, volume: str, tariff: str, unit: str = "м³", method: Method = Method.METER) -> Charge:
    charged = Kopecks(round(Decimal(volume) * Decimal(tariff) * 100))
    return Charge(JANUARY, service, unit, Decimal(volume), method, Decimal(tariff), charged)


def meter(number: str, service: Service, place: str, value: str, verified_until: date | None) -> ReceiptMeter:
    return ReceiptMeter(number, service, place, Decimal(value), date(2022, 1, 20), verified_until)


WATER_LINES = (
    charge(Service.COLD_WATER, "6.3", "28.54"),
    replace(charge(Service.WASTEWATER, "10.5", "24.1"), penalty=Kopecks(812)),
)
HEAT_LINES = (
    charge(Service.HEATING, "1.0984", "1873.05", "Гкал", Method.BUILDING),
    replace(charge(Service.HOT_WATER, "4.2", "132.27"), recalculated=Kopecks(-4510), benefit=Kopecks(5000)),
)
WATER_METERS = (
    meter("19-204417", Service.COLD_WATER, "кухня", "412.304", date(2025, 3, 14)),
    meter("19-204418", Service.COLD_WATER, "ванная", "1208.1", date(2021, 12, 1)),
)
HEAT_METERS = (meter("ВСГ-0077120", Service.HOT_WATER, "кухня", "287.55", None),)


def section(
    provider: Provider = WATER,
    account: str = "3000012345",
    lines: Sequence[Charge] = WATER_LINES,
    meters: Sequence[ReceiptMeter] = WATER_METERS,
    *,
    opening: int = 0,
    paid: int = 0,
    paid_since: int = 0,
    latest: bool = True,
    payee: PaymentDetails | None = None,
) -> ReceiptSection:
    """One provider's part whose numbers add up; it has a code when something is owed on the latest receipt."""
    payee = payee or details(provider)
    to_pay = Kopecks(opening - paid + sum(line.total for line in lines))
    owed = Kopecks(to_pay - paid_since)
    code = payment_qr(provider.code, payee, account, JANUARY, owed) if latest and owed > 0 else None
    return ReceiptSection(
        provider=provider.code,
        provider_name=provider.name,
        account=account,
        unified_account="70АА123456" if provider is WATER else None,
        details=payee,
        statement=Statement(JANUARY, Kopecks(opening), Kopecks(paid), to_pay),
        lines=tuple(lines),
        meters=tuple(meters),
        paid_since=Kopecks(paid_since),
        qr=code,
    )


def heat_section(*, opening: int = 0, paid: int = 0, paid_since: int = 0, latest: bool = True) -> ReceiptSection:
    account, lines, meters = "700012345", HEAT_LINES, HEAT_METERS
    return section(HEAT, account, lines, meters, opening=opening, paid=paid, paid_since=paid_since, latest=latest)


def receipt(*sections: ReceiptSection, latest: bool = True, sample: bool = True) -> UnifiedReceipt:
    return UnifiedReceipt(
        premises=PremisesId(1),
        address=Address("ул. Труда", "14", "25", "Магнитогорск"),
        period=JANUARY,
        due=date(2022, 2, 10),
        sections=sections or (section(opening=25030, paid=25030), heat_section()),
        latest=latest,
        sample=sample,
    )
