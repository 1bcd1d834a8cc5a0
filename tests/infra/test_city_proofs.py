"""The table `[proofs]` of the city file."""

from pathlib import Path

import pytest

from core.link_settings import Fact, ProofKind, ProofLimits
from infra.city_file import CityFileError, load_city
from infra.paths import DEFAULT_CITY
from tests.infra.test_city_file import SMALL, loaded


def test_the_shipped_city_says_what_is_usual() -> None:
    assert load_city(DEFAULT_CITY).proofs == ProofLimits()


def test_without_the_table_the_usual_holds(tmp_path: Path) -> None:
    assert loaded(tmp_path, SMALL).proofs == ProofLimits()


def test_order_facts_and_limits_are_the_citys(tmp_path: Path) -> None:
    table = """
[proofs]
order = ["facts", "code"]
facts = ["area", "last_paid"]
chat_accounts_a_day = 2
residents_a_flat = 7
"""
    proofs = loaded(tmp_path, SMALL + table).proofs
    assert proofs.order == (ProofKind.FACTS, ProofKind.CODE)
    assert proofs.facts == (Fact.AREA, Fact.LAST_PAID)
    assert (proofs.chat_accounts_a_day, proofs.residents_a_flat) == (2, 7)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('order = ["passport"]', "proofs.order: write different names out of code, phone, facts"),
        ('order = ["code", "code"]', "proofs.order: write different names"),
        ("order = []", "proofs.order: it is not a list of texts"),
        ('facts = ["area"]', "proofs.facts: 2 of them prove an account"),
        ('facts = ["area", "holder"]', "proofs.facts: write different names out of last_paid"),
        ("helper_code_hours = 25", "proofs.helper_code_hours: 25 is out of bounds"),
        ("proof_minutes = 1", "proofs.proof_minutes: 1 is out of bounds"),
        ("residents = 5", "proofs.residents: no such key"),
    ],
)
def test_what_cannot_be_meant_is_said(tmp_path: Path, line: str, problem: str) -> None:
    with pytest.raises(CityFileError) as refused:
        loaded(tmp_path, f"{SMALL}\n[proofs]\n{line}\n")
    assert any(problem in one for one in refused.value.lines), refused.value.lines
