"""The guard of an HTTP API: for plain ASGI callables, and as a dependency of FastAPI.

A token is taken from the `Authorization` header only, never from the query or the body (RFC 6750, section 5.3).
Errors are those of `grantstream.guard.errors`; the API turns them into answers (`answers.py` gives the header).
"""

from collections.abc import Iterable
from typing import Final

from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.requests import Request

from grantstream.contracts.claims import AccessTokenClaims, Principal
from grantstream.contracts.roles import Role
from grantstream.guard.access import ANY_PRINCIPAL, Requirement
from grantstream.guard.errors import TokenMissing, TokenRefused
from grantstream.guard.guard import Guard
from grantstream.guard.jwt_parse import bearer_token
from grantstream.guard.refusal_codes import RefusalCode

_AUTHORIZATION: Final = b"authorization"


def authenticate_request(guard: Guard, headers: Iterable[tuple[bytes, bytes]]) -> AccessTokenClaims:
    """Whose request this is, by the `headers` of its ASGI scope.

    Raises TokenMissing, TokenRefused or StaleGuard.
    """
    try:
        token = _only_token(headers)
    except TokenRefused as refusal:
        guard.count_refusal(refusal.code)
        raise
    return guard.authenticate(token)


def _only_token(headers: Iterable[tuple[bytes, bytes]]) -> str:
    values = [value for name, value in headers if name == _AUTHORIZATION]
    if len(values) > 1:
        # Two servers on the way could each use another one of them.
        raise TokenRefused(RefusalCode.AUTHORIZATION_REPEATED)
    token = bearer_token(values[0].decode("latin-1")) if values else None
    if token is None:
        raise TokenMissing
    return token


class BearerAccess(SecurityBase):
    """A FastAPI dependency: the claims of a request's token, which must meet a requirement."""

    def __init__(self, requirement: Requirement) -> None:
        self.requirement = requirement
        self.model = HTTPBearer(bearerFormat="JWT")
        self.scheme_name = "Bearer"

    async def __call__(self, request: Request) -> AccessTokenClaims:
        """Judges the request with the guard of its application (`app.state.guard`)."""
        guard: Guard = request.app.state.guard
        claims = authenticate_request(guard, request.scope["headers"])
        guard.demand(claims, self.requirement)
        return claims


def require(
    scope: str | None = None,
    *,
    principals: Iterable[Principal] = ANY_PRINCIPAL,
    roles: Iterable[Role] = (),
) -> BearerAccess:
    """A dependency that accepts tokens with this scope, of these kinds, of users with one of these roles.

    Use it as `Annotated[AccessTokenClaims, Depends(require("receipts.read"))]`. Whether the token may reach the
    requested object is for `Guard.demand` to decide, once the object is known.
    """
    return BearerAccess(Requirement(scope, frozenset(principals), frozenset(roles)))
