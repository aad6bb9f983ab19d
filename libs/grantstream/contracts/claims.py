"""What an access token carries, and the constants that every process judges it with (RFC 9068, RFC 7519)."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from grantstream.contracts.log_position import LogPosition

ACCESS_TOKEN_TYPE: Final = "at+jwt"  # noqa: S105 - a media type
"""The only `typ` accepted of an access token (RFC 9068, section 2.1)."""

API_AUDIENCE: Final = "urn:grantstream:api"
"""`aud` of tokens for HTTP requests."""

EVENTS_AUDIENCE: Final = "urn:grantstream:events"
"""`aud` of tokens that producers put into the `authorization` header of events."""

FENCE_CLAIM: Final = "fence"
"""The claim that holds a `LogPosition`."""

MAX_TOKEN_LIFETIME: Final = timedelta(hours=1)
"""Ceiling of `exp - iat` of any access token. The fence forgets a rule when no token that it voids can live."""

CLOCK_TOLERANCE: Final = timedelta(seconds=30)
"""How far a process's clock may differ from the log's; beyond that the process mints no token."""

RULE_LIFETIME: Final = MAX_TOKEN_LIFETIME + timedelta(minutes=5)
"""How long the fence keeps a rule after its append time: a token's life, the tolerance of both clocks (minting
and judging), and the longest `max_staleness` for which a process may mint from an old state."""


class Principal(StrEnum):
    """Whom a token stands for: the `concur.type` claim (Authentication API, section 7.1). No grant has COMPANY yet."""

    USER = "user"
    COMPANY = "company"
    APPLICATION = "app"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessTokenClaims:
    """The claims of an access token, checked and typed.

    The three versions are those of the application, of its enablement by the company and of the user, as they were
    when the token was issued. `None` for the enablement or the user: the token does not depend on one.
    `fence_position`: how far the issuer had read the fence before it read the data in the token.
    """

    issuer: str
    subject: str
    audience: str
    client_id: str
    token_id: str
    issued_at: int
    expires_at: int
    not_before: int
    principal: Principal
    scopes: frozenset[str]
    grant_type: str
    app_version: int
    enablement_version: int | None = None
    user_version: int | None = None
    company_id: str | None = None
    roles: frozenset[str] = frozenset()
    grant_id: str | None = None
    secret_id: str | None = None
    key_space: tuple[str, ...] = ()
    confirmation_thumbprint: str | None = None
    fence_position: LogPosition | None = None
    key_id: str = ""

    def to_payload(self) -> dict[str, Any]:
        """The JWT payload. The `concur.*` claims are there for clients of the Authentication API (section 7.1)."""
        payload: dict[str, Any] = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": self.audience,
            "client_id": self.client_id,
            "jti": self.token_id,
            "iat": self.issued_at,
            "nbf": self.not_before,
            "exp": self.expires_at,
            "scope": " ".join(sorted(self.scopes)),
            "grant_type": self.grant_type,
            "app_version": self.app_version,
            "concur.version": 2,
            "concur.type": self.principal.value,
            "concur.appId": self.client_id,
            "concur.scopes": sorted(self.scopes),
        }
        payload |= {name: value for name, value in self._optional() if value is not None}
        return payload

    def _optional(self) -> tuple[tuple[str, Any], ...]:
        thumbprint, position = self.confirmation_thumbprint, self.fence_position
        return (
            ("enablement_version", self.enablement_version),
            ("user_version", self.user_version),
            ("company_id", self.company_id),
            ("roles", sorted(self.roles) or None),
            ("grant_id", self.grant_id),
            ("secret_id", self.secret_id),
            ("key_space", list(self.key_space) or None),
            ("cnf", {"jkt": thumbprint} if thumbprint else None),
            (FENCE_CLAIM, position.to_claim() if position else None),
        )
