"""What made-up residents have asked in the days before the demo begins, and what they were told.

Times are counted back from the start of the demo, by the city's clock. Whoever answers is named by a provider's code;
the names are those of the demo's operators.
"""

from dataclasses import dataclass
from datetime import time

from core.periods import Period
from core.services import Service
from core.support.model import Topic

DECEMBER, JANUARY, FEBRUARY = Period(2021, 12), Period(2022, 1), Period(2022, 2)


@dataclass(frozen=True)
class At:
    """So many days before the start, at that hour; what would lie after the start happens at the start."""

    days: int
    clock: time


@dataclass(frozen=True)
class Act:
    """Something done to a ticket."""

    at: At


@dataclass(frozen=True)
class Answer(Act):
    text: str
    picture: bool = False


@dataclass(frozen=True)
class Note(Act):
    text: str


@dataclass(frozen=True)
class Transfer(Act):
    to: str
    note: str


@dataclass(frozen=True)
class Read(Act):
    pass


@dataclass(frozen=True)
class Close(Act):
    pass


@dataclass(frozen=True)
class Add(Act):
    """The resident writes more; a closed ticket opens by it."""

    text: str


@dataclass(frozen=True)
class Edit(Act):
    """The resident mends what was asked first."""

    text: str


@dataclass(frozen=True)
class Rate(Act):
    stars: int


@dataclass(frozen=True)
class Person:
    """A resident on a phone of the sandbox; one who has not `agreed` to anything yet has no flat."""

    messenger: str
    peer: int
    first_name: str
    agreed: bool = True


@dataclass(frozen=True)
class Talk:
    """A ticket: who asked what and when, and what followed."""

    person: Person
    topic: Topic
    service: Service | None
    at: At
    text: str
    then: tuple[Act, ...] = ()
    period: Period | None = None
    picture: bool = False


def at(days: int, hour: int, minute: int = 0) -> At:
    return At(days, time(hour, minute))


NINA = Person("telegram", 900101, "Нина")
VIKTOR = Person("vk", 900102, "Виктор")
GALINA = Person("vk", 900103, "Галина")
RUSLAN = Person("telegram", 900104, "Руслан")
ALFIYA = Person("telegram", 900105, "Альфия")
PYOTR = Person("vk", 900106, "Пётр")
OLGA = Person("telegram", 900107, "Ольга", agreed=False)
PEOPLE = (NINA, VIKTOR, GALINA, RUSLAN, ALFIYA, PYOTR, OLGA)

COLD, HOT, WASTE, HEATING = Service.COLD_WATER, Service.HOT_WATER, Service.WASTEWATER, Service.HEATING

TALKS: tuple[Talk, ...] = (
    # Settled, and how it was liked.
    Talk(
        *(PYOTR, Topic.METER, COLD, at(12, 10, 5)),
        "Меняю счётчик холодной воды сам. Что нужно, чтобы его приняли?",
        (
            Answer(
                at(12, 10, 48),
                "Здравствуйте! Нужны паспорт нового счётчика и фото старого с последними цифрами. Позовите нас после "
                "замены: инженер опломбирует счётчик бесплатно.",
            ),
            Add(at(12, 11, 20), "Понял, спасибо. Фото сделаю."),
            Close(at(12, 11, 35)),
            Rate(at(12, 12, 10), 5),
        ),
    ),
    Talk(
        *(GALINA, Topic.QUALITY, HEATING, at(9, 8, 40)),
        "В квартире холодно, +16. Батарея в большой комнате чуть тёплая.",
        (
            Answer(at(9, 14, 30), "Здравствуйте! Заявка передана дежурной бригаде, придут сегодня до 18:00."),
            Add(at(9, 19, 15), "Никто не пришёл."),
            Answer(at(8, 9, 20), "Просим прощения: была авария на Труда. Бригада у вас сегодня с 10 до 12."),
            Close(at(7, 16)),
            Rate(at(7, 18, 30), 2),
        ),
    ),
    Talk(
        *(NINA, Topic.READINGS, COLD, at(8, 19, 30)),
        "Ошиблась в показаниях за февраль: написала 135, надо 125.",
        (
            Answer(
                at(7, 8, 15),
                "Здравствуйте! Ничего страшного: до конца приёма показания можно передать ещё раз, считать будем по "
                "последним.",
            ),
            Close(at(7, 8, 20)),
            Rate(at(7, 9, 2), 5),
        ),
        FEBRUARY,
    ),
    Talk(
        *(RUSLAN, Topic.PAYMENT, HOT, at(6, 12, 15)),
        "Оплатил по QR-коду вчера, а долг не исчез.",
        (
            Answer(
                at(6, 13, 40),
                "Здравствуйте! Банк передаёт оплату за один-два рабочих дня. Если завтра к вечеру долг останется, "
                "напишите сюда: найдём платёж.",
            ),
            Add(at(5, 18, 20), "Всё, оплата видна. Спасибо!"),
            Close(at(4, 9, 5)),
            Rate(at(4, 9, 40), 4),
        ),
        JANUARY,
    ),
    # Handed over: it was not ours.
    Talk(
        *(ALFIYA, Topic.CHARGES, COLD, at(5, 9, 10)),
        "Почему за горячую воду насчитали как за троих, когда нас прописано двое?",
        (
            Note(at(5, 9, 40), "Холодная вода верно, на двоих. Речь о горячей."),
            Transfer(at(5, 9, 45), "teplofikaciya", "Вопрос о горячей воде: у них в карточке трое."),
            Answer(
                at(5, 11, 30),
                "Здравствуйте! У нас в карточке было трое. Исправили, перерасчёт придёт в квитанции за февраль.",
            ),
            Close(at(5, 11, 32)),
        ),
        JANUARY,
    ),
    # Closed, and opened again by the resident.
    Talk(
        *(PYOTR, Topic.QUALITY, HOT, at(4, 20, 10)),
        "Горячую воду надо сливать по десять минут, пока пойдёт горячая.",
        (
            Answer(
                at(3, 9, 30),
                "Здравствуйте! Похоже на циркуляцию в стояке. Передали управляющей компании, она отвечает за стояк.",
            ),
            Close(at(3, 9, 35)),
            Add(at(1, 21, 5), "Управляющая говорит, что это к вам. Кто прав?"),
        ),
    ),
    # Before 2022 water was billed by another organisation.
    Talk(
        *(NINA, Topic.CHARGES, WASTE, at(2, 11)),
        "В квитанции за декабрь водоотведение больше, чем вся вода. Откуда?",
        (),
        DECEMBER,
    ),
    # The resident's turn.
    Talk(
        *(VIKTOR, Topic.METER, COLD, at(2, 14, 20)),
        "Счётчик крутится, когда все краны закрыты.",
        (
            Answer(
                at(2, 15, 10),
                "Здравствуйте! Чаще всего подтекает бачок. Закройте воду в унитаз на час и посмотрите на счётчик. "
                "На снимке показано, на что смотреть.",
                picture=True,
            ),
        ),
    ),
    Talk(
        *(GALINA, Topic.OTHER, HEATING, at(1, 10, 30)),
        "Как заключить договор на себя? Квартира досталась от мамы.",
        (
            Answer(
                at(1, 11, 5),
                "Здравствуйте! Пришлите сюда снимок свидетельства о праве на наследство или выписки из ЕГРН, остальное "
                "сделаем сами.",
            ),
        ),
    ),
    # Waiting too long.
    Talk(
        *(RUSLAN, Topic.CHARGES, COLD, at(1, 13, 20)),
        "За январь в два раза больше, чем за декабрь. Счётчик исправен, живём как жили.",
        (
            Edit(
                at(1, 13, 22), "За январь в два раза больше, чем за декабрь. Счётчик исправен, живём вдвоём, как жили."
            ),
        ),
        JANUARY,
    ),
    Talk(
        *(GALINA, Topic.QUALITY, HEATING, at(1, 15, 45)),
        "Опять холодно. Дома маленький ребёнок, сколько можно?",
        (
            Read(at(1, 16, 10)),
            Note(at(1, 16, 12), "Второй раз за месяц. Позвонить мастеру участка."),
        ),
    ),
    # New.
    Talk(
        *(ALFIYA, Topic.QUALITY, COLD, at(0, 8, 55)),
        "Из крана идёт ржавая вода, второй день.",
        (Add(at(0, 9, 20), "Соседи говорят, у них тоже."),),
        picture=True,
    ),
    Talk(
        *(VIKTOR, Topic.READINGS, HOT, at(0, 9, 31)),
        "Пропустил январь. Можно передать показания за два месяца сразу?",
    ),
    Talk(
        *(OLGA, Topic.OTHER, None, at(0, 9, 48)),
        "Здравствуйте. Как до вас дозвониться? Полчаса слушаю музыку.",
    ),
)
