"""A photo of the dial: evidence beside a number, never a reading."""

from decimal import Decimal

from dialogs.event import Kind, Sent
from tests.dialogs.talk import Talk
from tests.dialogs.world import COLD, World


async def test_a_photo_alone_is_never_taken_for_a_reading(talk: Talk, world: World) -> None:
    await talk.press("Показания")
    await talk.send(Kind.PHOTO, "file-7")
    assert "Фото сохраню вместе с показанием." in talk.text
    assert "Само число я с него не читаю" in talk.text
    assert talk.steps == ["home", "readings.enter"]
    assert world.readings.readings == []
    ((name, payload),) = talk.jobs
    assert (name, payload["file"]) == ("keep_dial_photo", "file-7")
    assert list(world.photos.expected) == [payload["key"]]


async def test_photos_before_and_at_the_confirmation_belong_to_the_reading(talk: Talk, world: World) -> None:
    await talk.press("Показания")
    await talk.send(Kind.PHOTO)
    await talk.say("104")
    await talk.send(Kind.PHOTO)
    assert talk.steps[-1] == "readings.confirm"
    assert "№ 41000001: 104" in talk.text
    await talk.press("Верно")
    (reading,) = world.readings.readings
    assert set(world.photos.attached.values()) == {reading.id}
    assert len(world.photos.attached) == 2


async def test_a_photo_belongs_to_the_meter_it_was_sent_for(talk: Talk, world: World) -> None:
    await talk.press("Показания")
    await talk.send(Kind.PHOTO)
    await talk.press("Пропустить")
    await talk.say("52")
    await talk.press("Верно")
    assert world.photos.attached == {}


async def test_a_caption_is_a_number_that_was_typed(talk: Talk, world: World) -> None:
    await talk.press("Показания")
    await talk.serve(Sent(Kind.PHOTO, "file-7", "104,5"))
    assert "Фото сохраню" in talk.text
    assert "№ 41000001: 104,5" in talk.text
    assert world.readings.readings == []
    await talk.serve(Sent(Kind.PHOTO, "file-8", "105"))
    await talk.press("Верно")
    assert world.readings.values(COLD) == [Decimal(105)]
    assert len(world.photos.attached) == 2


async def test_a_caption_that_is_no_number_is_answered(talk: Talk) -> None:
    await talk.press("Показания")
    await talk.serve(Sent(Kind.PHOTO, "file-7", "вот счётчик"))
    assert "Фото сохраню" in talk.text
    assert "не похоже на число" in talk.text


async def test_too_many_photos_are_not_kept_and_the_reading_goes_on(talk: Talk, world: World) -> None:
    world.photos.most = 1
    await talk.press("Показания")
    await talk.send(Kind.PHOTO)
    await talk.send(Kind.PHOTO)
    assert "уже много" in talk.text
    assert len(talk.jobs) == 1
    await talk.say("104")
    await talk.press("Верно")
    assert world.readings.values(COLD) == [Decimal(104)]


async def test_a_photo_without_a_file_is_told(talk: Talk) -> None:
    await talk.press("Показания")
    await talk.send(Kind.PHOTO, None)
    assert "Фото не дошло" in talk.text
    assert talk.jobs == []


async def test_a_photo_in_the_menu_is_not_wanted(talk: Talk) -> None:
    await talk.send(Kind.PHOTO)
    assert "Картинка сейчас не нужна" in talk.text
