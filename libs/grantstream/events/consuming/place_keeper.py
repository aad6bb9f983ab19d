"""Keeps the places of a running member of a group: begins where the database says, and notes there what is done.

aiokafka would begin at the broker's committed offset and, where that is out of range, go on somewhere else without a
word. Here a partition that was assigned stands still until its place has been compared with the log (`standing.py`) and
claimed in the database; and all are compared again every second, since a topic can be replaced, or records be deleted,
while nothing else happens. The consumer has no rule for offsets that are out of range (`auto_offset_reset` "none"), so
between two comparisons it stops at a gap and never jumps over it.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition

from grantstream.events.consuming.consumer_settings import ConsumerSettings
from grantstream.events.consuming.faults import is_passing
from grantstream.events.consuming.kept_places import KeptPlace
from grantstream.events.consuming.log_bounds import LogBounds, led, read_bounds
from grantstream.events.consuming.place_store import PlaceStore
from grantstream.events.consuming.standing import Standing, is_of_states, standing_of
from grantstream.fence.retry_pause import RetryPause

logger = logging.getLogger(__name__)

_LOOK_LIMIT: Final = 10.0


class PlaceKeeper(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is not typed
    """The places of one consumer. `run` works until it is cancelled; `done` is called after each batch.

    `consumer_of` gives the consumer; `beside` learns of assignments, too. Batches are acknowledged through this object,
    which knows what the positions mean: `commit` and `seek` are FastStream's protocol for that.
    """

    def __init__(
        self,
        store: PlaceStore,
        settings: ConsumerSettings,
        consumer_of: Callable[[], AIOKafkaConsumer | None],
        beside: ConsumerRebalanceListener,
    ) -> None:
        self._store = store
        self._settings = settings
        self._consumer_of = consumer_of
        self._beside = beside
        self._held: dict[TopicPartition, KeptPlace] = {}
        self._suspected: set[TopicPartition] = set()
        self._assignments = 0
        self._changed = asyncio.Event()

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """aiokafka: the group is being balanced anew."""
        self._forget()
        self._beside.on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """aiokafka: these are ours. They stand still until they have their places.

        Nothing here waits: nothing may be fetched before, nor may the member be silent towards its group.
        """
        self._forget()
        if (consumer := self._consumer_of()) is not None:
            consumer.pause(*assigned)
            for partition in assigned:
                # Some position, or aiokafka would look for one and fail where nothing was ever committed.
                consumer.seek(partition, 0)
        self._changed.set()
        self._beside.on_partitions_assigned(assigned)

    def are_placed(self) -> bool:
        """Whether every partition that this member was given is being read."""
        consumer = self._consumer_of()
        return consumer is not None and consumer.assignment() <= self._held.keys()

    async def run(self) -> None:
        """Places what was assigned, and compares every `places_every` seconds whether the logs are still the same."""
        pause = RetryPause(self._settings.first_pause, self._settings.longest_pause)
        while True:
            self._changed.clear()
            try:
                async with asyncio.timeout(_LOOK_LIMIT):
                    await self._look()
                wait = self._settings.places_every
                pause.reset()
            except Exception as error:
                # Whatever it is, partitions without a place would stand still for ever if this ended.
                _log_failure("compared with the logs", error)
                wait = pause.next()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), wait)

    async def done(self) -> None:
        """Notes that all records that were handed out are done. A database that refuses costs a repeat, no record."""
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
        """FastStream: the batch in hand is to be acknowledged. For other programs a hint of how far the group is."""
        if (consumer := self._consumer_of()) is not None and (positions := await self._positions(consumer)):
            await consumer.commit(positions)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """FastStream: a batch that failed is to be read again."""
        if (consumer := self._consumer_of()) is not None and partition in self._held:
            consumer.seek(partition, offset)

    def _forget(self) -> None:
        self._held.clear()
        self._suspected.clear()
        self._assignments += 1

    def _stand_still(self, consumer: AIOKafkaConsumer, partition: TopicPartition) -> None:
        """The row is no longer ours, though the group has not said so: it is looked at anew."""
        logger.warning("the place in %s/%d was claimed by somebody else", partition.topic, partition.partition)
        consumer.pause(partition)
        del self._held[partition]

    async def _positions(self, consumer: AIOKafkaConsumer) -> dict[TopicPartition, int]:
        """Of each partition that is read the offset behind what was handed out."""
        held = [partition for partition in self._held if partition in consumer.assignment()]
        return {partition: await consumer.position(partition) for partition in held}

    async def _look(self) -> None:
        consumer, assignment = self._consumer_of(), self._assignments
        if consumer is None or not (partitions := consumer.assignment()):
            return
        wanted = {each for each in partitions if each not in self._held or self._may_be_claimed(self._held[each])}
        known = self._held | dict(await self._store.read(wanted))
        # After the places: whatever was read by then lies before the end.
        logs = await read_bounds(consumer, {each.topic for each in partitions}, only=led(consumer, partitions))
        committed = await self._committed(consumer, wanted & logs.keys() - known.keys())
        standings = {
            each: standing_of(each.topic, known.get(each), committed.get(each), log) for each, log in logs.items()
        }
        if assignment == self._assignments:
            due = {each: found for each, found in standings.items() if self._is_due(each, found, wanted)}
            await self._place(consumer, known, due, logs)

    async def _committed(
        self, consumer: AIOKafkaConsumer, partitions: Collection[TopicPartition]
    ) -> Mapping[TopicPartition, int | None]:
        """What the broker has, which counts only where the database can keep no places.

        Where it can and has none, the group is new, or the database was restored from before it had one, or is
        another; or a partition was added. The broker's offset may lie behind what these rows never took in.
        """
        if self._store.is_there():
            return {}
        return {each: await consumer.committed(each) for each in partitions}

    def _may_be_claimed(self, held: KeptPlace) -> bool:
        return held.claim is None and self._store.is_there()

    def _is_due(self, partition: TopicPartition, standing: Standing, wanted: set[TopicPartition]) -> bool:
        """Whether a partition is to be placed now; a gap that may be none, once a second look has seen it, too."""
        if standing.gap is None:
            self._suspected.discard(partition)
            return partition in wanted
        seen_before = partition in self._suspected
        self._suspected.add(partition)
        return standing.certain or seen_before

    async def _place(
        self,
        consumer: AIOKafkaConsumer,
        known: Mapping[TopicPartition, KeptPlace],
        standings: Mapping[TopicPartition, Standing],
        logs: Mapping[TopicPartition, LogBounds],
    ) -> None:
        assignment = self._assignments
        rows = {each: place for each, place in known.items() if place.claim is not None}
        kept = {each: rows[each] for each, found in standings.items() if each in rows and found.gap is None}
        new = {
            each: found.new_place(each.topic, logs[each].topic_id)
            for each, found in standings.items()
            if each not in kept
        }
        claimed = await self._store.claim(kept, new)
        for partition, standing in standings.items():
            _log_gap(partition, standing)
        if assignment != self._assignments:
            return
        for partition, standing in standings.items():
            place = claimed.get(partition) or self._without_row(partition, standing, logs[partition])
            if place is not None:
                self._held[partition] = place
                consumer.seek(partition, place.next_offset)
                consumer.resume(partition)
        self._suspected -= standings.keys()

    def _without_row(self, partition: TopicPartition, standing: Standing, log: LogBounds) -> KeptPlace | None:
        """Where to read a partition whose place is kept nowhere; None: not now, or it is read already."""
        if self._store.is_there() or (partition in self._held and standing.gap is None):
            return None
        return KeptPlace(log.topic_id, standing.next_offset)


def _log_gap(partition: TopicPartition, standing: Standing) -> None:
    if standing.gap is None:
        return
    level = logging.ERROR if is_of_states(partition.topic) else logging.WARNING
    logger.log(
        level,
        "records of %s/%d may be lost: %s; reading goes on from offset %d",
        partition.topic,
        partition.partition,
        standing.gap,
        standing.next_offset,
    )


def _log_failure(what: str, error: Exception) -> None:
    """A fault that passes by itself has no need of a trace."""
    trace = None if is_passing(error) else error
    logger.warning("the group's places can't be %s: %s", what, type(error).__name__, exc_info=trace)
