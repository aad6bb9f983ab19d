"""Publishes newest states again, as a command: those of some keys, or of all aggregates.

It appends to the outbox; the relay of the service's worker publishes. Versions stay, so consumers that have a state
already ignore it, and nothing is announced on the fence.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from grantstream.contracts.topics import Topic
from grantstream.events.producing.outbox import append_all, prepared
from grantstream.events.relaying.outbox_room import PATIENCE, newest_event, until_relayed, until_room
from grantstream.events.relaying.owned_states import OwnedStates, first_expressed, possible_key
from grantstream.postgres.pool import Connection, Pool

Progress = Callable[[int, int], None]
"""Called with the number of keys that are done, and with their total."""

_ROWS_IN_A_TRANSACTION: Final = 100


@dataclass(slots=True)
class Republished:
    """The result. `not_expressible`: aggregates whose state the topic's events can't express."""

    republished: int = 0
    not_expressible: int = 0
    unknown: list[str] = field(default_factory=list)

    @property
    def done(self) -> int:
        """The number of keys that are done."""
        return self.republished + self.not_expressible + len(self.unknown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to republish: aggregates of one kind, each on the first of `topics` that can express its state.

    `keys`: None means all aggregates.
    """

    owned: OwnedStates
    topics: Sequence[Topic]
    keys: Sequence[str] | None = None


async def republish(
    pool: Pool, wanted: Sequence[Wanted], *, source: str, progress: Progress, patience: float = PATIENCE
) -> Republished:
    """Appends in transactions of at most 100 rows, and returns when the relay has published all of them.

    Raises OutboxStuck if the relay publishes nothing for `patience` seconds, EventTooLarge, and asyncpg's errors; then
    what was appended before is published all the same.
    """
    total = 0
    for each in wanted:
        async for keys in _pages(pool, each):
            total += len(keys)
    found, before = Republished(), await newest_event(pool)
    for each in wanted:
        async for keys in _pages(pool, each):
            await until_room(pool, patience=patience)
            async with pool.acquire() as connection, connection.transaction():
                await _append(connection, each, keys, source, found)
            progress(found.done, max(found.done, total))
    await until_relayed(pool, before, await newest_event(pool), patience=patience)
    return found


async def _pages(pool: Pool, wanted: Wanted) -> AsyncIterator[Sequence[str]]:
    if wanted.keys is not None:
        for start in range(0, len(wanted.keys), _ROWS_IN_A_TRANSACTION):
            yield wanted.keys[start : start + _ROWS_IN_A_TRANSACTION]
        return
    last = ""
    while True:
        async with pool.acquire() as connection:
            page = await wanted.owned.keys(connection, last, _ROWS_IN_A_TRANSACTION)
        if not page:
            return
        yield page
        last = page[-1]


async def _append(connection: Connection, wanted: Wanted, keys: Sequence[str], source: str, found: Republished) -> None:
    """Appends states in the transaction of the connection, which holds the locks of their rows."""
    topics, events = [topic.name for topic in wanted.topics], []
    for key in keys:
        is_possible = possible_key(key.encode(errors="surrogateescape")) is not None
        state = await wanted.owned.find(connection, key) if is_possible else None
        if state is None:
            found.unknown.append(key)
        elif (expressed := first_expressed(topics, state)) is None:
            found.not_expressible += 1
        else:
            events.append(prepared(expressed, source=source, now=datetime.now(UTC)))
    await append_all(connection, events)
    found.republished += len(events)
