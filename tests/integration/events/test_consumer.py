"""Each event is applied once, and committed when it was."""

from typing import Any

import asyncpg

from grantstream.events.consuming.inbox import first_time
from grantstream.testing import Mint, eventually
from tests.integration.events.consuming import consuming, marker, until_version
from tests.integration.events.support import Topics, app_state, event_of, project_app, registered


async def test_an_event_reaches_the_projection_and_is_committed(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id = await topics.group_at_end()
    state = registered()
    async with consuming(topics, pool, mint, group_id):
        place = await topics.send(event_of(state), mint.token())
        await until_version(pool, state.app_id, 1)

        async def is_committed() -> bool:
            return await topics.committed(group_id, place) == place.offset + 1

        await eventually(is_committed, what="the commit")


async def test_older_events_and_copies_change_nothing(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id = await topics.group_at_end()
    state = registered(version=5)
    async with consuming(topics, pool, mint, group_id):
        for event in (event_of(state), event_of(state), event_of(app_state(state.app_id, 3))):
            await topics.send(event, mint.token())
        await marker(topics, pool, mint, state.app_id)
    assert await topics.dead_letters("app.modified", group_id) == []
    assert await topics.dead_letters("app.registered", group_id) == []


async def test_a_repeated_event_takes_effect_once(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id = await topics.group_at_end()
    await pool.execute("create table effect (app_id text)")

    async def handler(connection: Any, event: Any, envelope: Any) -> None:
        if await first_time(connection, envelope.claims, envelope):
            await connection.execute("insert into effect values ($1)", event.app_id)
        await project_app(connection, event, envelope)

    event = event_of(app_state())
    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}):
        for _ in range(3):
            await topics.send(event, mint.token())
        await marker(topics, pool, mint, event.key)
    assert await pool.fetchval("select count(*) from effect where app_id = $1", event.key) == 2
