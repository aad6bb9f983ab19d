"""What tests of the relay share: running one, filling its outbox, and what then stands on a topic."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Any

import asyncpg

from grantstream.contracts.events.registration import AppModified
from grantstream.events.producing.outbox import OutboxEvent, append_all
from grantstream.events.relaying.relay import Relay
from grantstream.testing import eventually
from tests.integration.events.support import Topics, app_state, event_of


@asynccontextmanager
async def relaying(relay: Relay) -> AsyncIterator[Relay]:
    """A relay at work."""
    task = asyncio.create_task(relay.run())
    try:
        yield relay
        assert not task.done()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def put(pool: asyncpg.Pool, *states: Any, topic: str | None = None) -> None:
    """Commits events, all of them to another topic if one is given."""
    await append_all(pool, [_event(state, topic) for state in states])


def _event(state: Any, topic: str | None) -> OutboxEvent:
    event = event_of(state)
    return event if topic is None else replace(event, topic=topic)


def history(app_id: str, versions: int, **changes: Any) -> list[AppModified]:
    """An application's states from the first on."""
    return [app_state(app_id, version, **changes) for version in range(1, versions + 1)]


async def waiting(pool: asyncpg.Pool) -> int:
    """How many events are in the outbox."""
    return int(await pool.fetchval("select count(*) from outbox"))


async def until_relayed(pool: asyncpg.Pool) -> None:
    """Waits for an empty outbox."""

    async def is_empty() -> bool:
        return await waiting(pool) == 0

    await patiently(is_empty, what="an empty outbox")


patiently = partial(eventually, within=90.0)
"""Brokers come and go in these tests, and that takes its time on a machine with much to do."""


async def versions_of(topics: Topics, app_id: str, topic: str = "app.modified") -> list[int]:
    """All that a topic says of an application, in order, with what was sent twice."""
    records = await topics.records(topic, lambda record: record.key == app_id.encode())
    return [AppModified.model_validate_json(record.value).version for record in records]


def is_in_order(versions: list[int], wanted: int) -> bool:
    """Whether 1 to `wanted` are all there, each for the first time after those before it, and the newest last."""
    return list(dict.fromkeys(versions)) == list(range(1, wanted + 1)) and versions[-1] == wanted
