"""One window of records through aiokafka's idempotent producer.

What it respects, each found by trying: batches of aiokafka ignore keys, so records are sent one by one and gathered;
an idempotent producer never gives a batch up, so a dead broker would leave sends pending for ever; one error that
can't be retried poisons the producer, so after any error it is thrown away.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

logger = logging.getLogger(__name__)

_BATCH_BYTES = 262_144
_CLOSE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Record:
    """What is sent."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


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

    async def send(self, records: Sequence[Record]) -> list[Outcome]:
        """What became of each record, in their order. Never raises for a record."""
        end = asyncio.get_running_loop().time() + self._deadline
        pending, failure = await self._hand_over(records, end)
        if pending:
            await asyncio.wait(pending, timeout=max(0.0, end - asyncio.get_running_loop().time()))
        outcomes = [_outcome(future) for future in pending]
        outcomes += [failure or TimeoutError("not sent")] * (len(records) - len(pending))
        if any(isinstance(outcome, Exception) for outcome in outcomes):
            await self.close()
        return outcomes

    async def close(self) -> None:
        """Ends the producer; the next window starts a new one."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await _end(producer)

    async def _hand_over(
        self, records: Sequence[Record], end: float
    ) -> tuple[list["asyncio.Future[Any]"], Exception | None]:
        """Hands the records to the producer, one after the other so that their order holds."""
        pending: list[asyncio.Future[Any]] = []
        try:
            async with asyncio.timeout_at(end):
                producer = await self._started()
                for record in records:
                    pending.append(  # noqa: PERF401 - what was handed over counts even if a later one fails
                        await producer.send(record.topic, record.value, key=record.key, headers=list(record.headers))
                    )
        except (KafkaError, OSError, TimeoutError, ValueError, AssertionError) as error:
            return pending, error
        return pending, None

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap_servers,
                client_id=self._client_id,
                enable_idempotence=True,
                acks="all",
                linger_ms=0,
                max_batch_size=_BATCH_BYTES,
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


def _outcome(future: "asyncio.Future[Any]") -> Outcome:
    if not future.done():
        future.add_done_callback(_look_at)
        return TimeoutError("no acknowledgement in time")
    error = None if future.cancelled() else future.exception()
    if error is None and not future.cancelled():
        place = future.result()
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
            if sender is not None:
                await asyncio.wait({sender})
            _give_up_batches(producer._message_accumulator)
            await producer.stop()
    except (KafkaError, OSError, TimeoutError) as error:
        logger.warning("a producer did not end in order: %s", type(error).__name__)


def _give_up_batches(accumulator: Any) -> None:
    """Ends every wait for a batch. aiokafka forgets to count a batch that it tries again as pending, and stumbles."""
    accumulator._pending_batches.update(batch for batches in accumulator._batches.values() for batch in batches)
    accumulator.fail_all(KafkaError("the producer was closed"))
