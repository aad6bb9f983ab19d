"""What stands on a topic."""

from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from grantstream.contracts.topics import TOPICS
from tests.integration.services.registration.platform import Platform


async def records_of(platform: Platform, topic: str, key: str) -> list[Any]:
    """All records with a key, in their order."""
    partitions = [TopicPartition(topic, number) for number in range(TOPICS[topic].partitions)]
    consumer = AIOKafkaConsumer(bootstrap_servers=platform.settings.kafka_bootstrap_servers, group_id=None)
    await consumer.start()
    try:
        consumer.assign(partitions)
        await consumer.seek_to_beginning()
        ends, found = await consumer.end_offsets(partitions), []
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                found += [record for record in batch if record.key == key.encode()]
    finally:
        await consumer.stop()
    return found
