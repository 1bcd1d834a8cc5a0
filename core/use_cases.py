"""All use cases, bound to one transaction: what a dialog step may ask of the trade."""

from dataclasses import dataclass

from core.accounts.use_cases import Linking, Residents
from core.billing.use_cases import Billing
from core.meters.use_cases import Readings
from core.support.use_cases import Questions


@dataclass(frozen=True)
class UseCases:
    residents: Residents
    linking: Linking
    readings: Readings
    billing: Billing
    questions: Questions
