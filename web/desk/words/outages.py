"""Outages, in English."""

from collections.abc import Mapping
from typing import Final

ENGLISH: Final[Mapping[str, str]] = {
    "Отключения": "Outages",
    "Отключение № {number}": "Outage No. {number}",
    "Все отключения": "All outages",
    "Отключений нет.": "There are no outages.",
    "Ввести отключение": "Enter an outage",
    "Жители этих домов узнают сразу; о плановом – не ночью.": (
        "Residents of these buildings are told at once; of planned work not at night."
    ),
    "Что и где": "What and where",
    "Когда": "When",
    "Жителей": "Residents",
    "«У меня тоже»": "“Mine too”",
    "«Всё ещё нет»": "“Still off”",
    "авария": "emergency",
    "срок не известен": "end not known",
    # phases
    "ещё не началось": "not begun yet",
    "идёт": "going on",
    "срок прошёл": "past its end",
    "закончилось": "over",
    # history
    "введено": "entered",
    "дополнено": "updated",
    "закончено": "ended",
    "открыто снова": "opened again",
    "до {when}": "until {when}",
    "История отключения": "History of the outage",
    # forms
    "Что отключено": "What is off",
    "Где": "Where",
    "По одному месту в строке: «улица Труда: 14, 16/1», «улица Труда», «квартал 109».": (
        "One place a line: “улица Труда: 14, 16/1”, “улица Труда”, “квартал 109”."
    ),
    "Без домов, которых нет в списке": "Without buildings that are not in the list",
    "С какого времени": "From when",
    "До какого": "Until when",
    "Авария: сообщить и ночью; срок может быть не известен": ("Emergency: told at night too; its end may be unknown"),
    "Причина": "Cause",
    "Её прочтут жители.": "Residents read it.",
    "Ввести и сообщить": "Enter and tell",
    "Закончить": "End it",
    "Что добавить для жителей": "What to add for residents",
    "Можно оставить пустым.": "May be left empty.",
    "Включили, сообщить": "It is on again: tell them",
    "Открыть снова": "Open again",
    "Дополнить": "Update",
    "Новая причина или новость": "New cause, or news",
    "Новый срок": "New end",
    "Срок больше не известен": "The end is not known any more",
    "Ещё места": "More places",
    "Сохранить и сообщить": "Save and tell",
    # one outage
    "закончилось {when}": "over {when}",
    "{n} дом|{n} дома|{n} домов": "{n} building|{n} buildings",
    "{n} квартира|{n} квартиры|{n} квартир": "{n} flat|{n} flats",
    "{n} житель в чате|{n} жителя в чате|{n} жителей в чате": "{n} resident in chat|{n} residents in chat",
    "Говорят жители": "Residents say",
    "«у меня тоже»: {n}": "“mine too”: {n}",
    "«всё ещё нет»: {n}": "“still off”: {n}",
    "По домам": "By building",
    "Дом": "House",
    # said
    "Введено. Сообщаем жителям: {told}.": "Entered. Residents being told: {told}.",
    "Сохранено. Сообщаем жителям: {told}.": "Saved. Residents being told: {told}.",
    "Отключение закончено. Сообщаем жителям: {told}.": "The outage is over. Residents being told: {told}.",
    # wrong
    "Отметьте, что отключено.": "Tick what is off.",
    "Напишите причину: её прочтут жители.": "Write the cause: residents read it.",
    "Слишком длинно: до 300 знаков.": "Too long: 300 characters at most.",
    "Напишите, где: улицу с домами, улицу, квартал или район.": (
        "Write where: a street with houses, a street, a quarter or a district."
    ),
    "Слишком много мест: введите остальные отдельным отключением.": (
        "Too many places: enter the others as another outage."
    ),
    "Конец раньше начала.": "The end is before the beginning.",
    "Этот срок уже прошёл.": "That time has passed.",
    "Таких долгих отключений не бывает: проверьте даты.": "No outage is that long: check the dates.",
    "Начало слишком далеко от сегодня: проверьте дату.": "The beginning is too far from today: check the date.",
    "У плановых работ есть срок. Без срока бывает только авария.": (
        "Planned work has an end. Only an emergency can be without one."
    ),
    "Это отключение уже закончено.": "This outage is over already.",
    "Ничего нового: измените срок, добавьте слова или места.": "Nothing new: change the end, add words or places.",
    "Это отключение другой организации.": "This outage is another organisation's.",
    "Время не прочитать: выберите день и час.": "The time cannot be read: choose day and hour.",
    "Этого нет в списке домов: {places}. Проверьте, как написано, или отметьте «без них».": (
        "Not in the list of buildings: {places}. Check the spelling, or tick “without”."
    ),
    "Это может значить разное: {places}. Напишите улицу с домами.": (
        "This may mean several things: {places}. Write the street with its houses."
    ),
    # the book of looks
    "ввёл отключение": "entered an outage",
    "дополнил отключение": "updated an outage",
    "закончил отключение": "ended an outage",
}
