"""docs/rules.md names the test of every rule: each of them must be there."""

import re
from pathlib import Path

from infra.paths import PROJECT

PAGE = (PROJECT / "docs" / "rules.md").read_text("utf-8")
ROW = re.compile(r"^\|(?!\s*-|\s*rule\s*\|)(.+)\|\s*$", re.MULTILINE)


def cells() -> list[list[str]]:
    """Rule, source, setting, test of every row."""
    return [[cell.strip() for cell in row.split("|")] for row in ROW.findall(PAGE) if not set(row) <= set("-| :")]


def test_every_rule_has_its_source_its_setting_and_its_test() -> None:
    assert len(cells()) > 20
    assert [row for row in cells() if len(row) != 4 or not all(row)] == []


def test_every_test_named_there_exists() -> None:
    named = {name for row in cells() for name in re.findall(r"`([^`]+)`", row[3])}
    files = {name for name in named if name.startswith("tests/")}
    functions = {name for name in named if name.startswith("test_") and not name.endswith(".py")}
    written = "\n".join(path.read_text("utf-8") for path in Path(PROJECT / "tests").rglob("test_*.py"))
    assert {name for name in files if not (PROJECT / name.partition("::")[0]).exists()} == set()
    assert {name for name in functions if not re.search(rf"def {re.escape(name)}\b", written)} == set()
