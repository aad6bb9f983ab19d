"""Families of refresh tokens: started, used, ended.

The uses of one family take turns (a lock held to the end of the transaction), so an ending never misses a successor
that another request is writing at the same moment.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

import uuid_utils

from grantstream.contracts.events.token import GrantRevoked
from grantstream.postgres.pool import Connection, connection
from grantstream.service.change import Change, Changes
from services.token import errors
from services.token.domain.grounds import Asking, Grounds
from services.token.domain.refresh_token import RefreshPolicy, RefreshToken, Use, digest_of, judge_use
from services.token.domain.token_answer import IssuedRefreshToken
from services.token.errors import TokenRequestDenied
from services.token.store import refresh_tokens

REUSED = "refresh_token_reused"


@dataclass(frozen=True, slots=True)
class RefreshFamilies:
    """What ends a family waits until every process knows that its tokens are void."""

    changes: Changes
    policy: RefreshPolicy

    async def start(self, asking: Asking, grounds: Grounds, scopes: frozenset[str]) -> IssuedRefreshToken:
        """Writes the first token of a new family."""
        now = datetime.fromtimestamp(asking.issued_at, UTC)
        value = _new_value()
        token = RefreshToken(
            digest=digest_of(value),
            grant_id=str(uuid_utils.uuid7()),
            generation=1,
            client_id=asking.client.client_id,
            grant_type=grounds.grant_type,
            principal=grounds.principal,
            company_id=grounds.company_id or "",
            user_id=grounds.subject,
            scopes=tuple(sorted(scopes)),
            app_version=asking.client.version,
            enablement_version=grounds.enablement_version,
            user_version=grounds.user_version,
            authenticated_at=grounds.authenticated_at or now,
            expires_at=now + self.policy.lifetime,
        )
        async with connection(self.changes.pool) as acquired:
            await refresh_tokens.insert(acquired, token)
        return IssuedRefreshToken(value, token.grant_id, token.expires_at)

    async def find(self, value: str, client_id: str, now: datetime) -> RefreshToken:
        """The token that a client presents. A re-used one ends its family.

        Raises TokenRequestDenied: 108 if there is none or it is dead, 105 if it is another client's.
        """
        async with connection(self.changes.pool) as acquired:
            token = await refresh_tokens.find(acquired, digest_of(value))
        if token is None:
            raise TokenRequestDenied(errors.REFRESH_TOKEN_BAD)
        if token.client_id != client_id:
            raise TokenRequestDenied(errors.OTHER_CLIENTS_GRANT)
        if token.revoked_at is not None or token.expires_at <= now:
            raise TokenRequestDenied(errors.REFRESH_TOKEN_BAD)
        if token.spent_at is not None:
            await self._use(token, now, successor=None)
        return token

    async def rotate(self, token: RefreshToken, now: datetime) -> IssuedRefreshToken:
        """Spends a token and writes the one that takes its place.

        Raises TokenRequestDenied 108 if it died since it was read, which ends the family if it was used again.
        """
        value = _new_value()
        successor = token.successor(digest=digest_of(value), expires_at=now + self.policy.lifetime)
        await self._use(token, now, successor)
        return IssuedRefreshToken(value, token.grant_id, successor.expires_at)

    async def _use(self, token: RefreshToken, now: datetime, successor: RefreshToken | None) -> None:
        """One use, while no other of the family goes on; without a successor it is only judged."""
        async with self.changes.begin() as change:
            await refresh_tokens.lock_family(change.connection, token.grant_id)
            use = await self._judged(change.connection, token, now, spend=successor is not None)
            if use is Use.REUSE:
                await self._revoke(change, token, now)
            elif successor is not None and use is not Use.DEAD:
                await refresh_tokens.insert(change.connection, successor)
        if use in (Use.REUSE, Use.DEAD):
            raise TokenRequestDenied(errors.REFRESH_TOKEN_BAD, use.name.lower())

    async def _judged(self, acquired: Connection, token: RefreshToken, now: datetime, *, spend: bool) -> Use:
        """What the use is. A first one is spent by the statement that finds it unspent, and read no more."""
        if spend and await refresh_tokens.spend(acquired, token.digest, now) is not None:
            return Use.FIRST
        current = await refresh_tokens.find(acquired, token.digest)
        newest_live = await refresh_tokens.newest_live_generation(acquired, token.grant_id)
        if current is None:
            return Use.DEAD
        use = judge_use(current, newest_live=newest_live, now=now, policy=self.policy)
        # What could not be spent must not get a successor as if it had been.
        return Use.DEAD if spend and use is Use.FIRST else use

    async def _revoke(self, change: Change, token: RefreshToken, now: datetime) -> None:
        await refresh_tokens.revoke_family(change.connection, token.grant_id, now)
        revoked = GrantRevoked(
            grant_id=token.grant_id,
            app_id=token.client_id,
            user_id=token.user_id,
            company_id=token.company_id,
            reason=REUSED,
        )
        await change.publish(revoked)
        await change.void(revoked.subject)


def _new_value() -> str:
    return secrets.token_urlsafe(32)
