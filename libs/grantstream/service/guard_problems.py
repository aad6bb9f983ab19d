"""The problems for refusals of the guard and the fence."""

from grantstream.fence import RowBelowFloor
from grantstream.guard.answers import headers_of, status_of
from grantstream.guard.errors import AccessDenied, StaleGuard, TokenRefused
from grantstream.service.problems import Problem


def token_refused(refusal: TokenRefused) -> Problem:
    """401 with the challenge of RFC 6750, section 3."""
    return Problem(status_of(refusal), refusal.code, refusal.public, headers=headers_of(refusal))


def access_denied(refusal: AccessDenied) -> Problem:
    """403; the detail says which of scope, claim and permission is missing."""
    missing = refusal.decision.missing
    return Problem(
        status_of(refusal),
        refusal.code,
        refusal.public,
        refusal.decision.reason,
        headers=headers_of(refusal),
        extra={"missing": missing} if missing else None,
    )


def guard_stale(refusal: StaleGuard) -> Problem:
    """503: this process lacks a recent proof of being current."""
    return Problem(status_of(refusal), refusal.code, refusal.public, headers=headers_of(refusal))


def row_below_floor(_: RowBelowFloor) -> Problem:
    """503: the fence knows a change that this service's database does not have yet."""
    return Problem(
        503, "change_on_its_way", "A recent change has not arrived here yet. Try again.", headers={"Retry-After": "1"}
    )
