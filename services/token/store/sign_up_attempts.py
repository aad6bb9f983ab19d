"""Attempts to open a sandbox, counted for all callers together."""

from datetime import datetime

from grantstream.postgres.pool import Connection
from services.token.store.sql import QUERIES


async def lock(connection: Connection) -> None:
    """Makes other attempts wait until this transaction ends."""
    await QUERIES.lock_sign_up(connection)


async def count_since(connection: Connection, since: datetime) -> int:
    """The number of attempts after `since`."""
    return int(await QUERIES.count_sign_up_attempts(connection, since=since))


async def insert(connection: Connection, now: datetime) -> None:
    """Counts one attempt."""
    await QUERIES.add_sign_up_attempt(connection, now=now)


async def delete_old(connection: Connection, before: datetime) -> None:
    """Clean-up of expired rows."""
    await QUERIES.delete_old_sign_up_attempts(connection, before=before)
