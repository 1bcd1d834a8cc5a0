"""The schema folder: found, absent, and what the servers still do without it."""

from sandbox.schemas import Schemas
from sandbox.servers import Sandbox
from sandbox.telegram.server import TelegramServer


def test_an_absent_folder_gives_no_schemas(tmp_path, monkeypatch):
    assert Schemas.load(tmp_path) is None
    monkeypatch.setenv("VODOTEPLO_SCHEMAS", str(tmp_path / "nothing"))
    assert Schemas.load() is None


async def test_limits_hold_without_schemas(stand):
    server = TelegramServer("1:a")
    server.phone(5)
    sandbox = Sandbox(server)
    base = await sandbox.start()
    url = f"{base}/telegram/bot1:a/sendMessage"
    for text, status in (("a", 200), ("", 400), ("a" * 4097, 400)):
        async with stand.session.post(url, data={"chat_id": 5, "text": text, "unknown": 1}) as response:
            assert response.status == status
    await sandbox.stop()


def test_nested_types_are_checked(need_schemas):
    check = need_schemas.telegram.check_type
    assert check("Array of Integer", [1, True]) == "[1] must be an integer"
    assert check("InlineKeyboardMarkup", {}) == 'InlineKeyboardMarkup lacks the field "inline_keyboard"'
    assert check("Chat", {"id": "1", "type": "private"}) == "Chat.id must be an integer"
    assert check("ChatMember", {"status": "kicked"}).startswith("fits none of its types")
