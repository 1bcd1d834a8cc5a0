"""PostgreSQL: the truth of the house. Locale and settings are those of the container in production."""

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from infra.embedded.binaries import postgres_program, server_environment
from infra.embedded.errors import EmbeddedServerError
from infra.embedded.folder import DataFolder
from infra.embedded.modes import Mode, choose_mode, give_to
from infra.embedded.processes import Launch, launch
from infra.embedded.servers import STOP_SECONDS, Server

DATABASE = "vodoteplo"
_USER = "postgres"
_PORT = "5432"  # a part of the socket's name; there is no TCP

# The builtin locale needs no ICU and no locale of the system, and folds Russian letters as they should be.
_INITDB = (
    *("-U", _USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"),
    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync", "--no-instructions"),
)
_SETTINGS = {
    "listen_addresses": "",
    "port": _PORT,
    "shared_buffers": "128MB",
    "max_connections": "150",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    # Details and statements quote rows, and rows are people's: the log says what failed, not whose.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
# A variable of psql's; \gexec runs what the query gives, if it gives anything.
_CREATE_DATABASE = r"""
SELECT format('CREATE DATABASE %I', :'name') WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
"""
_INITDB_SECONDS = 120.0


class Postgres(Server):
    name = "postgres"
    program = "postgres"
    socket_name = f".s.PGSQL.{_PORT}"
    # Fast shutdown; then immediate, which is a crash for the next start; PostgreSQL gives its children 5 s there.
    stop_steps = ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 6.0))

    def __init__(self, folder: DataFolder) -> None:
        super().__init__(folder)
        self._pid_file = self.folder / "postmaster.pid"

    @property
    def url(self) -> str:
        return f"postgresql://{_USER}@/{DATABASE}?host={self.sockets}"

    def prepare(self) -> Launch:
        server = postgres_program("postgres")
        mode = choose_mode(self.folder, [str(server), "--version"])
        if not (self.folder / "PG_VERSION").exists():
            self._create(mode)
        give_to(mode, self.folder)
        settings = {**_SETTINGS, "unix_socket_directories": str(self.place_sockets(mode.owner))}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return Launch([server, "-D", self.folder, *options], Path("/"), self.log, signal.SIGQUIT, mode.enter)

    def is_ready(self, pid: int) -> bool:
        """Line 8 of its pid file says so, and line 1 that the file is its own: a crash leaves one that says ready."""
        try:
            lines = self._pid_file.read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"

    def finish(self) -> None:
        """Ready, and with our database in it."""
        super().finish()
        options = f"-XAtq -v ON_ERROR_STOP=1 -v name={DATABASE} -d postgres -U {_USER} -p {_PORT}".split()
        made = subprocess.run(  # noqa: S603 - our own program, no outside input
            [postgres_program("psql"), *options, "-h", self.sockets],
            env=server_environment(),
            input=_CREATE_DATABASE,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if made.returncode != 0:
            raise self.failure(f"cannot make the database {DATABASE}: {made.stderr.strip()}")

    def clear_leftovers(self) -> None:
        """End what a killed server left, then its pid file.

        Children of a killed postmaster serve nobody but may compute on for hours, and hold up the next start. With all
        of them gone the pid file is stale for certain, and is removed: after a reboot its number may be anyone's, and
        PostgreSQL would refuse to start beside it.
        """
        if self._recorded_pid() not in (alive := self.leftovers()):
            for pid in alive:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        super().clear_leftovers()
        if Path("/proc/self/cwd").exists():
            for stale in (self._pid_file, self.sockets / f"{self.socket_name}.lock"):
                stale.unlink(missing_ok=True)

    def _recorded_pid(self) -> int:
        try:
            return int(self._pid_file.read_text(encoding="utf-8").split("\n", 1)[0])
        except (OSError, ValueError):
            return 0

    def _create(self, mode: Mode) -> None:
        """initdb beside the folder's place, then move it there: a start broken off leaves no half a database."""
        fresh = self.folder.with_name(f"{self.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        give_to(mode, fresh)
        command = (postgres_program("initdb"), *_INITDB, "-D", fresh)
        process = launch(Launch(command, Path("/"), self.log, signal.SIGKILL, mode.enter))
        try:
            status = process.wait(_INITDB_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
        if status != 0:
            hint = f"it runs as user {mode.owner} ({mode.name} mode), who must be let into every folder above"
            raise self.failure(f"cannot make its data folder {self.folder}: initdb status {status}; {hint}")
        try:
            fresh.replace(self.folder)
        except OSError as error:
            raise EmbeddedServerError(f"{self.folder} is neither empty nor PostgreSQL's: move it away") from error
