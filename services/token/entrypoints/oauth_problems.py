"""Renders errors from outside a use case in the form of the path's API."""

from typing import Any, Final

import orjson
from starlette.types import Scope

from grantstream.service.correlation import correlation_id
from grantstream.service.problems import Problem, Rendered, problem_json
from services.token import errors

_OAUTH_PREFIX: Final = "/oauth2/"


def render_problem(problem: Problem, scope: Scope) -> Rendered:
    """RFC 9457 for administration; the documented form of OAuth errors below `/oauth2/`."""
    if not scope.get("path", "").startswith(_OAUTH_PREFIX):
        return problem_json(problem, scope)
    error = errors.UNSUPPORTED_FORMAT if problem.status < 500 else errors.SERVER_ERROR
    body: dict[str, Any] = {
        "code": error.code,
        "error": error.error,
        "error_description": problem.title,
        "concur-correlationid": correlation_id(),
    }
    return Rendered("application/json", orjson.dumps(body))
