"""The messengers in the city file: a table for each, all of it optional."""

import re
from decimal import Decimal
from typing import Final, NamedTuple

from core.broadcasts.model import MailingKind
from core.messengers import Messenger, PersonalData
from infra.toml_tables import Table


class _Usual(NamedTuple):
    """`bulk_rate` and `chat_rate` are within what the messenger takes: messengers.md §1.1, §2.2, §6."""

    name: str
    parameter: str
    bulk_rate: int
    chat_rate: Decimal | None


_KNOWN: Final = {"telegram": _Usual("Telegram", "start", 28, Decimal(1)), "vk": _Usual("ВКонтакте", "ref", 16, None)}
_USUAL_BURST: Final = 10
_INTENT = re.compile(r"[a-z_]{1,64}")
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
        bulk_rate=_rate(table, "bulk_per_second", 1) or Decimal(usual.bulk_rate),
        chat_rate=_rate(table, "chat_per_second", 0.1) or usual.chat_rate,
        chat_burst=int(table.optional_number("chat_burst", 1, 1000) or _USUAL_BURST),
        intents=_intents(table),
    )
    table.close()
    return messenger


def _rate(table: Table, key: str, least: float) -> Decimal | None:
    """So many a second; no messenger takes more than 1000."""
    written = table.optional_number(key, least, 1000)
    return None if written is None else Decimal(str(written))


def _intents(table: Table) -> dict[str, str]:
    """What VK calls an intent, for each kind of mailing; a kind that is not named has none."""
    named = table.table("intents", required=False)
    found = {kind.value: named.optional_text(kind.value, _not_an_intent) for kind in MailingKind}
    named.close()
    return {kind: intent for kind, intent in found.items() if intent}


def _personal_data(table: Table) -> PersonalData:
    written = table.optional_text("personal_data") or PersonalData.FULL.value
    if written not in set(PersonalData):
        table.problem("personal_data", f'{written!r} is neither "full" nor "minimal": write one of them')
        return PersonalData.MINIMAL
    return PersonalData(written)


def _not_an_intent(text: str) -> str | None:
    return None if _INTENT.fullmatch(text) else "an intent is a word such as customer_support"


def _not_an_address(text: str) -> str | None:
    return None if _ADDRESS.fullmatch(text) else "it is no address of a bot such as https://t.me/name"
