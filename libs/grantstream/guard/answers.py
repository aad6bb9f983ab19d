"""Refusals as HTTP answers: the only place that maps them to statuses."""

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from grantstream.guard.challenge import www_authenticate
from grantstream.guard.errors import AccessDenied, Refusal, StaleGuard


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


def answer_refusals(app: FastAPI) -> None:
    """Makes an application answer with RFC 9457 problems when `require` refuses."""
    app.add_exception_handler(Refusal, _answer)


async def _answer(_: Request, error: Exception) -> Response:
    if not isinstance(error, Refusal):
        raise error
    status = status_of(error)
    body = {"type": f"urn:grantstream:problem:{error.code}", "title": error.public, "status": status}
    return JSONResponse(body, status, headers_of(error), media_type="application/problem+json")
