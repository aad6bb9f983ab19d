"""Refresh tokens: every use spends the token and issues a new one; a second use of a spent one ends the family.

A family is all refresh tokens of one sign-in. A spent token is presented either by a thief or by the client whose token
was stolen. They can't be distinguished, so the whole family ends (RFC 9700, section 4.14.2). The only exception is a
client that lost our answer and retries at once.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final, Self

from grantstream.contracts.claims import Principal
from grantstream.contracts.grants import GrantType
from grantstream.contracts.scopes import closure, implied_by
from services.token.domain.client import Client
from services.token.domain.enablement import Enablement
from services.token.domain.user import User

_REFRESHING: Final = GrantType.REFRESH_TOKEN.value


@dataclass(frozen=True, slots=True)
class RefreshPolicy:
    """`lifetime`: from each use. `grace`: how long after its use a token may be used again, for a lost answer."""

    lifetime: timedelta = timedelta(days=183)
    grace: timedelta = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """One token of a family, with the family's grounds.

    Versions and scopes are those of the sign-in. The rows' `void_below` shows what was narrowed since; a right that was
    removed and given again does not come back to the family.
    """

    digest: bytes
    grant_id: str
    generation: int
    client_id: str
    grant_type: str
    principal: Principal
    company_id: str
    user_id: str | None
    scopes: tuple[str, ...]
    app_version: int
    enablement_version: int | None
    user_version: int | None
    authenticated_at: datetime
    expires_at: datetime
    spent_at: datetime | None = None
    revoked_at: datetime | None = None

    def successor(self, *, digest: bytes, expires_at: datetime) -> Self:
        """The token that replaces this one."""
        return replace(
            self, digest=digest, generation=self.generation + 1, expires_at=expires_at, spent_at=None, revoked_at=None
        )


class Use(Enum):
    """What presenting a token means."""

    FIRST = auto()
    LOST_ANSWER = auto()
    REUSE = auto()
    DEAD = auto()


def judge_use(token: RefreshToken, *, newest_live: int | None, now: datetime, policy: RefreshPolicy) -> Use:
    """What presenting `token` at `now` means.

    `newest_live`: the highest generation among the family's unspent tokens. A spent token counts as a lost answer only
    while its direct successor has not been used: once it has, the answer did arrive.
    """
    if token.revoked_at is not None or token.expires_at <= now:
        return Use.DEAD
    if token.spent_at is None:
        return Use.FIRST
    if now - token.spent_at <= policy.grace and newest_live == token.generation + 1:
        return Use.LOST_ANSWER
    return Use.REUSE


def is_ended(token: RefreshToken, *, client: Client, enablement: Enablement | None, user: User | None) -> bool:
    """Whether a narrowing since the sign-in ended the family: disabled, deactivated, its grant withdrawn."""
    # Refreshing is a grant of its own: taken away and given back, it does not bring old families back.
    if any(client.void_below.voids(token.app_version, (), grant) for grant in (token.grant_type, _REFRESHING)):
        return True
    if enablement and enablement.void_below.voids(token.enablement_version or 0, (), token.grant_type):
        return True
    return user is not None and user.state.void_below.voids(token.user_version or 0)


def remaining_scopes(token: RefreshToken, client: Client) -> tuple[str, ...]:
    """The family's scopes that the application still has, and never lost in between.

    A lost scope is replaced by the scopes that it implied, if the application still has them.
    """
    held = closure(client.scopes)
    withdrawn_below = client.void_below.scopes

    def remains(scope: str) -> bool:
        return scope in held and withdrawn_below.get(scope, 0) <= token.app_version

    left: dict[str, None] = {}
    for scope in token.scopes:
        for candidate in (scope,) if remains(scope) else sorted(implied_by(scope)):
            if remains(candidate):
                left[candidate] = None
    return tuple(left)


def digest_of(value: str) -> bytes:
    """The stored digest of a token. A token is 256 random bits, so a fast hash protects it."""
    return hashlib.sha256(value.encode()).digest()
