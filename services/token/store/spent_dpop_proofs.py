"""Ids of accepted DPoP proofs (RFC 9449, section 11.1)."""

from datetime import datetime

from grantstream.postgres.pool import Connection
from services.token.store.queries import QUERIES


async def spend(connection: Connection, *, thumbprint: str, jti: str, expires_at: datetime) -> bool:
    """Stores an id, in one statement. Returns False if it was stored before."""
    taken = await QUERIES.spend_dpop_proof(connection, thumbprint=thumbprint, jti=jti, expires_at=expires_at)
    return taken is not None


async def delete_expired(connection: Connection, now: datetime) -> None:
    """Clean-up: an expired proof is refused by its `iat`."""
    await QUERIES.delete_expired_dpop_proofs(connection, now=now)
