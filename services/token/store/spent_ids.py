"""Ids accepted once: of client assertions (RFC 7523, section 3) and of DPoP proofs (RFC 9449, section 11.1)."""

from datetime import datetime

from grantstream.postgres.pool import Connection
from services.token.store.sql import QUERIES


async def spend_assertion(connection: Connection, *, client_id: str, jti: str, expires_at: datetime) -> bool:
    """Stores the id of a client's assertion, in one statement. Returns False if it was stored before."""
    return bool(await QUERIES.spend_assertion(connection, client_id=client_id, jti=jti, expires_at=expires_at))


async def spend_dpop_proof(connection: Connection, *, thumbprint: str, jti: str, expires_at: datetime) -> bool:
    """Stores the id of a key's proof, in one statement. Returns False if it was stored before."""
    return bool(await QUERIES.spend_dpop_proof(connection, thumbprint=thumbprint, jti=jti, expires_at=expires_at))


async def delete_expired(connection: Connection, now: datetime) -> None:
    """Clean-up: expired assertions are refused by their `exp`, expired proofs by their `iat`."""
    await QUERIES.delete_expired_spent_ids(connection, now=now)
