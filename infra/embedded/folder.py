"""Names of everything in a data folder."""

from dataclasses import dataclass
from pathlib import Path

from infra.embedded.errors import EmbeddedServerError


@dataclass(frozen=True)
class DataFolder:
    root: Path

    @classmethod
    def make(cls, path: Path) -> "DataFolder":
        """The folder at an absolute path without links, so that all users of it mean the same; made when missing."""
        root = path.resolve()
        try:
            root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EmbeddedServerError(f"cannot make the data folder {root}: {error.strerror}") from error
        return cls(root)

    @property
    def users_lock(self) -> Path:
        return self.root / "users.lock"

    @property
    def supervisor_lock(self) -> Path:
        return self.root / "supervisor.lock"

    @property
    def state(self) -> Path:
        return self.root / "servers.json"

    @property
    def supervisor_log(self) -> Path:
        return self.root / "supervisor.log"

    def server(self, name: str) -> Path:
        return self.root / name

    def log(self, name: str) -> Path:
        return self.root / f"{name}.log"
