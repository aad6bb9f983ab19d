"""The service's errors as HTTP answers, except those of the token endpoint, which has its own form."""

from typing import Final

from grantstream.service.failures import ToProblem, try_again
from grantstream.service.problems import Problem, not_found
from services.token.errors import (
    Forbidden,
    LoginTaken,
    NotFound,
    SignUpClosed,
    SignUpLimited,
    Unavailable,
)

FAILURES: Final[dict[type[Exception], ToProblem]] = {
    LoginTaken: lambda _: Problem(409, "login_taken", "Another user has this login."),
    NotFound: lambda _: not_found(),
    Forbidden: lambda error: Problem(403, "forbidden", "You may not do this.", str(error)),
    SignUpClosed: lambda _: Problem(403, "sign_up_closed", "Sandboxes can't be opened here."),
    SignUpLimited: lambda _: Problem(
        429, "sign_up_limited", "Too many sandboxes were asked for just now.", headers={"Retry-After": "60"}
    ),
    Unavailable: lambda _: try_again("unavailable", "This can't be done just now."),
}
