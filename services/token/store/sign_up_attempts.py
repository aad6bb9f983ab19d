"""Attempts to open a sandbox, by everybody together."""

from datetime import datetime
from typing import Any

from services.token.store.queries import QUERIES


async def lock(connection: Any) -> None:
    """Lets one attempt after another be counted; the next one waits until this transaction ends."""
    await QUERIES.lock_sign_up(connection)


async def count_since(connection: Any, since: datetime) -> int:
    """How many there were after `since`."""
    return int(await QUERIES.count_sign_up_attempts(connection, since=since))


async def add(connection: Any, now: datetime) -> None:
    """Counts one."""
    await QUERIES.add_sign_up_attempt(connection, now=now)


async def delete_old(connection: Any, before: datetime) -> None:
    """Clean-up of what counts no more."""
    await QUERIES.delete_old_sign_up_attempts(connection, before=before)
