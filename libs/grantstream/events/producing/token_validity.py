"""When the producer's own token is valid, read from the token without verifying it."""

from dataclasses import dataclass
from typing import Self

from grantstream.contracts.claims import CLOCK_TOLERANCE
from grantstream.events.producing.own_token import own_claims


@dataclass(frozen=True, slots=True)
class TokenValidity:
    """From when and until when a record with this token may be appended, in seconds since 1970."""

    not_before: float
    expires_at: float

    def covers(self, appended_at: float) -> bool:
        """Whether consumers accept a record that was appended then (with the guard's tolerance)."""
        return self.not_before - CLOCK_TOLERANCE.total_seconds() <= appended_at < self.expires_at

    @classmethod
    def of(cls, token: str) -> Self:
        """A token's validity. Raises ValueError if it is no JWT with these claims."""
        claims = own_claims(token)
        try:
            return cls(not_before=max(claims["iat"], claims["nbf"]), expires_at=claims["exp"])
        except (KeyError, TypeError) as error:
            raise ValueError("the producer's token is not a JWT with iat, nbf and exp") from error
