"""When a member of a group is ready, and what becomes of its part when it is not there."""

import asyncio
from collections import defaultdict
from dataclasses import replace
from typing import Any

import asyncpg

from grantstream.events.consuming.consumer_settings import ConsumerObserver, ConsumerSettings
from grantstream.events.errors import PassingFault
from grantstream.testing import Mint, eventually
from tests.integration.events.consuming import FAST, consuming, marker, until_version
from tests.integration.events.support import Topics, app_state, event_of, project_app


async def test_a_consumer_is_ready_once_assigned_and_caught_up(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id = await topics.group_at_end()
    held = asyncio.Event()

    async def handler(connection: Any, event: Any, envelope: Any) -> None:
        await held.wait()
        await project_app(connection, event, envelope)

    behind: dict[tuple[str, int], list[int]] = defaultdict(list)
    settings = ConsumerSettings(lag_every=0.3, lag_limit=0, stop_limit=0.2)
    observer = ConsumerObserver(lag=lambda topic, partition, events: behind[topic, partition].append(events))
    options = {"settings": settings, "observer": observer}
    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}, **options) as consumer:
        await eventually(consumer.is_ready)
        place = await topics.send(event_of(app_state()), mint.token())
        measured = behind[place.topic, place.partition]
        began = len(measured)
        await eventually(lambda: not consumer.is_caught_up(), what="being behind")
        await eventually(lambda: len(measured) > began + 5 and measured[-4:] == [1] * 4, what="staying behind")
        assert not consumer.is_caught_up()
        assert consumer.is_alive()
        assert consumer.is_assigned()
        held.set()
        await eventually(consumer.is_ready)
    assert not consumer.is_alive()


async def test_a_group_loses_no_event_when_a_member_leaves(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id = await topics.group_at_end()
    states = [app_state() for _ in range(60)]

    async def count() -> int:
        return int(await pool.fetchval("select count(*) from app"))

    async with consuming(topics, pool, mint, group_id) as first:
        async with consuming(topics, pool, mint, group_id) as second:
            await eventually(lambda: first.is_assigned() and second.is_assigned())
            for state in states[:30]:
                await topics.send(event_of(state), mint.token())
        for state in states[30:]:
            await topics.send(event_of(state), mint.token())

        async def all_there() -> bool:
            return await count() == len(states)

        await eventually(all_there)
    assert await topics.dead_letters("app.modified", group_id) == []


async def test_a_member_rejoins_after_exceeding_max_poll_interval(
    topics: Topics, pool: asyncpg.Pool, mint: Mint
) -> None:
    group_id = await topics.group_at_end()
    down = True

    async def handler(connection: Any, event: Any, envelope: Any) -> None:
        if down:
            raise PassingFault("down")
        await project_app(connection, event, envelope)

    state = app_state()
    settings = replace(FAST, max_poll_interval=1.0)
    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}, settings=settings) as consumer:
        await eventually(consumer.is_ready)
        await topics.send(event_of(state), mint.token())
        await eventually(lambda: not consumer.is_caught_up(), what="being held up")
        async with consuming(topics, pool, mint, group_id, {"app.modified": handler}) as other:
            await eventually(other.is_assigned)
            down = False
            await until_version(pool, state.app_id, 1)
        await marker(topics, pool, mint, state.app_id)
        await eventually(consumer.is_ready)
    assert await topics.dead_letters("app.modified", group_id) == []
