"""The token endpoint's answer (Authentication API, section 6)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class IssuedRefreshToken:
    """A new refresh token; only this object and the client have its value."""

    value: str
    grant_id: str
    expires_at: datetime

    def __repr__(self) -> str:
        """Without the value."""
        return f"IssuedRefreshToken(grant_id={self.grant_id!r})"


class TokenType(StrEnum):
    """How an access token is presented: alone, or with a proof of its key (RFC 9449, section 5)."""

    BEARER = "Bearer"
    DPOP = "DPoP"


class TokenAnswer(NamedTuple):
    """The issued tokens. `expires_in` in seconds."""

    access_token: str
    expires_in: int
    scopes: frozenset[str]
    refresh: IssuedRefreshToken | None
    id_token: str | None
    token_type: TokenType = TokenType.BEARER

    def to_body(self, geolocation: str) -> dict[str, Any]:
        """The JSON body, in the order of the documented samples."""
        body: dict[str, Any] = {
            "expires_in": self.expires_in,
            "scope": " ".join(sorted(self.scopes)),
            "token_type": self.token_type.value,
            "access_token": self.access_token,
        }
        if self.refresh is not None:
            body["refresh_token"] = self.refresh.value
            # A moment, not a duration, as the API documents it.
            body["refresh_expires_in"] = int(self.refresh.expires_at.timestamp())
        body["geolocation"] = geolocation
        if self.id_token is not None:
            body["id_token"] = self.id_token
        return body
