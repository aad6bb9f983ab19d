"""What OpenAPI says of the refusals of companies, users and sandboxes; `documented_refusals.py`: the token's."""

from typing import Any, Final

from grantstream.service.problems import PROBLEM_MEDIA_TYPE, PROBLEM_SCHEMA

_MEANINGS: Final = {
    400: "The request can't be understood.",
    401: "No access token, or one that is not valid (any more).",
    403: "The token's scope or kind, or the user's roles, do not allow this.",
    404: "There is no such object in the caller's reach.",
    408: "The body did not arrive in time.",
    409: "The login belongs to somebody.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    503: "Permissions can't be checked, or data can't be reached, just now. See Retry-After.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Those of these statuses, for a route's `responses`."""
    content = {PROBLEM_MEDIA_TYPE: {"schema": PROBLEM_SCHEMA}}
    return {status: {"description": _MEANINGS[status], "content": content} for status in statuses}


READING: Final = problems(401, 403, 404, 503)
"""Of every request."""

CHANGING: Final = problems(400, 408, 413, 415)
"""Beside those, of requests with a body."""
