"""The keys that tokens are signed with."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from grantstream.contracts.events.token import KeyPublished

_THUMBPRINT_MEMBERS: Final = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n")}


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


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """The key's name: its SHA-256 thumbprint (RFC 7638, section 3), so that equal keys have equal names."""
    required = {member: jwk[member] for member in _THUMBPRINT_MEMBERS[jwk["kty"]]}
    canonical = json.dumps(required, separators=(",", ":"), sort_keys=True).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()


def published_jwk(jwk: Mapping[str, Any], algorithm: SigningAlgorithm) -> dict[str, Any]:
    """The public JWK as it is published, with its name, use and algorithm (RFC 7517, section 4)."""
    members = {member: jwk[member] for member in _THUMBPRINT_MEMBERS[jwk["kty"]]}
    return members | {"kid": thumbprint(jwk), "use": "sig", "alg": algorithm.value}
