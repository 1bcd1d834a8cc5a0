"""`personal_data = "minimal"`: no screen of any conversation there has an address, a name or a sum in it."""

import asyncio
import copy
import re
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ids import ChatId, PremisesId
from core.messengers import Messenger, PersonalData
from core.money import Kopecks
from dialogs.event import NoticeKind, Pressed, Said
from dialogs.minimal import LEFT_OUT, without_personal
from dialogs.screen import Choice, File, Form, Personal, Plain, Rub, Screen, lines, msg, plural, rows
from dialogs.step import Step
from tests.dialogs.talk import CATALOGUES, PUBLIC_URL, Talk
from tests.dialogs.test_linking import prove
from tests.dialogs.test_random_scripts import MOVES, Move, play
from tests.dialogs.test_sessions import state
from tests.dialogs.world import CITY, CODES, LENINA_WATER, NUMBERS, TRUDA, TRUDA_WATER, World

MINIMAL = replace(
    CITY,
    messengers=(
        Messenger("telegram", "Telegram", "https://t.me/voda_bot", personal_data=PersonalData.MINIMAL),
        Messenger("vk", "ВКонтакте", "https://vk.me/voda", "ref"),
    ),
)
ADDRESSES = ("Труда", "пр. Ленина, 5", "пр. Ленина, •", "кв. 27", "кв. ••")
"""Of residents; service centres have addresses too, and those are told to everybody."""
NAMES = ("Ксенофонт",)
"""What the owner calls the helper."""
SUM = re.compile(r"\d[\d \u00a0]*(?:,\d\d)?\s?(?:₽|руб)")
PERSONAL_FILES = set(Form) - {Form.CONSUMPTION_PLOT}


def given_away(text: str) -> list[str]:
    found = [part for part in (*ADDRESSES, *NAMES) if part in text]
    return [*found, *SUM.findall(text)]


@dataclass
class Watched(Talk):
    """A chat whose every message, button and file is looked through."""

    async def serve(self, event: object, late: bool = False) -> str:
        said = await super().serve(event, late)  # type: ignore[arg-type]  # whatever a test serves
        buttons = [button.label for button in (*self.keyboard, *self.told)]
        for shown in (said, *buttons):
            assert given_away(shown) == [], (event, shown)
        assert not {file.form for file in self.files} & PERSONAL_FILES, event
        return said


async def settled(messenger: str = "telegram", flats: int = 2) -> Watched:
    """A resident of two flats, with a helper, readings, a question and its answer."""
    talk = Watched(World(city=MINIMAL), messenger=messenger)
    await talk.say("начать")
    await talk.press("Согласен")
    for account in (TRUDA_WATER, LENINA_WATER)[:flats]:
        await prove(talk, NUMBERS[account], CODES[account])
        await talk.press("Верно")
        if account == LENINA_WATER:
            await talk.press("Родители")
    return talk


async def with_helper(talk: Watched) -> None:
    await talk.say("настройки")
    await talk.press("Кто видит")
    if "О какой квартире" in talk.text:
        await talk.press("Квартира")
    await talk.press("Пригласить")
    await talk.say("Ксенофонт")


async def test_what_is_watched_would_be_seen_without_the_setting() -> None:
    """The twin: with everything told, the watcher finds an address and a sum in no time."""
    talk = await settled(flats=1)
    talk.world.city = CITY
    with pytest.raises(AssertionError, match="Труда"):
        await talk.say("меню")
    with pytest.raises(AssertionError, match="₽"):
        await talk.press("Баланс")
    with pytest.raises(AssertionError, match=r"receipt|Труда"):
        await talk.say("оплатить")


async def test_a_helpers_name_would_be_seen_without_the_setting() -> None:
    talk = await settled(flats=1)
    talk.world.city = replace(MINIMAL, messengers=())
    with pytest.raises(AssertionError):
        await with_helper(talk)


@pytest.mark.parametrize("flats", [1, 2])
@pytest.mark.parametrize("name", sorted(Step.registry))
async def test_no_screen_of_any_step_says_who_where_or_how_much(
    name: str, flats: int, sessions: dict[str, object]
) -> None:
    """From every step that there is: every button of what is shown, and every button after it."""
    talk = await settled(flats=flats)
    await with_helper(talk)
    talk.state = {**state(sessions["home"], *([sessions[name]] if name != "home" else [])), "agreed": "2"}
    await talk.say("?!")
    await press_everything(talk, depth=2)


async def press_everything(talk: Watched, depth: int) -> None:
    for button in talk.keyboard if depth else ():
        branch = copy.deepcopy(talk)
        await branch.serve(button.press)
        await press_everything(branch, depth - 1)


@settings(max_examples=60, deadline=None)
@given(st.lists(MOVES, min_size=12, max_size=12), st.integers(0, 2))
def test_no_script_gets_anything_personal_out(moves: list[Move], flats: int) -> None:
    async def script() -> None:
        await play(await settled(flats=flats), moves)

    asyncio.run(script())


@pytest.mark.parametrize("kind", [*NoticeKind, "new_link", "helper_came", "link_ended"])
async def test_no_notice_says_it_either(kind: str) -> None:
    talk = await settled()
    await with_helper(talk)
    for subject in ("1", "1:1", "r1:vodokanal", "501"):
        await talk.notice(kind, subject)


async def test_the_other_messenger_is_told_everything() -> None:
    talk = Talk(World(city=MINIMAL), messenger="vk", chat=ChatId(8))
    await talk.say("начать")
    await talk.press("Согласен")
    await prove(talk, NUMBERS[TRUDA_WATER], CODES[TRUDA_WATER])
    assert "ул. Труда, 1•" in talk.text
    await talk.press("Верно")
    await talk.press("Баланс")
    assert "₽" in talk.text


# --- what is offered in its place


async def test_readings_go_by_the_place_of_the_meter_alone() -> None:
    talk = await settled(flats=1)
    await talk.press("Показания")
    assert "холодная вода, кухня" in talk.text
    assert "41000001" not in talk.text
    await talk.say("104")
    await talk.press("Верно")
    assert "горячая вода, кухня" in talk.text
    await talk.say("ХВС 105, ГВС 52,5")
    await talk.press("Верно")
    assert "Приняты показания" in talk.text


@pytest.mark.parametrize("word", ["баланс", "оплатить", "сколько я должен"])
async def test_what_is_owed_is_behind_a_link_that_opens_once(word: str) -> None:
    talk = await settled(flats=1)
    await talk.say(word)
    link = re.search(rf"{PUBLIC_URL}/page/([0-9A-Z]{{26}})\n", talk.text)
    assert link
    assert "откроется один раз, в течение 10 минут" in talk.text
    of, by = await talk.world.use_cases().pages.open_page(link[1])
    assert (of.chat, of.premises, str(of.period)) == (talk.chat, TRUDA, "2022-01")
    assert by == talk.world.residents.chats[talk.chat].id


async def test_a_receipt_of_a_month_is_behind_a_link() -> None:
    talk = await settled(flats=1)
    await talk.say("квитанция")
    await talk.press("январь 2022")
    assert f"{PUBLIC_URL}/page/" in talk.text


async def test_ones_own_data_are_behind_a_link() -> None:
    talk = await settled(flats=1)
    await talk.say("настройки")
    await talk.press("Скачать")
    assert f"{PUBLIC_URL}/page/" in talk.text


async def test_the_history_is_that_of_readings() -> None:
    talk = await settled(flats=1)
    await talk.say("история")
    assert talk.steps[-1] == "history.readings"


async def test_where_the_web_part_has_no_address_the_telephone_is_named() -> None:
    talk = await settled(flats=1)
    talk.public_url = None
    await talk.say("баланс")
    assert "51-51-31" in talk.text
    assert "/page/" not in talk.text


async def test_a_link_is_for_ones_own_flat_only() -> None:
    talk = await settled(flats=1)
    talk.state = state({"step": "home", "data": {}}, {"step": "receipts.period", "data": {"premises": 2}})
    await talk.serve(Said("?"))
    assert "/page/" not in talk.text


async def test_a_helper_gets_no_link_to_anybodys_money() -> None:
    talk = await settled(flats=1)
    await with_helper(talk)
    code = talk.text.split("Код для помощника: ")[1][:9]
    helper = Watched(talk.world, chat=ChatId(9))
    await helper.say("начать")
    await helper.press("Согласен")
    await helper.press("Есть код")
    await helper.say(code)
    assert helper.steps == ["home"]
    for word in ("баланс", "квитанция", "оплатить", "история"):
        await helper.say(word)
        assert "/page/" not in helper.text


async def test_no_sum_is_asked_for() -> None:
    talk = Watched(World(city=MINIMAL))
    await talk.say("начать")
    await talk.press("Согласен")
    await talk.press("Привязать")
    await talk.say(NUMBERS[TRUDA_WATER])
    await talk.press("Кода нет")
    assert not [label for label in talk.buttons if "платёж" in label or "Сумма" in label]
    assert "Площадь квартиры" in talk.buttons


# --- the net


ADDRESS = Personal(msg("{street}", street="ул. Труда"))


def words(screen: Screen | None) -> str:
    assert screen is not None
    return CATALOGUES("ru").text(screen.text)


def test_a_text_with_a_sum_or_an_address_is_left_out_whole_and_its_neighbours_stay() -> None:
    text = lines(
        msg("{n}", n=1),
        msg("{sum}", sum=Rub(Kopecks(100))),
        msg("{address}", address=ADDRESS),
        plural("{n} {sum}", "{n} {sum}", 2, sum=Rub(Kopecks(1))),
        lines(ADDRESS),
        msg("{outer}", outer=msg("{inner}", inner=ADDRESS)),
        Plain("2"),
    )
    assert words(without_personal(Screen(text))) == "1\n2"


def test_what_stands_in_is_told_instead() -> None:
    screen = Screen(msg("{name}: {what}", name="a", what=Personal(ADDRESS, Plain("квартира"))))
    assert words(without_personal(screen)) == "a: квартира"


def test_a_stand_in_that_is_personal_itself_is_left_out() -> None:
    assert words(without_personal(Screen(lines(Plain("1"), Personal(ADDRESS, ADDRESS))))) == "1"


def test_a_screen_of_which_nothing_is_left_says_so() -> None:
    assert words(without_personal(Screen(ADDRESS))) == LEFT_OUT.msgid


def test_buttons_stay_with_other_labels() -> None:
    screen = without_personal(Screen(ADDRESS, rows(Choice("1", ADDRESS)), (Choice("2", ADDRESS),)))
    assert screen is not None
    assert [choice.label for row in (*screen.choices, screen.items) for choice in row] == [Plain("•"), Plain("•")]


@pytest.mark.parametrize("form", Form)
def test_only_files_without_anything_personal_are_sent(form: Form) -> None:
    bare = without_personal(Screen(Plain("подпись"), file=File(form, PremisesId(1))))
    assert (bare is None) == (form in PERSONAL_FILES)


async def test_typed_labels_are_those_that_were_shown() -> None:
    """What is offered is matched by the label people see, not by the one that was left out."""
    talk = await settled(flats=1)
    await talk.say("показания")
    assert isinstance(talk.keyboard[0].press, Pressed)
    await talk.say(talk.keyboard[0].label)
    assert "Не понял" not in talk.text
