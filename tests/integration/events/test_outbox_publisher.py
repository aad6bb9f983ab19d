"""A program with a database of its own: its events go if its changes do, and its consumer applies them in one piece."""

import asyncio
import uuid
from typing import Any

import asyncpg
import pytest

from grantstream.events import OutboxPublisher, PlatformAddresses, install_outbox, open_consumer
from grantstream.events.consuming.inbox import first_time
from grantstream.testing import eventually
from grantstream.testing.expected_events import ExpectedEvents
from grantstream.testing.publishing import RecordPublisher
from grantstream.testing.sample_events import app_disabled, app_registered
from grantstream.testing.topics_under_test import BrokerUnderTest

SOURCE = "urn:example:portal"


@pytest.fixture
async def dsn(grantstream_database: str) -> str:
    """A program's database with the library's tables."""
    await install_outbox(grantstream_database)
    return grantstream_database


async def test_the_tables_can_be_installed_again_and_concurrently(grantstream_database: str) -> None:
    await asyncio.gather(install_outbox(grantstream_database), install_outbox(grantstream_database))
    await install_outbox(grantstream_database)
    connection = await asyncpg.connect(grantstream_database)
    assert await connection.fetchval("select to_regclass('outbox') is not null and to_regclass('inbox') is not null")
    await connection.close()


async def test_an_event_is_published_if_and_only_if_committed(
    grantstream_broker: BrokerUnderTest, events: ExpectedEvents, dsn: str
) -> None:
    undone, done = app_registered(), app_registered()
    connection = await asyncpg.connect(dsn)
    async with OutboxPublisher(
        dsn, grantstream_broker.bootstrap_servers, grantstream_broker.credentials, source=SOURCE
    ) as publisher:
        undoing = connection.transaction()
        await undoing.start()
        await publisher.append(connection, undone)
        await undoing.rollback()
        async with connection.transaction():
            await publisher.append_change(connection, done)
        await publisher.nudge(connection)
        await events.expect("app.registered", subject=done.subject)
        await events.expect("permission.changed", subject=done.subject)
        assert publisher.status().is_healthy
    assert await events.all("app.registered", subject=undone.subject) == []
    await connection.close()


async def test_a_consumer_with_a_database_applies_each_event_once(
    grantstream_broker: BrokerUnderTest, publish: RecordPublisher, dsn: str
) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute("create table told (app_id text not null)")

    async def tell_once(connection: Any, event: Any, envelope: Any) -> None:
        if await first_time(connection, envelope.claims, envelope):
            await connection.execute("insert into told values ($1)", event.app_id)

    first, last = app_disabled(), app_disabled()
    platform = PlatformAddresses.of("https://issuer.test", grantstream_broker.bootstrap_servers)
    handlers = {"app.disabled": tell_once}
    await publish(first)
    for _ in range(2):  # the second group reads the same events again
        async with open_consumer(
            platform, group_id=f"fourth-{uuid.uuid4()}", handlers=handlers, dsn=dsn, guard=grantstream_broker.guard
        ) as consumer:
            await publish(last)
            await eventually(consumer.is_ready)
            await eventually(lambda: connection.fetchval("select true from told where app_id = $1", last.app_id))
    assert await connection.fetchval("select count(*) from told where app_id = $1", first.app_id) == 1
    await connection.close()
