"""What stops a command is said in one line, whatever it is, and no secret is in it."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from infra.paths import PROJECT
from tests.cli.conftest import Command

NOWHERE = "postgresql://anna:hunter2hunter2@127.0.0.1:1/none"
EXPORT = ("export", "readings", "--provider", "vodokanal", "--period", "2022-02", "--out")


def typed(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own: `serve` takes the process over."""
    command = (sys.executable, "-c", "from cli.main import main; main()", *words)
    return subprocess.run(
        command, cwd=PROJECT, env=os.environ | environment, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("words", [("migrate",), ("operator", "tickets"), ("serve",)], ids=" ".join)
def test_a_database_that_does_not_answer_is_named(environment: dict[str, str], words: tuple[str, ...]) -> None:
    there = {**environment, "VODOTEPLO_DATABASE_URL": NOWHERE, "VODOTEPLO_DEMO": "1", "VODOTEPLO_TELEGRAM_TOKEN": "1:a"}
    ran = typed(there, *words)
    assert ran.returncode == 1
    (line,) = ran.stderr.splitlines()
    assert line.startswith("VODOTEPLO_DATABASE_URL: the database does not answer")
    assert "hunter2" not in ran.stdout + ran.stderr


def test_a_port_that_is_taken_is_named(environment: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        serving = {"VODOTEPLO_DEMO": "1", "VODOTEPLO_TELEGRAM_TOKEN": "1:a", "VODOTEPLO_WEB_PORT": port}
        nowhere = {"VODOTEPLO_TELEGRAM_API_URL": "http://127.0.0.1:1"}
        ran = typed(environment | serving | nowhere, "serve", "--role", "web")
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr
    assert f"VODOTEPLO_WEB_PORT: cannot listen at 127.0.0.1:{port}" in ran.stderr


async def test_an_export_into_no_folder_is_one_line(command: Command, tmp_path: Path) -> None:
    ran = await command(*EXPORT, tmp_path / "no" / "such.csv")
    assert ran.exit_code == 1
    assert "the file could not be written: No such file or directory" in ran.output
