"""One window of records through aiokafka's idempotent producer.

What it respects, each found by trying: batches of aiokafka ignore keys, so records are sent one by one and gathered;
an idempotent producer never gives a batch up, so a dead broker would leave sends pending for ever; one error that
can't be retried poisons the producer, so after any error it is thrown away; a send to a topic that the cluster doesn't
know waits until the deadline, and everything after it, so that is asked first; a batch larger than `max.message.bytes`
of its topic is refused though each of its records may be small enough, so after that each goes alone for a while.

An acknowledgement says little of a topic whose records the broker does not date (`message.timestamp.type=CreateTime`):
every consumer refuses them. So records are sent with a time that is far ahead. A broker that dates them writes its own
over it. Any other refuses the record, as being too far ahead (`message.timestamp.after.max.ms`), or keeps that time and
shows it in its answer, also where it answers to a batch that it had already. (`RecordMetadata.timestamp_type` would not
do: for such a batch aiokafka takes the producer's own time for the broker's.)
"""

import asyncio
import logging
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
from grantstream.events.errors import AppendTimeMissing
from grantstream.events.producing.blocked_topics import BlockedTopics

logger = logging.getLogger(__name__)

OWN_FAULTS: Final = (
    AppendTimeMissing,
    UnknownTopicOrPartitionError,
    InvalidTopicError,
    TopicAuthorizationFailedError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    UnknownError,
    ValueError,
    AssertionError,
)
"""The record itself, or its topic, is why it can't be sent; others can. (UnknownError is also what aiokafka makes of a
refusal that it has no name for, such as that of a record without a key on a compacted topic.)"""

_STAMP_AHEAD_MS: Final = 24 * 3_600_000
"""Further than brokers allow where producers date records (an hour by default), and than any token lives."""

_BATCH_BYTES = 262_144
_ONE_BY_ONE_SECONDS = 60.0
_CLOSE_SECONDS = 2.0
_CLOSE_AGAIN_AFTER = 0.05


@dataclass(frozen=True, slots=True)
class Record:
    """What is sent. Records of one `lane` keep their order: by default those of a topic with one key."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    lane: str | None = None


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The broker has it; `appended_at` is its append time in seconds since 1970."""

    appended_at: float
    partition: int
    offset: int


Outcome = Acknowledged | Exception


class RecordWindow:
    """Sends windows of records, one window at a time, in order within each key.

    `deadline` seconds is the most that one window may take. A record whose send was given up may still be delivered.
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
        self._one_by_one_until: float | None = None

    async def send(self, records: Sequence[Record]) -> list[Outcome]:
        """What became of each record, in their order. Never raises for a record.

        One that can't be sent at all keeps back no other lane than its own.
        """
        loop = asyncio.get_running_loop()
        end, stamp = loop.time() + self._deadline, int(time.time() * 1000) + _STAMP_AHEAD_MS
        sent: list[asyncio.Future[Any] | Exception] = []
        is_broken = False
        try:
            async with asyncio.timeout_at(end):
                await self._hand_over(records, sent, stamp)
        except (KafkaError, OSError, TimeoutError) as error:
            is_broken = True
            sent += [error] * (len(records) - len(sent))
        pending = [each for each in sent if isinstance(each, asyncio.Future)]
        if pending:
            await asyncio.wait(pending, timeout=max(0.0, end - loop.time()))
        outcomes = [
            _outcome(each, record.topic, stamp) if isinstance(each, asyncio.Future) else each
            for record, each in zip(records, sent, strict=True)
        ]
        if self._blocked or not all(type(outcome) is Acknowledged for outcome in outcomes):
            self._learn(records, sent, outcomes, loop.time())
        if is_broken or not all(map(_is_taken, pending)):
            await self.close()
        return outcomes

    async def close(self) -> None:
        """Ends the producer; the next window starts a new one."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await _end(producer)

    def _learn(
        self,
        records: Sequence[Record],
        sent: Sequence["asyncio.Future[Any] | Exception"],
        outcomes: Sequence[Outcome],
        now: float,
    ) -> None:
        """Notes what the outcomes say of topics and of the size of batches, for the next windows."""
        acknowledged = {
            record.topic for record, outcome in zip(records, outcomes, strict=True) if isinstance(outcome, Acknowledged)
        }
        undated = {
            record.topic: outcome
            for record, each, outcome in zip(records, sent, outcomes, strict=True)
            if isinstance(outcome, AppendTimeMissing) and isinstance(each, asyncio.Future) and _is_taken(each)
        }
        self._blocked.settle(acknowledged, undated, now)
        if sum(isinstance(outcome, MessageSizeTooLargeError) for outcome in outcomes) > 1:
            self._one_by_one_until = now + _ONE_BY_ONE_SECONDS

    async def _hand_over(
        self, records: Sequence[Record], sent: list["asyncio.Future[Any] | Exception"], stamp: int
    ) -> None:
        """Hands the records to the producer, one after the other so that their order holds.

        What was handed over is in `sent` even if this ends early.
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
                await producer.start()
            except BaseException:
                await _end(producer)
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
    """Those that the cluster does not have. Raises KafkaError if it can't be asked."""
    client = producer.client
    missing = {topic for topic in topics if client.cluster.partitions_for_topic(topic) is None}
    for topic in missing:
        client.add_topic(topic)
    for _ in range(2):  # the first answer may be to a question that was under way
        if missing:
            if not await client.force_metadata_update():
                raise KafkaConnectionError("no broker tells of its topics")
            missing = {topic for topic in missing if client.cluster.partitions_for_topic(topic) is None}
    return missing


def _is_taken(future: "asyncio.Future[Any]") -> bool:
    """Whether the broker has it, dated or not."""
    return future.done() and not future.cancelled() and future.exception() is None


def _outcome(future: "asyncio.Future[Any]", topic: str, stamp: int) -> Outcome:
    if not future.done():
        future.add_done_callback(_look_at)
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


def _look_at(future: "asyncio.Future[Any]") -> None:
    """An exception that nobody looks at would be logged when the future goes."""
    if not future.cancelled():
        future.exception()


async def _end(producer: AIOKafkaProducer) -> None:
    """Ends a producer even if the broker is gone.

    `stop()` flushes first, for ever if need be, and does nothing when called again; so its parts are ended in an
    order in which none waits for a broker: the sender, the connections, then whatever still waits for an answer.
    """
    sender = producer._sender.sender_task
    if sender is not None and not sender.done():
        sender.cancel()
    try:
        async with asyncio.timeout(_CLOSE_SECONDS):
            await producer.client.close()
            while sender is not None and not sender.done():
                # It waits for its requests. One may have opened a connection meanwhile; another waits for metadata,
                # for ever, since whoever fetches them is closed.
                await asyncio.wait({sender}, timeout=_CLOSE_AGAIN_AFTER)
                await producer.client.close()
                _tell_of_no_metadata(producer.client)
            _give_up_batches(producer._message_accumulator)
            await producer.stop()
    except (KafkaError, OSError, TimeoutError) as error:
        logger.warning("a producer did not end in order: %s", type(error).__name__)
        producer._closed = True  # nobody will try again; else it complains when it goes


def _tell_of_no_metadata(client: Any) -> None:
    waited_for = client._md_update_fut
    if waited_for is not None and not waited_for.done():
        waited_for.set_result(False)


def _give_up_batches(accumulator: Any) -> None:
    """Ends every wait for a batch. aiokafka forgets to count a batch that it tries again as pending, and stumbles."""
    accumulator._pending_batches.update(batch for batches in accumulator._batches.values() for batch in batches)
    given_up = list(accumulator._pending_batches)
    accumulator.fail_all(KafkaError("the producer was closed"))
    for batch in given_up:
        # Nobody may be left who waits for it: whoever sent it has been cancelled, or has its outcome.
        for future in (batch._drain_waiter, *(future for future, _ in batch._msg_futures)):
            _look_at(future)
