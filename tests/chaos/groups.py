"""How far groups of consumers have committed, beside where their topics end."""

import asyncio
from collections.abc import Iterable

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

Committed = dict[tuple[str, int], int]


def committed(bootstrap_servers: str, group_id: str) -> Committed:
    """The next offset that a group would read, by topic and partition."""

    async def ask() -> Committed:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
        await admin.start()
        try:
            offsets = await admin.list_consumer_group_offsets(group_id)
        finally:
            await admin.close()
        return {(place.topic, place.partition): told.offset for place, told in offsets.items() if told.offset >= 0}

    return asyncio.run(ask())


def ends(bootstrap_servers: str, topics: Iterable[str]) -> Committed:
    """Where topics end now."""

    async def ask() -> Committed:
        consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap_servers)
        await consumer.start()
        try:
            cluster = await consumer._client.fetch_all_metadata()
            partitions = [
                TopicPartition(topic, number)
                for topic in topics
                for number in cluster.partitions_for_topic(topic) or ()
            ]
            found = await consumer.end_offsets(partitions)
        finally:
            await consumer.stop()
        return {(place.topic, place.partition): offset for place, offset in found.items()}

    return asyncio.run(ask())


def lag(bootstrap_servers: str, group_id: str, topics: Iterable[str]) -> int:
    """How many records a group has not committed yet."""
    done, until = committed(bootstrap_servers, group_id), ends(bootstrap_servers, topics)
    assert until, "the topics are not there"
    return sum(end - done.get(place, 0) for place, end in until.items())
