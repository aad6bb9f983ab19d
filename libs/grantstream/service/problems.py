"""Error answers: problems, rendered by default as RFC 9457 has it.

`failures.py` maps exceptions to problems; an API with its own form has another `RenderProblem`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import orjson
from starlette.exceptions import HTTPException
from starlette.types import Scope

from grantstream.service.correlation import correlation_id

PROBLEM_TYPE_PREFIX: Final = "urn:grantstream:problem:"
PROBLEM_MEDIA_TYPE: Final = "application/problem+json"

PROBLEM_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457 problem details.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string"},
        "correlationId": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
"""The JSON schema of `problem_json`'s bodies, for OpenAPI documents."""


class Problem(HTTPException):
    """The error answer to a request. The client gets all of its text.

    `code` is stable and unique within the product; `title` explains it; `detail` is about this one request; `extra` are
    further members of the answer. It is a subclass of the framework's exception, because only that passes unchanged
    through its reading of bodies.
    """

    def __init__(
        self,
        status: int,
        code: str,
        title: str | None = None,
        detail: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(status, detail or title, dict(headers) if headers else None)
        self.code = code
        self.title = title or HTTPStatus(status).phrase
        self.explanation = detail
        self.extra = dict(extra or {})

    @property
    def status(self) -> int:
        """The status code of the answer."""
        return self.status_code


@dataclass(frozen=True, slots=True)
class Rendered:
    """The body of an error answer."""

    content_type: str
    body: bytes


RenderProblem = Callable[[Problem, Scope], Rendered]
"""Renders a problem. It must not fail, and must not add data that the problem does not have."""


def problem_json(problem: Problem, scope: Scope) -> Rendered:
    """RFC 9457, with the additional members `code` and `correlationId`."""
    candidates = {
        "type": PROBLEM_TYPE_PREFIX + problem.code,
        "title": problem.title,
        "status": problem.status,
        "detail": problem.explanation,
        "instance": scope.get("path"),
        "code": problem.code,
        "correlationId": correlation_id(),
    }
    members = {name: value for name, value in candidates.items() if value is not None} | problem.extra
    return Rendered(PROBLEM_MEDIA_TYPE, orjson.dumps(members))


def not_found(detail: str | None = None) -> Problem:
    """404, also for another company's objects, so that clients can't learn which ids exist."""
    return Problem(404, "not_found", "There is nothing here.", detail)


def unexpected() -> Problem:
    """500. What happened is in the log, under the correlation id."""
    return Problem(500, "unexpected", "Something went wrong on our side.")


def too_large(limit: int) -> Problem:
    """413 for a body of more than `limit` bytes.

    The rest of the body stays unread, so the connection can't be used again, and the answer says so (RFC 9110, section
    15.5.14): otherwise the client's next request would fail.
    """
    detail = f"At most {limit} bytes are taken."
    headers = {"Connection": "close"}
    return Problem(413, "body_too_large", "The request's body is too large.", detail, headers=headers)


def too_slow(seconds: float) -> Problem:
    """408 for a body that was not complete after `seconds`. The connection is closed."""
    detail = f"It must arrive within {seconds:g} seconds."
    headers = {"Connection": "close"}
    return Problem(408, "body_too_slow", "The request's body did not arrive in time.", detail, headers=headers)


def too_many_large() -> Problem:
    """503 for a large body while the process holds as many others as it may."""
    headers = {"Retry-After": "1", "Connection": "close"}
    return Problem(503, "too_many_large_bodies", "Too many large bodies are under way.", headers=headers)
