"""The error and 202 answers in OpenAPI, for the routes of every service."""

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
    429: "Too many requests of this kind.",
    503: "Permissions can't be checked, or data can't be reached, just now. See Retry-After.",
}
_READING: Final = (401, 403, 404, 503)
_WITH_A_BODY: Final = (400, 408, 413, 415, 422)

Documented = dict[int | str, dict[str, Any]]


def reading(*others: int) -> Documented:
    """The errors of a reading request, and `others`."""
    return problems(*_READING, *others)


def changing(response: type[BaseModel], *others: int) -> Documented:
    """The errors of a changing request with a body, `others`, and 202 with `response`."""
    return accepted(response) | problems(*_READING, *_WITH_A_BODY, *others)


def accepted(response: type[BaseModel]) -> Documented:
    """The answer 202, for a change that is not in force everywhere in time."""
    description = "Stored; `pending` names processes that have not confirmed it yet, `status` where to ask again."
    return {202: {"description": description, "model": response}}


def problems(*statuses: int) -> Documented:
    """Only these errors."""
    content = {PROBLEM_MEDIA_TYPE: {"schema": PROBLEM_SCHEMA}}
    return {status: {"description": _MEANINGS[status], "content": content} for status in sorted(statuses)}
