"""Failed attempts to sign in, by the digest of their subject."""

import hashlib
from datetime import datetime

from grantstream.postgres.pool import Connection
from services.token.store.sql import QUERIES


async def failures_since(connection: Connection, subject: str, since: datetime) -> int:
    """Failures since the last success; 0 if the last one is older than `since`."""
    failures = await QUERIES.failures_since(connection, subject_digest=_digest(subject), since=since)
    return int(failures or 0)


async def count_failure(connection: Connection, subject: str, *, now: datetime, since: datetime) -> None:
    """Counts one failure; the count restarts if the last one is older than `since`."""
    await QUERIES.count_failure(connection, subject_digest=_digest(subject), now=now, since=since)


async def forget(connection: Connection, subject: str) -> None:
    """Deletes the failures of a subject that signed in."""
    await QUERIES.forget_failures(connection, subject_digest=_digest(subject))


async def delete_old(connection: Connection, before: datetime) -> None:
    """Clean-up of expired rows."""
    await QUERIES.delete_old_failures(connection, before=before)


def _digest(subject: str) -> bytes:
    # Users may type a password into the login field, so the text itself is not stored.
    return hashlib.sha256(subject.encode()).digest()
