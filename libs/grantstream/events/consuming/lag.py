"""Whether a consumer takes part in its group, and how far behind it is.

A cluster that answers says nothing of a consumer that stopped. So readiness asks: has the group given us our
partitions, and how many events of them are there that we have not finished?
"""

import asyncio
import logging
import time
from collections.abc import Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from grantstream.events.consuming.consumer_settings import ConsumerObserver, ConsumerSettings

logger = logging.getLogger(__name__)

_MEASURES_MISSED = 3


class LagMonitor(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is not typed
    """Watches one consumer: `run` measures until it is cancelled."""

    def __init__(self, settings: ConsumerSettings, observer: ConsumerObserver) -> None:
        self._settings = settings
        self._observer = observer
        self._in_hand: dict[TopicPartition, int] = {}
        self._total: int | None = None
        self._measured_at = 0.0
        self.is_assigned = False

    def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """aiokafka: the group is being balanced anew."""
        self.is_assigned = False
        self._total = None
        for partition in revoked:
            self._observer.lag(partition.topic, partition.partition, 0)

    def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:  # noqa: ARG002 - aiokafka's signature
        """aiokafka: these are ours; a group larger than its partitions gives some members none."""
        self.is_assigned = True

    def took(self, records: Iterable[Any]) -> None:
        """A batch is in hand; until `finished` its records count as not consumed."""
        for record in records:
            place = TopicPartition(record.topic, record.partition)
            self._in_hand[place] = min(self._in_hand.get(place, record.offset), record.offset)

    def finished(self) -> None:
        """The batch in hand is done."""
        self._in_hand.clear()

    def is_caught_up(self) -> bool:
        """Whether at most `lag_limit` events are not finished, as measured not long ago."""
        fresh = time.monotonic() - self._measured_at < _MEASURES_MISSED * self._settings.lag_every
        return fresh and self._total is not None and self._total <= self._settings.lag_limit

    async def run(self, consumer: AIOKafkaConsumer) -> None:
        """Measures the lag every `lag_every` seconds."""
        while True:
            try:
                async with asyncio.timeout(self._settings.lag_every * _MEASURES_MISSED):
                    await self._measure(consumer)
            except (KafkaError, TimeoutError, OSError) as error:
                logger.info("the lag could not be measured: %s", type(error).__name__)
            await asyncio.sleep(self._settings.lag_every)

    async def _measure(self, consumer: AIOKafkaConsumer) -> None:
        if not self.is_assigned:
            return
        partitions = consumer.assignment()
        ends = await consumer.end_offsets(partitions) if partitions else {}
        total = 0
        for partition, end in ends.items():
            done = min(await consumer.position(partition), self._in_hand.get(partition, end))
            total += max(0, end - done)
            self._observer.lag(partition.topic, partition.partition, max(0, end - done))
        self._total, self._measured_at = total, time.monotonic()
