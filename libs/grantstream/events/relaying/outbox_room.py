"""Waits for the relay, so that what is republished neither delays changes nor makes a process unready."""

import asyncio
import sys
import time
from typing import Final

from grantstream.events.errors import OutboxStuck
from grantstream.events.producing.outbox import QUERIES
from grantstream.postgres.pool import Pool

_MOST_WAITING: Final = 1_000
PATIENCE: Final = 30.0
_POLL: Final = 0.2


async def until_room(pool: Pool, *, patience: float = PATIENCE) -> None:
    """Waits until at most 1,000 events are in the outbox.

    Raises OutboxStuck if nothing is sent for `patience` seconds, and asyncpg's errors.
    """
    await _until_at_most(_MOST_WAITING, pool, 0, None, patience)


async def newest_event(pool: Pool) -> int:
    """The id of the newest event in the outbox; 0 if it is empty."""
    newest: int = await QUERIES.newest_event(pool)
    return newest


async def until_relayed(pool: Pool, first: int, last: int, *, patience: float = PATIENCE) -> None:
    """Waits until no event with an id above `first`, up to `last`, is in the outbox. Raises as `until_room`.

    Older events may be blocked for long, and are not waited for.
    """
    await _until_at_most(0, pool, first, last, patience)


async def _until_at_most(most: int, pool: Pool, first: int, last: int | None, patience: float) -> None:
    fewest, oldest, moved_at = sys.maxsize, -1, time.monotonic()
    while (found := await QUERIES.count_events(pool, first=first, last=last))["waiting"] > most:
        # Either shows a relay at work: others may append as fast as it sends, and the oldest event may be blocked.
        if found["waiting"] < fewest or found["oldest"] > oldest:
            fewest, oldest, moved_at = min(fewest, found["waiting"]), max(oldest, found["oldest"]), time.monotonic()
        elif time.monotonic() - moved_at > patience:
            raise OutboxStuck(found["waiting"])
        await asyncio.sleep(_POLL)
