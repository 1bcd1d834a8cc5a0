"""PostgreSQL's own programs, run against a database. Passwords go to them in the environment, never as an argument."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from infra.embedded.binaries import postgres_program, server_environment
from infra.embedded.errors import EmbeddedServerError


def program(name: str) -> Path:
    """Out of the wheel, or, where that does not support the machine, out of PATH. Raises EmbeddedServerError."""
    try:
        return postgres_program(name)
    except EmbeddedServerError:
        found = shutil.which(name)
        if found is None:
            raise
        return Path(found)


def address(url: str) -> tuple[str, Mapping[str, str]]:
    """A database's address as an argument, and the environment that completes it."""
    parts = urlsplit(url)
    user, at, hosts = parts.netloc.rpartition("@")
    name, colon, password = user.partition(":")
    query = parse_qsl(parts.query, keep_blank_values=True)
    asked = [value for key, value in query if key == "password"]
    kept = urlencode([(key, value) for key, value in query if key != "password"])
    secret = asked[-1] if asked else unquote(password) if colon else ""
    # An empty password is none; pgpass files and the like stay as they are.
    environment = {
        **server_environment(),
        **({"PGPASSWORD": secret} if secret else {}),
        "PGAPPNAME": "vodoteplo backup",
    }
    if (home := os.environ.get("PGPASSFILE")) is not None:
        environment["PGPASSFILE"] = home
    return urlunsplit(parts._replace(netloc=f"{name}{at}{hosts}", query=kept)), environment
