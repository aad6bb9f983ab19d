"""A consumer may start before its broker, and stops within its deadline, whatever its handler does."""

import asyncio
from dataclasses import replace
from typing import Any

import asyncpg

from deploy.local.ports import free_ports
from grantstream.events.consuming.consumer import GuardedConsumer
from grantstream.testing import Mint, eventually
from tests.deeds.own_broker import OwnBroker
from tests.integration.events.consuming import FAST, consuming, until_version
from tests.integration.events.support import APP_HANDLERS, Topics, app_state, event_of, project_app


async def test_a_consumer_waits_for_a_broker_that_starts_later(
    own_kafka: OwnBroker, pool: asyncpg.Pool, mint: Mint
) -> None:
    await asyncio.to_thread(own_kafka.stop)
    consumer = GuardedConsumer(own_kafka.bootstrap_servers, "early", mint.guard(), APP_HANDLERS, pool, FAST)
    starting = asyncio.create_task(consumer.start())
    done, _ = await asyncio.wait({starting}, timeout=1.0)
    assert not done
    assert not consumer.is_ready()
    assert not consumer.is_alive()
    await asyncio.to_thread(own_kafka.start)
    await starting
    state = app_state()
    await Topics(own_kafka.bootstrap_servers).send(event_of(state), mint.token())
    await until_version(pool, state.app_id, 1)
    await eventually(consumer.is_ready)
    await consumer.stop()


async def test_a_start_that_is_given_up_leaves_nothing_behind(pool: asyncpg.Pool, mint: Mint) -> None:
    [port] = free_ports(1)
    before = asyncio.all_tasks()
    consumer = GuardedConsumer(f"127.0.0.1:{port}", "given up", mint.guard(), APP_HANDLERS, pool, FAST)
    starting = asyncio.create_task(consumer.start())
    await asyncio.wait({starting}, timeout=0.5)
    starting.cancel()
    await asyncio.wait({starting})
    await consumer.stop()
    await eventually(lambda: asyncio.all_tasks() <= before, what="no task left")


async def test_a_stop_lets_the_batch_in_hand_end_and_commits_it(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id, state = await topics.group_at_end(), app_state()
    began, go_on = asyncio.Event(), asyncio.Event()

    async def slow(connection: Any, event: Any, envelope: Any) -> None:
        began.set()
        await go_on.wait()
        await project_app(connection, event, envelope)

    async with consuming(
        topics, pool, mint, group_id, {"app.modified": slow}, settings=replace(FAST, stop_limit=10.0)
    ) as consumer:
        place = await topics.send(event_of(state), mint.token())
        await began.wait()
        stopping = asyncio.create_task(consumer.stop())
        done, _ = await asyncio.wait({stopping}, timeout=0.3)
        assert not done
        go_on.set()
        await stopping
        await until_version(pool, state.app_id, 1)
        assert await topics.committed(group_id, place) == place.offset + 1


async def test_a_stop_leaves_a_slow_batch_to_the_next_member(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id, state = await topics.group_at_end(), app_state()
    began = asyncio.Event()

    async def hanging(connection: Any, event: Any, envelope: Any) -> None:
        await project_app(connection, event, envelope)
        began.set()
        await asyncio.Event().wait()

    loop = asyncio.get_running_loop()
    settings = replace(FAST, stop_limit=0.5)
    async with consuming(topics, pool, mint, group_id, {"app.modified": hanging}, settings=settings) as consumer:
        place = await topics.send(event_of(state), mint.token())
        await began.wait()
        asked_at = loop.time()
        await consumer.stop()
        assert loop.time() - asked_at < 5
    assert await pool.fetchval("select count(*) from app") == 0
    assert await topics.committed(group_id, place) == place.offset
    async with consuming(topics, pool, mint, group_id):
        await until_version(pool, state.app_id, 1)
