"""What the city file says of linking: which proofs are asked, in which order, and how many tries there are."""

from dataclasses import dataclass
from enum import StrEnum


class ProofKind(StrEnum):
    """How an account is proved. A code and a phone are strong; facts are weak, so two of them are needed."""

    CODE = "code"
    PHONE = "phone"
    FACTS = "facts"


class Fact(StrEnum):
    """What a holder of the account knows and a passer-by does not. Two of them prove the account."""

    LAST_PAID = "last_paid"
    LAST_OWED = "last_owed"
    LAST_READING = "last_reading"
    AREA = "area"


FACTS_NEEDED = 2


@dataclass(frozen=True, slots=True)
class ProofLimits:
    """Proofs in the order they are offered, and how many may fail before a chat, or an account, must wait (ASVS 6.3.1).

    `city_alarm` counts failures of ten minutes over the whole city; `proof_minutes` is how long a proof may wait for
    the address to be confirmed.
    """

    order: tuple[ProofKind, ...] = tuple(ProofKind)
    facts: tuple[Fact, ...] = tuple(Fact)
    chat_failures_an_hour: int = 5
    chat_failures_a_day: int = 10
    chat_accounts_a_day: int = 3
    account_failures_a_day: int = 10
    city_failures_an_hour: int = 500
    city_alarm: int = 50
    lock_hours: int = 24
    residents_a_flat: int = 5
    helpers_a_flat: int = 5
    helper_code_hours: int = 24
    proof_minutes: int = 60
    demo: bool = False
