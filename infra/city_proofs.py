"""The table `[proofs]` of the city file: which proofs are asked, in which order, and how many tries there are."""

from enum import StrEnum
from typing import TypeVar

from core.link_settings import FACTS_NEEDED, Fact, ProofKind, ProofLimits
from infra.toml_tables import Table

E = TypeVar("E", bound=StrEnum)


def read_proofs(table: Table) -> ProofLimits:
    usual = ProofLimits()
    order = _names(table, "order", ProofKind, usual.order)
    facts = _names(table, "facts", Fact, usual.facts)
    if ProofKind.FACTS in order and len(facts) < FACTS_NEEDED:
        table.problem("facts", f"{FACTS_NEEDED} of them prove an account: list at least so many")
    limits = ProofLimits(
        order=order,
        facts=facts,
        chat_failures_an_hour=table.integer("chat_failures_an_hour", 1, 100, usual.chat_failures_an_hour),
        chat_failures_a_day=table.integer("chat_failures_a_day", 1, 1000, usual.chat_failures_a_day),
        chat_accounts_a_day=table.integer("chat_accounts_a_day", 1, 100, usual.chat_accounts_a_day),
        account_failures_a_day=table.integer("account_failures_a_day", 1, 1000, usual.account_failures_a_day),
        city_failures_an_hour=table.integer("city_failures_an_hour", 1, 10**6, usual.city_failures_an_hour),
        city_alarm=table.integer("city_alarm", 1, 10**6, usual.city_alarm),
        lock_hours=table.integer("lock_hours", 1, 24 * 31, usual.lock_hours),
        residents_a_flat=table.integer("residents_a_flat", 1, 100, usual.residents_a_flat),
        helpers_a_flat=table.integer("helpers_a_flat", 1, 20, usual.helpers_a_flat),
        helper_code_hours=table.integer("helper_code_hours", 1, 24, usual.helper_code_hours),
        proof_minutes=table.integer("proof_minutes", 5, 24 * 60, usual.proof_minutes),
        demo=table.flag("demo"),
    )
    table.close()
    return limits


def _names(table: Table, key: str, kind: type[E], default: tuple[E, ...]) -> tuple[E, ...]:
    """A list of different names out of those that are known, where it is there."""
    names = table.optional_texts(key)
    if names is None:
        return default
    known = [one.value for one in kind]
    if not set(names) <= set(known) or len(set(names)) < len(names):
        table.problem(key, f"write different names out of {', '.join(known)}")
        return default
    return tuple(kind(name) for name in names)
