"""The messengers in the city file: a table for each, all of it optional."""

import re
from typing import Final, NamedTuple

from core.messengers import Messenger, PersonalData
from infra.toml_tables import Table


class _Usual(NamedTuple):
    name: str
    parameter: str


_KNOWN: Final = {"telegram": _Usual("Telegram", "start"), "vk": _Usual("ВКонтакте", "ref")}
_ADDRESS = re.compile(r"https://[A-Za-z0-9.-]+(?::[0-9]+)?/[A-Za-z0-9._-]+")


def read_messengers(root: Table) -> tuple[Messenger, ...]:
    return tuple(_messenger(root.table(code, required=False), code, usual) for code, usual in _KNOWN.items())


def _messenger(table: Table, code: str, usual: _Usual) -> Messenger:
    messenger = Messenger(
        code=code,
        name=table.optional_text("name") or usual.name,
        address=table.optional_text("address", _not_an_address),
        parameter=usual.parameter,
        personal_data=_personal_data(table),
        demo=table.flag("demo"),
    )
    table.close()
    return messenger


def _personal_data(table: Table) -> PersonalData:
    written = table.optional_text("personal_data") or PersonalData.FULL.value
    if written not in set(PersonalData):
        table.problem("personal_data", f'{written!r} is neither "full" nor "minimal": write one of them')
        return PersonalData.MINIMAL
    return PersonalData(written)


def _not_an_address(text: str) -> str | None:
    return None if _ADDRESS.fullmatch(text) else "it is no address of a bot such as https://t.me/name"
