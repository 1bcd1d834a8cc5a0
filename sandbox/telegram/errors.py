"""Errors of the Bot API, with the server's own texts (reference: the published server's source)."""

from sandbox.wire import Json


class ApiError(Exception):
    """An answer with ok=false: the code is the HTTP status too."""

    def __init__(self, code: int, description: str, parameters: Json | None = None, delay: float = 0.0) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters
        self.delay = delay

    def body(self) -> Json:
        """The JSON of the answer."""
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters is not None:
            body["parameters"] = self.parameters
        return body


def bad_request(description: str) -> ApiError:
    """400, the text goes after "Bad Request: "."""
    return ApiError(400, f"Bad Request: {description}")


def flood(retry_after: int) -> ApiError:
    """429 with the seconds to wait."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after})


def conflict(description: str, delay: float = 0.0) -> ApiError:
    """409; repeated conflicts are answered late."""
    return ApiError(409, f"Conflict: {description}", delay=delay)


CHAT_NOT_FOUND = "chat not found"
BLOCKED = "Forbidden: bot was blocked by the user"
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
OTHER_POLL = "terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_ACTIVE = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
WEBHOOK_SET = "terminated by setWebhook request"
