"""The commands see the partitions that topics have, and say which number of them is a fault."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from grantstream.cli.doctor.brokers import examine_brokers
from grantstream.cli.errors import CommandFailed
from grantstream.cli.group_lag import lag_of
from grantstream.cli.records import Span, read_records
from grantstream.cli.target import Target
from grantstream.contracts.topics import FENCE, RECEIPT_POSTED
from grantstream.kafka.errors import TopicsNotApplied
from grantstream.kafka.topic_admin import apply_topics, check_topics
from tests.deeds.own_broker import OwnBroker
from tests.deeds.topic_operator import Operator

TOPIC = RECEIPT_POSTED.name
LIMIT = 60.0


@pytest.fixture
async def operator(own_kafka: OwnBroker) -> Operator:
    found = Operator(own_kafka.bootstrap_servers)
    await found.create_missing()
    await found.replace(TOPIC)
    return found


@pytest.fixture
async def producer(operator: Operator) -> AsyncIterator[AIOKafkaProducer]:
    async with AIOKafkaProducer(bootstrap_servers=operator.bootstrap_servers, acks="all") as producer:
        yield producer


async def append(producer: AIOKafkaProducer, value: bytes, partition: int) -> None:
    await producer.client.force_metadata_update()
    await producer.send_and_wait(TOPIC, value, partition=partition)


async def read(operator: Operator, *topics: str) -> list[bytes]:
    return [record.value async for record in read_records(operator.bootstrap_servers, topics, Span())]


def target_of(operator: Operator) -> Target:
    nowhere = "http://127.0.0.1:1"
    return Target(base=nowhere, kafka=operator.bootstrap_servers, token=nowhere)


async def test_records_are_read_from_all_existing_partitions(operator: Operator, producer: AIOKafkaProducer) -> None:
    await operator.grow(TOPIC, 9)
    for partition in (0, 8):
        await append(producer, b"%d" % partition, partition)
    assert sorted(await read(operator, TOPIC)) == [b"0", b"8"]


async def test_following_reads_added_partitions_and_a_new_topic(operator: Operator, producer: AIOKafkaProducer) -> None:
    await append(producer, b"old", 0)
    records = read_records(operator.bootstrap_servers, [TOPIC], Span(follow=True))
    async with asyncio.timeout(LIMIT):
        assert (await anext(records)).value == b"old"
        await operator.grow(TOPIC, 9)
        await append(producer, b"added", 8)
        assert (await anext(records)).value == b"added"
        await operator.replace(TOPIC)
        await append(producer, b"anew", 0)
        assert (await anext(records)).value == b"anew"
    await records.aclose()  # type: ignore[attr-defined]


async def test_a_topic_that_is_not_there_is_one_sentence(operator: Operator) -> None:
    with pytest.raises(CommandFailed, match=r"no topic no\.such\.topic"):
        await read(operator, TOPIC, "no.such.topic")


async def test_lag_counts_all_of_a_partition_without_a_commit(operator: Operator, producer: AIOKafkaProducer) -> None:
    group = f"group-{uuid.uuid4()}"
    for value in (b"1", b"2"):
        await append(producer, value, 0)
    await _commit(operator, group, {TopicPartition(TOPIC, 0): 1})
    await operator.grow(TOPIC, 9)
    for value in (b"3", b"4", b"5"):
        await append(producer, value, 8)
    found = await lag_of(operator.bootstrap_servers, [group])
    assert {each.partition: each.behind for each in found} == {0: 1} | dict.fromkeys(range(1, 8), 0) | {8: 3}
    assert [each.partition for each in found if each.committed is not None] == [0]


async def test_lag_ignores_commits_of_a_deleted_topic(operator: Operator, producer: AIOKafkaProducer) -> None:
    group = f"group-{uuid.uuid4()}"
    await append(producer, b"1", 0)
    # As it is where somebody else deletes the topic, and the group's places stay.
    await _commit(operator, group, {TopicPartition(TOPIC, 0): 700})
    [found] = [each for each in await lag_of(operator.bootstrap_servers, [group]) if each.partition == 0]
    assert found.behind == 1


async def test_extra_partitions_are_no_fault_missing_ones_added(operator: Operator) -> None:
    servers = operator.bootstrap_servers
    await operator.grow(TOPIC, 9)
    assert await check_topics(servers) == []
    assert await apply_topics(servers) == []
    assert [finding.weight for finding in await examine_brokers(target_of(operator))] == ["well"]
    await operator.delete(TOPIC)
    async with operator._admin() as admin:
        await _create(admin, TOPIC, partitions=2)
    assert f"{TOPIC}: differs: 2 partitions, and the register has 6" in await check_topics(servers)
    assert f"{TOPIC}: 6 partitions instead of 2" in await apply_topics(servers)
    await operator.replace(TOPIC)
    assert await check_topics(servers) == []


async def test_a_fence_of_several_partitions_must_be_recreated(operator: Operator) -> None:
    servers = operator.bootstrap_servers
    await operator.grow(FENCE.name, 3)
    [line] = await check_topics(servers)
    assert line.startswith("fence: differs: has 3 partitions")
    assert "nothing on it can be trusted until the topic is deleted" in line
    with pytest.raises(TopicsNotApplied, match=r"fence has 3 partitions.*deleted"):
        await apply_topics(servers)
    [finding] = await examine_brokers(target_of(operator))
    assert finding.weight == "wrong"
    assert "nothing on it can be trusted" in finding.sentence
    await operator.replace(FENCE.name)
    assert await check_topics(servers) == []


async def _create(admin: AIOKafkaAdminClient, topic: str, *, partitions: int) -> None:
    await admin.create_topics([NewTopic(topic, partitions, 1)])


async def _commit(operator: Operator, group: str, places: dict[TopicPartition, int]) -> None:
    consumer: Any = AIOKafkaConsumer(
        bootstrap_servers=operator.bootstrap_servers, group_id=group, enable_auto_commit=False
    )
    await consumer.start()
    try:
        consumer.assign(list(places))
        await consumer.commit(places)
    finally:
        await consumer.stop()
