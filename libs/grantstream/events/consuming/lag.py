"""Whether a consumer takes part in its group, how far behind it is, and whether it makes progress.

A cluster that answers does not show that a consumer works. So readiness depends on the assignment of partitions, on
the number of unfinished events in them, and on progress. The last error in fetching or handling says why there is none.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition

from grantstream.events.consuming.consumer_settings import ConsumerObserver, ConsumerSettings
from grantstream.kafka.standstill import Standstill

_FORGOTTEN_AFTER: Final = 60.0
"""FastStream retries every 5 or 15 s, and handlers more often: an error that did not come again is over."""


class LastError:
    """A logger for FastStream (`LoggerProto`), for one consumer. `logger`: writes the lines."""

    def __init__(self, logger: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._logger = logger
        self._clock = clock
        self._name: str | None = None
        self._seen_at = 0.0

    def log(self, level: int, msg: Any, /, *, exc_info: Any = None, extra: Mapping[str, Any] | None = None) -> None:
        """FastStream: logs a line, unless it repeats the last error."""
        is_known = isinstance(exc_info, Exception) and type(exc_info).__name__ == self.name()
        if isinstance(exc_info, Exception):
            self.note(type(exc_info).__name__)
        if not is_known:
            self._logger.log(level, msg, exc_info=exc_info, extra=extra)

    def note(self, name: str) -> None:
        """An error of this name has just happened."""
        self._name, self._seen_at = name, self._clock()

    def name(self) -> str:
        """The name of the last error if it is recent; else empty."""
        is_over = self._clock() - self._seen_at > _FORGOTTEN_AFTER
        return "" if self._name is None or is_over else self._name


logger = logging.getLogger(__name__)

_MEASURES_MISSED = 3


class LagMonitor(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is not typed
    """Watches one consumer: `run` measures until it is cancelled.

    `last_error`: FastStream's logger.
    """

    def __init__(self, settings: ConsumerSettings, observer: ConsumerObserver) -> None:
        self.last_error = LastError(logging.getLogger("grantstream.events.faststream"))
        self._settings = settings
        self._observer = observer
        self._standstill = Standstill(settings.stuck_after)
        self._unmeasured = "not yet"
        self._asking = ""
        self._in_hand: dict[TopicPartition, int] = {}
        self._total: int | None = None
        self._measured_at = 0.0
        self.is_assigned = False

    def noting_errors(self, observer: ConsumerObserver) -> ConsumerObserver:
        """An observer that calls `observer`, and notes the last error of handlers here."""

        def retried(topic: str, error: str) -> None:
            self.last_error.note(error)
            observer.retried(topic, error)

        return replace(observer, retried=retried)

    def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """aiokafka: the group is being rebalanced."""
        self.is_assigned = False
        self._total = None
        for partition in revoked:
            self._observer.lag(partition.topic, partition.partition, 0)

    def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:  # noqa: ARG002 - aiokafka's signature
        """aiokafka: these are this member's partitions; there may be none."""
        self.is_assigned = True

    def took(self, records: Iterable[Any]) -> None:
        """A batch was fetched; until `finished` its records count as not consumed."""
        for record in records:
            partition = TopicPartition(record.topic, record.partition)
            self._in_hand[partition] = min(self._in_hand.get(partition, record.offset), record.offset)

    def finished(self) -> None:
        """The fetched batch is done."""
        self._in_hand.clear()

    def is_caught_up(self) -> bool:
        """Whether at most `lag_limit` events are unfinished, by a recent measurement."""
        return self._is_fresh() and self._total is not None and self._total <= self._settings.lag_limit

    def _is_fresh(self) -> bool:
        return time.monotonic() - self._measured_at < _MEASURES_MISSED * self._settings.lag_every

    def trouble(self) -> str:
        """What is wrong with the consumer, as a text for people; empty if nothing is.

        A fetched batch counts as unfinished, so a handler that waits for a broken database makes no progress, too.
        """
        if not self.is_assigned:
            return "the group has given out no partitions yet"
        if stuck := self._standstill.trouble(self.last_error.name()):
            return stuck
        if not self._is_fresh():
            return f"how far it is behind can't be measured ({self._unmeasured})"
        return "" if self.is_caught_up() else f"{self._total} events behind"

    async def run(self, consumer: AIOKafkaConsumer) -> None:
        """Measures the lag every `lag_every` seconds."""
        while True:
            try:
                async with asyncio.timeout(self._settings.lag_every * _MEASURES_MISSED):
                    await self._measure(consumer)
            except Exception as error:  # any error: the next measurement may succeed
                self._unmeasured = f"{type(error).__name__}{self._asking}"
                logger.info("the lag could not be measured: %s", self._unmeasured)
            await asyncio.sleep(self._settings.lag_every)

    async def _measure(self, consumer: AIOKafkaConsumer) -> None:
        if not self.is_assigned:
            return
        self._asking = ""
        partitions = consumer.assignment()
        ends = await consumer.end_offsets(partitions) if partitions else {}
        total = 0
        self._standstill.keep_only(partitions)
        for partition, end in ends.items():
            self._asking = f" at {partition.topic} partition {partition.partition}"
            done = min(await consumer.position(partition), self._in_hand.get(partition, end))
            total += max(0, end - done)
            self._standstill.measured(partition, done, end)
            self._observer.lag(partition.topic, partition.partition, max(0, end - done))
        self._total, self._measured_at = total, time.monotonic()
