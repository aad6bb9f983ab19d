"""A group of consumers for one test, and what is waited for there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from grantstream.events.consuming.consumer import GuardedConsumer
from grantstream.events.consuming.consumer_settings import ConsumerSettings
from grantstream.testing import Mint, eventually
from tests.integration.events.support import APP_HANDLERS, Topics, app_state, event_of, version_of

FAST = ConsumerSettings(key_limit=0.5, lag_every=0.2, poison_tries=3, longest_pause=0.2)


@asynccontextmanager
async def consuming(
    topics: Topics, pool: Any, mint: Mint, group_id: str, handlers: Any = APP_HANDLERS, **options: Any
) -> AsyncIterator[GuardedConsumer]:
    guard = options.pop("guard", None) or mint.guard()
    options = {"settings": FAST} | options
    consumer = GuardedConsumer(topics.bootstrap_servers, group_id, guard, handlers, pool, **options)
    await topics.keep_offsets(pool, group_id)
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def until_version(pool: asyncpg.Pool, app_id: str, version: int) -> None:
    async def is_there() -> bool:
        return await version_of(pool, app_id) == version

    await eventually(is_there, what=f"version {version}")


async def marker(topics: Topics, pool: asyncpg.Pool, mint: Mint, app_id: str) -> None:
    """A good event behind a bad one of the same key: when it is applied, the bad one is done with."""
    await topics.send(event_of(app_state(app_id, 99)), mint.token())
    await until_version(pool, app_id, 99)


async def the_dead_letter(topics: Topics, group_id: str, topic: str = "app.modified") -> Any:
    [letter] = await eventually(lambda: topics.dead_letters(topic, group_id), what="a dead letter")
    return letter
