"""What surrounds the code: requirements, Makefile, image and compose file."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import pytest
from ruamel.yaml import YAML

from infra.paths import PROJECT
from infra.settings import Settings

REQUIREMENTS = PROJECT / "requirements"
LISTS = ("app", "build", "dev")
COMPOSE = PROJECT / "docker-compose.yml"
ENV_EXAMPLE = PROJECT / ".env.example"
SECRET_NAME = re.compile(r"PASSWORD|SECRET|TOKEN|KEY|CONFIRMATION")
REFERENCE = re.compile(r"\$\{([A-Z_]+)")

Service = dict[str, object]


def run(*command: str | Path, cwd: Path = PROJECT, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=cwd, env=os.environ | environ, capture_output=True, text=True, check=False, timeout=120
    )


# --- requirements ------------------------------------------------------------------------------------------------


@cache
def pinned(name: str) -> dict[str, str]:
    """Name → version, as a list of requirements pins them."""
    text = (REQUIREMENTS / f"{name}.txt").read_text("utf-8")
    return {found[1].lower(): found[2] for found in re.finditer(r"(?m)^([A-Za-z0-9_.-]+)(==\S+)", text)}


def test_everything_the_product_loads_is_among_its_own_requirements() -> None:
    """A module that only the tests' requirements bring would be missing on a machine without them."""
    loaded = (
        "import importlib.metadata as m, json, sys\n"
        "import cli.main, cli.demo, cli.serve, cli.exchange, cli.check, cli.operator\n"
        "import bots.telegram.parse, bots.telegram.sending, bots.vk.parse, bots.vk.sending\n"
        "from infra.db.engine import create_engine; create_engine('postgresql://nobody@localhost/none')\n"
        "owners = m.packages_distributions()\n"
        "tops = {name.partition('.')[0] for name in sys.modules}\n"
        "print(json.dumps(sorted({owner.lower() for top in tops for owner in owners.get(top, ())})))"
    )
    done = subprocess.run([sys.executable, "-c", loaded], cwd=PROJECT, capture_output=True, text=True, check=True)
    required = set(re.findall(r"(?m)^([A-Za-z0-9_.-]+)==", (PROJECT / "requirements/app.txt").read_text().lower()))
    missing = {name.replace("_", "-") for name in json.loads(done.stdout)} - {one.replace("_", "-") for one in required}
    assert missing <= {"vodoteplo", "pip", "setuptools"}


@pytest.mark.parametrize("name", LISTS)
def test_requirements_name_no_index_and_no_address(name: str) -> None:
    for suffix in ("in", "txt"):
        text = (REQUIREMENTS / f"{name}.{suffix}").read_text("utf-8")
        assert "://" not in text
        assert not re.search(r"(?m)^\s*(?:-i|-f|--(?!hash=sha256:))", text)


@pytest.mark.parametrize("name", LISTS)
def test_every_requirement_is_pinned_and_hashed(name: str) -> None:
    lines = (REQUIREMENTS / f"{name}.txt").read_text("utf-8").splitlines()
    heads = [place for place, line in enumerate(lines) if not line.startswith("    --hash=")]
    assert heads, "an empty list"
    for place in heads:
        assert re.match(r"[A-Za-z0-9_.-]+==\S+", lines[place]), lines[place]
        assert re.match(r"    --hash=sha256:[0-9a-f]{64}", lines[place + 1]), lines[place]


@pytest.mark.parametrize("name", LISTS)
def test_what_is_asked_for_is_what_is_pinned(name: str) -> None:
    wanted = re.findall(
        r"(?m)^([A-Za-z0-9_.-]+)(?:\[\w+\])?(==\S+)?$", (REQUIREMENTS / f"{name}.in").read_text("utf-8")
    )
    assert wanted
    for package, version in wanted:
        assert pinned(name)[package.lower()].startswith(version), package


def test_tests_run_on_the_versions_of_the_product() -> None:
    both = pinned("app").keys() & pinned("dev").keys()
    assert {package: pinned("dev")[package] for package in both} == {
        package: pinned("app")[package] for package in both
    }


WITHOUT_DEV = """
import sys
from importlib.abc import MetaPathFinder

class Absent(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.split(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
from cli.main import main
main()
"""


def test_the_product_runs_without_what_only_the_tests_install() -> None:
    only_dev = pinned("dev").keys() - pinned("app").keys()
    absent = {
        module
        for module, packages in packages_distributions().items()
        if {package.lower().replace("_", "-") for package in packages} <= only_dev
    }
    assert "playwright" in absent
    program = f"ABSENT = {absent!r}\n{WITHOUT_DEV}"
    with TemporaryDirectory(prefix="vt", dir="/tmp") as folder:  # a socket's path has a limit
        ran = run(sys.executable, "-c", program, "migrate", VODOTEPLO_DATA_DIR=folder)
    assert ran.returncode == 0, ran.stderr


# --- Makefile ----------------------------------------------------------------------------------------------------


@pytest.fixture
def makefile_alone(tmp_path: Path) -> Path:
    """A folder with the Makefile and the files its stamps depend on."""
    shutil.copy(PROJECT / "Makefile", tmp_path)
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    shutil.copytree(REQUIREMENTS, tmp_path / "requirements")
    return tmp_path


def test_make_alone_lists_the_commands() -> None:
    listed = run("make").stdout
    for command in ("install", "demo", "test", "check", "bench", "lock", "format", "help"):
        assert re.search(rf"(?m)^  make {command} +\S", listed), command


def test_an_old_python_is_refused_with_advice(makefile_alone: Path) -> None:
    old = makefile_alone / "old-python"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.10.14" && exit\nexit 1\n')
    old.chmod(0o755)
    ran = run("make", "install", f"PYTHON={old}", cwd=makefile_alone)
    assert ran.returncode != 0
    assert "needs Python 3.11 to 3.14" in ran.stdout
    assert "Python 3.10.14" in ran.stdout
    assert not (makefile_alone / ".venv").exists()


def test_what_is_installed_is_not_installed_again(makefile_alone: Path) -> None:
    (makefile_alone / ".venv").mkdir()
    for stamp in (".made", ".installed", ".dev-installed"):
        (makefile_alone / ".venv" / stamp).touch()
    assert run("make", "--question", "install", "dev", cwd=makefile_alone).returncode == 0
    future = (makefile_alone / ".venv" / ".installed").stat().st_mtime + 10
    os.utime(makefile_alone / "requirements" / "app.txt", (future, future))
    assert run("make", "--question", "install", cwd=makefile_alone).returncode == 1


def test_the_ci_script_is_sound_and_runs_the_command_of_the_readme() -> None:
    script = PROJECT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert run("bash", "-n", script).returncode == 0
    assert re.search(r"(?m)^make test$", script.read_text("utf-8"))
    assert "make test" in (PROJECT / "README.md").read_text("utf-8")


# --- compose -----------------------------------------------------------------------------------------------------


def compose_check(path: Path) -> subprocess.CompletedProcess[str]:
    checker = "from check_jsonschema import main; main()"
    return run(sys.executable, "-c", checker, "--builtin-schema", "vendor.compose-spec", path)


@cache
def services() -> dict[str, Service]:
    document = cast("dict[str, dict[str, Service]]", YAML(typ="safe", pure=True).load(COMPOSE.read_text("utf-8")))
    return document["services"]


def environment(service: Service) -> dict[str, str]:
    return cast("dict[str, str]", service.get("environment", {}))


def test_the_compose_file_is_valid_against_the_published_schema() -> None:
    ran = compose_check(COMPOSE)
    assert ran.returncode == 0, ran.stdout


def test_a_misspelt_key_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "docker-compose.yml"
    broken.write_text(
        COMPOSE.read_text("utf-8").replace("    healthcheck: *database-check", "    helthcheck: {}"), "utf-8"
    )
    ran = compose_check(broken)
    assert ran.returncode == 1
    assert "helthcheck" in ran.stdout


def test_the_roles_run_as_services_of_one_build() -> None:
    for role in ("bots", "worker", "web"):
        assert services()[role]["command"] == ["serve", "--role", role]
        assert services()[role]["build"] == "."


def test_every_lasting_service_has_a_health_check_and_comes_back() -> None:
    for name, service in services().items():
        if name != "migrate":
            assert "test" in cast("dict[str, object]", service["healthcheck"]), name
            assert service["restart"] == "unless-stopped", name


@pytest.mark.parametrize("role", ["bots", "worker", "web"])
def test_roles_wait_for_the_servers_and_the_migration(role: str) -> None:
    assert services()[role]["depends_on"] == {
        "migrate": {"condition": "service_completed_successfully"},
        "postgres": {"condition": "service_healthy"},
        "redis": {"condition": "service_healthy"},
    }


def test_no_secret_stands_in_the_compose_file() -> None:
    for name, service in services().items():
        for key, value in environment(service).items():
            if SECRET_NAME.search(key):
                assert re.fullmatch(r"\$\{[A-Z_]+:\?[^}]+\}", value), f"{name}: {key}"
    text = COMPOSE.read_text("utf-8")
    assert re.findall(r"://\w+:([^@\n]*)@", text) == ["${POSTGRES_PASSWORD:?set it in .env}"]
    assert not re.search(r"[A-Za-z0-9_-]{40,}", text), "something as long as a token"


def env_example() -> dict[str, str]:
    return dict(re.findall(r"(?m)^([A-Z_]+)=(.*)$", ENV_EXAMPLE.read_text("utf-8")))


def test_the_example_of_settings_holds_no_secret() -> None:
    assert {name: value for name, value in env_example().items() if SECRET_NAME.search(name) and value} == {}


def test_every_setting_named_outside_is_a_real_one() -> None:
    for path in (COMPOSE, ENV_EXAMPLE, PROJECT / "Dockerfile"):
        named = set(re.findall(r"VODOTEPLO_[A-Z_]+", path.read_text("utf-8")))
        assert named
        assert named - set(Settings.names()) == set(), path.name


def test_everything_the_compose_file_asks_for_is_explained_in_the_example() -> None:
    assert set(REFERENCE.findall(COMPOSE.read_text("utf-8"))) - env_example().keys() == set()


def test_the_database_sorts_as_the_embedded_one() -> None:
    arguments = environment(services()["postgres"])["POSTGRES_INITDB_ARGS"].split()
    embedded = "\n".join(path.read_text("utf-8") for path in (PROJECT / "infra" / "embedded").rglob("*.py"))
    for argument in arguments:
        assert f'"{argument}"' in embedded, argument
    assert "--builtin-locale=C.UTF-8" in arguments


# --- image and wheel ---------------------------------------------------------------------------------------------


def test_the_image_runs_as_nobody_special_on_hashed_requirements() -> None:
    text = (PROJECT / "Dockerfile").read_text("utf-8")
    final = text[text.rindex("\nFROM ") :]
    assert re.search(r"(?m)^USER (?!root)\w+", final)
    assert "pip install" not in final
    assert "dev.txt" not in text
    installs = re.findall(r"pip install ([^\\\n]+)", text)
    assert installs
    assert all("--require-hashes" in what or "--no-index" in what for what in installs)


def test_nothing_private_gets_into_the_image() -> None:
    rules = (PROJECT / ".dockerignore").read_text("utf-8").split("\n")
    patterns = [rule for rule in rules if rule and not rule.startswith("#")]
    assert patterns[0] == "*"
    assert not any(rule.startswith(("!.", "!tests")) for rule in patterns)


def test_the_wheel_holds_the_packages_and_their_data_and_nothing_else(tmp_path: Path) -> None:
    built = run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", tmp_path)
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert {"cities/magnitogorsk.toml", "cities/magnitogorsk.answers.toml"} <= inside
    assert {"web/desk/templates/base.html", "web/desk/static/desk.css", "web/desk/static/icons.svg"} <= inside
    assert {f"{room}/__init__.py" for room in ("core", "dialogs", "infra", "bots", "cli")} <= inside
    assert {name.split("/")[0] for name in inside} <= {
        *("bots", "cities", "cli", "core", "dialogs", "infra", "locales", "sandbox", "web", "worker")
    }
