"""What accounts files do to links: they go on under a new number, and end with the account or with its holder."""

import json

import pytest

from core.accounts.rules import code_is_weak
from tests.infra.exchange.office import HEAT, WATER, Office
from tests.infra.exchange.test_accounts import link, linked

HEADER = "account;street;building;unit;premises;holder;closed_on\n"
OLD, NEW, WARM = "3000000001", "3000000009", "700000001"


def row(number: str, holder: str = "Иванов Пётр Ильич", closed: str = "", unit: str = "5") -> str:
    return f"{number};улица Труда;14;{unit};flat-{unit};{holder};{closed}\n"


async def proved(office: Office, number: str) -> int:
    """A resident with a chat who has proved this account, and lets somebody help."""
    resident = await link(office, number)
    await office.rows(
        "UPDATE links SET account_id = (SELECT id FROM accounts WHERE number = $1) WHERE resident_id = $2",
        *(number, resident),
    )
    await office.rows(
        "INSERT INTO chats (messenger, bot, peer, resident_id) VALUES ('vk', '9', $1, $2)", str(resident), resident
    )
    await office.rows(
        "INSERT INTO helpers (link_id, called) SELECT id, 'Сосед' FROM links WHERE resident_id = $1", resident
    )
    return resident


async def ended(office: Office) -> list[object]:
    """Why links have ended, and whether that is on its way to the chat."""
    rows = await office.rows("SELECT id::text, why, outcome FROM link_claims ORDER BY id")
    notices = [json.loads(str(raw))["notice"] for (raw,) in await office.rows("SELECT raw FROM inbox ORDER BY id")]
    assert [(notice["kind"], notice["subject"]) for notice in notices] == [("link_ended", row[0]) for row in rows]
    assert {outcome for _, _, outcome in rows} <= {"removed"}
    return [why for _, why, _ in rows]


async def test_a_link_goes_over_to_the_number_that_follows_a_closed_one(office: Office) -> None:
    await office.take("accounts", HEADER + row(OLD))
    resident = await proved(office, OLD)
    await office.take("accounts", HEADER + row(OLD, closed="2022-01-01") + row(NEW))
    assert NEW in await linked(office, resident)
    assert await ended(office) == []
    numbers = await office.rows("SELECT number FROM links JOIN accounts ON accounts.id = account_id")
    assert numbers == [(NEW,)]
    await office.take("accounts", HEADER + row(NEW, closed="2022-02-01"), accept_drop=True)
    assert await ended(office) == ["closed"], "and ends with that one"


@pytest.mark.parametrize("holder", ["", "иванов  пётр ильич.", "ИВАНОВ ПЕТР ИЛЬИЧ"])
async def test_the_same_holder_may_be_spelt_otherwise_or_not_be_told(office: Office, holder: str) -> None:
    await office.take("accounts", HEADER + row(OLD))
    await proved(office, OLD)
    await office.take("accounts", HEADER + row(OLD, closed="2022-01-01") + row(NEW, holder))
    await office.take("accounts", HEADER + row(OLD, holder, closed="2022-01-01") + row(NEW, holder))
    assert await ended(office) == []


async def test_a_link_ends_when_billing_closes_its_account(office: Office) -> None:
    await office.take("accounts", HEADER + row(OLD) + row("3000000002", unit="6"))
    await office.take("accounts", HEADER + row(WARM), HEAT)
    resident = await proved(office, OLD)
    other = await proved(office, WARM)
    result = await office.take("accounts", HEADER + row(OLD, closed="2022-01-01") + row("3000000002", unit="6"))
    assert "1 links of residents have ended with their accounts" in result.warnings[-1]
    assert await linked(office, resident) == set()
    assert await linked(office, other) == {OLD, WARM}, "who proved the other account stays"
    assert await office.rows("SELECT count(*) FROM helpers JOIN links ON links.id = link_id") == [(1,)]


async def test_a_new_holder_means_a_new_proof(office: Office) -> None:
    await office.take("accounts", HEADER + row(OLD))
    resident = await proved(office, OLD)
    await office.take("accounts", HEADER + row(OLD, "Петрова Анна"))
    assert await linked(office, resident) == set()
    assert await ended(office) == ["new_holder"]
    await office.take("accounts", HEADER + row(OLD, "Петрова Анна"))
    assert await ended(office) == ["new_holder"]


async def test_a_closed_account_whose_follower_has_another_holder_ends_the_link(office: Office) -> None:
    await office.take("accounts", HEADER + row(OLD))
    resident = await proved(office, OLD)
    await office.take("accounts", HEADER + row(OLD, closed="2022-01-01") + row(NEW, "Петрова Анна"))
    assert (await linked(office, resident), await ended(office)) == (set(), ["new_holder"])


async def test_who_has_proved_the_new_holders_other_account_stays(office: Office) -> None:
    """The other provider is slower: the flat was linked anew by the account that had the new holder already."""
    await office.take("accounts", HEADER + row(OLD))
    await office.take("accounts", HEADER + row(WARM, "Петрова Анна"), HEAT)
    former, present = await proved(office, OLD), await link(office, WARM)
    await office.rows(
        "UPDATE links SET account_id = (SELECT id FROM accounts WHERE number = $1) WHERE resident_id = $2",
        WARM,
        present,
    )
    await office.take("accounts", HEADER + row(OLD, "петрова анна"))
    assert (await linked(office, former), await linked(office, present)) == (set(), {OLD, WARM})


async def test_a_link_of_before_ends_when_no_account_of_the_flat_is_open(office: Office) -> None:
    await office.take("accounts", HEADER + row(OLD))
    resident = await link(office, OLD)
    await office.take("accounts", HEADER + row(OLD, closed="2022-01-01"))
    assert await linked(office, resident) == set()


async def test_a_link_keeps_its_helpers_when_the_flat_gets_another_key(office: Office) -> None:
    await office.take("accounts", HEADER + row(OLD))
    await proved(office, OLD)
    await office.take("accounts", HEADER + row(OLD).replace("flat-5", "flat-77").replace("14;5", "14;77"))
    assert await office.rows("SELECT count(*) FROM helpers JOIN links ON links.id = link_id") == [(1,)]


async def contested(office: Office, resident: int, by: int) -> None:
    """The resident's link is out of force until an operator settles it."""
    await office.rows(
        "WITH gone AS (DELETE FROM links WHERE resident_id = $1 RETURNING *), claims AS ("
        "INSERT INTO link_claims (resident_id, premises_id, account_id, name, linked_at, why, contested_by) "
        "SELECT resident_id, premises_id, account_id, name, linked_at, 'contested', $2 FROM gone RETURNING *) "
        "INSERT INTO tasks (key, kind, facts, opened_at, premises_id) "
        "SELECT 'link_claim:' || id, 'link_claim', jsonb_build_object('claim', id), now(), premises_id FROM claims",
        *(resident, by),
    )


@pytest.mark.parametrize(
    ("after", "why"), [(row(OLD, "Петрова Анна"), "new_holder"), (row(OLD, closed="2022-01-01"), "closed")]
)
async def test_a_contested_link_ends_with_its_account_and_both_sides_are_told(
    office: Office, after: str, why: str
) -> None:
    """Else an operator might put it back in force."""
    await office.take("accounts", HEADER + row(OLD) + row("3000000002", unit="6"))
    await office.take("accounts", HEADER + row(WARM, "Петрова Анна"), HEAT)
    newer, older = await proved(office, OLD), await proved(office, WARM)
    await contested(office, newer, older)
    await office.take("accounts", HEADER + after + row("3000000002", unit="6"))
    claim = (await office.rows("SELECT id::text, why, outcome FROM link_claims"))[0]
    assert claim[1:] == (why, "removed")
    notices = [
        (peer, json.loads(str(raw))["notice"])
        for peer, raw in await office.rows("SELECT peer, raw FROM inbox ORDER BY peer::bigint")
    ]
    assert notices == [
        (str(newer), {"kind": "link_ended", "subject": claim[0]}),
        (str(older), {"kind": "contest_settled", "subject": claim[0]}),
    ]
    assert await office.rows("SELECT status, settled_by FROM tasks") == [("superseded", "billing:vodokanal")]


async def test_a_contested_link_waits_on_under_the_number_that_follows(office: Office) -> None:
    await office.take("accounts", HEADER + row(OLD))
    await office.take("accounts", HEADER + row(WARM), HEAT)
    newer, older = await proved(office, OLD), await proved(office, WARM)
    await contested(office, newer, older)
    await office.take("accounts", HEADER + row(OLD, closed="2022-01-01") + row(NEW))
    assert await office.rows(
        "SELECT number, settled_at FROM link_claims JOIN accounts ON accounts.id = account_id"
    ) == [(NEW, None)]
    assert await office.rows("SELECT status FROM tasks") == [("open",)]


async def test_a_dry_run_ends_nothing(office: Office) -> None:
    await office.take("accounts", HEADER + row(OLD))
    resident = await proved(office, OLD)
    await office.take("accounts", HEADER + row(OLD, "Петрова Анна"), dry_run=True)
    assert (await linked(office, resident), await ended(office)) == ({OLD}, [])


@pytest.mark.parametrize(
    ("pin", "weak"),
    [("1234", True), ("123456789012", True), ("ABCD234", True), ("ABCD2345", False), ("abcd-2345", False)],
)
async def test_a_code_under_forty_bits_is_known_to_be_weak(office: Office, pin: str, weak: bool) -> None:
    await office.take("accounts", f"account;street;building;pin\n{OLD};улица Труда;14;{pin}\n", WATER)
    assert await office.rows("SELECT code_weak FROM accounts") == [(weak,)]
    assert code_is_weak(pin) is weak


@pytest.mark.parametrize("after", [row(OLD, "Петрова Анна"), row(OLD, closed="2022-01-01")], ids=["sold", "closed"])
async def test_a_proof_that_waits_to_be_confirmed_ends_with_its_account_or_holder(office: Office, after: str) -> None:
    """Else who has just sold the flat would link it within the hour, and stay."""
    await office.take("accounts", HEADER + row(OLD) + row("3000000002", unit="6"))
    await office.rows("INSERT INTO chats (messenger, bot, peer) VALUES ('vk', '9', '1')")
    await office.rows(
        "INSERT INTO link_proofs (chat_id, premises_id, account_id) SELECT chats.id, premises_id, accounts.id "
        "FROM chats, accounts"
    )
    await office.take("accounts", HEADER + after + row("3000000002", unit="6"))
    left = await office.rows("SELECT number FROM link_proofs JOIN accounts ON accounts.id = account_id")
    assert left == [("3000000002",)]
