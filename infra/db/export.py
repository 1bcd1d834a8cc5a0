"""Everything kept about a resident, as plain values under Russian names: the resident reads the file."""

from datetime import date, datetime
from decimal import Decimal
from typing import Final

from asyncpg import Connection

from core.ids import ResidentId

# The address and the account numbers are shown in full: the resident has proved them.
_PARTS: Final = {
    "чаты": """
        SELECT messenger AS "мессенджер", peer AS "номер чата", language AS "язык" FROM chats
        WHERE resident_id = $1 ORDER BY id
    """,
    "согласия": """
        SELECT purpose AS "цель", version AS "версия текста", text_hash AS "отпечаток текста", language AS "язык",
            channel AS "канал", given_at AS "когда дано"
        FROM consents WHERE resident_id = $1 ORDER BY given_at, id
    """,
    "адреса": """
        SELECT name AS "название", city AS "город", street AS "улица", building AS "дом", unit AS "квартира",
            linked_at AS "когда привязан",
            ARRAY(SELECT provider || ' ' || number FROM accounts WHERE accounts.premises_id = premises.id
                ORDER BY accounts.id) AS "лицевые счета"
        FROM links JOIN premises ON premises.id = links.premises_id
        WHERE resident_id = $1 ORDER BY linked_at, links.id
    """,
    "показания": """
        SELECT meters.number AS "счётчик", meters.service AS "услуга", period AS "период", value AS "значение",
            submitted_at AS "когда передано", channel AS "канал", status AS "состояние", reason AS "причина"
        FROM readings JOIN meters ON meters.id = meter_id WHERE resident_id = $1 ORDER BY seq
    """,
}
_TICKETS: Final = """
    SELECT id, topic, organisation, status, opened_at FROM tickets
    WHERE resident_id = $1 OR chat_id IN (SELECT id FROM chats WHERE resident_id = $1) ORDER BY id
"""
_MESSAGES: Final = "SELECT at, from_resident, text FROM ticket_messages WHERE ticket_id = $1 ORDER BY id"


async def export_resident(connection: Connection, resident: ResidentId) -> dict[str, object]:
    """Values are texts, numbers of questions, None, lists and dictionaries, ready for JSON; instants are in UTC."""
    row = await connection.fetchrow("SELECT language FROM residents WHERE id = $1", resident)
    if row is None:
        return {}
    parts: dict[str, object] = {"язык": row["language"]}
    for name, query in _PARTS.items():
        rows = await connection.fetch(query, resident)
        parts[name] = [{column: _plain(value) for column, value in one.items()} for one in rows]
    parts["обращения"] = [
        {
            "номер": ticket["id"],
            "тема": ticket["topic"],
            "кто отвечает": ticket["organisation"],
            "состояние": ticket["status"],
            "когда": _plain(ticket["opened_at"]),
            "сообщения": await _messages(connection, ticket["id"]),
        }
        for ticket in await connection.fetch(_TICKETS, resident)
    ]
    return parts


async def _messages(connection: Connection, ticket: int) -> list[dict[str, object]]:
    return [
        {
            "когда": _plain(row["at"]),
            "от кого": "вы" if row["from_resident"] else "оператор",
            "текст": row["text"],
        }
        for row in await connection.fetch(_MESSAGES, ticket)
    ]


def _plain(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat(timespec="seconds")
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"
        case list():
            return [_plain(item) for item in value]
    return value
