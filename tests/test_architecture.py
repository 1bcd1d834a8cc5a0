"""The house rules that a machine can keep: who knows whom, how long things are, what is never used."""

import ast
import io
import re
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from infra.paths import PROJECT

PACKAGES = ("bots", "cli", "core", "dialogs", "infra", "sandbox", "web", "worker")
OURS = (*PACKAGES, "benchmarks", "cities", "locales", "proof", "tests")

FILE_LINES = 400
BODY_LINES = 35
LONG_BODIES: frozenset[str] = frozenset()
"""Functions that may be longer, as "folder/file.py:name"; each needs a reason beside it."""

VALUE_LIBRARIES = {"core": {"core", "stdnum"}, "dialogs": {"core", "dialogs"}}
"""What a package may import beside the standard library."""

MESSENGER_WORDS = re.compile(r"(?i)(?:^|_)(?:telegram|vk|aiogram|vkbottle)(?:_|$)|Telegram|Vk[A-Z]")
MESSENGERS_AS_DATA = {
    ("core/meters/model.py", "TELEGRAM"),  # the channel a reading came by, written into the exchange file
    ("core/meters/model.py", "VK"),
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources(*packages: str) -> list[Path]:
    return [path for package in packages for path in sorted((PROJECT / package).rglob("*.py"))]


def shown(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def names(source: str) -> set[str]:
    """Identifiers of a source; strings and comments do not count."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.string for token in tokens if token.type == tokenize.NAME}


# --- who knows whom ----------------------------------------------------------------------------------------------


def lint_imports(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"]
    return subprocess.run(
        [*command, "--no-cache", "--no-logo", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_import_contracts_are_kept() -> None:
    ran = lint_imports(PROJECT)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    """A house with the same rooms and contracts, and nothing in them."""
    for room in (*PACKAGES, "bots/telegram", "bots/vk", "core/meters", "core/billing"):
        (tmp_path / room).mkdir(parents=True)
        (tmp_path / room / "__init__.py").touch()
    (tmp_path / "pyproject.toml").write_text((PROJECT / "pyproject.toml").read_text("utf-8"), "utf-8")
    return tmp_path


def test_an_empty_house_keeps_the_contracts(skeleton: Path) -> None:
    ran = lint_imports(skeleton)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("contract", "leaks"),
    [
        ("layers", {"core/leak.py": "import dialogs"}),
        ("layers", {"dialogs/leak.py": "import infra"}),
        ("layers", {"web/leak.py": "import infra"}),
        ("layers", {"worker/leak.py": "import bots"}),
        ("layers", {"infra/leak.py": "import web"}),
        ("layers", {"infra/leak.py": "import cli"}),
        ("trade", {"core/leak.py": "import asyncpg"}),
        ("trade", {"core/leak.py": "import core.helper", "core/helper.py": "import redis"}),
        ("trade", {"dialogs/leak.py": "import gettext"}),
        ("edges", {"web/leak.py": "from sqlalchemy import text"}),
        ("messengers", {"bots/telegram/leak.py": "import bots.vk"}),
        ("wiring", {"bots/leak.py": "import bots.telegram"}),
        ("wiring", {"worker/leak.py": "import bots.vk"}),
        ("telegram-client", {"cli/leak.py": "import aiogram"}),
        ("vk-client", {"sandbox/leak.py": "def late() -> None:\n    import vkbottle_types"}),
        ("areas", {"core/meters/leak.py": "import core.billing", "core/billing/leak.py": "import core.meters"}),
    ],
)
def test_a_planted_leak_is_found(skeleton: Path, contract: str, leaks: dict[str, str]) -> None:
    for name, source in leaks.items():
        (skeleton / name).write_text(source + "\n", "utf-8")
    ran = lint_imports(skeleton, "--contract", contract)
    assert ran.returncode == 1
    assert "1 broken" in ran.stdout
    named = Path(list(leaks)[-1]).with_suffix("").as_posix().replace("/", ".")
    assert named in ran.stdout or "It could be made acyclic" in ran.stdout


def test_every_room_is_under_the_contracts() -> None:
    config = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
    assert tuple(config["tool"]["importlinter"]["root_packages"]) == PACKAGES
    folders = {path.parent.name for path in PROJECT.glob("*/__init__.py")}
    assert folders - {"tests", "benchmarks", "proof"} == set(PACKAGES)


def test_an_exception_to_a_contract_does_not_exist() -> None:
    config = (PROJECT / "pyproject.toml").read_text("utf-8")
    assert "ignore_imports" not in config


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{shown(path)}:{node.lineno}: relative import"
            yield node.module or ""


@pytest.mark.parametrize("package", VALUE_LIBRARIES)
def test_core_and_dialogs_import_only_what_is_listed(package: str) -> None:
    foreign = {
        (shown(path), name)
        for path in sources(package)
        for name in imported(path)
        if name.split(".")[0] not in VALUE_LIBRARIES[package] | sys.stdlib_module_names
    }
    assert foreign == set()


def test_no_dependency_ships_a_package_of_our_name() -> None:
    """Our top-level names are common words: a second `core` in site-packages would be imported by chance."""
    owners = packages_distributions()
    taken = {name: set(owners[name]) - {"vodoteplo"} for name in OURS if name in owners}
    assert {name: who for name, who in taken.items() if who} == {}


def test_the_command_starts_without_the_messengers() -> None:
    """aiogram and vkbottle cost 250 MB and 5 s: an import of a billing file must not pay for them."""
    script = "import sys, cli.main; print(*sorted({'aiogram', 'vkbottle', 'vkbottle_types'} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout.strip()) == (0, ""), ran.stderr


# --- messengers are data -----------------------------------------------------------------------------------------


def messenger_names(source: str) -> set[str]:
    """Identifiers that name a messenger; strings and comments are data and prose."""
    return {name for name in names(source) if MESSENGER_WORDS.search(name)}


@pytest.mark.parametrize("name", ["telegram", "send_to_vk", "TelegramChat", "is_vk", "VK", "VkButton", "aiogram"])
def test_a_messengers_name_is_recognised(name: str) -> None:
    assert messenger_names(f"{name} = 1") == {name}


@pytest.mark.parametrize("source", ["pivk = 1", "x = 'telegram'", "x = 1  # VK"])
def test_other_words_and_data_are_left_alone(source: str) -> None:
    assert messenger_names(source) == set()


def test_neither_trade_nor_talk_names_a_messenger_except_as_data() -> None:
    named = {
        (shown(path), name)
        for path in sources("core", "dialogs", "web", "worker")
        for name in messenger_names(path.read_text("utf-8"))
    }
    assert named - MESSENGERS_AS_DATA == set()
    assert MESSENGERS_AS_DATA - named == set(), "an exception nobody needs any more"


# --- sizes -------------------------------------------------------------------------------------------------------


def functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, Function))


def body_lines(function: Function) -> int:
    """Lines of the body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_bodies_are_measured_without_their_docstrings() -> None:
    (function,) = ast.parse('def f() -> None:\n    """One\n    two."""\n    a = 1\n\n    b = 2\n').body
    assert isinstance(function, ast.FunctionDef)
    assert body_lines(function) == 3


@pytest.mark.parametrize("package", PACKAGES)
def test_files_fit_on_a_few_screens(package: str) -> None:
    long = {
        shown(path): lines for path in sources(package) if (lines := path.read_text("utf-8").count("\n")) > FILE_LINES
    }
    assert long == {}


def test_bodies_fit_on_one_screen() -> None:
    long = {
        f"{shown(path)}:{function.name}"
        for path in sources(*PACKAGES)
        for function in functions(path)
        if body_lines(function) > BODY_LINES
    }
    assert long - LONG_BODIES == set()
    assert LONG_BODIES - long == set(), "an exception nobody needs any more"


# --- numbers -----------------------------------------------------------------------------------------------------


def floats(source: str) -> list[int]:
    """Lines on which a binary fraction is made or asked for: the name `float` or a literal such as 0.5."""
    return sorted(
        node.lineno
        for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.Name) and node.id == "float")
        or (isinstance(node, ast.Constant) and isinstance(node.value, float))
    )


def test_a_float_is_recognised() -> None:
    assert floats("a = 1\nb = float('1')\nc = 0.1\nd: float\ne = Decimal('0.1')") == [2, 3, 4]


def test_money_and_readings_are_never_floats() -> None:
    """Coordinates of an office are the only binary fractions of the trade."""
    made = {shown(path): lines for path in sources("core") if (lines := floats(path.read_text("utf-8")))}
    assert set(made) <= {"core/city.py"}


# --- types -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("package", ["core", "dialogs"])
def test_trade_and_talk_never_say_any(package: str) -> None:
    assert {shown(path) for path in sources(package) if "Any" in names(path.read_text("utf-8"))} == set()


SILENCED = re.compile(r"# type: ignore(?!\[[a-z-]+(?:, ?[a-z-]+)*\]\s+# \w)")


def test_a_bare_silencing_is_recognised() -> None:
    assert SILENCED.search("x = 1  # type: ignore")
    assert SILENCED.search("x = 1  # type: ignore[misc]")
    assert not SILENCED.search("x = 1  # type: ignore[misc]  # because of this")


def test_the_type_checker_is_silenced_only_with_a_code_and_words() -> None:
    assert {shown(path) for path in sources(*PACKAGES) if SILENCED.search(path.read_text("utf-8"))} == set()
