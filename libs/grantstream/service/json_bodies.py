"""Reads JSON strictly: texts that two parsers could read differently are refused.

Routes with a body use `StrictJsonRoute` (`APIRouter(route_class=StrictJsonRoute)`) and pydantic models with
`extra="forbid"`; plain ASGI callables call `strict_json` themselves.
"""

import json
import re
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Final, NoReturn

import orjson
from fastapi import Request, Response
from fastapi.routing import APIRoute

from grantstream.service.problems import Problem

_METHODS_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
_TCHARS: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_VALUE: Final = rf"""(?:{_TCHARS}|"(?:[^"\\]|\\.)*+")"""
_PARAMETER: Final = re.compile(rf"({_TCHARS})=({_VALUE})")
# RFC 9110, section 5.6.6. Possessive, since a pattern that can match in several ways takes exponential time to fail.
_PARAMETERS: Final = rf"(?:[ \t]*+;[ \t]*+(?:{_TCHARS}={_VALUE})?+)*+"
_JSON: Final = re.compile(rf"[ \t]*+application/json({_PARAMETERS})[ \t]*+", re.IGNORECASE)
_UTF_8: Final = frozenset({"utf-8", "utf8"})
_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*+\\u0000")


def strict_json(body: bytes) -> Any:
    """The value of a JSON text (RFC 8259).

    Raises Problem (400) for broken JSON, invalid UTF-8, lone surrogates, NaN, a duplicate name, and U+0000, which no
    text column can hold.
    """
    try:
        value = orjson.loads(body)
        json.loads(body, object_pairs_hook=_unique_names)
    except (ValueError, RecursionError):
        raise Problem(400, "json_malformed", "The body is not sound JSON.") from None
    if escapes_nul(body):
        raise Problem(400, "json_malformed", "The body is not sound JSON.", "U+0000 is not taken.")
    return value


class StrictJsonRoute(APIRoute):
    """A FastAPI route whose body is read by `strict_json` and must be declared as JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's handler, given requests that read JSON strictly."""
        handle = super().get_route_handler()
        takes_body = self.body_field is not None

        async def strictly(request: Request) -> Response:
            if takes_body and request.method in _METHODS_WITH_BODY:
                require_json(request)
            return await handle(_StrictRequest(request.scope, request.receive))

        return strictly


def is_declared_json(content_types: Iterable[str]) -> bool:
    """Whether the values of Content-Type are a single application/json.

    JSON defines no parameters (RFC 8259, section 11), so they are ignored. But a charset other than UTF-8 is refused,
    because the sender would mean another text.
    """
    values = list(content_types)
    match = _JSON.fullmatch(values[0]) if len(values) == 1 else None
    if match is None:
        return False
    parameters = _PARAMETER.findall(match[1])
    return all(value.strip('"').lower() in _UTF_8 for name, value in parameters if name.lower() == "charset")


def escapes_nul(body: bytes) -> bool:
    """Whether a valid JSON text holds U+0000: the escape u0000 after an odd number of backslashes."""
    return b"\\u0000" in body and _NUL.search(body) is not None


def require_json(request: Request) -> None:
    """Raises Problem (415) unless the body is declared as JSON."""
    if not is_declared_json(request.headers.getlist("content-type")):
        raise Problem(415, "media_type", "The body must be application/json.", headers={"Accept": "application/json"})


class _StrictRequest(Request):
    async def json(self) -> Any:
        return strict_json(await self.body())


def _unique_names(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) != len(pairs):
        _refuse_repeated()


def _refuse_repeated() -> NoReturn:
    raise Problem(400, "json_malformed", "The body is not sound JSON.", "A name is given twice in one object.")
