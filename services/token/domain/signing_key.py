"""The keys that tokens are signed with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from grantstream.contracts.events.token import KeyPublished
from grantstream.proof.thumbprint import jwk_thumbprint

_MEMBERS: Final = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n")}


class SigningAlgorithm(StrEnum):
    """A JWS algorithm (RFC 7518, section 3.1)."""

    ES256 = "ES256"
    RS256 = "RS256"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A key pair. `public_jwk` is what everybody may see; `private_pem` never leaves this service."""

    kid: str
    algorithm: SigningAlgorithm
    private_pem: str = field(repr=False)
    public_jwk: Mapping[str, Any]
    retired: bool
    version: int
    created_at: datetime

    def published_event(self) -> KeyPublished:
        """The event that tells everybody of the public half."""
        return KeyPublished(
            version=self.version,
            kid=self.kid,
            jwk=dict(self.public_jwk),
            retired=self.retired,
            created_at=self.created_at,
        )


def published_jwk(jwk: Mapping[str, Any], algorithm: SigningAlgorithm) -> dict[str, Any]:
    """The public JWK as published: with its name, its thumbprint, and use and algorithm (RFC 7517, section 4)."""
    members = {member: jwk[member] for member in _MEMBERS[jwk["kty"]]}
    return members | {"kid": jwk_thumbprint(jwk), "use": "sig", "alg": algorithm.value}
