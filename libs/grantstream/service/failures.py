"""Maps exceptions to problems: one table, which a service extends with its own errors.

    table = standard_failures() | {NotFound: lambda error: Problem(404, ...)}  # `build_api` does this

The entry of an exception's nearest ancestor counts. An exception without an entry is our fault: 500, with a traceback
in the log.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from grantstream.contracts.invalid_input import InvalidInput
from grantstream.fence import RowBelowFloor
from grantstream.guard.errors import AccessDenied, StaleGuard, TokenRefused
from grantstream.postgres.errors import DatabaseUnavailable, TransactionConflict
from grantstream.service.errors import NoSuchChange
from grantstream.service.guard_problems import access_denied, guard_stale, row_below_floor, token_refused
from grantstream.service.problems import Problem, not_found
from grantstream.service.validation import invalid_input, invalid_request

ToProblem = Callable[[Any], Problem]
FailureTable = Mapping[type[Exception], ToProblem]

_BY_STATUS: Final = {
    400: ("malformed", "The request can't be understood."),
    404: ("not_found", "There is nothing here."),
    405: ("method_not_allowed", "This method is not for this address."),
    415: ("media_type", "The body's media type is not taken here."),
}


def standard_failures() -> dict[type[Exception], ToProblem]:
    """The failures of all services."""
    return {
        Problem: lambda problem: problem,
        HTTPException: of_framework,
        RequestValidationError: lambda error: invalid_request(error.errors()),
        InvalidInput: invalid_input,
        TokenRefused: token_refused,
        AccessDenied: access_denied,
        StaleGuard: guard_stale,
        RowBelowFloor: row_below_floor,
        NoSuchChange: lambda _: not_found("There is no such change."),
        DatabaseUnavailable: lambda _: try_again("database_unavailable", "The service can't reach its data just now."),
        TransactionConflict: lambda _: try_again("conflicting_change", "Another change came between. Try again."),
    }


def problem_for(error: Exception, failures: FailureTable) -> Problem | None:
    """The problem for an exception; None if there is no entry."""
    for ancestor in type(error).__mro__:
        to_problem = failures.get(ancestor)
        if to_problem is not None:
            return to_problem(error)
    return None


def try_again(code: str, title: str) -> Problem:
    """503 with `Retry-After`: a second."""
    return Problem(503, code, title, headers={"Retry-After": "1"})


def of_framework(error: HTTPException) -> Problem:
    """The problem for what the web framework raises: unknown route, wrong method, unreadable body."""
    code, title = _BY_STATUS.get(error.status_code, (f"status_{error.status_code}", None))
    return Problem(error.status_code, code, title, headers=error.headers)
