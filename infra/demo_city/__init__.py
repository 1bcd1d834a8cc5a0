"""A made-up Магнитогорск in the real exchange format: what `make demo` imports.

Streets are the city's own; houses, people, accounts, meters and sums are invented, and so are tariffs and norms (near
the real ones of those years). Account numbers have the form of cities/magnitogorsk.toml. Seven months are billed, July
2021 to January 2022: water of 2021 by the agent of that time, of January 2022 by its provider; then come the payments
of the first half of February. Every month adds up to the kopeck. The same seed gives the same files to the byte.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from core.accounts.model import Address
from core.accounts.rules import masked_address
from infra.demo_city.files import KINDS, PROVIDERS, file_of, write_files
from infra.demo_city.flats import Builder, Flat, wished

_ABOUT = "demo_city.json"


@dataclass(frozen=True)
class Sample:
    """An account to try: its number, its provider's code, the access code on its receipt, and what it shows."""

    account: str
    provider: str
    code: str
    address: str
    note: str


@dataclass(frozen=True)
class DemoCity:
    """`files`: kind, provider and path, in the order of import. `samples`: both accounts of each example flat."""

    files: tuple[tuple[str, str, Path], ...]
    samples: tuple[Sample, ...]


def write_demo_city(folder: Path, premises: int = 2000, seed: int = 2022) -> DemoCity:
    """Writes the files into a folder, or finds them there as an earlier start with the same wishes left them."""
    folder.mkdir(parents=True, exist_ok=True)
    files = tuple((kind, provider, file_of(folder, kind, provider)) for kind in KINDS for provider in PROVIDERS)
    about, mark = folder / _ABOUT, _mark(premises, seed)
    samples = _kept(about, mark) if all(path.exists() for _, _, path in files) else None
    if samples is None:
        about.unlink(missing_ok=True)
        chance = Random(seed)  # noqa: S311 - a made-up city needs repetition, not secrecy
        flats = Builder(chance, premises).flats()
        write_files(folder, flats, chance)
        samples = _samples(flats)
        written = {"mark": mark, "samples": [asdict(sample) for sample in samples]}
        about.write_text(json.dumps(written, ensure_ascii=False), encoding="utf-8")
    return DemoCity(files, samples)


def _mark(premises: int, seed: int) -> str:
    """What the files depend on: the wishes, and this very code."""
    sources = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    return hashlib.sha256(sources + f"{premises} {seed}".encode()).hexdigest()


def _kept(about: Path, mark: str) -> tuple[Sample, ...] | None:
    """The examples of an earlier start; it is written last, so the files are whole."""
    try:
        kept = json.loads(about.read_text(encoding="utf-8"))
        return tuple(Sample(**sample) for sample in kept["samples"]) if kept["mark"] == mark else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _samples(flats: list[Flat]) -> tuple[Sample, ...]:
    return tuple(
        Sample(account.number, account.provider, account.code, _masked(flats[number]), wish.note)
        for number, wish in wished(len(flats)).items()
        for account in flats[number].accounts
    )


def _masked(flat: Flat) -> str:
    street, building, unit = masked_address(Address(flat.street, flat.building, flat.unit))
    return f"{street}, {building}, кв. {unit}"
