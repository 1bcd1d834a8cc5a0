"""Uploads and attachments on the VK stand-in."""

from sandbox.faults import answer

USER = 200


async def uploaded_photo(stand, content):
    server = (await stand.api("photos.getMessagesUploadServer", peer_id=USER))["response"]
    return await stand.upload(server["upload_url"], "photo", content, "picture.jpg")


async def test_a_photo_goes_up_is_saved_once_and_sent(stand, png):
    phone = stand.vk.phone(USER)
    uploaded = await uploaded_photo(stand, png(1000, 500))
    photo = (await stand.api("photos.saveMessagesPhoto", **uploaded))["response"][0]
    assert [size["type"] for size in photo["sizes"]] == ["s", "m", "x", "y", "z"]
    assert (photo["sizes"][-1]["width"], photo["sizes"][-1]["height"]) == (1000, 500)
    assert (await stand.api("photos.saveMessagesPhoto", **uploaded))["error"]["error_msg"].endswith(
        "photos_list is invalid"
    )
    name = f"photo{photo['owner_id']}_{photo['id']}_{photo['access_key']}"
    assert "response" in await stand.api("messages.send", peer_id=USER, random_id=0, attachment=name)
    assert phone.last().media.content == png(1000, 500)
    assert await stand.code("messages.send", peer_id=USER, random_id=0, attachment=name + "x") == 100
    async with stand.session.get(f"{stand.base}{phone.last().media.url}") as response:
        assert (response.content_type, await response.read()) == ("image/png", png(1000, 500))


async def test_what_is_no_picture_uploads_as_an_empty_photo(stand):
    uploaded = await uploaded_photo(stand, b"text")
    assert uploaded["photo"] == ""
    assert await stand.code("photos.saveMessagesPhoto", **uploaded) == 100


async def test_the_upload_host_can_fail_on_order(stand, png):
    stand.vk.faults.next("upload_photo", answer(200, {"server": 1, "photo": "", "hash": ""}))
    assert (await uploaded_photo(stand, png(10, 10)))["photo"] == ""
    stand.vk.faults.next("upload_photo", answer(504, "<html>504</html>"))
    server = (await stand.api("photos.getMessagesUploadServer"))["response"]
    async with stand.session.post(server["upload_url"], data={"photo": "x"}) as response:
        assert response.status == 504


async def test_a_document_and_a_voice_go_up_and_are_sent_together(stand):
    phone = stand.vk.phone(USER)
    names = []
    for kind, content in (("doc", b"%PDF-1.7"), ("audio_message", b"OggS")):
        server = (await stand.api("docs.getMessagesUploadServer", type=kind, peer_id=USER))["response"]
        file = await stand.upload(server["upload_url"], "file", content, "квитанция.pdf")
        saved = (await stand.api("docs.save", **file, title="Квитанция.pdf"))["response"]
        assert saved["type"] == kind
        names.append(f"{kind}{saved[kind]['owner_id']}_{saved[kind]['id']}")
    await stand.api("messages.send", peer_id=USER, message="вот", random_id=0, attachment=",".join(names))
    assert [bubble.media.name for bubble in phone.bubbles] == ["Квитанция.pdf", "voice.ogg"]
    assert [bubble.text for bubble in phone.bubbles] == ["вот", ""]
    assert len({bubble.id for bubble in phone.bubbles}) == 2


async def test_a_persons_photo_can_be_fetched_by_its_address(stand, png):
    phone = stand.vk.phone(USER)
    await phone.send_photo(png(2000, 1000), "чек")
    item = (await stand.api("messages.getHistory", peer_id=USER))["response"]["items"][0]
    sizes = item["attachments"][0]["photo"]["sizes"]
    assert item["text"] == "чек"
    largest = max(sizes, key=lambda size: size["width"])
    assert largest["width"] == 2000
    async with stand.session.get(largest["url"]) as response:
        assert await response.read() == png(2000, 1000)


async def test_answers_follow_the_published_schema(stand, png, need_schemas):
    phone = stand.vk.phone(USER)
    await phone.say("a")
    check = need_schemas.vk.check_response
    group = {"group_id": 77}
    for method, params in {
        "groups.getById": {},
        "groups.getLongPollServer": group,
        "groups.getCallbackConfirmationCode": group,
        "groups.getTokenPermissions": {},
        "messages.send": {"peer_id": USER, "message": "a", "random_id": 0},
        "messages.setActivity": {"peer_id": USER, "type": "typing"},
        "messages.getHistory": {"peer_id": USER},
        "messages.getConversations": {},
        "photos.getMessagesUploadServer": {},
        "docs.getMessagesUploadServer": {},
        "users.get": {"user_ids": USER},
        "utils.getServerTime": {},
    }.items():
        body = await stand.api(method, **params)
        assert check(method, body) is None, method
    photo = await stand.api("photos.saveMessagesPhoto", **await uploaded_photo(stand, png(100, 50)))
    assert check("photos.saveMessagesPhoto", photo) is None
    assert check("users.get", {"response": [{"id": "one"}]}) is not None
