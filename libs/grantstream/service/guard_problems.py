"""What the guard and the fence refuse with, as problems. This is the one place where refusals meet HTTP statuses."""

from grantstream.fence import RowBelowFloor
from grantstream.guard.challenge import www_authenticate
from grantstream.guard.errors import AccessDenied, Refusal, StaleGuard, TokenRefused
from grantstream.service.problems import Problem


def token_refused(refusal: TokenRefused) -> Problem:
    """401 with the challenge of RFC 6750, section 3."""
    return Problem(401, refusal.code, refusal.public, headers=_challenge(refusal))


def access_denied(refusal: AccessDenied) -> Problem:
    """403; the detail says which of scope, claim and permission is missing."""
    missing = refusal.decision.missing
    return Problem(
        403,
        refusal.code,
        refusal.public,
        refusal.decision.reason,
        headers=_challenge(refusal),
        extra={"missing": missing} if missing else None,
    )


def guard_stale(refusal: StaleGuard) -> Problem:
    """503: this process may not decide just now."""
    return Problem(503, refusal.code, refusal.public, headers={"Retry-After": str(refusal.retry_after)})


def row_below_floor(_: RowBelowFloor) -> Problem:
    """503: a change is known of that this service's own database does not show yet."""
    return Problem(
        503, "change_on_its_way", "A recent change has not arrived here yet. Try again.", headers={"Retry-After": "1"}
    )


def _challenge(refusal: Refusal) -> dict[str, str] | None:
    challenge = www_authenticate(refusal)
    return {"WWW-Authenticate": challenge} if challenge else None
