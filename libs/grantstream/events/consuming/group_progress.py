"""A group's progress on its state topics: the offsets in its own database, compared with the topics' present logs.

By it an operator declares the projections complete again, after the group may have lost records. The library can't know
what was lost: the operator has published the owners' states again, or has compared the rows. Losses are accepted only
after the group has read its topics to their present ends, and so has the republished states.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from grantstream.contracts.topics import Topic
from grantstream.events.consuming.kept_offsets import KeptOffset, Loss, accept_losses, read_offsets
from grantstream.events.consuming.resume_point import resume_point_of
from grantstream.events.errors import LossesNotAccepted
from grantstream.kafka.groupless_consumer import GrouplessConsumer
from grantstream.kafka.log_bounds import LogBounds, read_bounds
from grantstream.postgres.pool import Pool

_POLL_MS: Final = 200
_LOOK_AGAIN: Final = 0.1


@dataclass(frozen=True, slots=True)
class GroupProgress:
    """A snapshot of the offsets of `group_id`, and of all existing partitions of `topics`.

    Offsets are read before the bounds, so an offset beyond the end of its log means that records are gone.
    """

    group_id: str
    topics: Sequence[str]
    offsets: Mapping[TopicPartition, KeptOffset]
    logs: Mapping[TopicPartition, LogBounds]

    @classmethod
    async def read(
        cls, pool: Pool, consumer: AIOKafkaConsumer, group_id: str, topics: Sequence[str]
    ) -> "GroupProgress":
        """Reads offsets and bounds. `consumer` has no group. Raises KafkaError and asyncpg's errors."""
        offsets = await _offsets(pool, group_id, topics)
        return cls(group_id, topics, offsets, await read_bounds(consumer, topics))

    async def reread(self, pool: Pool) -> "GroupProgress":
        """A new snapshot of the offsets, with the same bounds. Raises asyncpg's errors."""
        return replace(self, offsets=await _offsets(pool, self.group_id, self.topics))

    @property
    def losses(self) -> list[Loss]:
        """The recorded losses, also of partitions that no longer exist."""
        return [offset.loss for _, offset in sorted(self.offsets.items()) if offset.loss is not None]

    def faults(self) -> list[str]:
        """Why the group can't have all records, whatever it reads: a short text for each topic or partition."""
        missing = sorted(set(self.topics) - {partition.topic for partition in self.logs})
        gaps = [
            f"{each.topic}/{each.partition}: {gap}"
            for each, log in sorted(self.logs.items())
            if (gap := resume_point_of(each.topic, self.offsets.get(each), None, log).gap) is not None
        ]
        return [f"the topic {topic} is missing" for topic in missing] + gaps

    def behind(self, needed: Mapping[TopicPartition, int]) -> set[TopicPartition]:
        """The partitions in which records below these offsets may not be applied yet."""
        return {each for each, offset in needed.items() if self.next_offset(each) < offset}

    def next_offset(self, partition: TopicPartition) -> int:
        """All records below it were applied or no longer exist; losses are in `faults` or `losses`."""
        offset = self.offsets.get(partition)
        beginning = self.logs[partition].beginning
        return beginning if offset is None else max(offset.next_offset, beginning)


async def wait_until_taken_in(
    pool: Pool, consumer: AIOKafkaConsumer, progress: GroupProgress, needed: Mapping[TopicPartition, int], limit: float
) -> tuple[GroupProgress, list[TopicPartition]]:
    """Waits until a group has applied all records below these offsets, for up to `limit` seconds.

    Returns the last snapshot, and the partitions that are still behind. It waits because a group under load is always
    a few records behind. Raises KafkaError and asyncpg's errors.
    """
    left = await _with_records_left(consumer, progress, needed)
    deadline = time.monotonic() + limit
    while left and time.monotonic() < deadline:
        await asyncio.sleep(_LOOK_AGAIN)
        progress = await progress.reread(pool)
        left = {each: left[each] for each in progress.behind(left)}
    return progress, sorted(left)


async def _with_records_left(
    consumer: AIOKafkaConsumer, progress: GroupProgress, needed: Mapping[TopicPartition, int]
) -> dict[TopicPartition, int]:
    """The partitions that are behind and have a record left to read.

    The last offset may belong to a transaction's end marker, which no consumer sees. Every producer can write one, and
    the group would seem behind for ever.
    """
    return {
        each: needed[each]
        for each in sorted(progress.behind(needed))
        if await _has_record(consumer, each, progress.next_offset(each), needed[each])
    }


async def _offsets(pool: Pool, group_id: str, topics: Sequence[str]) -> dict[TopicPartition, KeptOffset]:
    async with pool.acquire() as connection:
        return await read_offsets(connection, group_id, topics)


async def _has_record(consumer: AIOKafkaConsumer, partition: TopicPartition, start: int, end: int) -> bool:
    consumer.assign([partition])
    consumer.seek(partition, start)
    while await consumer.position(partition) < end:
        batches = await consumer.getmany(partition, timeout_ms=_POLL_MS, max_records=1)
        if records := batches.get(partition):
            return bool(records[0].offset < end)
    return False


_BROKERS_ANSWER: Final = 15.0
_CATCH_UP: Final = 30.0


async def accept(
    bootstrap_servers: str,
    pool: Pool,
    group_id: str,
    topics: Iterable[Topic],
    *,
    because: str,
    limit: float = _CATCH_UP,
) -> list[Loss]:
    """Accepts the losses of `group_id` on these topics, and returns them. `pool`: of asyncpg, to the group's database.

    `limit`: seconds to wait until the group has read the topics to their present ends. Raises LossesNotAccepted, and
    then nothing has changed; and asyncpg's errors.
    """
    names = [topic.name for topic in topics]
    try:
        async with (
            asyncio.timeout(_BROKERS_ANSWER + limit),
            GrouplessConsumer(bootstrap_servers=bootstrap_servers) as consumer,
        ):
            progress = await GroupProgress.read(pool, consumer, group_id, names)
            if faults := progress.faults():
                raise LossesNotAccepted(
                    f"the consumers of {group_id} must read the topics as they are first: {faults[0]}"
                )
            if not progress.losses:
                return []
            ends = {partition: log.end for partition, log in progress.logs.items()}
            _, lacking = await wait_until_taken_in(pool, consumer, progress, ends, limit)
    except (KafkaError, OSError, TimeoutError) as error:
        raise LossesNotAccepted(f"the topics can't be compared ({type(error).__name__})") from error
    if lacking:
        first = f"{lacking[0].topic}/{lacking[0].partition}"
        raise LossesNotAccepted(f"the consumers of {group_id} have not read {first} to its end within {limit:.0f} s")
    async with pool.acquire() as connection:
        return await accept_losses(connection, progress.losses, because=because)
