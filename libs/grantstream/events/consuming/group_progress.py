"""What a group has taken in of its topics of states, by its own rows, compared with the topics as they are now."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from grantstream.events.consuming.kept_places import KeptPlace, Loss, read_places
from grantstream.events.consuming.log_bounds import LogBounds, read_bounds
from grantstream.events.consuming.standing import standing_of
from grantstream.postgres.pool import Pool

_POLL_MS: Final = 200
_LOOK_AGAIN: Final = 0.1


@dataclass(frozen=True, slots=True)
class GroupProgress:
    """One look at the places of `group_id`, and at all partitions of `topics` that exist.

    The places are read before the bounds, so that none lies beyond the end of its log unless records are gone.
    """

    group_id: str
    topics: Sequence[str]
    places: Mapping[TopicPartition, KeptPlace]
    logs: Mapping[TopicPartition, LogBounds]

    @classmethod
    async def read(
        cls, pool: Pool, consumer: AIOKafkaConsumer, group_id: str, topics: Sequence[str]
    ) -> "GroupProgress":
        """Looks once. `consumer` has no group. Raises KafkaError and asyncpg's errors."""
        places = await _places(pool, group_id, topics)
        return cls(group_id, topics, places, await read_bounds(consumer, topics))

    async def again(self, pool: Pool) -> "GroupProgress":
        """The places as they are now, with the bounds as they were. Raises asyncpg's errors."""
        return replace(self, places=await _places(pool, self.group_id, self.topics))

    @property
    def losses(self) -> list[Loss]:
        """What was noted as lost, also of partitions that are no more."""
        return [place.loss for _, place in sorted(self.places.items()) if place.loss is not None]

    def faults(self) -> list[str]:
        """What keeps the group from having taken in everything, whatever it reads: a few words for each place."""
        missing = sorted(set(self.topics) - {partition.topic for partition in self.logs})
        gaps = [
            f"{each.topic}/{each.partition}: {gap}"
            for each, log in sorted(self.logs.items())
            if (gap := standing_of(each.topic, self.places.get(each), None, log).gap) is not None
        ]
        return [f"the topic {topic} is missing" for topic in missing] + gaps

    def behind(self, needed: Mapping[TopicPartition, int]) -> set[TopicPartition]:
        """The partitions of which something below these offsets may not be taken in."""
        return {each for each, offset in needed.items() if self.next_offset(each) < offset}

    def next_offset(self, partition: TopicPartition) -> int:
        """Everything below was taken in, or is no more: what is lost is among `faults` or `losses`."""
        place = self.places.get(partition)
        beginning = self.logs[partition].beginning
        return beginning if place is None else max(place.next_offset, beginning)


async def wait_until_taken_in(
    pool: Pool, consumer: AIOKafkaConsumer, progress: GroupProgress, needed: Mapping[TopicPartition, int], limit: float
) -> tuple[GroupProgress, list[TopicPartition]]:
    """Waits until a group has taken in everything below these offsets, for up to `limit` seconds.

    Gives the last look, and the partitions that still lack something: a group under load is always a few records
    behind, and that alone is no fault. Raises KafkaError and asyncpg's errors.
    """
    left = await _with_records_left(consumer, progress, needed)
    deadline = time.monotonic() + limit
    while left and time.monotonic() < deadline:
        await asyncio.sleep(_LOOK_AGAIN)
        progress = await progress.again(pool)
        left = {each: left[each] for each in progress.behind(left)}
    return progress, sorted(left)


async def _with_records_left(
    consumer: AIOKafkaConsumer, progress: GroupProgress, needed: Mapping[TopicPartition, int]
) -> dict[TopicPartition, int]:
    """The last offsets of a partition may be none of a record's: the end of a transaction takes one as well, which no
    consumer ever sees. Anybody who may append could leave one, and the group would look behind for ever.
    """
    return {
        each: needed[each]
        for each in sorted(progress.behind(needed))
        if await _has_record(consumer, each, progress.next_offset(each), needed[each])
    }


async def _places(pool: Pool, group_id: str, topics: Sequence[str]) -> dict[TopicPartition, KeptPlace]:
    async with pool.acquire() as connection:
        return await read_places(connection, group_id, topics)


async def _has_record(consumer: AIOKafkaConsumer, partition: TopicPartition, start: int, end: int) -> bool:
    consumer.assign([partition])
    consumer.seek(partition, start)
    while await consumer.position(partition) < end:
        found = await consumer.getmany(partition, timeout_ms=_POLL_MS, max_records=1)
        if records := found.get(partition):
            return bool(records[0].offset < end)
    return False
