"""Read a JSON body as a model, or say exactly which field is wrong."""

import base64
import binascii
import datetime as dt
import itertools
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, TypeVar
from uuid import UUID

import pydantic_core
from aiohttp import web
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from relay.domain.errors import InvalidInput, NotFound


class WireModel(BaseModel):
    """Base of every message: strict, immutable, and deaf to unknown fields."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


M = TypeVar("M", bound=WireModel)

JSON_TYPE: Final = "application/json"
KEY_BYTES: Final = 32
"""Of an X25519 or Ed25519 public key."""


async def read_model(request: web.Request, model: type[M]) -> M:
    return parse_model(await request.read(), model)


def parse_model(raw: bytes | str, model: type[M]) -> M:
    """Parse JSON text; the first fault becomes `InvalidInput` and never echoes what was sent."""
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise _invalid(error) from None


def parse_value(value: object, model: type[M]) -> M:
    """Read what was parsed as JSON already."""
    return parse_model(to_json(value), model)


def read_query(request: web.Request, model: type[M]) -> M:
    """Read the query string; a repeated parameter is refused because it is unclear which one was meant."""
    query = request.query
    if len(set(query)) != len(query):
        raise InvalidInput("a query parameter is repeated")
    return parse_fields(query, model)


def parse_fields(fields: Mapping[str, str], model: type[M]) -> M:
    """Read fields that are all text: a query string, a form."""
    try:
        return model.model_validate_strings(dict(fields))
    except ValidationError as error:
        raise _invalid(error) from None


def _invalid(error: ValidationError) -> InvalidInput:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    if first["type"] == "json_invalid":
        return InvalidInput("the body is not valid JSON")
    # In a union pydantic names the member it tried after the field; a caller knows only fields and indices.
    names = [str(part) for part in first["loc"]]
    path = list(itertools.takewhile(lambda name: not _IS_TYPE.fullmatch(name), names))
    reason = first["msg"].removeprefix("Value error, ") if path == names else "is of no type that is taken here"
    return InvalidInput(reason, "/" + "/".join(path) if path else "")


_IS_TYPE: Final = re.compile(r"bool|int|float|str|.*\[.*|[A-Z].*")


def path_id(request: web.Request, name: str = "id") -> UUID:
    """Read an id from the path. One that cannot be an id names nothing, so it is not found."""
    try:
        return UUID(request.match_info[name])
    except ValueError:
        raise NotFound("there is no such thing, or it is not yours") from None


def json_reply(model: WireModel, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    body = model.model_dump_json().encode()
    return web.Response(body=body, status=status, content_type=JSON_TYPE, headers=headers)


@lru_cache(maxsize=1024)  # one time is written several times: on the card, in the event, in the reply
def iso(at: dt.datetime) -> str:
    """Write a time as RFC 3339 in UTC with milliseconds, the one form on every wire."""
    if at.utcoffset():
        at = at.astimezone(dt.UTC)
    return at.isoformat(timespec="milliseconds")[:-6] + "Z"


def public_key(encoded: str, pointer: str) -> bytes:
    """Decode a raw 32-byte public key from standard base64."""
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise InvalidInput("must be standard base64", pointer) from None
    if len(key) != KEY_BYTES:
        raise InvalidInput(f"must be {KEY_BYTES} bytes", pointer)
    return key


def base64_of(size: int) -> AfterValidator:
    """Take so many bytes in standard base64, written in the one way."""

    def check(encoded: str) -> str:
        try:
            fits = len(decoded := base64.b64decode(encoded, validate=True)) == size and to_base64(decoded) == encoded
        except binascii.Error:
            fits = False
        if not fits:
            raise ValueError(f"must be {size} bytes in standard base64")
        return encoded

    return AfterValidator(check)


def to_base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


id_text: Final[Callable[[UUID], str]] = str
"""The text of an id. Not `UUID.hex` or a cache: ids as rows have them (`relay.store.ids`) give it at once."""


def to_json(value: object) -> bytes:
    """Write JSON as UTF-8, three times as quickly as the standard library does."""
    return pydantic_core.to_json(value)


Json = dict[str, Any]
