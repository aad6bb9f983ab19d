"""The `WWW-Authenticate` header of a refusal (RFC 6750, section 3)."""

from typing import Final

from grantstream.guard.errors import AccessDenied, Refusal, TokenMissing, TokenRefused

_REALM: Final = 'Bearer realm="grantstream"'


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
