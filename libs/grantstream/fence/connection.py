"""The Kafka clients that a process reads and writes the fence with."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

import uuid_utils
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.client import AIOKafkaClient

from grantstream.contracts.envelope import Envelope
from grantstream.contracts.events.fence import FenceReached
from grantstream.contracts.events.register import TYPE_OF_DATA
from grantstream.contracts.topics import FENCE
from grantstream.fence.freshness import boot_clock
from grantstream.fence.known_log import FenceUnfit, Opening, oldest_that_matters, one_log, resume_offset
from grantstream.fence.records import LOG_APPEND_TIME, RawRecord
from grantstream.kafka.closing import closed_soon
from grantstream.kafka.groupless_consumer import GrouplessConsumer
from grantstream.kafka.starting import started
from grantstream.kafka.topic_description import TopicDescription, describe_topics
from grantstream.kafka.topic_setting import topic_setting
from grantstream.proof import Credential, RecordContent, prove

_PARTITION: Final = TopicPartition(FENCE.name, 0)
_METADATA_MAX_AGE_MS: Final = 2_000
_FETCH_WAIT_MS: Final = 500
_LAST_RECORD_WAIT_MS: Final = 5_000
_AT_A_TIME: Final = 500
"""A producer can append very many small records; the process has other work to do between them."""

_REQUEST_TIMEOUT_MS: Final = 3_000
"""Also how long a broker that accepts connections and never answers delays an opening."""
_LOOK_SECONDS: Final = 1.0
"""For each broker that is asked about the topic: a hanging one must not make the process stale."""

ACKS: Final = "all"
"""A record that only one broker has proves nothing: that broker may be cut off from the others."""


@asynccontextmanager
async def open_reader(bootstrap_servers: str, *, after: int) -> AsyncIterator["Reader"]:
    """Opens a reader behind the offset `after`; -1: as far back as a rule can matter.

    Raises FenceUnfit if the topic is not one log, and FenceLost if that log does not have that offset.
    """
    consumer = GrouplessConsumer(
        bootstrap_servers=bootstrap_servers,
        auto_offset_reset="none",
        fetch_max_wait_ms=_FETCH_WAIT_MS,
        metadata_max_age_ms=_METADATA_MAX_AGE_MS,
        request_timeout_ms=_REQUEST_TIMEOUT_MS,
    )
    await consumer.start()
    try:
        asked_at = boot_clock()
        log = one_log(await described(consumer._client))
        if after < 0:
            await _refuse_compacted(consumer._client)
        consumer.assign([_PARTITION])
        reader = Reader(consumer, log, asked_at)
        await reader.seek(after)
        yield reader
    finally:
        await closed_soon(consumer.stop())


class Reader:
    """Reads the fence's one partition."""

    opening: Opening

    def __init__(self, consumer: AIOKafkaConsumer, log: str, asked_at: float) -> None:
        self._consumer = consumer
        self._log = log
        self._asked_at = asked_at
        self._end_at_opening = 0

    @property
    def client(self) -> AIOKafkaClient:
        """The client for requests to the brokers."""
        return self._consumer._client

    async def seek(self, after: int) -> None:
        """Goes to the record after the offset `after`, or to the oldest one that can matter if it is negative.

        Raises FenceLost if the log no longer reaches back, or does not reach up, to that offset.
        """
        # The end is asked first: records appended from now on don't count as missed.
        end = self._end_at_opening = (await self._consumer.end_offsets([_PARTITION]))[_PARTITION]
        beginning = (await self._consumer.beginning_offsets([_PARTITION]))[_PARTITION]
        if after < 0:
            start = await self._oldest_that_matters(beginning, end)
            # If an older record is still there, no record that matters is missing.
            reaches_back = start > beginning and await self._is_older(start - 1)
        else:
            start = resume_offset(after, beginning=beginning, end=end)
            reaches_back = True
        self.opening = Opening(self._log, start, reaches_back=reaches_back, asked_at=self._asked_at)
        self._consumer.seek(_PARTITION, start)

    async def _oldest_that_matters(self, beginning: int, end: int) -> int:
        log_time = await self._log_time(beginning, end)
        if log_time is None:
            return beginning
        oldest = oldest_that_matters(wall=time.time(), log_time=log_time)
        first = (await self._consumer.offsets_for_times({_PARTITION: int(oldest * 1000)}))[_PARTITION]
        return beginning if first is None else int(first.offset)

    async def _log_time(self, beginning: int, end: int) -> float | None:
        """When the last record was appended, in epoch seconds; None if there is none."""
        if beginning == end:
            return None
        last = await self._record_from(end - 1)
        return last.timestamp / 1000 if last is not None and last.timestamp_type == LOG_APPEND_TIME else None

    async def _is_older(self, offset: int) -> bool:
        """Whether the record before the first that matters is really older: only if the broker dated it.

        The offset may hold a transaction's end instead of a record. Raises TimeoutError.
        """
        record = await self._record_from(offset)
        if record is None:
            raise TimeoutError(f"the record at {offset} of the fence did not come")
        return bool(record.offset > offset or record.timestamp_type == LOG_APPEND_TIME)

    async def _record_from(self, offset: int) -> Any:
        """The first record from an offset on; None if there is none, or none arrived in time."""
        self._consumer.seek(_PARTITION, offset)
        batches = await self._consumer.getmany(_PARTITION, timeout_ms=_LAST_RECORD_WAIT_MS, max_records=1)
        return next(iter(batches.get(_PARTITION, ())), None)

    async def is_caught_up(self) -> bool:
        """Whether every record that was there at the opening was returned."""
        return bool(await self._consumer.position(_PARTITION) >= self._end_at_opening)

    async def rest(self, pause: float) -> None:
        """Fetches no records for some seconds.

        aiokafka fetches ahead as soon as it has returned a batch. Those records would wait until the rest is over, and
        later ones until the fetch after it; so fetching is paused.
        """
        if pause <= 0:
            await asyncio.sleep(0)
            return
        self._consumer.pause(_PARTITION)
        try:
            await asyncio.sleep(pause)
        finally:
            self._consumer.resume(_PARTITION)

    async def batch(self, wait: float) -> list[RawRecord]:
        """The next records in their order; empty if none arrived within `wait` seconds."""
        batches = await self._consumer.getmany(_PARTITION, timeout_ms=int(wait * 1000), max_records=_AT_A_TIME)
        read_at = boot_clock()
        return [
            RawRecord(
                topic=record.topic,
                offset=record.offset,
                timestamp=record.timestamp,
                timestamp_type=record.timestamp_type,
                key=record.key,
                headers=tuple(record.headers),
                value=record.value,
                read_at=read_at,
            )
            for record in batches.get(_PARTITION, ())
        ]


async def described(client: AIOKafkaClient) -> TopicDescription | None:
    """The fence's topic as a broker knows it; None: it does not exist. Raises KafkaError or TimeoutError."""
    return (await describe_topics(client, [FENCE.name], limit=_LOOK_SECONDS)).get(FENCE.name)


async def _refuse_compacted(client: AIOKafkaClient) -> None:
    """Raises FenceUnfit if the topic is compacted: a starting process can't know whether records are gone."""
    policy = await topic_setting(client, FENCE.name, "cleanup.policy", limit=_LOOK_SECONDS)
    if policy is not None and "compact" in policy:
        raise FenceUnfit(
            f"the topic {FENCE.name} is compacted (cleanup.policy={policy}), and a stranger's record may have replaced "
            "one that counts: set cleanup.policy=delete, and delete the topic's records"
        )


@asynccontextmanager
async def open_writer(bootstrap_servers: str) -> AsyncIterator[AIOKafkaProducer]:
    """Opens a producer for `fence.reached`, without idempotence: duplicates and wrong order do no harm."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap_servers,
        acks=ACKS,
        linger_ms=0,
        metadata_max_age_ms=_METADATA_MAX_AGE_MS,
        request_timeout_ms=_REQUEST_TIMEOUT_MS,
    )
    await started(producer.start())
    try:
        yield producer
    finally:
        await closed_soon(producer.stop())


_TYPE = TYPE_OF_DATA[FenceReached]


async def announce(
    writer: AIOKafkaProducer, event: FenceReached, *, credential: Credential, wall: float
) -> "asyncio.Future[object]":
    """Passes the record to the producer; the future is done when it is appended."""
    envelope = Envelope(
        id=str(uuid_utils.uuid7()),
        type=_TYPE.name,
        source=f"urn:grantstream:service:{event.service}",
        subject=event.subject,
        time=datetime.fromtimestamp(wall, UTC),
        dataschema=_TYPE.dataschema,
    )
    record = RecordContent(FENCE.name, event.subject.encode(), event.to_bytes(), envelope.headers())
    [proof_headers] = prove(credential, [record])
    future: asyncio.Future[object] = await writer.send(
        record.topic, record.value, key=record.key, partition=FENCE.partition, headers=[*record.headers, *proof_headers]
    )
    return future
