"""An acknowledgement without the broker's own append time is none: what every consumer refuses is not done with.

An operator sets `message.timestamp.type=CreateTime` on topics of a broker of these tests' own, and puts it right again.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import asyncpg
import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import RequestTimedOutError
from aiokafka.protocol.produce import ProduceRequest

from grantstream.events import NotAppended, OutboxPublisher, Publisher, PublisherSettings
from grantstream.events.relaying.relay import Relay
from grantstream.events.relaying.relay_settings import RelaySettings
from grantstream.kafka.errors import AppendTimeMissing
from grantstream.kafka.record_window import Acknowledged, Record, RecordWindow
from grantstream.proof import Credential
from grantstream.testing import FixedCredentials, Mint
from grantstream.testing.sample_events import app_modified, app_registered
from tests.deeds.own_broker import OwnBroker
from tests.deeds.topic_operator import Operator
from tests.integration.events.consuming import consuming, until_version
from tests.integration.events.relaying import patiently, put, relaying, until_relayed, versions_of, waiting
from tests.integration.events.support import SOURCE, Topics, app_state, event_of, version_of

QUICK = RelaySettings(blocked_pause=0.3, unhealthy_after=0.2, longest_pause=0.2)
SAID = "app.modified is not dated by the broker: its message.timestamp.type must be LogAppendTime"


TAKEN = {"message.timestamp.type": "CreateTime"}
REFUSED = TAKEN | {"message.timestamp.before.max.ms": "3600000"}
"""A broker that dates nothing takes records of any past time, unless it is told not to."""
WRONG = pytest.mark.parametrize("wrong", [REFUSED, TAKEN], ids=["refused", "taken"])


@pytest.fixture(scope="module")
def all_topics(own_kafka: OwnBroker) -> str:
    """A broker whose topics these tests may change."""
    return own_kafka.bootstrap_servers


@asynccontextmanager
async def set_up_wrong(topics: Topics, topic: str, wrong: dict[str, str]) -> AsyncIterator[None]:
    """The topic is wrong while the block runs, and right after it, whatever happens."""
    operator = Operator(topics.bootstrap_servers)
    await operator.set_config(topic, wrong)
    try:
        yield
    finally:
        await operator.put_right(topic)


def relay_of(topics: Topics, dsn: str, mint: Mint) -> Relay:
    return Relay(dsn, topics.bootstrap_servers, FixedCredentials.of(mint.token()), QUICK)


@WRONG
async def test_the_relay_keeps_and_reports_an_undated_event(
    wrong: dict[str, str], pool: asyncpg.Pool, dsn: str, topics: Topics, mint: Mint
) -> None:
    held, free, group_id = app_state(), app_state(kind=type(app_registered())), await topics.group_at_end()
    relay = relay_of(topics, dsn, mint)
    async with relaying(relay), consuming(topics, pool, mint, group_id):
        async with set_up_wrong(topics, "app.modified", wrong):
            await put(pool, held, free)
            await until_version(pool, free.app_id, 1)  # what goes to another topic is not held up
            await patiently(lambda: not relay.status().is_healthy, what="an unhealthy relay")
            assert relay.status().detail == f"active, 1 aggregates held back ({SAID})"
            assert await waiting(pool) == 1
            assert await version_of(pool, held.app_id) is None
        await until_relayed(pool)
        await until_version(pool, held.app_id, 1)
        await patiently(lambda: relay.status().is_healthy)


async def test_a_create_time_topic_is_retried_with_one_record(
    pool: asyncpg.Pool, dsn: str, topics: Topics, mint: Mint
) -> None:
    states, group_id = [app_state() for _ in range(100)], await topics.group_at_end()
    mine = {state.app_id.encode() for state in states}
    find = partial(topics.records, "app.modified", lambda record: record.key in mine)
    async with relaying(relay_of(topics, dsn, mint)), consuming(topics, pool, mint, group_id):
        async with set_up_wrong(topics, "app.modified", TAKEN):
            await put(pool, *states)

            async def are_tried_again() -> bool:
                return len(await find()) >= len(states) + 3

            await patiently(are_tried_again, what="three more tries after the first window")
            assert await waiting(pool) == len(states)
            tried = await find()
            assert len(tried) <= len(states) + 5, "one record a try, with pauses that double"
            assert {record.timestamp_type for record in tried} == {0}
        await until_relayed(pool)
        for state in states:
            await until_version(pool, state.app_id, 1)
        letters = await topics.dead_letters("app.modified", group_id)
    believed = [record for record in await find() if record.timestamp_type == 1]
    assert sorted(record.key for record in believed) == sorted(mine), "each once"
    assert len(letters) == len(await find()) - len(believed)


@WRONG
async def test_a_publisher_reports_a_wrong_topic_and_retries(wrong: dict[str, str], topics: Topics, mint: Mint) -> None:
    credentials, event = FixedCredentials.of(mint.token()), app_modified()
    async with (
        Publisher(topics.bootstrap_servers, credentials, settings=PublisherSettings(limit=2)) as hasty,
        Publisher(topics.bootstrap_servers, credentials) as patient,
    ):
        async with set_up_wrong(topics, "app.modified", wrong):
            with pytest.raises(NotAppended, match=SAID):
                await hasty.publish(event)
            publishing = asyncio.create_task(patient.publish(event))
            elsewhere = await patient.publish(app_registered())
            assert elsewhere.topic == "app.registered"
            assert not publishing.done()
        appended = await publishing
    [record] = await topics.records(
        "app.modified", lambda record: record.offset == appended.offset and record.partition == appended.partition
    )
    assert (record.timestamp_type, record.key) == (1, event.app_id.encode())


async def test_an_outbox_publisher_keeps_an_undated_event(
    pool: asyncpg.Pool, dsn: str, topics: Topics, mint: Mint
) -> None:
    event = app_modified()
    credentials = FixedCredentials.of(mint.token())
    async with OutboxPublisher(dsn, topics.bootstrap_servers, credentials, source=SOURCE, settings=QUICK) as publisher:
        async with set_up_wrong(topics, "app.modified", REFUSED):
            async with pool.acquire() as connection, connection.transaction():
                await publisher.append(connection, event)
            await patiently(lambda: SAID in publisher.status().detail)
            assert await waiting(pool) == 1
        await until_relayed(pool)
    assert await versions_of(topics, event.app_id) == [event.version]


async def test_no_version_is_on_the_fence_before_its_state(topics: Topics, mint: Mint) -> None:
    state, settings = app_state(), PublisherSettings(limit=2.0)
    async with (
        set_up_wrong(topics, "app.modified", REFUSED),
        Publisher(topics.bootstrap_servers, FixedCredentials.of(mint.token()), settings=settings) as publisher,
    ):
        with pytest.raises(NotAppended):
            await publisher.publish_change(state)
    assert await topics.records("fence", lambda record: record.key == state.subject.encode()) == []


async def test_a_copy_for_people_needs_no_date(pool: asyncpg.Pool, topics: Topics, mint: Mint) -> None:
    group_id, bad = await topics.group_at_end(), app_state()
    async with (
        consuming(topics, pool, mint, group_id),
        set_up_wrong(topics, "app.modified.dead", TAKEN),
    ):
        await topics.send(event_of(bad), None)
        await topics.send(event_of(app_state(bad.app_id, 2)), mint.token())
        await until_version(pool, bad.app_id, 2)
    assert len(await topics.dead_letters("app.modified", group_id)) == 1


@pytest.fixture
def first_answer_gets_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker takes the first batch, and its answer does not arrive: aiokafka sends the batch again."""
    send, lost = AIOKafkaClient.send, []

    async def losing(client: Any, node: int, request: Any, **options: Any) -> Any:
        answer = await send(client, node, request, **options)
        if isinstance(request, ProduceRequest) and not lost:
            lost.append(answer)
            raise RequestTimedOutError
        return answer

    monkeypatch.setattr(AIOKafkaClient, "send", losing)


@pytest.mark.usefixtures("first_answer_gets_lost")
@pytest.mark.parametrize(("wrong", "outcome"), [(TAKEN, AppendTimeMissing), ({}, Acknowledged)])
async def test_the_ack_of_a_duplicate_batch_proves_no_append_time(
    wrong: dict[str, str], outcome: type, topics: Topics
) -> None:
    """There the broker gives the producer's own time as if it were its own."""
    key = str(uuid.uuid4()).encode()
    window = RecordWindow(topics.bootstrap_servers, client_id="test")
    async with set_up_wrong(topics, "app.modified", wrong):
        [found] = await window.send([Record("app.modified", key, b"{}", [])])
    await window.close()
    assert type(found) is outcome
    assert len(await topics.records("app.modified", lambda record: record.key == key)) == 1


async def test_an_event_is_signed_anew_for_each_try(pool: asyncpg.Pool, dsn: str, topics: Topics, mint: Mint) -> None:
    """A topic may be wrong for longer than a token lives."""
    asked: list[Credential] = []

    class Tokens:
        async def current(self) -> Credential:
            asked.append(mint.credential())
            return asked[-1]

    state = app_state()
    async with relaying(Relay(dsn, topics.bootstrap_servers, Tokens(), QUICK)):
        async with set_up_wrong(topics, "app.modified", REFUSED):
            await put(pool, state)
            await patiently(lambda: len(asked) > 2)
        await until_relayed(pool)
    [record] = await topics.records("app.modified", lambda record: record.key == state.app_id.encode())
    assert dict(record.headers)["authorization"] == f"Bearer {asked[-1].token}".encode()
