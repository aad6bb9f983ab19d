"""The keys that tokens are signed with."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Self

from grantstream.contracts import subjects
from grantstream.contracts.claims import RULE_LIFETIME
from grantstream.contracts.events.token import KeyPublished
from grantstream.proof.jws import jwk_thumbprint

_MEMBERS: Final = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n")}


class SigningAlgorithm(StrEnum):
    """A JWS algorithm (RFC 7518, section 3.1)."""

    ES256 = "ES256"
    RS256 = "RS256"


class KeyState(StrEnum):
    """The states of a key, in their order; a key in any state may be withdrawn."""

    NEXT = "next"
    """Made and published, so that every process knows it before it signs."""
    CURRENT = "current"
    SUPERSEDED = "superseded"
    """Does not sign any more, except in processes that do not know this yet."""
    RETIRED = "retired"
    """No process signs with it any more."""
    WITHDRAWN = "withdrawn"
    """Possibly stolen: it vouches for no token any more."""


_REMEMBERED: Final = 2 * RULE_LIFETIME
"""How long after its end a process must know a key. Its last token can be used for an hour to write a record of the
fence, whose rules count for another `RULE_LIFETIME`; a process without the key would skip that record. The remaining
minutes are a tolerance for clocks: the minter's, the broker's, and that of the process that ended the key."""

_ENDED: Final = frozenset({KeyState.RETIRED, KeyState.WITHDRAWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A key pair. `public_jwk` is public; `private_pem` never leaves this service.

    Each change is a new version. `private_pem` is None once the key is retired.
    """

    kid: str
    algorithm: SigningAlgorithm
    private_pem: str | None = field(repr=False)
    public_jwk: Mapping[str, Any]
    state: KeyState
    version: int
    created_at: datetime
    updated_at: datetime
    retired_at: datetime | None = None
    withdrawn_at: datetime | None = None

    @property
    def subject(self) -> str:
        """Its subject on the fence and in events."""
        return subjects.signing_key(self.kid)

    def activated(self, now: datetime) -> Self:
        """The key as the one that signs from now on."""
        return self._changed(now, state=KeyState.CURRENT)

    def superseded(self, now: datetime) -> Self:
        """The key after another one began to sign."""
        return self._changed(now, state=KeyState.SUPERSEDED)

    def retired(self, now: datetime) -> Self:
        """The key without its private half, because no process signs with it; its tokens stay valid."""
        return self._changed(now, state=KeyState.RETIRED, private_pem=None, retired_at=now)

    def withdrawn(self, now: datetime) -> Self:
        """The key after it was withdrawn: its tokens are void. Itself if it was withdrawn before."""
        if self.state is KeyState.WITHDRAWN:
            return self
        return self._changed(
            now,
            state=KeyState.WITHDRAWN,
            private_pem=None,
            retired_at=self.retired_at or now,
            withdrawn_at=now,
        )

    def is_listed(self, now: datetime) -> bool:
        """Whether the JWK set lists it: its tokens may be valid, or it will sign soon."""
        if self.state is KeyState.WITHDRAWN:
            return False
        return self.retired_at is None or now < self.retired_at + RULE_LIFETIME

    def has_ended_lately(self, now: datetime) -> bool:
        """Whether it is retired or withdrawn, but a starting process must still know it."""
        return self.retired_at is not None and now < self.retired_at + _REMEMBERED

    def published_event(self) -> KeyPublished:
        """The event with the public half."""
        return KeyPublished(
            version=self.version,
            kid=self.kid,
            jwk=dict(self.public_jwk),
            retired=self.state in _ENDED,
            created_at=self.created_at,
            retired_at=self.retired_at,
            withdrawn_at=self.withdrawn_at,
        )

    def _changed(self, now: datetime, **changes: Any) -> Self:
        return replace(self, version=self.version + 1, updated_at=now, **changes)


def published_jwk(jwk: Mapping[str, Any], algorithm: SigningAlgorithm) -> dict[str, Any]:
    """The public JWK as published: with its name, its thumbprint, and use and algorithm (RFC 7517, section 4)."""
    members = {member: jwk[member] for member in _MEMBERS[jwk["kty"]]}
    return members | {"kid": jwk_thumbprint(jwk), "use": "sig", "alg": algorithm.value}
