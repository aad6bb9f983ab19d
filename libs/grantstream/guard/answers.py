"""Refusals as HTTP answers: the only place that maps them to statuses."""

from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from grantstream.guard.errors import AccessDenied, Refusal, StaleGuard, TokenMissing, TokenRefused

_REALM: Final = 'Bearer realm="grantstream"'


def status_of(refusal: Refusal) -> int:
    """401 for an invalid token, 403 for a missing right, 503 for what can't be decided just now."""
    if isinstance(refusal, AccessDenied):
        return 403
    return 503 if isinstance(refusal, StaleGuard) else 401


def headers_of(refusal: Refusal) -> dict[str, str]:
    """The challenge (RFC 6750, section 3), or when to try again."""
    if isinstance(refusal, StaleGuard):
        return {"Retry-After": str(refusal.retry_after)}
    challenge = www_authenticate(refusal)
    return {"WWW-Authenticate": challenge} if challenge else {}


def www_authenticate(refusal: Refusal) -> str | None:
    """The challenge for a refusal; None where another token of the same kind would not help.

    A request without a token gets the realm only (section 3.1).
    """
    match refusal:
        case TokenMissing():
            return _REALM
        case TokenRefused():
            return f'{_REALM}, error="invalid_token", error_description="{refusal.code}"'
        case AccessDenied() if refusal.decision.wanted_scope is not None:
            return f'{_REALM}, error="insufficient_scope", scope="{refusal.decision.wanted_scope}"'
    return None


def answer_refusals(app: FastAPI) -> None:
    """Makes an application answer with RFC 9457 problems when `require` refuses."""
    app.add_exception_handler(Refusal, _answer)


async def _answer(_: Request, error: Exception) -> Response:
    if not isinstance(error, Refusal):
        raise error
    status = status_of(error)
    body = {"type": f"urn:grantstream:problem:{error.code}", "title": error.public, "status": status}
    return JSONResponse(body, status, headers_of(error), media_type="application/problem+json")
