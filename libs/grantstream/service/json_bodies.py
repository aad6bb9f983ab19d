"""Reading JSON strictly: what two parsers could understand in two ways is refused.

Routes with a body use `StrictJsonRoute` (`APIRouter(route_class=StrictJsonRoute)`) and pydantic models with
`extra="forbid"`; plain ASGI callables call `strict_json` themselves.
"""

import json
from collections.abc import Callable, Coroutine
from typing import Any, Final, NoReturn

import orjson
from fastapi import Request, Response
from fastapi.routing import APIRoute

from grantstream.service.problems import Problem

_METHODS_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})


def strict_json(body: bytes) -> Any:
    """The value of a JSON text (RFC 8259).

    Raises Problem (400) for broken JSON, invalid UTF-8, lone surrogates, NaN, a name given twice, and U+0000, which
    no text column can hold.
    """
    try:
        value = orjson.loads(body)
        json.loads(body, object_pairs_hook=_unique_names)
    except (ValueError, RecursionError):
        raise Problem(400, "json_malformed", "The body is not sound JSON.") from None
    if b"\\u0000" in body and _has_nul(value):
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
                require_json(request.headers.get("content-type"))
            return await handle(_StrictRequest(request.scope, request.receive))

        return strictly


def require_json(content_type: str | None) -> None:
    """Raises Problem (415) unless the header's value is application/json, in UTF-8 if it says so."""
    media_type, _, parameters = (content_type or "").partition(";")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if media_type.strip().lower() != "application/json" or charset not in ("", "utf-8"):
        raise Problem(415, "media_type", "The body must be application/json.", headers={"Accept": "application/json"})


class _StrictRequest(Request):
    async def json(self) -> Any:
        return strict_json(await self.body())


def _unique_names(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) != len(pairs):
        _refuse_repeated()


def _refuse_repeated() -> NoReturn:
    raise Problem(400, "json_malformed", "The body is not sound JSON.", "A name is given twice in one object.")


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, list):
        return any(map(_has_nul, value))
    if isinstance(value, dict):
        return any("\0" in name or _has_nul(inner) for name, inner in value.items())
    return False
