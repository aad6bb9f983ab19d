"""Reads topics without a group, all partitions that exist, whatever an operator does to them meanwhile.

aiokafka's `assign` fixes the partitions of a reader. This module handles later changes:

- partitions are added: they are read, too, from their start;
- a topic is deleted: aiokafka would ask for it without a pause, so its partitions are dropped;
- a topic is deleted and created again: it is read from its start, even if the new log is longer than the offset that
  the old one was read to;
- a log is cut short at either end, and the next offset is not there: it is read from its present start.

A log that is cut short and grows beyond its old end within a second is not noticed. No operator can do that: it takes
brokers that lose acknowledged records.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from grantstream.kafka.agreed_topics import describe_agreed, partitions_of
from grantstream.kafka.topic_description import TopicDescription

_log = logging.getLogger(__name__)
_LOOK_EVERY: Final = 1.0
_LOOK_LIMIT: Final = 2.0


class Log(NamedTuple):
    """One partition of one topic, whichever topic has its name now."""

    topic_id: str
    partition: int


_NOTHING: Final[Mapping[Log, int]] = MappingProxyType({})


class FollowedTopics:
    """Keeps a consumer reading all partitions of some topics, each in its order.

    `reader`: a consumer without a group and with `auto_offset_reset="none"`, which only this object assigns or seeks.
    `surveyor`: the consumer that asks the brokers. It must be another one if the reader waits longer than 50 ms for
    records: its connection answers no other request meanwhile. `reached`: the next offsets of an earlier reading.
    """

    def __init__(
        self,
        reader: AIOKafkaConsumer,
        surveyor: AIOKafkaConsumer,
        names: Iterable[str],
        *,
        reached: Mapping[Log, int] = _NOTHING,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reader = reader
        self._surveyor = surveyor
        self._names = sorted(set(names))
        self._before = dict(reached)
        self._clock = clock
        self._topics: Mapping[str, TopicDescription] = {}
        self._ids: dict[str, str] = {}
        self._starts: dict[TopicPartition, int] = {}
        self._next: dict[TopicPartition, int] = {}
        self._look_at = float("-inf")
        self._failure = ""

    @property
    def topics(self) -> Mapping[str, TopicDescription]:
        """The topics that existed at the last look."""
        return self._topics

    @property
    def starts(self) -> Mapping[TopicPartition, int]:
        """The first offset of each followed partition when its reading began."""
        return self._starts

    @property
    def next(self) -> Mapping[TopicPartition, int]:
        """The next offset of each followed partition."""
        return self._next

    @property
    def reached(self) -> Mapping[Log, int]:
        """`next` by log, so that a topic that was created again is not confused with the old one.

        The offset of an earlier reading counts until this one follows the log.
        """
        return self._before | {self._log_of(partition): offset for partition, offset in self._next.items()}

    async def look(self, limit: float) -> frozenset[str]:
        """Follows the partitions that exist now; returns the names that another topic has got since the last look.

        Raises TimeoutError if the brokers don't agree, or don't answer, within `limit` seconds, and KafkaError; then
        nothing has changed.
        """
        async with asyncio.timeout(limit):
            topics = await describe_agreed(self._surveyor._client, self._names, limit=limit)
            partitions = partitions_of(topics)
            new = [each for each in partitions if each not in self._next or self._is_replaced(each.topic, topics)]
            starts = await self._surveyor.beginning_offsets(new) if new else {}
        if new or len(partitions) < len(self._next):
            return self._follow(topics, starts)
        return frozenset()

    async def look_if_due(self, *, at_once: bool = False) -> frozenset[str]:
        """`look`, if the last one was a second ago or `at_once`. A failure is logged and changes nothing."""
        if self._clock() < self._look_at and not at_once:
            return frozenset()
        replaced: frozenset[str] = frozenset()
        failure = ""
        try:
            replaced = await self.look(_LOOK_LIMIT)
        except (KafkaError, TimeoutError) as error:
            failure = type(error).__name__
            if failure != self._failure:
                _log.warning("can't check just now whether %s changed: %s", ", ".join(self._names), failure)
        self._failure = failure
        self._look_at = self._clock() + _LOOK_EVERY
        return replaced

    async def read(self, *, wait: float, at_most: int, of: Collection[TopicPartition] = ()) -> list[Any]:
        """The next records of aiokafka; none if none arrive within `wait` seconds. Raises KafkaError.

        `of`: only of these followed partitions.
        """
        if not self._next:
            await asyncio.sleep(wait)  # aiokafka would wait for an assignment, which never comes
            return []
        try:
            batches = await self._reader.getmany(*of, timeout_ms=int(wait * 1000), max_records=at_most)
        except OffsetOutOfRangeError as error:
            await self._restart([*error.args[0]])
            return []
        for partition in self._next:
            # Not from the records: the last offsets of a partition may be a transaction's end, not a record.
            self._next[partition] = await self._reader.position(partition)
        return [record for records in batches.values() for record in records]

    def begin_again(self) -> None:
        """Goes back to the starts of all partitions."""
        self.go_to(self._starts)

    def go_to(self, places: Mapping[TopicPartition, int]) -> None:
        """Continues at other offsets in followed partitions."""
        for partition, offset in places.items():
            self._reader.seek(partition, offset)
            self._next[partition] = offset

    def _follow(self, topics: Mapping[str, TopicDescription], starts: Mapping[TopicPartition, int]) -> frozenset[str]:
        replaced = frozenset(name for name in topics if self._is_replaced(name, topics))
        for name in replaced:
            _log.warning("%s was replaced by another topic, and is read from its start", name)
        known = {each: offset for each, offset in self._next.items() if each not in starts}
        self._topics, self._ids = topics, self._ids | {name: topic.topic_id for name, topic in topics.items()}
        partitions = partitions_of(topics)
        self._starts = {each: starts[each] if each in starts else self._starts[each] for each in partitions}
        self._reader.assign(partitions)
        self._next = {}
        self.go_to({each: known[each] if each in known else self._first(each) for each in partitions})
        return replaced

    def _first(self, partition: TopicPartition) -> int:
        return max(self._starts[partition], self._before.pop(self._log_of(partition), 0))

    async def _restart(self, partitions: Collection[TopicPartition]) -> None:
        _log.warning(
            "%s lost the next record, and is read from its start", ", ".join(f"{t}/{n}" for t, n in partitions)
        )
        starts = await self._surveyor.beginning_offsets(partitions)
        self._starts |= starts
        self.go_to(starts)

    def _is_replaced(self, name: str, topics: Mapping[str, TopicDescription]) -> bool:
        return name in self._ids and self._ids[name] != topics[name].topic_id

    def _log_of(self, partition: TopicPartition) -> Log:
        return Log(self._ids[partition.topic], partition.partition)
