"""Kinds of proof in the city file's order; what proves nothing; what a chat that guesses is told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.accounts.model import Alarm
from core.billing.payment_code import payment_qr
from core.ids import ChatId
from core.link_settings import Fact, ProofKind, ProofLimits
from core.money import Kopecks
from dialogs.event import Command, Kind, PhotoRead, Pressed, Sent
from tests.dialogs.talk import Talk
from tests.dialogs.test_linking import CODE, NOT_MATCHED, NUMBER, prove
from tests.dialogs.world import CITY, JANUARY, LENINA_WATER, NUMBERS, TRUDA_WATER, WATER, World

PHONE = "+79001234567"


def own_contact(phone: str = PHONE) -> Sent:
    return Sent(Kind.CONTACT, None, phone)


def with_order(world: World, *order: ProofKind) -> None:
    world.city = replace(world.city, proofs=ProofLimits(order=order))


async def to_phone(talk: Talk) -> None:
    await talk.press("Привязать")
    await talk.say(NUMBER)
    await talk.press("По моему телефону")


@pytest.fixture
def on_file(world: World) -> World:
    world.accounts.phones[TRUDA_WATER] = "8 (900) 123-45-67"
    return world


# --- phones


async def test_the_own_phone_on_file_opens_the_account(agreed: Talk, on_file: World) -> None:
    await to_phone(agreed)
    assert "Передайте свой номер" in agreed.text
    assert "Нашёл: ул. Труда, 1•" in await agreed.serve(own_contact())


async def test_another_phone_does_not_and_counts_as_a_failure(agreed: Talk, on_file: World) -> None:
    await to_phone(agreed)
    assert "не сошлись" in await agreed.serve(own_contact("+79001234568"))
    assert len(on_file.attempts.failures) == 1
    assert agreed.steps[-1] == "linking.phone"


async def test_anothers_card_proves_nothing(agreed: Talk, on_file: World) -> None:
    """The edge says so: the card's user is not the sender (tests of the edge)."""
    await to_phone(agreed)
    assert "Это не ваш номер" in await agreed.serve(Sent(Kind.CONTACT, "foreign", ""))
    assert "Это не ваш номер" in await agreed.serve(Sent(Kind.CONTACT, "foreign", PHONE))
    assert agreed.steps[-1] == "linking.phone"


async def test_a_number_in_words_proves_nothing(agreed: Talk, on_file: World) -> None:
    await to_phone(agreed)
    assert "ничего не подтверждает" in await agreed.say(PHONE)
    assert agreed.steps[-1] == "linking.phone"


async def test_a_wrong_number_and_a_wrong_phone_get_the_very_same_screens(on_file: World) -> None:
    told = []
    for chat, number in ((1, NUMBER), (2, "3999999999"), (3, NUMBERS[LENINA_WATER])):
        talk = Talk(on_file, chat=ChatId(chat))
        await talk.say("начать")
        await talk.press("Согласен")
        await talk.press("Привязать")
        await talk.say(number)
        asked = await talk.press("По моему телефону")
        told.append((asked, await talk.serve(own_contact("+79990000000")), tuple(talk.buttons), tuple(talk.steps)))
    assert told[0] == told[1] == told[2]


async def test_where_a_messenger_vouches_for_no_phone_it_is_not_offered(world: World, on_file: World) -> None:
    talk = Talk(world, messenger="vk", chat=ChatId(8))
    await talk.say("начать")
    await talk.press("Согласен")
    await talk.press("Привязать")
    await talk.say(NUMBER)
    assert not any("телефон" in label for label in talk.buttons)
    assert "Нужен" not in await talk.serve(own_contact()), "and one that comes all the same is nobody's"
    assert world.links.links == {}
    assert world.attempts.failures == []


async def test_a_phone_handed_over_elsewhere_is_not_needed(agreed: Talk, on_file: World) -> None:
    assert "сейчас не нужен" in await agreed.serve(own_contact())


# --- order


@pytest.mark.parametrize(
    ("order", "asked"),
    [
        ((ProofKind.CODE, ProofKind.FACTS), "код доступа"),
        ((ProofKind.FACTS, ProofKind.CODE), "два вопроса"),
        ((ProofKind.PHONE, ProofKind.CODE), "свой номер телефона"),
    ],
)
async def test_the_first_kind_of_the_city_is_asked_and_the_others_are_a_tap_away(
    agreed: Talk, world: World, order: tuple[ProofKind, ...], asked: str
) -> None:
    with_order(world, *order)
    await agreed.press("Привязать")
    assert asked in await agreed.say(NUMBER)
    if order[0] is not ProofKind.CODE and ProofKind.CODE in order:
        await agreed.press("По коду")
        assert "Нашёл" in await agreed.say(CODE)


async def test_a_kind_the_city_does_not_take_is_refused_even_on_its_own_screen(agreed: Talk, world: World) -> None:
    """A saved session of before: the core does not look at such a proof."""
    await agreed.press("Привязать")
    await agreed.say(NUMBER)
    with_order(world, ProofKind.FACTS)
    await agreed.say(CODE)
    assert "Нашёл" not in agreed.text
    assert agreed.steps == ["home"]


async def test_a_city_of_phones_only_sends_others_to_the_call_centre(world: World) -> None:
    with_order(world, ProofKind.PHONE)
    talk = Talk(world, messenger="vk", chat=ChatId(8))
    await talk.say("начать")
    await talk.press("Согласен")
    await talk.press("Привязать")
    await talk.say(NUMBER)
    assert "Позвоните: 51-51-31" in talk.text


async def test_only_the_facts_of_the_city_are_asked(agreed: Talk, world: World) -> None:
    world.city = replace(world.city, proofs=ProofLimits(facts=(Fact.AREA, Fact.LAST_OWED)))
    await agreed.press("Привязать")
    await agreed.say(NUMBER)
    await agreed.press("Кода нет")
    assert [label for label in agreed.buttons if "Назад" not in label][:2] == ["Площадь квартиры", "Сумма в квитанции"]
    assert not any("платёж" in label for label in agreed.buttons)


# --- what proves nothing


@pytest.mark.parametrize("payload", ["right", "linking.address", "notice.contest.1", "admin", "code"])
async def test_a_hand_made_press_links_nothing(agreed: Talk, world: World, payload: str) -> None:
    await agreed.press("Привязать")
    await agreed.say(NUMBER)
    for rev in (0, 3, 4, 5, 99):
        await agreed.serve(Pressed(payload, rev))
    assert world.links.links == {}
    assert world.attempts.proofs == {}


@pytest.mark.parametrize("argument", ["", "link-1", "3000000001_TRUDA7KQ", "premises=1", "x" * 64])
async def test_a_forwarded_link_proves_nothing(agreed: Talk, world: World, argument: str) -> None:
    await agreed.serve(Command("start", argument))
    assert world.links.links == {}
    assert world.attempts.proofs == {}
    await agreed.press("Привязать")
    await agreed.say(NUMBER)
    assert agreed.steps[-1] in {"linking.number", "linking.proof"}


async def test_a_confirmation_without_a_proof_of_this_chat_is_refused(agreed: Talk, world: World) -> None:
    """A session that says otherwise (an old one, a copied one) is not believed."""
    agreed.state = {
        **(agreed.state or {}),
        "offered": {"right": ""},
        "trail": [{"step": "home", "data": {}}, {"step": "linking.address", "data": {"premises": 1}}],
    }
    rev = (agreed.state or {})["rev"]
    assert isinstance(rev, int)
    await agreed.serve(Pressed("right", rev))
    assert "привязана" not in agreed.text
    assert world.links.links == {}


async def test_a_proof_waits_an_hour_for_its_confirmation(agreed: Talk, world: World) -> None:
    await prove(agreed, NUMBER, CODE)
    world.clock.instant += timedelta(minutes=61)
    await agreed.press("Верно")
    assert "Подтвердите счёт ещё раз" in agreed.text
    assert world.links.links == {}
    await agreed.say(NUMBER)
    await agreed.say(CODE)
    await agreed.press("Верно")
    assert "привязана" in agreed.text


async def test_two_codes_on_one_photo_fill_the_number_in_and_prove_nothing(agreed: Talk, world: World) -> None:
    details = CITY.provider(WATER).payment_details[-1]
    codes = [payment_qr(WATER, details, number, JANUARY, Kopecks(100)).payload for number in (NUMBER, "3000000002")]
    await agreed.press("Привязать")
    await agreed.send(Kind.PHOTO)
    await agreed.serve(PhotoRead(tuple(code.encode() for code in codes)))
    assert "Прочитал код: Водоканал, лицевой счёт ••••••0001" in agreed.text
    assert "код доступа" in agreed.text
    assert world.attempts.proofs == {}


# --- guessing


async def test_a_chat_that_fails_on_three_accounts_is_told_until_when(agreed: Talk, world: World) -> None:
    for number in (NUMBER, "3999999998", "3999999999"):
        assert (await prove(agreed, number, "WRONG")).startswith(NOT_MATCHED)
    await agreed.say("меню")
    await agreed.press("Привязать")
    assert "Слишком много" in await agreed.say(NUMBERS[LENINA_WATER])
    assert "после 10:00, 17 февраля" in agreed.text
    assert world.alarms.raised == [(Alarm.ENUMERATION, str(agreed.chat))]
    assert [task.kind for task in world.tasks.opened] == ["link_enumeration"]
    assert "Нашёл" in await prove(agreed, NUMBER, CODE), "the right code of one of the three still opens it"


async def test_a_weak_code_keeps_the_limits_of_the_chat_and_calls_an_operator(world: World) -> None:
    world.accounts.weak.add(TRUDA_WATER)
    for chat in range(2):
        talk = Talk(world, chat=ChatId(100 + chat))
        await talk.say("начать")
        await talk.press("Согласен")
        for _ in range(5):
            await prove(talk, NUMBER, "WRONG")
        assert "Слишком много" in await talk.say(CODE)
    assert world.alarms.raised == [(Alarm.WEAK_CODE, str(TRUDA_WATER))]
    fresh = Talk(world, chat=ChatId(200))
    await fresh.say("начать")
    await fresh.press("Согласен")
    assert "Нашёл" in await prove(fresh, NUMBER, CODE)
