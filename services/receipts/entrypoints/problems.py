"""Maps the errors of receipts to HTTP statuses and texts (Receipts API, section 7).

The texts are the documented ones, as plain text; without a documented text the body is empty.
`grantstream.service.failures` has the statuses of the guard's, the fence's and the framework's errors.
"""

from typing import Final

import orjson
from starlette.types import Scope

from grantstream.service.failures import FailureTable
from grantstream.service.problems import Problem, Rendered, not_found
from services.receipts.errors import (
    NotFound,
    ReceiptInvalid,
    ReceiptNotSaved,
    ReceiptsError,
    SchemaNotNamed,
    UnreadableBody,
    UnsupportedContentType,
    UserMismatch,
)

_STATUSES: Final[dict[type[ReceiptsError], int]] = {
    SchemaNotNamed: 400,
    UnreadableBody: 400,
    UserMismatch: 401,
    UnsupportedContentType: 415,
    ReceiptNotSaved: 500,
}

_TEXTS: Final = {
    SchemaNotNamed.code: b"Link header must be provided and include a URL to a known receipt schema",
    UnreadableBody.code: b"Request body could not be parsed",
    UserMismatch.code: b"User ID in the URL must match the ID in the sub claim of the JWT",
    UnsupportedContentType.code: b"Specified Content-Type is not supported",
    ReceiptNotSaved.code: b"Unable to save receipt into the database",
    "unexpected": b"Internal error",
}
"""By the code of the problem."""

_VIOLATIONS: Final = "validationErrors"


def failures() -> FailureTable:
    """The service's own entries in the table of failures."""
    return {ReceiptsError: _problem, ReceiptInvalid: _violations, NotFound: lambda _: not_found()}


def render(problem: Problem, scope: Scope) -> Rendered:  # noqa: ARG001 - the form of the answer depends on the problem alone
    """The body of an error answer."""
    if _VIOLATIONS in problem.extra:
        return Rendered("application/json", orjson.dumps({_VIOLATIONS: problem.extra[_VIOLATIONS]}))
    return Rendered("text/plain; charset=utf-8", _TEXTS.get(problem.code, b""))


def _problem(error: ReceiptsError) -> Problem:
    status = _STATUSES[type(error)]
    # RFC 9110, section 15.5.2: a 401 must have a challenge.
    headers = {"WWW-Authenticate": 'Bearer realm="grantstream"'} if status == 401 else None
    return Problem(status, error.code, headers=headers)


def _violations(error: ReceiptInvalid) -> Problem:
    violations = [{"path": violation.path, "message": violation.message} for violation in error.violations]
    return Problem(400, error.code, extra={_VIOLATIONS: violations})
