"""What the bots tell whoever counts: nothing personal, only the messenger's code and the outcome."""

from typing import Protocol


class Watch(Protocol):
    """Counts turns and sends; web.metrics does it for Prometheus."""

    def turn(self, messenger: str, outcome: str, seconds: float) -> None:
        """A turn ended: `served`, `failed` or `given_up`, after so many seconds."""
        ...

    def send(self, messenger: str, outcome: str, seconds: float) -> None:
        """A send ended: `sent`, `again`, `blocked` or `dead`, after so many seconds."""
        ...


class NoWatch:
    """Counts nothing."""

    def turn(self, messenger: str, outcome: str, seconds: float) -> None:
        return

    def send(self, messenger: str, outcome: str, seconds: float) -> None:
        return
