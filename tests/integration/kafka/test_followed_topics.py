"""Topics are read on, with all partitions that exist, whatever an operator does to them meanwhile."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from grantstream.kafka.followed_topics import FollowedTopics
from grantstream.kafka.groupless_consumer import GrouplessConsumer
from tests.deeds.own_broker import OwnBroker
from tests.deeds.topic_operator import Operator

LIMIT = 60.0


class Reading:
    """A topic of its own, somebody who appends to it and changes it, and what was read of it."""

    def __init__(self, operator: Operator, producer: AIOKafkaProducer, topic: str) -> None:
        self.operator = operator
        self.topic = topic
        self.read: list[tuple[int, bytes]] = []
        self._producer = producer

    async def append(self, *values: bytes, partition: int = 0) -> None:
        await self._producer.client.force_metadata_update()
        for value in values:
            await self._producer.send_and_wait(self.topic, value, partition=partition)

    async def create(self, partitions: int) -> None:
        async with self.operator._admin() as admin:
            await create(admin, self.topic, partitions)

    async def until(self, topics: FollowedTopics, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT):
            while not condition():
                await topics.look_if_due()
                self.read += [(record.partition, record.value) for record in await topics.read(wait=0.1, at_most=100)]

    @asynccontextmanager
    async def opened(self, **options: Any) -> AsyncIterator[FollowedTopics]:
        reader, surveyor = (
            GrouplessConsumer(bootstrap_servers=self.operator.bootstrap_servers, auto_offset_reset="none")
            for _ in range(2)
        )
        async with reader, surveyor:
            yield FollowedTopics(reader, surveyor, [self.topic], **options)


async def create(admin: AIOKafkaAdminClient, topic: str, partitions: int) -> None:
    [(_, code, *_)] = (await admin.create_topics([NewTopic(topic, partitions, 1)])).topic_errors
    assert code == 0


@pytest.fixture
async def reading(own_kafka: OwnBroker) -> AsyncIterator[Reading]:
    operator = Operator(own_kafka.bootstrap_servers)
    async with AIOKafkaProducer(
        bootstrap_servers=own_kafka.bootstrap_servers, acks="all", metadata_max_age_ms=500
    ) as producer:
        reading = Reading(operator, producer, f"topic-{uuid.uuid4()}")
        await reading.create(2)
        yield reading


async def test_an_added_partition_is_read_and_others_continue(reading: Reading) -> None:
    await reading.append(b"before")
    async with reading.opened() as topics:
        await reading.until(topics, lambda: len(reading.read) == 1)
        await reading.operator.grow(reading.topic, 4)
        await reading.append(b"in a new one", partition=3)
        await reading.append(b"in an old one")
        await reading.until(topics, lambda: len(reading.read) == 3)
    assert sorted(reading.read) == [(0, b"before"), (0, b"in an old one"), (3, b"in a new one")]


async def test_a_recreated_smaller_topic_is_read_from_its_start(
    reading: Reading,
) -> None:
    await reading.append(b"1", b"2")
    async with reading.opened() as topics:
        await reading.until(topics, lambda: len(reading.read) == 2)
        old = topics.reached
        await reading.operator.delete(reading.topic)
        await reading.create(1)
        await reading.append(b"a", b"b", b"c")
        await reading.until(topics, lambda: list(topics.reached.values()) == [3])
        assert not old.keys() & topics.reached.keys()
    assert {value for _, value in reading.read} == {b"1", b"2", b"a", b"b", b"c"}


async def test_a_longer_new_log_is_read_from_start_after_a_pause(reading: Reading) -> None:
    await reading.append(b"1", b"2")
    async with reading.opened() as topics:
        await reading.until(topics, lambda: len(reading.read) == 2)
        topics._reader.pause(*topics.next)
        await reading.operator.delete(reading.topic)
        await reading.create(2)
        await reading.append(b"a", b"b", b"c")
        await reading.until(topics, lambda: len(reading.read) >= 5)
    assert [value for _, value in reading.read] == [b"1", b"2", b"a", b"b", b"c"]


async def test_a_new_reader_reads_a_longer_new_log_from_start(
    reading: Reading,
) -> None:
    await reading.append(b"1", b"2")
    async with reading.opened() as topics:
        await reading.until(topics, lambda: len(reading.read) == 2)
    reading.read.clear()
    await reading.operator.delete(reading.topic)
    await reading.create(2)
    await reading.append(b"a", b"b", b"c")
    async with reading.opened(reached=topics.reached) as again:
        await reading.until(again, lambda: len(reading.read) == 3)
    assert [value for _, value in reading.read] == [b"a", b"b", b"c"]


async def test_a_topic_that_is_not_there_yet_is_read_once_it_is(reading: Reading) -> None:
    await reading.operator.delete(reading.topic)
    async with reading.opened() as topics:
        assert await topics.look(LIMIT) == frozenset()
        assert await topics.read(wait=0.01, at_most=1) == []
        await reading.create(1)
        await reading.append(b"first")
        await reading.until(topics, lambda: bool(reading.read))


async def test_reading_skips_deleted_records_to_the_first_left(reading: Reading) -> None:
    await reading.append(*(b"%d" % number for number in range(10)))
    async with reading.opened() as topics:
        await topics.look(LIMIT)
        topics.go_to({place: 3 for place in topics.next if place.partition == 0})
        await reading.operator.delete_records(reading.topic, before={0: 8})
        await reading.until(topics, lambda: (0, b"9") in reading.read)
    assert (0, b"8") in reading.read


async def test_a_log_shorter_than_the_position_is_read_from_start(reading: Reading) -> None:
    await reading.append(b"all there is")
    async with reading.opened() as topics:
        await topics.look(LIMIT)
        topics.go_to({place: 7 for place in topics.next if place.partition == 0})
        await reading.until(topics, lambda: reading.read == [(0, b"all there is")])


async def test_a_reopened_reader_continues_where_the_last_ended(reading: Reading) -> None:
    await reading.append(b"before")
    async with reading.opened() as topics:
        await reading.until(topics, lambda: len(reading.read) == 1)
    await reading.append(b"after")
    async with reading.opened(reached=topics.reached) as again:
        await reading.until(again, lambda: len(reading.read) == 2)
    assert [value for _, value in reading.read] == [b"before", b"after"]
