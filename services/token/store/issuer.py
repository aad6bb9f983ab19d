"""The issuer that this database is bound to."""

from datetime import datetime

from grantstream.postgres.pool import Connection
from services.token.store.sql import QUERIES


async def bind(connection: Connection, url: str, now: datetime) -> str:
    """Stores `url` as the issuer if there is none; returns the stored one."""
    await QUERIES.bind_issuer(connection, url=url, since=now)
    bound: str = await QUERIES.bound_issuer(connection)
    return bound
