"""Where the project's data files lie: beside the packages, whatever the working folder is."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
"""The folder that holds `infra` and its neighbours: the checkout, or site-packages of an installation."""

CITIES = PROJECT / "cities"
LOCALES = PROJECT / "locales"
DEFAULT_CITY = CITIES / "magnitogorsk.toml"


def data_file(path: Path) -> Path:
    """A file named in a setting: as given where it exists, else beside the packages (`cities/magnitogorsk.toml`)."""
    return path if path.is_absolute() or path.exists() else PROJECT / path
