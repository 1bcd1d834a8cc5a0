"""What both stand-ins share on the wire: JSON objects, uploaded files, the log of calls and typed parameters."""

import json
import mimetypes
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, web

Json = dict[str, object]
_MOST_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a multipart request."""

    name: str
    mime: str
    content: bytes


@dataclass(slots=True)
class Call:
    """One call of the API as it came in; `at` is the sandbox clock in seconds since 1970.

    `accepted`: it has taken effect, whatever the caller was told. `fault`: the name of the fault it met, "" for none.
    """

    method: str
    params: Json
    files: dict[str, Upload]
    at: float
    accepted: bool = False
    fault: str = ""


@dataclass(slots=True)
class Parcel:
    """A request taken apart: parameters from the query, then from the body, and the files beside them."""

    params: Json = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)


class WrongParameterError(ValueError):
    """A parameter has the wrong shape; `name` is the parameter, the text says why."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f'parameter "{name}" {why}')
        self.name = name


class Params:
    """Typed look into parameters that arrive as form text or as JSON values."""

    def __init__(self, values: Json) -> None:
        self.values = values

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str) -> str:
        """The text of a parameter, "" when absent."""
        value = self.values.get(name, "")
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    def integer(self, name: str) -> int | None:
        """A whole number, None when absent or empty."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        try:
            return int(str(value))
        except ValueError:
            raise WrongParameterError(name, "must be an integer") from None

    def whole(self, name: str, default: int) -> int:
        """A whole number with a default."""
        value = self.integer(name)
        return default if value is None else value

    def flag(self, name: str) -> bool:
        """A boolean: true, yes and 1 are true, anything else is false, as the Bot API has it."""
        return str(self.values.get(name, "")).lower() in {"true", "yes", "1"}

    def structure(self, name: str) -> object | None:
        """A nested JSON value, decoded when it came as text; None when absent or empty."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)  # type: ignore[no-any-return]  # any JSON value is an object to us
        except ValueError:
            raise WrongParameterError(name, "is not valid JSON") from None


async def read_parcel(request: web.Request, *, accept_json: bool = True) -> Parcel:
    """Parameters and files of a request in any of the forms the messengers take (form, multipart, JSON)."""
    parcel = Parcel(params=dict(request.query))
    kind = request.content_type
    if kind == "multipart/form-data":
        await _read_multipart(request, parcel)
    elif kind == "application/json" and accept_json and request.can_read_body:
        parcel.params.update(as_object(_decoded(await request.text())))
    elif kind == "application/x-www-form-urlencoded" and request.can_read_body:
        for name, value in (await request.post()).items():
            parcel.params[name] = value if isinstance(value, str) else ""
    return parcel


def _decoded(body: str) -> object:
    try:
        return json.loads(body or "{}")
    except ValueError:
        raise WrongParameterError("body", "is not valid JSON") from None


async def _read_multipart(request: web.Request, parcel: Parcel) -> None:
    # A clone with a limit of its own: uploads must not be held to the limit of the application we are mounted in.
    async for part in await request.clone(client_max_size=_MOST_BYTES).multipart():
        if not isinstance(part, BodyPartReader) or not part.name:
            continue
        if part.filename is None:
            parcel.params[part.name] = await part.text()
        else:
            known, _ = mimetypes.guess_type(part.filename)
            mime = known or str(part.headers.get("Content-Type", "application/octet-stream"))
            parcel.files[part.name] = Upload(part.filename, mime, bytes(await part.read()))


def as_object(value: object) -> Json:
    """The value as a JSON object, an empty one when it is something else."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[object]:
    """The value as a JSON array, an empty one when it is something else."""
    return value if isinstance(value, list) else []
