"""Addresses of databases for PostgreSQL's own programs: the password is not in the list of processes."""

import pytest

from infra.backup.programs import address


@pytest.mark.parametrize(
    ("url", "shown", "password"),
    [
        ("postgresql://anna:se%40cret@host:5433/town", "postgresql://anna@host:5433/town", "se@cret"),
        ("postgresql://anna@/town?host=/run/x&password=s3", "postgresql://anna@/town?host=%2Frun%2Fx", "s3"),
        ("postgresql://anna:a@one,two/town?sslmode=require", "postgresql://anna@one,two/town?sslmode=require", "a"),
        ("postgresql://postgres@/town?host=/tmp/x", "postgresql://postgres@/town?host=%2Ftmp%2Fx", None),
    ],
)
def test_a_password_goes_by_the_environment(url: str, shown: str, password: str | None) -> None:
    argument, environment = address(url)
    assert argument == shown
    assert environment.get("PGPASSWORD") == password


def test_what_the_environment_says_of_other_databases_is_not_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGDATABASE", "another")
    monkeypatch.setenv("PGPASSWORD", "anothers")
    monkeypatch.setenv("VODOTEPLO_SECRET_KEY", "k" * 32)
    _, environment = address("postgresql://anna@host/town")
    assert not {"PGDATABASE", "PGPASSWORD", "VODOTEPLO_SECRET_KEY"} & environment.keys()
