"""What holds for every page of the desk, whoever adds it: the routes are walked, and a new one is among them."""

import gzip
import io
import re

import aiohttp
import pytest

from core.staff.model import Role
from tests.desks import Browser, DeskSite
from web.desk.shell import Route, Shell

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def path_of(route: Route) -> str:
    """With numbers of things that do not exist in place of what is variable."""
    return re.sub(r"\{[^}]*\}", "999999", route.path)


def members_only(shell: Shell) -> list[Route]:
    return [route for route in shell.routes if route.role is not None]


async def ask(browser: Browser, route: Route) -> int:
    path = path_of(route)
    return (await (browser.get(path) if route.method == "GET" else browser.post(path, {"a": "b"}))).status


async def test_no_route_is_registered_past_the_shell(shared: DeskSite) -> None:
    known = {(route.method, route.path) for route in shared.shell.routes} | {
        ("GET", "/static/{name}"),
        ("HEAD", "/static/{name}"),
    }
    there = {
        (route.method, route.resource.canonical.removeprefix("/desk"))
        for route in shared.shell.app.router.routes()
        if route.resource is not None
    }
    assert there == known


async def test_every_page_refuses_who_is_not_signed_in(shared: DeskSite) -> None:
    stranger = await shared.browser()
    forged = await shared.browser()
    forged.plant("desk", "x" * 43)
    assert len(members_only(shared.shell)) > 10
    for route in members_only(shared.shell):
        for browser in (stranger, forged):
            answer = await (browser.get if route.method == "GET" else browser.post)(path_of(route))
            assert (answer.status, answer.to) == (303, "/desk/sign-in"), route
    fetched = await stranger.get("/language", Desk_Fetch="part")
    assert (await stranger.post("/language", Desk_Fetch="part")).status == 401
    assert "<html" not in fetched.text


async def test_every_page_refuses_a_lower_role(shared: DeskSite) -> None:
    seats = {role: await shared.seat(await shared.hire(role=role)) for role in (Role.OPERATOR, Role.SENIOR)}
    refused = 0
    for route in members_only(shared.shell):
        assert route.role is not None
        for role, browser in seats.items():
            if not role.covers(route.role):
                assert await ask(browser, route) == 403, route
                refused += 1
    assert refused > 5


async def test_every_act_refuses_without_the_sessions_token(shared: DeskSite) -> None:
    boss, other = await shared.hire(role=Role.ADMIN), await shared.hire(role=Role.ADMIN)
    browser, neighbour = await shared.seat(boss), await shared.seat(other)
    acts = [route for route in members_only(shared.shell) if route.method == "POST"]
    assert len(acts) > 5
    before = await shared.sql("SELECT count(*) FROM desk_looks")
    for route in acts:
        path = path_of(route)
        for token in ("", "0" * 64, neighbour.token, "щ" * 64):
            without = await browser.http.post(f"{shared.address}/desk{path}", data={"token": token})
            assert without.status == 403, (route, token)
        assert (await browser.post(path, {"token": browser.token}, token="0" * 64)).status == 403, route
        elsewhere = await browser.post(path, {}, Sec_Fetch_Site="cross-site")
        assert elsewhere.status == 403, route
    assert await shared.sql("SELECT count(*) FROM desk_looks") == before
    assert (await browser.get("/me")).status == 200


async def test_every_answer_bears_the_policy_and_is_kept_by_nobody(shared: DeskSite) -> None:
    browser = await shared.seat(await shared.hire(role=Role.ADMIN))
    stranger = await shared.browser()
    answers = [await stranger.get("/sign-in"), await stranger.get(""), await stranger.get("/sign-in/nowhere")]
    answers += [await browser.get(path_of(route)) for route in shared.shell.routes if route.method == "GET"]
    answers += [await browser.get("/nowhere"), await browser.post("/looks"), await browser.get("/static/none.css")]
    answers += [await browser.post("/staff", {"a": "b"}, token="x"), await browser.get("/static/..%2Fshell.py")]
    for answer in answers:
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "no-store" in answer.headers["Cache-Control"]


async def test_a_static_file_is_kept_by_its_version_and_no_path_leads_out(shared: DeskSite) -> None:
    browser = await shared.browser()
    page = await browser.get("/sign-in")
    for address in re.findall(r'/desk(/static/[^"#]+)', page.text):
        file = await browser.get(address)
        assert file.status == 200
        assert "immutable" in file.headers["Cache-Control"]
    assert (await browser.get("/static/desk.css?v=old")).headers["Cache-Control"] == "no-cache"
    for trick in ("..%2fdesk.css", "%2e%2e/shell.py", "desk.css%00", "/etc/passwd", ""):
        assert (await browser.get(f"/static/{trick}")).status == 404


async def test_numbers_of_nothing_are_not_found(shared: DeskSite) -> None:
    browser = await shared.seat(await shared.hire(role=Role.ADMIN))
    for said in ("0", "-1", "1e3", "9" * 18, "9" * 40, "½", "%00", "1'--"):
        assert (await browser.get(f"/staff/{said}")).status == 404


class TestSizes:
    """Bodies are read within limits, by whoever sends them."""

    @pytest.fixture
    async def browser(self, shared: DeskSite) -> Browser:
        return await shared.seat(await shared.hire(role=Role.ADMIN))

    async def test_a_large_field_is_refused(self, browser: Browser) -> None:
        assert (await browser.post("/staff", {"name": "a" * 600_000})).status == 413

    async def test_a_large_field_of_a_multipart_form_is_refused(self, browser: Browser) -> None:
        form = aiohttp.FormData({"name": "a" * 70_000}, default_to_multipart=True)
        assert (await browser.post("/staff", form)).status == 413

    async def test_a_large_file_is_refused(self, browser: Browser) -> None:
        form = aiohttp.FormData()
        form.add_field("file", io.BytesIO(bytes(20 * 1024 * 1024 + 1)), filename="a.bin")
        assert (await browser.post("/staff", form)).status == 413

    async def test_a_stranger_sends_no_files(self, shared: DeskSite) -> None:
        stranger = await shared.browser()
        await stranger.get("/sign-in")
        form = aiohttp.FormData()
        form.add_field("login", io.BytesIO(b"anna"), filename="a.bin")
        assert (await stranger.post("/sign-in", form)).status == 400

    async def test_a_thousand_fields_are_refused(self, browser: Browser) -> None:
        assert (await browser.post("/staff", {f"f{n}": "" for n in range(1000)})).status == 400

    @pytest.mark.parametrize(
        "kind", ["application/json", "text/plain", "multipart/form-data", "multipart/form-data; boundary=x"]
    )
    async def test_what_is_no_form_is_refused(self, browser: Browser, shared: DeskSite, kind: str) -> None:
        answer = await browser.http.post(
            f"{shared.address}/desk/staff",
            data=b'{"a": 1}',
            headers={"Content-Type": kind, "X-Desk-Token": browser.token},
        )
        assert answer.status == 400

    async def test_a_packed_body_counts_as_it_unfolds(self, browser: Browser, shared: DeskSite) -> None:
        answer = await browser.http.post(
            f"{shared.address}/desk/staff",
            data=gzip.compress(b"name=" + b"a" * 50_000_000),
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Content-Encoding": "gzip",
                "X-Desk-Token": browser.token,
            },
        )
        assert answer.status == 413
