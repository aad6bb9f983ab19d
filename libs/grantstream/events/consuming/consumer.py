"""A member of a consumer group, on FastStream: each record is judged by the guard, then applied, then acknowledged.

It differs from FastStream's defaults (docs/decisions, 2026-11-22, consuming in batches): batches, because an
acknowledgement for each record costs more than all the rest; NACK_ON_ERROR, because the other policies acknowledge
failed records; a parser and a decoder that only pass records on, because the built-in ones fail on a null header; no
reply, because a record's own `reply_to` header would choose the topic.

The events of a batch are applied in one transaction. If a handler fails, they are applied one by one: a faulty event is
dead-lettered, a temporary failure is retried until it has passed. Then the batch is acknowledged. So each partition
keeps its order, and no offset is committed past an event that is neither applied nor dead-lettered. A part of a batch
may be applied twice without effect: handlers check versions or the inbox.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage
from faststream.middlewares import AckPolicy

from grantstream.contracts.events.register import EVENT_TYPES
from grantstream.events.consuming.applying import Applying, Handler
from grantstream.events.consuming.consumer_settings import ConsumerObserver, ConsumerSettings
from grantstream.events.consuming.judging import Accepted, CatchUpKeys, Judge, Rejected, Skipped
from grantstream.events.consuming.kept_offsets import OffsetStore
from grantstream.events.consuming.lag import LagMonitor, LastError
from grantstream.events.consuming.offset_keeper import OffsetKeeper
from grantstream.events.consuming.rejection_handling import RejectionHandler
from grantstream.events.dead.copies import DeadLetterCopies, dead_letter_window
from grantstream.events.dead.dead_letters import DeadLetters
from grantstream.guard import Guard
from grantstream.kafka import forgiving_records
from grantstream.kafka.retry_pause import RetryPause
from grantstream.kafka.starting import started
from grantstream.postgres.pool import Pool


class BatchHandler:
    """Judges batches, applies accepted events, dead-letters rejected ones."""

    def __init__(
        self,
        judge: Judge,
        applying: Applying,
        rejections: RejectionHandler,
        observer: ConsumerObserver,
    ) -> None:
        self._judge = judge
        self._applying = applying
        self._rejections = rejections
        self._observer = observer

    async def handle(self, records: Sequence[Any]) -> None:
        """Returns once each record was applied, skipped or dead-lettered. Raises only when cancelled."""
        verdicts = await self._judge.judge_all(records)
        rejected = [verdict for verdict in verdicts if isinstance(verdict, Rejected)]
        accepted = [verdict for verdict in verdicts if isinstance(verdict, Accepted)]
        rejected += await self._applied(accepted)
        await self._rejections.all(rejected)
        for verdict in verdicts:
            if isinstance(verdict, Skipped):
                self._observer.skipped(verdict.record.topic, verdict.why)

    async def _applied(self, events: Sequence[Accepted]) -> list[Rejected]:
        """Applies events. Returns those that can't be applied."""
        if not events or await self._applying.together(events):
            return []
        outcomes = [await self._applying.alone(event) for event in events]
        return [outcome for outcome in outcomes if outcome is not None]


_logger: Final = logging.getLogger("grantstream.events.faststream")


class GuardedConsumer:
    """One member of the consumer group `group_id`, reading the topics of the event types that have a handler.

    `pool` is an asyncpg pool of a database with this package's migrations, or None for handlers that need no database.
    The database also keeps the group's offsets (`offset_keeper.py`); without one the broker's committed offsets count.
    Handlers of all event types of a topic must be in the same group. `catch_up_keys` (`GuardedProcess.catch_up_keys`)
    proves that an unknown signing key was never published.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        group_id: str,
        guard: Guard,
        handlers: Mapping[str, Handler],
        pool: Pool | None,
        settings: ConsumerSettings | None = None,
        observer: ConsumerObserver | None = None,
        *,
        catch_up_keys: CatchUpKeys | None = None,
    ) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._group_id = group_id
        self._settings = settings or ConsumerSettings()
        observer = observer or ConsumerObserver()
        self._lag = LagMonitor(self._settings, observer)
        observer = self._lag.noting_errors(observer)
        store = OffsetStore(pool, group_id, self._settings.connection_limit)
        self._offsets = OffsetKeeper(store, self._settings, self._consumer, self._lag)
        self._window = dead_letter_window(bootstrap_servers, self._settings.dead_letter_deadline)
        self._topics = sorted({EVENT_TYPES[name].topic.name for name in handlers})
        judge = Judge(guard, handlers, self._settings, catch_up_keys)
        applying = Applying(pool, handlers, self._settings, observer)
        copies = DeadLetterCopies(self._window, group_id, count=observer.dead_letter)
        rejections = RejectionHandler(applying, copies, group_id, guard.floor_of, self._settings, observer)
        self._batches = BatchHandler(judge, applying, rejections, observer)
        self.dead_letters: Final = DeadLetters(bootstrap_servers, group_id, guard, judge, applying)
        """The group's, to list and to redrive them; it needs the database."""
        self._broker: KafkaBroker | None = None
        self._subscriber: Any = None
        self._watching: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Returns once this member consumes; retries while no broker answers."""
        forgiving_records.install()
        pause = RetryPause(self._settings.first_pause, self._settings.longest_pause)
        while True:
            try:
                await self._start_once()
                break
            except (KafkaError, OSError, TimeoutError) as error:
                _logger.warning("no consuming yet: %s", type(error).__name__)
            await asyncio.sleep(pause.next())
        self._watching = [
            asyncio.create_task(self._offsets.run(), name="consumer-offsets"),
            asyncio.create_task(self._lag.run(self._subscriber.consumer), name="consumer-lag"),
        ]

    async def _start_once(self) -> None:
        broker = _broker(self._bootstrap_servers, self._settings, self._lag.last_error)
        self._subscriber = self._subscribe(broker)
        try:
            await started(broker.start())
        except BaseException:
            await broker.stop()
            raise
        self._broker = broker

    async def stop(self) -> None:
        """Finishes the batch in hand, if that takes no longer than `stop_limit`, and leaves the group."""
        for task in self._watching:
            task.cancel()
        if self._watching:
            await asyncio.wait(self._watching)
        # aiokafka's `stop` raises CancelledError if a fetch was in progress (kafka/groupless_consumer.py). In a task of
        # its own, that can't be mistaken for a cancellation of this one, which has more to close.
        if self._broker is not None:
            stopping = asyncio.create_task(self._broker.stop(), name="consumer stop")
            await asyncio.wait({stopping})
        await self._window.close()
        if self._broker is not None and not stopping.cancelled():
            stopping.result()

    def is_alive(self) -> bool:
        """Whether the consuming task runs; the cluster's answers do not show that."""
        return (
            self._broker is not None
            and self._subscriber.running
            and any(not task.done() for task in self._subscriber.tasks)
        )

    def is_assigned(self) -> bool:
        """Whether this member has been assigned its partitions (there may be none) and reads them."""
        return self._lag.is_assigned and self._offsets.has_resumed()

    def is_caught_up(self) -> bool:
        """Whether at most `lag_limit` records wait to be applied."""
        return self.is_assigned() and self._lag.is_caught_up()

    def is_ready(self) -> bool:
        """Whether it runs, is assigned and caught up, and makes progress within `stuck_after`."""
        return not self.trouble()

    def trouble(self) -> str:
        """Why it is not ready, as a text for people; empty if it is ready."""
        if not self.is_alive():
            return "it does not run"
        if self._lag.is_assigned and not self._offsets.has_resumed():
            return "where it goes on is not known yet: the database or the brokers do not say"
        return self._lag.trouble()

    def _subscribe(self, broker: KafkaBroker) -> Any:
        subscriber: Any = broker.subscriber(
            *self._topics,
            group_id=self._group_id,
            batch=True,
            max_records=self._settings.max_records,
            # FastStream waits this long for records, and if there were none, sleeps as long again.
            batch_timeout_ms=int(self._settings.empty_poll * 1000),
            # The offset keeper decides about offsets out of range.
            auto_offset_reset="none",
            ack_policy=AckPolicy.NACK_ON_ERROR,
            session_timeout_ms=int(self._settings.session_timeout * 1000),
            heartbeat_interval_ms=int(self._settings.heartbeat_interval * 1000),
            max_poll_interval_ms=int(self._settings.max_poll_interval * 1000),
            listener=self._offsets,
            parser=self._parse,
            decoder=_decode,
            no_reply=True,
        )
        subscriber(self._consume)
        return subscriber

    async def _consume(self, records: tuple[Any, ...]) -> None:
        self._lag.took(records)
        try:
            await self._batches.handle(records)
            await self._offsets.done()
        finally:
            self._lag.finished()

    def _consumer(self) -> Any:
        return None if self._subscriber is None else self._subscriber.consumer

    async def _parse(self, records: tuple[Any, ...]) -> KafkaAckableMessage:
        """Parses nothing, so it can't fail: a failure here would leave the records neither acknowledged nor handled."""
        return KafkaAckableMessage(body=b"", headers={}, raw_message=records, consumer=self._offsets)


async def _decode(message: KafkaAckableMessage) -> Any:
    return message.raw_message


def _broker(bootstrap_servers: str, settings: ConsumerSettings, logger: LastError) -> KafkaBroker:
    return KafkaBroker(
        bootstrap_servers.split(","),  # FastStream expects a list; one text with commas would be one address
        consumer_only=True,
        allow_auto_create_topics=False,
        apply_types=False,
        graceful_timeout=settings.stop_limit,
        metadata_max_age_ms=int(settings.metadata_max_age * 1000),
        logger=logger,
        log_level=logging.DEBUG,
    )
