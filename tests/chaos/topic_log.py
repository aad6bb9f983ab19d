"""Everything that stands in the topics, read from the start to the ends as they are when the reading begins."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

_LIMIT = 60.0
_POLL_MS = 500
_LOG_APPEND_TIME = 1

Place = tuple[str, int, int]
"""Topic, partition, offset."""


@dataclass(frozen=True, slots=True)
class Found:
    """One record. `headers`: the first of each name, as text where it is text.

    `appended_at`: epoch seconds, if they are the broker's (`dated_by_broker`); what a producer dated, nobody believes.
    """

    place: Place
    key: bytes | None
    value: bytes | None
    headers: dict[str, str]
    raw_headers: tuple[tuple[str, bytes], ...]
    appended_at: float = 0.0
    dated_by_broker: bool = True

    @property
    def subject(self) -> str:
        """What the event is about."""
        return self.headers.get("ce_subject", "")

    @property
    def version(self) -> int:
        """The version of that which the event tells; 0 if it tells none."""
        content = self.data()
        version = content.get("version", 0) if isinstance(content, dict) else 0
        return version if isinstance(version, int) else 0

    def data(self) -> Any:
        """The event's data; None for a tombstone and what is no JSON."""
        try:
            return None if self.value is None else json.loads(self.value)
        except ValueError:
            return None


def read_topics(bootstrap_servers: str, topics: Iterable[str]) -> list[Found]:
    """All records of these topics, those of a partition in their order."""
    return asyncio.run(_read(bootstrap_servers, set(topics)))


async def _read(bootstrap_servers: str, topics: set[str]) -> list[Found]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers, auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    try:
        async with asyncio.timeout(_LIMIT):
            cluster = await consumer._client.fetch_all_metadata()
            partitions = [
                TopicPartition(topic, number)
                for topic in topics
                for number in cluster.partitions_for_topic(topic) or ()
            ]
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            found: list[Found] = []
            while not all([await consumer.position(partition) >= ends[partition] for partition in partitions]):
                for records in (await consumer.getmany(timeout_ms=_POLL_MS)).values():
                    found += [_found(record) for record in records]
            return found
    finally:
        await consumer.stop()


def _found(record: Any) -> Found:
    headers: dict[str, str] = {}
    for name, value in record.headers:
        headers.setdefault(name, "" if value is None else value.decode("utf-8", "replace"))
    place = (record.topic, record.partition, record.offset)
    return Found(
        place,
        record.key,
        record.value,
        headers,
        tuple(record.headers),
        record.timestamp / 1000,
        record.timestamp_type == _LOG_APPEND_TIME,
    )
