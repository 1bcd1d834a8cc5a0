"""How commands say no: plain lines on standard error and the exit status of the contract."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NoReturn

REFUSED = 2
FAILED = 1


def refuse(lines: Iterable[str]) -> NoReturn:
    """The input is not taken: one line a reason, exit status 2."""
    for line in lines:
        print(line, file=sys.stderr)
    sys.exit(REFUSED)


def fail(line: str) -> NoReturn:
    """Something of ours did not work: exit status 1."""
    print(line, file=sys.stderr)
    sys.exit(FAILED)


@contextmanager
def plain_refusals() -> Iterator[None]:
    """Turns wrong settings and a wrong city file into lines, and a server that does not start into one."""
    from infra.city_file import CityFileError
    from infra.db.engine import NotDurable
    from infra.embedded import EmbeddedServerError
    from infra.settings import SettingsError

    try:
        yield
    except (SettingsError, CityFileError) as error:
        refuse(error.lines)
    except NotDurable as error:
        refuse([f"VODOTEPLO_DATABASE_URL: {error}"])
    except EmbeddedServerError as error:
        fail(str(error))
