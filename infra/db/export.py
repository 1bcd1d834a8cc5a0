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
    "ждут решения оператора": """
        SELECT link_claims.name AS "название", street AS "улица", building AS "дом", unit AS "квартира",
            why AS "почему", raised_at AS "с какого времени", outcome AS "решение"
        FROM link_claims JOIN premises ON premises.id = premises_id WHERE resident_id = $1 ORDER BY link_claims.id
    """,
    "кому вы доверили передавать показания": """
        SELECT called AS "как вы его назвали", links.name AS "квартира", invited_at AS "приглашён",
            since AS "помогает с"
        FROM helpers JOIN links ON links.id = link_id WHERE links.resident_id = $1 ORDER BY helpers.id
    """,
    "кому вы помогаете": """
        SELECT helpers.name AS "название", street AS "улица", building AS "дом", unit AS "квартира", since AS "с"
        FROM helpers JOIN links ON links.id = link_id JOIN premises ON premises.id = links.premises_id
        WHERE helpers.resident_id = $1 ORDER BY helpers.id
    """,
    "снимки счётчиков": """
        SELECT meters.number AS "счётчик", sent_at AS "когда прислан", octet_length(content) AS "размер, байт"
        FROM dial_photos JOIN chats ON chats.id = chat_id JOIN meters ON meters.id = meter_id
        WHERE chats.resident_id = $1 ORDER BY dial_photos.id
    """,
    "сообщения о подделках": """
        SELECT reported_at AS "когда", text AS "текст", photo IS NOT NULL AS "есть снимок"
        FROM fake_reports JOIN chats ON chats.id = chat_id WHERE chats.resident_id = $1 ORDER BY fake_reports.id
    """,
    "проверки бота": """
        SELECT issued_at AS "слово выдано", confirmed_at AS "подтверждено"
        FROM bot_words JOIN chats ON chats.id = chat_id WHERE chats.resident_id = $1 ORDER BY bot_words.id
    """,
    "сообщения об отключениях": """
        SELECT outage_id AS "отключение", report AS "что", at AS "когда" FROM outage_reports
        WHERE resident_id = $1 ORDER BY id
    """,
    "чего вам не присылать": """
        SELECT topic AS "что", since AS "с какого времени" FROM opt_outs WHERE resident_id = $1 ORDER BY topic
    """,
    "когда напоминать": """
        SELECT hour AS "с какого часа", last_day AS "за сколько дней до конца приёма",
            due AS "за сколько дней до срока оплаты"
        FROM reminder_times WHERE resident_id = $1
    """,
    "что вам сообщали": """
        SELECT topic AS "что", messenger AS "мессенджер", deliveries.state AS "что вышло", settled_at AS "когда"
        FROM deliveries JOIN mailings ON mailings.id = mailing_id LEFT JOIN chats ON chats.id = chat_id
        WHERE deliveries.resident_id = $1 ORDER BY deliveries.id
    """,
    "заказанные звонки": """
        SELECT organisation AS "кто звонит", phone AS "номер", wanted_at AS "на какое время",
            asked_at AS "когда заказан", status AS "состояние"
        FROM call_backs WHERE resident_id = $1 ORDER BY id
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
_MESSAGES: Final = """
    SELECT at, from_resident, text FROM ticket_messages WHERE ticket_id = $1 AND kind = 'said' ORDER BY id
"""


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
        case bool():
            return "да" if value else "нет"
        case datetime():
            return value.isoformat(timespec="seconds")
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"
        case list():
            return [_plain(item) for item in value]
    return value
