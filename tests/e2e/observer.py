"""Somebody who reads every topic from its start, without a group and without writing anything."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

_LIMIT = 20.0
_POLL_MS = 200


@dataclass(frozen=True, slots=True)
class Record:
    """One record. `appended_at`: seconds since the epoch; `by_broker`: it was the broker who said so."""

    topic: str
    partition: int
    offset: int
    key: str
    headers: dict[str, str]
    value: bytes
    appended_at: float
    by_broker: bool

    @property
    def data(self) -> dict[str, Any]:
        """The event's data."""
        content: dict[str, Any] = orjson.loads(self.value)
        return content


def read_until(bootstrap_servers: str, enough: Callable[[list[Record]], bool]) -> list[Record]:
    """Every record of every topic, once `enough` of them are there; what is there after a limit of time otherwise."""
    return asyncio.run(_read_until(bootstrap_servers, enough))


async def _read_until(bootstrap_servers: str, enough: Callable[[list[Record]], bool]) -> list[Record]:
    async with _consumer(bootstrap_servers) as consumer:
        partitions = await _partitions(bootstrap_servers)
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        records: list[Record] = []
        async with asyncio.timeout(_LIMIT):
            while not (enough(records) and await _has_reached(consumer, ends)):
                for found in (await consumer.getmany(timeout_ms=_POLL_MS)).values():
                    records += [_read(record) for record in found]
        return records


@asynccontextmanager
async def _consumer(bootstrap_servers: str) -> AsyncIterator[Any]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers, auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def _partitions(bootstrap_servers: str) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        return [
            TopicPartition(topic["topic"], partition["partition"])
            for topic in await admin.describe_topics()
            if not topic["topic"].startswith("__")
            for partition in topic["partitions"]
        ]
    finally:
        await admin.close()


async def _has_reached(consumer: Any, ends: dict[TopicPartition, int]) -> bool:
    return all([await consumer.position(partition) >= end for partition, end in ends.items()])


def _read(record: Any) -> Record:
    headers = [(name, value.decode()) for name, value in record.headers]
    assert len(dict(headers)) == len(headers), "a header is given twice"
    return Record(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key.decode(),
        headers=dict(headers),
        value=record.value,
        appended_at=record.timestamp / 1000,
        by_broker=record.timestamp_type == 1,
    )
