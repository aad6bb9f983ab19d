"""Keeps the offsets of a running member of a group: begins at the offsets in the database, and records progress there.

aiokafka would begin at the broker's committed offset and, if that is out of range, silently continue elsewhere. Here an
assigned partition is paused until its offset has been compared with the log (`resume_point.py`) and claimed in the
database. All offsets are compared again every second, because a topic can be replaced, or records deleted, at any time.
`auto_offset_reset` is "none", so between two comparisons the consumer stops at a gap and never jumps over it.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from grantstream.events.consuming.consumer_settings import ConsumerSettings
from grantstream.events.consuming.faults import is_passing
from grantstream.events.consuming.kept_offsets import KeptOffset, OffsetStore
from grantstream.events.consuming.resume_point import ResumePoint, is_of_states, resume_point_of
from grantstream.kafka.log_bounds import LogBounds, read_bounds, with_leader
from grantstream.kafka.retry_pause import RetryPause

logger = logging.getLogger(__name__)

_LOOK_LIMIT: Final = 10.0
_COMMIT_LIMIT: Final = 1.0


class OffsetKeeper(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is not typed
    """The offsets of one consumer. `run` works until it is cancelled; `done` is called after each batch.

    `consumer_of` returns the consumer; `beside` is a second listener for assignments. FastStream acknowledges batches
    through this object: `commit` and `seek` are its protocol.
    """

    def __init__(
        self,
        store: OffsetStore,
        settings: ConsumerSettings,
        consumer_of: Callable[[], AIOKafkaConsumer | None],
        beside: ConsumerRebalanceListener,
    ) -> None:
        self._store = store
        self._settings = settings
        self._consumer_of = consumer_of
        self._beside = beside
        self._held: dict[TopicPartition, KeptOffset] = {}
        self._suspected: set[TopicPartition] = set()
        self._assignments = 0
        self._changed = asyncio.Event()

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """aiokafka: the group is being rebalanced."""
        self._forget()
        self._beside.on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """aiokafka: these are this member's partitions. They are paused until they have their offsets.

        This must not wait: fetching could begin, and the member must keep its heartbeat.
        """
        self._forget()
        if (consumer := self._consumer_of()) is not None:
            consumer.pause(*assigned)
            for partition in assigned:
                # Any position: without one aiokafka asks for the committed offset, and fails if there is none.
                consumer.seek(partition, 0)
        self._changed.set()
        self._beside.on_partitions_assigned(assigned)

    def has_resumed(self) -> bool:
        """Whether every assigned partition is being read."""
        consumer = self._consumer_of()
        return consumer is not None and consumer.assignment() <= self._held.keys()

    async def run(self) -> None:
        """Resumes assigned partitions, and compares all offsets with the logs every `offsets_every` seconds."""
        pause = RetryPause(self._settings.first_pause, self._settings.longest_pause)
        while True:
            self._changed.clear()
            try:
                async with asyncio.timeout(_LOOK_LIMIT):
                    await self._look()
                wait = self._settings.offsets_every
                pause.reset()
            except Exception as error:
                # Any error: without this task, partitions without an offset would stay paused for ever.
                _log_failure("compared with the logs", error)
                wait = pause.next()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), wait)

    async def done(self) -> None:
        """Records that all fetched records are done. If the database fails, they are repeated, never lost."""
        if (consumer := self._consumer_of()) is None:
            return
        positions = await self._positions(consumer)
        ahead = {each: offset for each, offset in positions.items() if offset > self._held[each].next_offset}
        claims = {each: self._held[each].claim for each in ahead}
        try:
            taken = await self._store.raise_to(
                {each: (claim, ahead[each]) for each, claim in claims.items() if claim is not None}
            )
        except Exception as error:
            _log_failure("noted", error)
            return
        for partition, offset in ahead.items():
            held = self._held.get(partition)
            if held is None or held.claim != claims[partition]:
                continue
            if partition in taken:
                self._stand_still(consumer, partition)
            else:
                self._held[partition] = replace(held, next_offset=offset)

    async def commit(self) -> None:
        """FastStream: acknowledge the batch. The committed offsets only show the group's progress to other programs."""
        if (consumer := self._consumer_of()) is not None and (positions := await self._positions(consumer)):
            await consumer.commit(positions)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """FastStream: read a failed batch again."""
        if (consumer := self._consumer_of()) is not None and partition in self._held:
            consumer.seek(partition, offset)

    def _forget(self) -> None:
        self._held.clear()
        self._suspected.clear()
        self._assignments += 1

    def _stand_still(self, consumer: AIOKafkaConsumer, partition: TopicPartition) -> None:
        """Another member has claimed the row, before the group was rebalanced: the offset is compared again."""
        logger.warning("the offset in %s/%d was claimed by another member", partition.topic, partition.partition)
        consumer.pause(partition)
        del self._held[partition]

    async def _positions(self, consumer: AIOKafkaConsumer) -> dict[TopicPartition, int]:
        """Of each partition that is read, the offset after the last fetched record."""
        held = [partition for partition in self._held if partition in consumer.assignment()]
        return {partition: await consumer.position(partition) for partition in held}

    async def _look(self) -> None:
        consumer, assignment = self._consumer_of(), self._assignments
        if consumer is None or not (partitions := consumer.assignment()):
            return
        wanted = {each for each in partitions if each not in self._held or self._may_be_claimed(self._held[each])}
        known = self._held | dict(await self._store.read(wanted))
        # After the offsets, so that a valid offset is never beyond the end.
        logs = await read_bounds(consumer, {each.topic for each in partitions}, only=with_leader(consumer, partitions))
        committed = await self._committed(consumer, wanted & logs.keys() - known.keys())
        points = {
            each: resume_point_of(each.topic, known.get(each), committed.get(each), log) for each, log in logs.items()
        }
        if assignment == self._assignments:
            due = {each: point for each, point in points.items() if self._is_due(each, point, wanted)}
            await self._resume(consumer, known, due, logs)

    async def _committed(
        self, consumer: AIOKafkaConsumer, partitions: Collection[TopicPartition]
    ) -> Mapping[TopicPartition, int | None]:
        """The broker's committed offsets, which count only if the database can't keep offsets.

        If it can and has none, the group or the partition is new, or the database is new or restored from an old
        backup. Then the broker's offset may lie beyond records that this database never got.
        """
        if self._store.is_there():
            return {}
        return {each: await consumer.committed(each) for each in partitions}

    def _may_be_claimed(self, held: KeptOffset) -> bool:
        return held.claim is None and self._store.is_there()

    def _is_due(self, partition: TopicPartition, point: ResumePoint, wanted: set[TopicPartition]) -> bool:
        """Whether to resume a partition now; with an uncertain gap, only when a second comparison shows it again."""
        if point.gap is None:
            self._suspected.discard(partition)
            return partition in wanted
        seen_before = partition in self._suspected
        self._suspected.add(partition)
        return point.certain or seen_before

    async def _resume(
        self,
        consumer: AIOKafkaConsumer,
        known: Mapping[TopicPartition, KeptOffset],
        points: Mapping[TopicPartition, ResumePoint],
        logs: Mapping[TopicPartition, LogBounds],
    ) -> None:
        assignment = self._assignments
        rows = {each: offset for each, offset in known.items() if offset.claim is not None}
        kept = {each: rows[each] for each, point in points.items() if each in rows and point.gap is None}
        new = {
            each: point.new_offset(each.topic, logs[each].topic_id)
            for each, point in points.items()
            if each not in kept
        }
        claimed = await self._store.claim(kept, new)
        for partition, point in points.items():
            _log_gap(partition, point)
        if claimed:
            # A commit that fell into the rebalance is missing, and without new records nothing would make up for it.
            # It is only a hint for others, so reading does not wait for it for long.
            with suppress(KafkaError, TimeoutError):
                async with asyncio.timeout(_COMMIT_LIMIT):
                    await consumer.commit({each: offset.next_offset for each, offset in claimed.items()})
        if assignment != self._assignments:
            return
        for partition, point in points.items():
            offset = claimed.get(partition) or self._without_row(partition, point, logs[partition])
            if offset is not None:
                self._held[partition] = offset
                consumer.seek(partition, offset.next_offset)
                consumer.resume(partition)
        self._suspected -= points.keys()

    def _without_row(self, partition: TopicPartition, point: ResumePoint, log: LogBounds) -> KeptOffset | None:
        """The offset of a partition without a row; None: not now, or the partition is read already."""
        if self._store.is_there() or (partition in self._held and point.gap is None):
            return None
        return KeptOffset(log.topic_id, point.next_offset)


def _log_gap(partition: TopicPartition, point: ResumePoint) -> None:
    if point.gap is None:
        return
    level = logging.ERROR if is_of_states(partition.topic) else logging.WARNING
    logger.log(
        level,
        "records of %s/%d may be lost: %s; reading goes on from offset %d",
        partition.topic,
        partition.partition,
        point.gap,
        point.next_offset,
    )


def _log_failure(what: str, error: Exception) -> None:
    """A temporary failure needs no traceback."""
    trace = None if is_passing(error) else error
    logger.warning("the group's offsets can't be %s: %s", what, type(error).__name__, exc_info=trace)
