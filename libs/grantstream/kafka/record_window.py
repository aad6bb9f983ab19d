"""Sends one window of records through aiokafka's idempotent producer.

It works around these properties: aiokafka's batches ignore keys, so records are sent one by one and gathered; an
idempotent producer never gives up a batch, so with a dead broker sends would stay pending for ever; one error that
can't be retried makes the producer unusable, so it is replaced after any error; a send to a topic that the cluster
doesn't know blocks all later ones until the deadline, so unknown topics are looked up first; a batch larger than its
topic's `max.message.bytes` is refused even if each of its records is small enough, so after that each record is sent
alone for a while.

If a topic's record times are its producers' (`message.timestamp.type=CreateTime`), every consumer refuses its records,
though the broker acknowledges them. So records are sent with a time that is long past. A broker that sets append times
overwrites it. Any other keeps that time and returns it in its answer, also for a batch that it already had, or refuses
it as too old (`message.timestamp.before.max.ms`). (`RecordMetadata.timestamp_type` does not show it: for such a batch
aiokafka takes the producer's time for the broker's. A time in the future would harm: a search for the first record
since some moment, as in `projection_recency.py`, would find it and miss later records.)
"""

import asyncio
import time
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTimestampError,
    InvalidTopicError,
    KafkaConnectionError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    UnknownError,
    UnknownTopicOrPartitionError,
)

from grantstream.contracts.topics import TOPICS, partition_of
from grantstream.kafka.blocked_topics import BlockedTopics, SilentTopics
from grantstream.kafka.errors import AppendTimeMissing, TopicSilent
from grantstream.kafka.producer_end import end_producer, retrieve_exception
from grantstream.kafka.starting import started
from grantstream.proof import Credential, prove

OWN_FAULTS: Final = (
    AppendTimeMissing,
    TopicSilent,
    UnknownTopicOrPartitionError,
    InvalidTopicError,
    TopicAuthorizationFailedError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    UnknownError,
    ValueError,
    AssertionError,
)
"""Errors of the record or its topic; other records can be sent. (aiokafka raises UnknownError also for refusals without
their own class, such as that of a record without a key on a compacted topic.)"""

_STAMP_BEHIND_MS: Final = 24 * 3_600_000
"""Longer than any token's lifetime, so that no token is valid at that time."""

_SILENT_TOPIC_SECONDS = 1.0
_BATCH_BYTES = 262_144
_ONE_BY_ONE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Record:
    """A record to send. Records of one `lane` keep their order; by default topic and key are the lane."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    lane: str | None = None


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The broker has appended the record; `appended_at` is its append time in seconds since 1970."""

    appended_at: float
    partition: int
    offset: int


Outcome = Acknowledged | Exception


class RecordWindow:
    """Sends windows of records, one window at a time, in order within each key.

    `deadline`: the most seconds that one window may take. A record whose send was given up may still be delivered.
    """

    def __init__(
        self, bootstrap_servers: str, *, client_id: str, deadline: float = 10.0, max_request_size: int = 1_048_588
    ) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._client_id = client_id
        self._deadline = deadline
        self._max_request_size = max_request_size
        self._producer: AIOKafkaProducer | None = None
        self._blocked = BlockedTopics()
        self._silent = SilentTopics()
        self._one_by_one_until: float | None = None

    async def send(self, records: Sequence[Record]) -> list[Outcome]:
        """The outcome of each record, in their order. Never raises for a record.

        A record that can't be sent blocks only its own lane.
        """
        loop = asyncio.get_running_loop()
        end, stamp = loop.time() + self._deadline, int(time.time() * 1000) - _STAMP_BEHIND_MS
        sent: list[asyncio.Future[Any] | Exception] = []
        is_broken = False
        try:
            async with asyncio.timeout_at(end):
                await self._hand_over(records, sent, stamp)
        except (KafkaError, OSError, TimeoutError) as error:
            is_broken = True
            sent += [error] * (len(records) - len(sent))
        await self._acknowledged(records, sent, end)
        outcomes = [
            _outcome(each, record.topic, stamp) if isinstance(each, asyncio.Future) else each
            for record, each in zip(records, sent, strict=True)
        ]
        if self._blocked or self._silent or not all(type(outcome) is Acknowledged for outcome in outcomes):
            outcomes = self._learned(records, sent, outcomes, loop.time())
        if is_broken or not all(_is_taken(each) for each in sent if isinstance(each, asyncio.Future)):
            await self.close()
        return outcomes

    async def close(self) -> None:
        """Closes the producer; the next window starts a new one."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await end_producer(producer)

    async def _acknowledged(
        self, records: Sequence[Record], sent: Sequence["asyncio.Future[Any] | Exception"], end: float
    ) -> None:
        """Waits for answers until `end`; for those of silent topics only a little longer than for the others."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        waited, in_haste = set[asyncio.Future[Any]](), set[asyncio.Future[Any]]()
        for record, each in zip(records, sent, strict=True):
            if isinstance(each, asyncio.Future):
                (in_haste if self._silent and self._silent.is_silent(record.topic, now) else waited).add(each)
        if waited:
            await asyncio.wait(waited, timeout=max(0.0, end - now))
        if in_haste:
            await asyncio.wait(in_haste, timeout=max(0.0, min(end - loop.time(), _SILENT_TOPIC_SECONDS)))

    def _learned(
        self,
        records: Sequence[Record],
        sent: Sequence["asyncio.Future[Any] | Exception"],
        outcomes: Sequence[Outcome],
        now: float,
    ) -> list[Outcome]:
        """Learns blocked and silent topics and the size of batches; replaces silent topics' timeouts by TopicSilent."""
        acknowledged, unanswered, undated = set[str](), set[str](), dict[str, Exception]()
        for record, each, outcome in zip(records, sent, outcomes, strict=True):
            if isinstance(outcome, Acknowledged):
                acknowledged.add(record.topic)
            elif isinstance(each, asyncio.Future) and not each.done():
                unanswered.add(record.topic)
            elif isinstance(outcome, AppendTimeMissing) and isinstance(each, asyncio.Future) and _is_taken(each):
                undated[record.topic] = outcome
        silent = self._silent.settle(acknowledged, unanswered, now)
        self._blocked.settle(acknowledged, undated | silent, now)
        if sum(isinstance(outcome, MessageSizeTooLargeError) for outcome in outcomes) > 1:
            self._one_by_one_until = now + _ONE_BY_ONE_SECONDS
        return [
            silent.get(record.topic, outcome) if isinstance(outcome, TimeoutError) else outcome
            for record, outcome in zip(records, outcomes, strict=True)
        ]

    async def _hand_over(
        self, records: Sequence[Record], sent: list["asyncio.Future[Any] | Exception"], stamp: int
    ) -> None:
        """Hands the records to the producer, one after the other, to keep their order.

        `sent` has the records handed over, even if this ends early.
        """
        producer = await self._started()
        now = asyncio.get_running_loop().time()
        unknown = await _unknown_topics(producer, {record.topic for record in records})
        stopped: dict[str | tuple[str, bytes | None], Exception] = {}
        for record in records:
            lane = record.lane or (record.topic, record.key)
            fault = stopped.get(lane)
            if fault is None and record.topic in unknown:
                fault = UnknownTopicOrPartitionError(record.topic)
            if fault is None:
                fault = self._blocked.refusal(record.topic, now)
            if fault is None:
                try:
                    sent.append(await _handed_over(producer, record, stamp))
                    continue
                except OWN_FAULTS as error:
                    fault = error
            stopped[lane] = fault
            sent.append(fault)

    async def _started(self) -> AIOKafkaProducer:
        now, until = asyncio.get_running_loop().time(), self._one_by_one_until
        if until is not None and now >= until:
            self._one_by_one_until = None
            await self.close()
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap_servers,
                client_id=self._client_id,
                enable_idempotence=True,
                acks="all",
                linger_ms=0,
                max_batch_size=_BATCH_BYTES if self._one_by_one_until is None else 1,
                max_request_size=self._max_request_size,
                request_timeout_ms=int(self._deadline * 1000),
                metadata_max_age_ms=30_000,
            )
            try:
                await started(producer.start())
            except BaseException:
                await end_producer(producer)
                raise
            self._producer = producer
        return self._producer


async def _handed_over(producer: AIOKafkaProducer, record: Record, stamp: int) -> "asyncio.Future[Any]":
    future: asyncio.Future[Any] = await producer.send(
        record.topic,
        record.value,
        key=record.key,
        partition=partition_of(record.topic),
        timestamp_ms=stamp if record.topic in TOPICS else None,
        headers=list(record.headers),
    )
    return future


async def _unknown_topics(producer: AIOKafkaProducer, topics: Iterable[str]) -> Set[str]:
    """The topics that the cluster does not have. Raises KafkaError if it can't be asked."""
    client = producer.client
    missing = {topic for topic in topics if client.cluster.partitions_for_topic(topic) is None}
    for topic in missing:
        client.add_topic(topic)
    for _ in range(2):  # the first answer may belong to an earlier request
        if missing:
            if not await client.force_metadata_update():
                raise KafkaConnectionError("no broker returns metadata")
            missing = {topic for topic in missing if client.cluster.partitions_for_topic(topic) is None}
    return missing


def _is_taken(future: "asyncio.Future[Any]") -> bool:
    """Whether the broker has appended it, with any time."""
    return future.done() and not future.cancelled() and future.exception() is None


def _outcome(future: "asyncio.Future[Any]", topic: str, stamp: int) -> Outcome:
    if not future.done():
        future.add_done_callback(retrieve_exception)
        return TimeoutError("no acknowledgement in time")
    error = None if future.cancelled() else future.exception()
    if isinstance(error, InvalidTimestampError):
        return AppendTimeMissing(topic)
    if error is None and not future.cancelled():
        place = future.result()
        if place.timestamp == stamp:
            return AppendTimeMissing(topic)
        return Acknowledged(place.timestamp / 1000, place.partition, place.offset)
    return error if isinstance(error, Exception) else KafkaError("the send was cancelled")


def with_proofs(records: Sequence[Record], credential: Credential) -> list[Record]:
    """The records of one window with token and proof. Raises ValueError for more records than a proof may cover."""
    return [
        Record(record.topic, record.key, record.value, [*record.headers, *proof], record.lane)
        for record, proof in zip(records, prove(credential, records), strict=True)
    ]
