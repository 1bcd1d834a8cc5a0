"""Signing in, the menu, staff and errors, in English."""

from collections.abc import Mapping
from typing import Final

ENGLISH: Final[Mapping[str, str]] = {
    # the frame
    "ВодоТепло": "VodoTeplo",
    "рабочее место": "desk",
    "К содержанию": "To the content",
    "Разделы": "Sections",
    "Мой вход": "My sign-in",
    "Выйти": "Sign out",
    "Начало": "Start",
    "Здравствуйте, {name}!": "Hello, {name}!",
    "Выберите раздел в меню.": "Choose a section in the menu.",
    "{n} мин": "{n} min",
    "{n} ч": "{n} h",
    "{n} дн.": "{n} d",
    # signing in
    "Вход": "Sign in",
    "Логин": "Login",
    "Пароль": "Password",
    "Дальше": "Next",
    "Забыли пароль или потеряли телефон с кодами? Попросите администратора сбросить вход.": (
        "Forgot the password, or lost the phone with the codes? Ask an administrator to reset your sign-in."
    ),
    "Логин или пароль не подходят.": "The login or the password is wrong.",
    "Слишком много неудачных попыток. Подождите {minutes} мин и попробуйте снова.": (
        "Too many failed attempts. Wait {minutes} min and try again."
    ),
    "Код": "Code",
    "Код из приложения": "Code from the app",
    "Откройте на телефоне приложение с кодами и перепишите шесть цифр.": (
        "Open the authenticator app on your phone and copy the six digits."
    ),
    "Войти": "Sign in",
    "Нет телефона под рукой? Введите сюда один из запасных кодов.": (
        "No phone at hand? Type one of your backup codes here."
    ),
    "Войти под другим логином": "Sign in with another login",
    "Код не подходит. Возьмите новый: каждый код годится один раз и живёт полминуты.": (
        "This code is wrong. Take a new one: each works once and lives half a minute."
    ),
    "Новый пароль": "New password",
    "Пароль, с которым вы вошли, знает ещё кто-то. Придумайте свой: от 10 знаков, разных, без логина и имени.": (
        "Somebody else knows the password you came with. Choose your own: 10 or more varied characters, without your "
        "login or name."
    ),
    "Ещё раз": "Once more",
    "Сохранить": "Save",
    "Пароль слишком простой: от 10 знаков, разных, без вашего логина и имени.": (
        "This password is too simple: 10 or more varied characters, without your login or name."
    ),
    "Пароли не совпали.": "The passwords differ.",
    "Второй ключ": "Second key",
    "Кроме пароля для входа нужен код с вашего телефона. Это настраивают один раз.": (
        "Besides the password, signing in takes a code from your phone. This is set up once."
    ),
    "Поставьте на телефон приложение с кодами: Яндекс Ключ, Google Authenticator, Aegis или другое.": (
        "Install an authenticator app on your phone: Yandex Key, Google Authenticator, Aegis or another."
    ),
    "Наведите его на картинку или введите ключ руками.": "Point it at the picture, or type the key by hand.",
    "QR-код для приложения с кодами": "QR code for the authenticator app",
    "Перепишите сюда шесть цифр, которые оно покажет.": "Copy the six digits it shows.",
    "Готово": "Done",
    "Запасные коды": "Backup codes",
    (
        "Если телефона не окажется под рукой, вместо кода подойдёт любой из этих. Каждый годится один раз. Запишите их "
        "сейчас: больше мы их не покажем."
    ): (
        "When the phone is not at hand, any of these does instead of a code. Each works once. Write them down now: we "
        "will not show them again."
    ),
    "Записал, дальше": "Written down, go on",
    "Вы вышли.": "You have signed out.",
    # errors
    "Код ошибки: {status}": "Error code: {status}",
    "На первую страницу": "To the first page",
    "Запрос не удалось прочитать. Вернитесь назад и попробуйте ещё раз.": (
        "The request could not be read. Go back and try again."
    ),
    "Это действие вам недоступно.": "You may not do this.",
    "Такой страницы нет, или она больше не ваша.": "There is no such page, or it is not yours any more.",
    "Так эту страницу не открыть.": "This page does not open like this.",
    "Это больше, чем можно отправить: файл до 20 МБ.": "This is more than can be sent: files may have 20 MB.",
    "Так сделать нельзя. Вернитесь назад и проверьте, что введено.": (
        "This cannot be done. Go back and check what was typed."
    ),
    "Что-то сломалось у нас. Мы это уже записали; попробуйте ещё раз.": (
        "Something of ours broke. It has been noted; try again."
    ),
    "Сейчас не получается. Попробуйте через минуту.": "It does not work just now. Try again in a minute.",
    "Страница устарела: вернитесь назад, обновите её и повторите. Ничего не отправлено.": (
        "The page is out of date: go back, reload it and repeat. Nothing was sent."
    ),
    "Вы вышли из рабочего места. Войдите снова.": "You have left the desk. Sign in again.",
}
