"""The table of proofs: every scenario is there, and one that breaks is a promise that does not hold."""

import json
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module
from pathlib import Path

import pytest

from proof import __main__ as proof
from proof.report import Line, Progress, command, markdown, show

KEPT = Line("updates take effect once", "0 lost", "0 lost", True, command("exactly_once", 1.0))
BROKEN = Line("order", "1 | 2", "0", False, command("order", 0.1))


def test_every_scenario_is_where_the_table_says() -> None:
    for place in proof.SCENARIOS.values():
        module, _, function = place.partition(":")
        assert callable(getattr(import_module(module), function))


def test_the_table_says_what_holds_and_how_to_make_it_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert markdown([KEPT, BROKEN]).splitlines()[2:] == [
        "| updates take effect once | 0 lost | 0 lost | holds | `python -m proof exactly_once` |",
        "| order | 1 \\| 2 | 0 | DOES NOT HOLD | `python -m proof order --scale 0.1` |",
    ]
    show([KEPT, BROKEN])
    assert "DOES NOT HOLD" in capsys.readouterr().out


def planted(lines: list[Line] | Exception) -> Callable[[float], Awaitable[list[Line]]]:
    async def scenario(_scale: float) -> list[Line]:
        if isinstance(lines, Exception):
            raise lines
        return lines

    return scenario


@pytest.mark.parametrize(
    ("found", "code"), [([KEPT], 0), ([KEPT, BROKEN], 1), ([], 1), (RuntimeError("no servers"), 1)]
)
def test_a_promise_that_does_not_hold_fails_the_command(
    monkeypatch: pytest.MonkeyPatch, found: list[Line] | Exception, code: int
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "planted_scenario", planted(found), raising=False)
    monkeypatch.setattr(proof, "SCENARIOS", {"one": f"{__name__}:planted_scenario"})
    monkeypatch.setattr(sys, "argv", ["proof", "one", "--scale", "0.5"])
    with pytest.raises(SystemExit) as ended:
        proof.main()
    assert ended.value.code == code


@pytest.mark.parametrize(
    ("asked", "proved"),
    [(["path"], ["a", "b"]), (["b", "path"], ["b", "a"]), ([], ["a", "b"]), (["path", "broadcasts"], ["a", "b", "c"])],
)
def test_a_group_is_all_of_its_scenarios_once(
    monkeypatch: pytest.MonkeyPatch, asked: list[str], proved: list[str]
) -> None:
    ran: list[str] = []

    def prove(name: str, _scale: float) -> list[Line]:
        ran.append(name)
        return [KEPT]

    monkeypatch.setattr(proof, "prove", prove)
    monkeypatch.setattr(proof, "SCENARIOS", dict.fromkeys("abc", ""))
    monkeypatch.setattr(proof, "GROUPS", {"path": ["a", "b"], "broadcasts": ["c"]})
    monkeypatch.setattr(sys, "argv", ["proof", *asked])
    with pytest.raises(SystemExit):
        proof.main()
    assert ran == proved


def test_durability_is_measured_beside_a_bare_bot_in_the_same_run(tmp_path: Path) -> None:
    """How it comes out is not for a test: it depends on the machine. This is the whole command, as it is given."""
    table = tmp_path / "table.json"
    asked = [sys.executable, "-m", "proof", "durability", "--scale", "0.05", "--json", str(table)]
    ended = subprocess.run(asked, capture_output=True, check=False, timeout=120)
    (line,) = json.loads(table.read_text("utf-8"))
    ratio, turns, bare = (float(one) for one in re.findall(r"[\d.]+", line["measured"])[:3])
    assert turns > 0
    assert ratio == pytest.approx(turns / bare, abs=0.02)
    assert line["holds"] == (ended.returncode == 0) == (ratio >= 0.5)


def test_progress_says_how_far_it_is_and_how_long_it_will_take(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [100.0]
    monkeypatch.setattr("proof.report.time.monotonic", lambda: now[0])
    progress = Progress("kills", 200)
    now[0] += 5
    progress.at(10)
    assert capsys.readouterr().err == ""
    now[0] += 15
    progress.at(50, "5 kills")
    assert capsys.readouterr().err == "  kills: 25 % (5 kills), about 60 s left\n"
