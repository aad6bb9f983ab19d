"""A batch of states leaves the same rows, and finds the same contradictions, as its states one by one."""

import random
from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest

from grantstream.events.consuming.applying import BatchedHandler
from grantstream.events.consuming.consumer_settings import ConsumerObserver
from grantstream.events.consuming.projecting_many import project_many
from grantstream.events.errors import ContradictoryEvent
from grantstream.testing import Mint, eventually
from tests.integration.events.consuming import consuming
from tests.integration.events.support import Topics, app_state, event_of, project_app, stored_apps, upsert_apps


async def take(connection: Any, states: Sequence[Any]) -> None:
    await project_many(connection, upsert_many=upsert_apps, stored_many=stored_apps, states=states)


@pytest.mark.parametrize("seed", range(10))
async def test_any_batches_in_any_order_leave_the_rows_that_single_states_leave(pool: asyncpg.Pool, seed: int) -> None:
    chance = random.Random(seed)
    states = [app_state(f"app-{chance.randrange(4)}", chance.randrange(1, 6)) for _ in range(30)]
    await pool.execute("create table alone (like app including all)")
    async with pool.acquire() as connection:
        for state in states:
            await project_app(connection, state)
        await connection.execute("insert into alone select * from app; truncate app")
        left = list(states)
        while left:
            size = chance.randrange(1, 12)
            batch, left = left[:size], left[size:]
            await take(connection, batch)
        rows = [await connection.fetch(f"select * from {table} order by app_id") for table in ("alone", "app")]
    assert rows[0] == rows[1]
    assert len(rows[0]) > 1


@pytest.mark.parametrize("stored_first", [True, False])
async def test_a_contradiction_is_found_though_a_newer_state_is_in_the_same_batch(
    pool: asyncpg.Pool, stored_first: bool
) -> None:
    state = app_state("app-1", 2)
    forged = state.model_copy(update={"name": "forged"})
    async with pool.acquire() as connection:
        if stored_first:
            await take(connection, [state])
        batch = [forged] if stored_first else [state, forged]
        with pytest.raises(ContradictoryEvent):
            await take(connection, [*batch, app_state("app-1", 3)])


async def test_a_consumer_hands_a_batch_over_at_once_and_the_bad_one_of_it_to_the_single_handler(
    topics: Topics, pool: asyncpg.Pool, mint: Mint
) -> None:
    group_id = await topics.group_at_end()
    sizes: list[int] = []

    async def many(connection: Any, states: Sequence[Any]) -> None:
        sizes.append(len(states))
        await take(connection, states)

    handler = BatchedHandler(project_app, many)
    states = [app_state() for _ in range(20)]
    handled: list[int] = []
    observer = ConsumerObserver(handled=lambda topic, events: handled.append(events))
    for state in states:
        await topics.send(event_of(state), mint.token())
    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}, observer=observer):
        await eventually(lambda: sum(handled) == 20)
        assert max(sizes) > 10
        for state in states:
            await topics.send(event_of(state.model_copy(update={"name": "forged"})), mint.token())
            await topics.send(event_of(app_state(state.app_id, 2)), mint.token())

        async def all_set_aside() -> bool:
            return len(await topics.dead_letters("app.modified", group_id)) == 20

        await eventually(all_set_aside)
        await eventually(lambda: sum(handled) == 40)
    assert await pool.fetchval("select count(*) from app where version = 2 and name = 'name 2'") == 20
