"""What OpenAPI says of the answers that are not the usual one."""

from typing import Any, Final

from pydantic import BaseModel

from grantstream.service.problems import PROBLEM_MEDIA_TYPE, PROBLEM_SCHEMA

_MEANINGS: Final = {
    400: "The request can't be understood.",
    401: "No access token, or one that is not valid (any more).",
    403: "The application's scope, the token's kind or the user's permission does not allow this.",
    404: "There is no such object in the caller's reach.",
    408: "The body did not arrive in time.",
    409: "The object's state does not allow this.",
    412: "The object has another version than If-Match names.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    422: "The body breaks a rule; `errors` says where.",
    503: "Permissions can't be checked, or data can't be reached, just now. See Retry-After.",
}
_READING: Final = (401, 403, 404, 503)


def reading(*others: int) -> dict[int | str, dict[str, Any]]:
    """The errors of a question, and those named."""
    return _problems(*_READING, *others)


def changing(shown: type[BaseModel] | None, *others: int) -> dict[int | str, dict[str, Any]]:
    """The errors of an order, and 202 with `shown`."""
    accepted: dict[str, Any] = {
        "description": "Stored and on its way; `pending` names processes that do not go by it yet, `status` where to"
        " ask again."
    }
    if shown is not None:
        accepted["model"] = shown
    return {202: accepted} | _problems(400, *_READING, 408, 412, 413, 415, 422, *others)


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {
        status: {
            "description": _MEANINGS[status],
            "content": {PROBLEM_MEDIA_TYPE: {"schema": PROBLEM_SCHEMA}},
        }
        for status in sorted(statuses)
    }
