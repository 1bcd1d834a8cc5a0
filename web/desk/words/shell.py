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
    # staff, the book of looks, one's own sign-in
    "Сотрудники": "Staff",
    "Принять": "Add",
    "Имя": "Name",
    "Роль": "Role",
    "Чьи вопросы видит": "Sees questions of",
    "Был на месте": "Last seen",
    "всех организаций": "all organisations",
    "доступ закрыт": "access closed",
    "ещё не входил": "has not signed in yet",
    "нет второго ключа": "no second key",
    "на месте": "signed in",
    "не на месте": "away",
    "Принять сотрудника": "Add a member of staff",
    "Пароль придумает программа и покажет один раз. Сотрудник сменит его и настроит второй ключ, когда войдёт.": (
        "The program makes a password and shows it once. The member changes it and sets up the second key at "
        "the first sign-in."
    ),
    "Имя и отчество, фамилия": "Full name",
    "Жители его не видят.": "Residents never see it.",
    "Старший видит ещё отчёты, администратор — сотрудников и журнал, и всегда все организации.": (
        "A senior also sees the reports; an administrator staff and the log, and always all organisations."
    ),
    "Все сотрудники": "All staff",
    "Логин: {login}": "Login: {login}",
    "Сбросить вход": "Reset the sign-in",
    (
        "Забыт пароль или потерян телефон: будет новый пароль, второй ключ настроят заново, на всех "
        "устройствах вход закончится."
    ): (
        "For a forgotten password or a lost phone: there will be a new password, the second key is set up "
        "anew, and every session ends."
    ),
    "Доступ снова откроется.": "Access opens again.",
    "Закрыть доступ": "Close access",
    "Сотрудник выйдет сразу и больше не войдёт. Его ответы и записи журнала останутся.": (
        "The member is out at once and cannot sign in again. Their answers and lines of the log stay."
    ),
    "Пароль для входа": "Password for signing in",
    (
        "Передайте сотруднику логин и пароль лично. Больше мы этот пароль не покажем; он действует 7 дней и "
        "только для первого входа."
    ): (
        "Hand the login and the password over in person. We will not show this password again; it works for 7 "
        "days and only for the first sign-in."
    ),
    "Передал, дальше": "Handed over, go on",
    "Сохранено.": "Saved.",
    "{name}: доступ закрыт.": "{name}: access is closed.",
    "оператор": "operator",
    "старший": "senior",
    "администратор": "administrator",
    "Логин: от 3 до 32 знаков, латинские буквы, цифры, точка, дефис, подчёркивание.": (
        "Login: 3 to 32 characters, Latin letters, digits, dot, hyphen, underscore."
    ),
    "Имя: от 1 до 80 знаков.": "Name: 1 to 80 characters.",
    "Отметьте хотя бы одну организацию или «все».": "Tick at least one organisation, or all.",
    "Такого языка нет.": "There is no such language.",
    "Такой логин или такое имя уже есть или были. Добавьте отчество: в истории вопросов имена не путают.": (
        "This login or this name is or was taken. Add a middle name: the history of questions must stay clear."
    ),
    "Это последний администратор. Сначала назначьте другого.": (
        "This is the last administrator. Appoint another one first."
    ),
    "Журнал": "Log",
    "Кто что сделал и чьи данные смотрел. Записи только добавляются: изменить или удалить их нельзя никому.": (
        "Who did what, and whose data they saw. Lines are only added: nobody can change or delete them."
    ),
    "Кто (логин)": "Who (login)",
    "Кто": "Who",
    "Что": "What",
    "всё": "everything",
    "Показать": "Show",
    "Когда": "When",
    "О чём": "About",
    "Таких записей нет.": "There are no such lines.",
    "Раньше": "Earlier",
    "написал рассылку": "wrote a broadcast",
    "изменил рассылку": "changed a broadcast",
    "одобрил рассылку": "approved a broadcast",
    "запустил рассылку": "started a broadcast",
    "отправил рассылку себе на пробу": "sent a broadcast to oneself as a trial",
    "вернул рассылку до отправки": "took a broadcast back before it left",
    "приостановил рассылку": "paused a broadcast",
    "продолжил рассылку": "resumed a broadcast",
    "отменил рассылку": "cancelled a broadcast",
    "выгрузил отчёт рассылки": "took a broadcast's report out",
    "открыл вопрос": "opened a question",
    "скачал файл жителя": "downloaded a resident's file",
    "ответил на вопрос": "answered a question",
    "оставил заметку": "left a note",
    "передал вопрос": "transferred a question",
    "закрыл вопрос": "closed a question",
    "взял вопрос": "took a question up",
    "отпустил вопрос": "let a question go",
    "поручил вопрос": "gave a question to somebody",
    "записал готовый ответ": "wrote a ready answer",
    "удалил готовый ответ": "removed a ready answer",
    "выгрузил показатели": "exported numbers",
    "принял сотрудника": "added a member of staff",
    "изменил сотрудника": "changed a member of staff",
    "закрыл доступ сотруднику": "closed a member's access",
    "сбросил вход сотрудника": "reset a member's sign-in",
    "вошёл": "signed in",
    "вышел": "signed out",
    "вышел на всех устройствах": "signed out everywhere",
    "сменил свой пароль": "changed their password",
    "настроил второй ключ": "set up the second key",
    "получил запасные коды": "got backup codes",
    "вошёл по запасному коду": "signed in by a backup code",
    "Нынешний пароль": "Present password",
    "От 10 знаков, разных, без логина и имени.": "10 or more varied characters, without your login or name.",
    "Сменить пароль": "Change the password",
    "Остался {n} код.|Осталось {n} кода.|Осталось {n} кодов.": "{n} code is left.|{n} codes are left.",
    "Новые коды отменят прежние.": "New codes replace the old ones.",
    "Получить новые коды": "Get new codes",
    "Выйти на всех устройствах": "Sign out everywhere",
    "Если забыли выйти на чужом компьютере. Здесь тоже придётся войти снова.": (
        "If you forgot to sign out on another machine. You will have to sign in here again, too."
    ),
    "Выйти везде": "Sign out everywhere",
    "Нынешний пароль не подходит.": "The present password is wrong.",
    "Пароль изменён. На других устройствах вы вышли.": (
        "The password is changed. You are signed out on all other machines."
    ),
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
