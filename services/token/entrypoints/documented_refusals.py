"""The token endpoint's refusals in OpenAPI, from the register in `errors.py`."""

from typing import Any, Final

from services.token import errors
from services.token.errors import TokenError

REGISTER: Final = tuple(entry for entry in vars(errors).values() if isinstance(entry, TokenError))
"""Every refusal of the token endpoint."""

_SUMMARIES: Final = {
    400: "The request, or what it rests on, is not good for a token",
    401: "The client did not show who it is",
    403: "The client is disabled, or not enabled by the user's company",
    500: "The request failed; nothing is known to be wrong with it",
    503: "Not to be decided just now; try again after `Retry-After` seconds",
}

_CHALLENGE: Final = {"WWW-Authenticate": {"description": "Asks for HTTP Basic", "schema": {"type": "string"}}}
_RETRY: Final = {"Retry-After": {"description": "Seconds", "schema": {"type": "integer"}}}
_HEADERS: Final[dict[int, dict[str, Any]]] = {401: _CHALLENGE, 503: _RETRY}


def _schema(entries: list[TokenError]) -> dict[str, Any]:
    bad_refresh_token = errors.REFRESH_TOKEN_BAD.code
    return {
        "type": "object",
        "required": ["code", "error", "error_description", "concur-correlationid"],
        "properties": {
            "code": {"type": "integer", "enum": sorted({entry.code for entry in entries})},
            "error": {"type": "string", "enum": sorted({entry.error for entry in entries})},
            "error_description": {"type": "string"},
            "concur-correlationid": {"type": "string", "description": "Names this request in our logs"},
            "geolocation": {
                "type": "string",
                "format": "uri",
                "description": f"With code {bad_refresh_token} only: where all further calls go",
            },
        },
    }


def _described(status: int, entries: list[TokenError]) -> str:
    rows = [f"| {entry.code} | `{entry.error}` | {entry.description} |" for entry in entries]
    summary = _SUMMARIES.get(status, "Refused")
    return "\n".join([f"{summary}.", "", "| code | error | error_description |", "| --- | --- | --- |", *rows])


def _response(status: int) -> dict[str, Any]:
    entries = [entry for entry in REGISTER if entry.status == status]
    return {
        "description": _described(status, entries),
        "headers": _HEADERS.get(status, {}),
        "content": {"application/json": {"schema": _schema(entries)}},
    }


_BODY: Final = {"content": {"application/json": {"schema": _schema([errors.UNSUPPORTED_FORMAT])}}}

REFUSALS: Final = {
    **{str(status): _response(status) for status in sorted({entry.status for entry in REGISTER})},
    "408": {"description": "The body did not arrive in time"} | _BODY,
    "413": {"description": "The body is too large"} | _BODY,
}
"""OpenAPI's responses, by status."""
