"""Ids of accepted client assertions (RFC 7523, section 3, point 7)."""

from datetime import datetime

from grantstream.postgres.pool import Connection
from services.token.store.queries import QUERIES


async def spend(connection: Connection, *, client_id: str, jti: str, expires_at: datetime) -> bool:
    """Stores an id, in one statement. Returns False if it was stored before."""
    taken = await QUERIES.spend_assertion(connection, client_id=client_id, jti=jti, expires_at=expires_at)
    return taken is not None


async def delete_expired(connection: Connection, now: datetime) -> None:
    """Clean-up: an expired assertion is refused by its `exp`."""
    await QUERIES.delete_expired_assertions(connection, now=now)
