"""A topic of one partition was given more by accident: every record still stands in the first, where it is read."""

import uuid

import asyncpg
import pytest

from deploy.local.server_access import run_in_thread
from grantstream.contracts.topics import FENCE
from grantstream.events import Publisher
from grantstream.events.producing.outbox import append_all, change_of
from grantstream.events.relaying.relay import Relay
from grantstream.testing import FixedCredentials, Mint
from grantstream.testing.publishing import RecordPublisher
from grantstream.testing.sample_events import app_registered
from grantstream.testing.topics_under_test import BrokerUnderTest
from tests.deeds.own_broker import OwnBroker
from tests.deeds.topic_operator import Operator
from tests.integration.events.consuming import consuming, marker
from tests.integration.events.relaying import relaying, until_relayed
from tests.integration.events.support import Topics, app_state, event_of

GROWN = (FENCE.name, "app.modified.dead")


@pytest.fixture(scope="module")
def all_topics(own_kafka: OwnBroker) -> str:
    """A broker where somebody gave more partitions to topics of which one order is read."""
    for topic in GROWN:
        run_in_thread(Operator(own_kafka.bootstrap_servers).grow(topic, 4))
    return own_kafka.bootstrap_servers


@pytest.fixture(scope="module")
def grantstream_kafka(all_topics: str) -> str:
    """The harness speaks to it, too."""
    return all_topics


async def test_relayed_changes_use_the_fences_first_partition(
    pool: asyncpg.Pool, dsn: str, topics: Topics, mint: Mint
) -> None:
    states = [app_state() for _ in range(12)]
    await append_all(pool, [event_of(change_of(state)) for state in states])
    async with relaying(Relay(dsn, topics.bootstrap_servers, FixedCredentials.of(mint.token()))):
        await until_relayed(pool)
    read = {record.key.decode() for record in await topics.records(FENCE.name)}  # the register's one partition
    assert {state.subject for state in states} <= read


async def test_published_changes_use_the_fences_first_partition(
    grantstream_broker: BrokerUnderTest, publish: RecordPublisher, topics: Topics
) -> None:
    """Those of a publisher, and those of the test harness."""
    states = [app_registered(app_id=str(uuid.uuid4())) for _ in range(12)]
    async with Publisher(grantstream_broker.bootstrap_servers, grantstream_broker.credentials) as publisher:
        for state in states[:6]:
            await publisher.publish_change(state)
    assert {(await publish(change_of(state))).partition for state in states[6:]} == {0}
    read = {record.key.decode() for record in await topics.records(FENCE.name)}
    assert {state.subject for state in states} <= read


async def test_copies_of_dead_letters_stand_in_the_first(pool: asyncpg.Pool, topics: Topics, mint: Mint) -> None:
    group_id, states = await topics.group_at_end(), [app_state() for _ in range(8)]
    async with consuming(topics, pool, mint, group_id):
        for state in states:
            await topics.send(event_of(state), None)
            await marker(topics, pool, mint, state.app_id)
    assert len(await topics.dead_letters("app.modified", group_id)) == len(states)
