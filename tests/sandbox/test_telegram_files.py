"""Pictures, documents and voices on the Bot API stand-in."""

from sandbox.telegram.limits import Limits

USER = 100


async def fetch(stand, path):
    async with stand.session.get(f"{stand.base}{path}") as response:
        return response.status, await response.read(), response.content_type


async def test_a_photo_is_sent_once_and_again_by_its_file_id(stand, png):
    phone = stand.telegram.phone(USER)
    picture = png(400, 300)
    caption = {"caption": "<b>QR</b>", "parse_mode": "HTML"}
    first = await stand.bot("sendPhoto", chat_id=USER, photo=("qr.png", picture), **caption)
    sizes = first["result"]["photo"]
    assert [(size["width"], size["height"]) for size in sizes] == [(90, 68), (320, 240), (400, 300)]
    assert first["result"]["caption"] == "QR"
    again = await stand.bot("sendPhoto", chat_id=USER, photo=sizes[-1]["file_id"])
    assert again["result"]["photo"][-1]["file_unique_id"] == sizes[-1]["file_unique_id"]
    assert [bubble.media.content for bubble in phone.bubbles] == [picture, picture]
    assert await fetch(stand, phone.last().media.url) == (200, picture, "image/png")


async def test_a_reply_to_a_wrong_file_id_names_what_is_wrong(stand, png):
    stand.telegram.phone(USER)
    assert "wrong file identifier" in await stand.refusal("sendPhoto", chat_id=USER, photo="AgACAgInonsense")
    assert "there is no photo" in await stand.refusal("sendPhoto", chat_id=USER, photo="")
    document = await stand.bot("sendDocument", chat_id=USER, document=("a.pdf", b"%PDF-1.7"))
    file_id = document["result"]["document"]["file_id"]
    said = await stand.refusal("sendPhoto", chat_id=USER, photo=file_id)
    assert said == "Bad Request: can't use file of type Document as Photo"


async def test_pictures_are_held_to_their_size(stand, png):
    stand.telegram.phone(USER)
    for picture, words in [
        (png(9000, 1001), "PHOTO_INVALID_DIMENSIONS"),
        (png(2100, 100), "PHOTO_INVALID_DIMENSIONS"),
        (b"not a picture", "IMAGE_PROCESS_FAILED"),
        (b"", "file must be non-empty"),
        (png(10, 10, noise=10 * 1024 * 1024), "too big"),
    ]:
        assert words in await stand.refusal("sendPhoto", chat_id=USER, photo=("a.png", picture))
    assert (await stand.bot("sendPhoto", chat_id=USER, photo=("a.png", png(9000, 1000))))["ok"]


async def test_documents_are_held_to_the_upload_and_download_limits(start):
    stand = await start(Limits(upload_bytes=2000, download_bytes=1000))
    stand.telegram.phone(USER)
    large = await stand.bot("sendDocument", chat_id=USER, document=("a.bin", b"x" * 2001))
    assert (large["status"], large["description"]) == (413, "Request Entity Too Large")
    kept = await stand.bot("sendDocument", chat_id=USER, document=("a.bin", b"x" * 1001))
    file_id = kept["result"]["document"]["file_id"]
    assert await stand.refusal("getFile", file_id=file_id) == "Bad Request: file is too big"


async def test_captions_are_held_to_1024_characters(stand, png):
    stand.telegram.phone(USER)
    photo = ("a.png", png(10, 10))
    assert (await stand.bot("sendPhoto", chat_id=USER, photo=photo, caption="я" * 1024))["ok"]
    said = await stand.refusal("sendPhoto", chat_id=USER, photo=photo, caption="я" * 1025)
    assert said == "Bad Request: message caption is too long"


async def test_what_a_person_sends_can_be_fetched(stand, png):
    phone = stand.telegram.phone(USER)
    await phone.send_photo(png(2560, 1280))
    await phone.send_document(b"readings", "показания.txt", "text/plain")
    await phone.send_voice(b"OggS...")
    updates = [update["message"] for update in (await stand.bot("getUpdates"))["result"]]
    assert updates[0]["photo"][-1]["width"] == 1280
    assert updates[1]["document"]["file_name"] == "показания.txt"
    wanted = [updates[0]["photo"][-1], updates[1]["document"], updates[2]["voice"]]
    got = []
    for file in wanted:
        path = (await stand.bot("getFile", file_id=file["file_id"]))["result"]["file_path"]
        got.append((await fetch(stand, f"/telegram/file/bot{stand.telegram.token}/{path}"))[1])
    assert got == [png(2560, 1280), b"readings", b"OggS..."]
    assert (await fetch(stand, f"/telegram/file/bot{stand.telegram.token}/photos/none.jpg"))[0] == 404


async def test_an_album_is_two_to_ten_of_one_kind(stand, png):
    phone = stand.telegram.phone(USER)
    item = {"type": "photo", "media": "attach://a"}
    files = {"a": ("a.png", png(10, 10))}
    answer = await stand.bot("sendMediaGroup", chat_id=USER, media=[{**item, "caption": "раз"}, item], **files)
    assert len(answer["result"]) == 2
    assert [bubble.text for bubble in phone.bubbles] == ["раз", ""]
    assert "2-10" in await stand.refusal("sendMediaGroup", chat_id=USER, media=[item], **files)
    mixed = [item, {"type": "document", "media": "attach://a"}]
    assert "can't be mixed" in await stand.refusal("sendMediaGroup", chat_id=USER, media=mixed, **files)
