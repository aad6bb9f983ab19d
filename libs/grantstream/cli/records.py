"""Records of topics, read without a consumer group: from a place in the past to the end, or on and on."""

import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from grantstream.contracts.topics import TOPICS
from grantstream.fence.groupless_consumer import GrouplessConsumer

_POLL_MS: Final = 500


@dataclass(frozen=True, slots=True)
class Span:
    """What is read. `since`: seconds back from now; None: from the very start; 0: only what is new."""

    since: float | None = None
    follow: bool = False


async def read_records(bootstrap_servers: str, topics: Iterable[str], span: Span) -> AsyncIterator[Any]:
    """Records of the topics, as aiokafka has them, in the order of each partition. Raises KafkaError.

    Without `follow` it ends at what was the end when it began.
    """
    async with GrouplessConsumer(bootstrap_servers=bootstrap_servers) as consumer:
        places = [TopicPartition(topic, number) for topic in topics for number in range(_partitions(topic))]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        await _seek(consumer, places, ends, span)
        while span.follow or not await _is_done(consumer, ends):
            found = await consumer.getmany(timeout_ms=_POLL_MS)
            for place, records in found.items():
                for record in records:
                    if span.follow or record.offset < ends[place]:
                        yield record


def _partitions(topic: str) -> int:
    return TOPICS[topic].partitions if topic in TOPICS else 1


async def _seek(
    consumer: AIOKafkaConsumer, places: list[TopicPartition], ends: dict[TopicPartition, int], span: Span
) -> None:
    if span.since is None:
        starts = await consumer.beginning_offsets(places)
    else:
        moment = int((time.time() - span.since) * 1000)
        found = await consumer.offsets_for_times(dict.fromkeys(places, moment))
        starts = {place: ends[place] if found.get(place) is None else found[place].offset for place in places}
    for place, offset in starts.items():
        consumer.seek(place, offset)


async def _is_done(consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> bool:
    for place, end in ends.items():
        if await consumer.position(place) < end:
            return False
    return True
