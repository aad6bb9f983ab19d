"""The value of an `Authorization` header (RFC 9110, section 11.4; RFC 6750, section 2.1)."""

from typing import Final

_SCHEME: Final = "bearer"


def bearer_token(value: str) -> str | None:
    """The token of a `Bearer` value, its form unchecked; None if another scheme or nothing is given."""
    scheme, _, token = value.partition(" ")
    if scheme.lower() != _SCHEME:
        return None
    return token.strip(" ") or None
