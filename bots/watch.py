"""What the bots tell whoever counts: nothing personal, only the messenger's code and the outcome."""

from typing import Protocol


class Watch(Protocol):
    """Counts turns and sends; web.metrics does it for Prometheus."""

    def turn(self, messenger: str, outcome: str, seconds: float) -> None:
        """A turn ended: `served`, `failed`, `aside` or `given_up`, after so many seconds."""
        ...

    def served(self, messenger: str, seconds: float) -> None:
        """The turn of an update was committed so many seconds after the update came."""
        ...

    def send(self, messenger: str, outcome: str, seconds: float) -> None:
        """A send ended: `sent`, `again`, `wait` (the whole bot has to), `blocked`, `dead` or `unknown`."""
        ...

    def delivered(self, messenger: str, seconds: float) -> None:
        """A call was accepted by the messenger so many seconds after the turn that made it."""
        ...

    def paced(self, messenger: str, seconds: float) -> None:
        """A call has to wait so many seconds because its bot may not send faster."""
        ...

    def overtaken(self, count: int) -> None:
        """So many messages were found that never came, and were left: who said them had been answered since."""
        ...

    def letter(self, messenger: str, outcome: str) -> None:
        """A letter of a mailing was carried: what became of it, or `again`."""
        ...


class NoWatch:
    """Counts nothing."""

    def turn(self, messenger: str, outcome: str, seconds: float) -> None:
        return

    def send(self, messenger: str, outcome: str, seconds: float) -> None:
        return

    def served(self, messenger: str, seconds: float) -> None:
        return

    def delivered(self, messenger: str, seconds: float) -> None:
        return

    def paced(self, messenger: str, seconds: float) -> None:
        return

    def letter(self, messenger: str, outcome: str) -> None:
        return

    def overtaken(self, count: int) -> None:
        return
