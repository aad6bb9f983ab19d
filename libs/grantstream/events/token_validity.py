"""When the producer's own token is valid, read from the token without judging it: it is ours."""

import base64
import binascii
from dataclasses import dataclass
from typing import Self

import orjson

from grantstream.contracts.claims import CLOCK_TOLERANCE


@dataclass(frozen=True, slots=True)
class TokenValidity:
    """From when and until when a record with this token may be appended, in seconds since 1970."""

    not_before: float
    expires_at: float

    def covers(self, appended_at: float) -> bool:
        """Whether consumers will take a record that was appended then (the tolerance is the guard's)."""
        return self.not_before - CLOCK_TOLERANCE.total_seconds() <= appended_at < self.expires_at

    @classmethod
    def of(cls, token: str) -> Self:
        """Raises ValueError for what isn't a JWT with these claims."""
        try:
            payload = token.split(".")[1]
            claims = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
            return cls(not_before=max(claims["iat"], claims["nbf"]), expires_at=claims["exp"])
        except (IndexError, KeyError, TypeError, binascii.Error, orjson.JSONDecodeError) as error:
            raise ValueError("the producer's token is not a JWT with iat, nbf and exp") from error
