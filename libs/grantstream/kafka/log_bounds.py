"""The bounds of a topic's partitions at the broker: topic id, beginning and end."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition

from grantstream.kafka.topic_description import describe_topics

_NO_LEADER = -1


@dataclass(frozen=True, slots=True)
class LogBounds:
    """One partition of the topic `topic_id`: the offsets of its oldest record and of the next one to be appended."""

    topic_id: str
    beginning: int
    end: int


async def read_bounds(
    consumer: AIOKafkaConsumer, topics: Collection[str], only: Collection[TopicPartition] | None = None
) -> Mapping[TopicPartition, LogBounds]:
    """All existing partitions of these topics, or those of them in `only`. Raises KafkaError.

    The ids are read first. If a topic is replaced in between, the result has the new bounds under the old id, and the
    next call shows the new id. While a partition has no leader, this keeps asking.
    """
    described = await describe_topics(consumer._client, topics)
    there = {TopicPartition(topic.name, number) for topic in described.values() for number in topic.partitions}
    wanted = there if only is None else there & set(only)
    if not wanted:
        return {}
    beginnings = await consumer.beginning_offsets(wanted)
    ends = await consumer.end_offsets(wanted)
    return {
        partition: LogBounds(described[partition.topic].topic_id, beginnings[partition], ends[partition])
        for partition in wanted
    }


def with_leader(consumer: AIOKafkaConsumer, partitions: Collection[TopicPartition]) -> set[TopicPartition]:
    """The partitions that have a leader, as `consumer` knows: only their bounds can be read."""
    return {each for each in partitions if consumer._client.cluster.leader_for_partition(each) != _NO_LEADER}
