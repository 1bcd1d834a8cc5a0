"""Errors of the VK API: codes and texts (reference/messengers.md §2.3)."""

from sandbox.wire import Json

TEXTS = {
    1: "Unknown error occurred",
    3: "Unknown method passed",
    5: "User authorization failed: invalid access_token (4).",
    6: "Too many requests per second",
    8: "Invalid request",
    9: "Flood control",
    10: "Internal server error",
    12: "Unable to compile code",
    13: "Runtime error occurred during code invocation",
    15: "Access denied",
    27: "Group authorization failed",
    29: "Rate limit reached",
    100: "One of the parameters specified was missing or invalid",
    113: "Invalid user id",
    900: "Can't send messages for users from blacklist",
    901: "Can't send messages for users without permission",
    902: "Can't send messages to this user due to their privacy settings",
    909: "Can't edit this message, because it's too old",
    911: "Keyboard format is invalid",
    914: "Message is too long",
    917: "You don't have access to this chat",
    920: "Can't edit this kind of message",
    927: "Chat does not exist",
}


class ApiError(Exception):
    """An answer with `error`; HTTP status stays 200. `detail` goes after the text of the code."""

    def __init__(self, code: int, detail: str = "") -> None:
        self.code = code
        self.text = f"{TEXTS.get(code, 'Error')}: {detail}" if detail else TEXTS.get(code, "Error")
        super().__init__(f"{code}: {self.text}")

    def body(self, params: Json) -> Json:
        """The JSON of the answer; the token is never echoed."""
        shown = [{"key": name, "value": str(value)} for name, value in params.items() if name != "access_token"]
        return {"error": {"error_code": self.code, "error_msg": self.text, "request_params": shown}}


def invalid(detail: str) -> ApiError:
    """Error 100."""
    return ApiError(100, detail)
