"""Dashboard, alarms and their pages: they name what the product tells, and everything it tells is shown."""

import json
import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from web.metrics import Metrics

DOCS = Path(__file__).resolve().parents[2] / "docs"
NAME = re.compile(r"\bvodoteplo_[a-z_]+")


def told() -> set[str]:
    """Every name under which a scrape has a number."""
    metrics = Metrics()
    metrics.turn("vk", "served", 0.1)
    metrics.send("vk", "sent", 0.1)
    for tell in (metrics.served, metrics.delivered, metrics.paced):
        tell("vk", 0.1)
    return {
        sample.name
        for family in metrics.registry.collect()
        for sample in family.samples
        if not sample.name.endswith("_created")
    } | {family.name for family in metrics.registry.collect() if family.type == "gauge"}


def expressions() -> list[str]:
    board = json.loads((DOCS / "grafana" / "vodoteplo.json").read_text("utf-8"))
    return [target["expr"] for panel in board["panels"] for target in panel["targets"]]


def rules() -> list[dict[str, object]]:
    (group,) = YAML(typ="safe", pure=True).load((DOCS / "alerts.yml").read_text("utf-8"))["groups"]
    return list(group["rules"])


def named(expression: object) -> set[str]:
    return set(NAME.findall(str(expression)))


def test_the_dashboard_shows_what_is_told_and_nothing_else() -> None:
    shown = set().union(*map(named, expressions()))
    assert shown <= told()
    families = {re.sub(r"_(bucket|count|sum|total)$", "", name) for name in told()}
    assert {re.sub(r"_(bucket|count|sum|total)$", "", name) for name in shown} == families


def test_panels_of_the_dashboard_do_not_lie_upon_each_other() -> None:
    board = json.loads((DOCS / "grafana" / "vodoteplo.json").read_text("utf-8"))
    cells = [
        (x, y)
        for panel in board["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert all(x < 24 for x, _y in cells)
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_an_alarm_leans_on_what_is_told_and_has_a_page(rule: dict[str, object]) -> None:
    assert named(rule["expr"]) <= told()
    assert named(rule["expr"]) or rule["alert"] == "VodoteploDown"
    assert f"## {rule['alert']}\n" in (DOCS / "alarms.md").read_text("utf-8")


def test_no_page_is_about_an_alarm_that_is_not_there() -> None:
    pages = re.findall(r"^## (\w+)$", (DOCS / "alarms.md").read_text("utf-8"), re.MULTILINE)
    assert pages == [rule["alert"] for rule in rules()]
