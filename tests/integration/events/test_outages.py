"""Servers go away and come back; what was committed is published and applied all the same."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import pytest

from deploy.local.ports import free_ports
from deploy.local.postgres_server import EmbeddedPostgres
from grantstream.events.producing.outbox import append
from grantstream.events.relaying.relay import Relay
from grantstream.events.relaying.relay_settings import RelaySettings
from grantstream.kafka.record_window import Acknowledged, Record, RecordWindow
from grantstream.testing import FixedCredentials, Mint, eventually
from tests.deeds.own_broker import OwnBroker
from tests.integration.events.consuming import FAST, consuming
from tests.integration.events.relaying import versions_of
from tests.integration.events.support import (
    NOW,
    PROJECTION,
    SOURCE,
    Topics,
    app_state,
    apply_migrations,
    event_of,
    version_of,
)


@pytest.fixture
def own_postgres(server_folder: Any) -> Iterator[EmbeddedPostgres]:
    """A database server that a test may stop."""
    [port] = free_ports(1)
    folder = server_folder / f"own-{port}"
    folder.mkdir(mode=0o711)
    with EmbeddedPostgres(folder, port=port, durable=False) as server:
        yield server


async def prepared_pool(dsn: str) -> asyncpg.Pool:
    pool = await asyncpg.create_pool(dsn, min_size=1, max_size=4, command_timeout=5, timeout=2)
    async with pool.acquire() as connection:
        await apply_migrations(connection)
        await connection.execute(PROJECTION)
    return pool


@asynccontextmanager
async def running(relay: Relay) -> AsyncIterator[Relay]:
    task = asyncio.create_task(relay.run())
    try:
        yield relay
        assert not task.done()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def in_thread(function: Any) -> None:
    await asyncio.to_thread(function)


async def test_a_database_outage_causes_no_dead_letter_or_loss(
    topics: Topics, own_postgres: EmbeddedPostgres, mint: Mint
) -> None:
    pool = await prepared_pool(own_postgres.dsn)
    group_id = await topics.group_at_end()
    states = [app_state() for _ in range(5)]
    retried: list[str] = []
    observer = _observer(retried)
    async with consuming(topics, pool, mint, group_id, observer=observer) as consumer:
        await eventually(consumer.is_ready)
        await in_thread(own_postgres.stop)
        for state in states:
            await topics.send(event_of(state), mint.token())
        await eventually(lambda: len(retried) > 2 * FAST.poison_tries)
        assert consumer.is_alive()
        await in_thread(own_postgres.start)
        for state in states:

            async def is_there(app_id: str = state.app_id) -> bool:
                return await version_of(pool, app_id) == 1

            await eventually(is_there)
    assert await topics.dead_letters("app.modified", group_id) == []
    pool.terminate()


def _observer(retried: list[str]) -> Any:
    from grantstream.events.consuming.consumer_settings import ConsumerObserver

    return ConsumerObserver(retried=lambda topic, error: retried.append(error))


async def test_a_relay_goes_on_after_its_database_came_back(
    topics: Topics, own_postgres: EmbeddedPostgres, mint: Mint
) -> None:
    pool = await prepared_pool(own_postgres.dsn)
    state = app_state()
    async with running(Relay(own_postgres.dsn, topics.bootstrap_servers, FixedCredentials.of(mint.token()))) as relay:
        await eventually(lambda: relay.status().role == "active")
        await in_thread(own_postgres.stop)
        await eventually(lambda: relay.status().role == "disconnected")
        assert not relay.status().is_healthy
        await in_thread(own_postgres.start)
        await eventually(lambda: relay.status().role == "active")
        async with pool.acquire() as connection, connection.transaction():
            await append(connection, state, source=SOURCE, now=NOW)
        await eventually(lambda: topics.records("app.modified", lambda record: record.key == state.app_id.encode()))
        await eventually(lambda: relay.status().is_healthy)
    pool.terminate()


async def test_a_broker_that_was_down_costs_time_and_no_event(
    own_kafka: OwnBroker, pool: asyncpg.Pool, dsn: str, mint: Mint
) -> None:
    topics = Topics(own_kafka.bootstrap_servers)
    group_id = await topics.group_at_end()
    app_id = app_state().app_id
    settings = RelaySettings(send_deadline=1.0, unhealthy_after=0.5)
    token = FixedCredentials.of(mint.token())

    async def write(version: int) -> None:
        async with pool.acquire() as connection, connection.transaction():
            await append(connection, app_state(app_id, version), source=SOURCE, now=NOW)

    async def is_at(version: int) -> bool:
        return await version_of(pool, app_id) == version

    async with (
        running(Relay(dsn, own_kafka.bootstrap_servers, token, settings)) as relay,
        consuming(topics, pool, mint, group_id) as consumer,
    ):
        await write(1)
        await eventually(lambda: is_at(1))
        await in_thread(own_kafka.stop)
        await write(2)
        await eventually(lambda: not relay.status().is_healthy, what="an unhealthy relay")
        await eventually(lambda: not consumer.is_caught_up(), what="a consumer that is not ready")
        assert await pool.fetchval("select count(*) from outbox") == 1
        await in_thread(own_kafka.start)
        await write(3)
        await eventually(lambda: is_at(3), within=40)
        await eventually(lambda: relay.status().is_healthy)
        await eventually(consumer.is_ready)
    assert sorted(set(await versions_of(topics, app_id))) == [1, 2, 3]


def nothing_runs() -> bool:
    """Whether this test's loop has no task but the test."""
    left = [repr(task.get_coro()) for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    assert left == []
    return True


async def test_a_window_meets_its_deadline_with_a_dead_broker(
    own_kafka: OwnBroker, caplog: pytest.LogCaptureFixture
) -> None:
    window = RecordWindow(own_kafka.bootstrap_servers, client_id="test", deadline=3.0)
    records = [Record("app.modified", b"key", b"value", [])] * 50

    async def works() -> bool:
        return all(isinstance(outcome, Acknowledged) for outcome in await window.send(records))

    await eventually(works)
    await in_thread(own_kafka.stop)
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert all(isinstance(outcome, Exception) for outcome in await window.send(records))
    assert loop.time() - began < 7
    await in_thread(own_kafka.start)
    await eventually(works, within=40)
    await window.close()
    await eventually(nothing_runs)
    assert "Exception in callback" not in caplog.text


async def test_a_window_cut_off_anywhere_leaves_no_task_running(
    own_kafka: OwnBroker, caplog: pytest.LogCaptureFixture
) -> None:
    records = [Record("app.modified", b"key", b"value", [])] * 50
    window = RecordWindow(own_kafka.bootstrap_servers, client_id="test")
    for number in range(100):
        # Opened in peace: aiokafka loses hold of a connection whose opening is cut off, until it is collected.
        window._deadline = 10.0
        await window.send(records[:1])
        window._deadline = number % 25 * 0.0002
        await window.send(records)
        await window.close()
    await eventually(nothing_runs)
    assert "did not end in order" not in caplog.text
