"""The issuer that this database was made for."""

from datetime import datetime

from grantstream.postgres.pool import Connection
from services.token.store.queries import QUERIES


async def bind(connection: Connection, url: str, now: datetime) -> str:
    """Keeps `url` as the issuer if none is kept; gives the one that is."""
    await QUERIES.bind_issuer(connection, url=url, since=now)
    bound: str = await QUERIES.bound_issuer(connection)
    return bound
