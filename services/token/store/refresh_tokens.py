"""Families of refresh tokens, in a table partitioned by month of expiry."""

from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from grantstream.contracts.claims import Principal
from grantstream.postgres.pool import Connection
from services.token.domain.refresh_token import RefreshToken
from services.token.store.sql import QUERIES

_WRITTEN: Final = tuple(field.name for field in fields(RefreshToken) if field.name not in ("spent_at", "revoked_at"))


async def insert(connection: Connection, token: RefreshToken) -> None:
    """Stores a new token."""
    values = {name: getattr(token, name) for name in _WRITTEN}
    await QUERIES.insert_refresh_token(connection, **(values | {"principal": token.principal.value}))


async def find(connection: Connection, digest: bytes) -> RefreshToken | None:
    """The token with this digest, even a spent or revoked one."""
    return _token(await QUERIES.refresh_token_by_digest(connection, digest=digest))


async def lock_family(connection: Connection, grant_id: str) -> None:
    """Locks this family until the transaction ends."""
    await QUERIES.lock_family(connection, grant_id=grant_id)


async def newest_live_generation(connection: Connection, grant_id: str) -> int | None:
    """The highest generation among the family's unspent tokens; None if it has none."""
    generation: int | None = await QUERIES.newest_live_generation(connection, grant_id=grant_id)
    return generation


async def spend(connection: Connection, digest: bytes, now: datetime) -> RefreshToken | None:
    """Spends a token with its siblings, in one statement. None if it cannot be spent (any more)."""
    return _token(await QUERIES.spend_refresh_token(connection, digest=digest, now=now))


async def revoke_family(connection: Connection, grant_id: str, now: datetime) -> None:
    """Ends every token of a family, which must be locked."""
    await QUERIES.revoke_family(connection, grant_id=grant_id, now=now)


async def ensure_partitions(connection: Connection, until: datetime) -> None:
    """Makes the partitions that tokens expiring up to `until` need."""
    await QUERIES.ensure_refresh_token_partitions(connection, until=until)


async def drop_expired_partitions(connection: Connection) -> int:
    """Drops partitions with only expired tokens; returns how many."""
    return int(await QUERIES.drop_expired_refresh_token_partitions(connection))


def _token(row: Any) -> RefreshToken | None:
    if row is None:
        return None
    columns = dict(row)
    return RefreshToken(principal=Principal(columns.pop("principal")), scopes=tuple(columns.pop("scopes")), **columns)
