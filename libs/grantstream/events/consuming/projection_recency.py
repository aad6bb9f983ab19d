"""Whether a projection is so recent that what is missing in it is still told by the fence.

A row that is older than the fence's floor is refused. But the fence forgets a floor after RULE_LIFETIME, and a group
of consumers may be behind for longer than that: its worker was down, or the whole service was, over a weekend. Rows
would then look current again, and tokens would be issued from permissions that were taken away long ago. So whoever
reads the rows asks the broker, now and then, whether the group has taken in everything that is older than `_TOLERATED`
(design, section 4: a lagging projection fails closed).
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from grantstream.contracts.claims import RULE_LIFETIME
from grantstream.contracts.topics import Topic
from grantstream.fence import RowBelowFloor
from grantstream.fence.clocks import boot_clock
from grantstream.fence.groupless_consumer import GrouplessConsumer

_log = logging.getLogger(__name__)

_TOLERATED: Final = timedelta(minutes=30)
_PROOF_LASTS: Final = RULE_LIFETIME - _TOLERATED - timedelta(minutes=5)
"""What is not taken in yet is younger than both together, so that the fence tells of it for minutes to come."""

_ASK_EVERY: Final = 60.0
_ASK_AGAIN: Final = 1.0
_QUESTION_LIMIT: Final = 5.0
_POLL_MS: Final = 200


class Recency(Protocol):
    """Whether what projections lack, if anything, is young enough for the fence to tell of it."""

    def is_recent(self) -> bool:
        """Whether that is known for certain."""
        ...


def refuse_far_behind(projections: Recency, subject: str) -> None:
    """Raises RowBelowFloor unless a row of the subject may be gone by, as far as the age of the projection says."""
    if not projections.is_recent():
        raise RowBelowFloor(subject)


class ProjectionRecency:
    """Asks about the group `group_id` and the topics that it follows. `clock` counts seconds, and never stands still.

    `tolerated`: what is younger may be missing. `proof_lasts`: for how long a good answer of the broker counts.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        group_id: str,
        topics: Iterable[Topic],
        *,
        tolerated: timedelta = _TOLERATED,
        proof_lasts: timedelta = _PROOF_LASTS,
        clock: Callable[[], float] = boot_clock,
    ) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._group_id = group_id
        self._partitions = [TopicPartition(topic.name, n) for topic in topics for n in range(topic.partitions)]
        self._tolerated = tolerated
        self._proof_lasts = proof_lasts
        self._clock = clock
        self._proven_at: float | None = None

    def is_recent(self) -> bool:
        """Whether everything that the fence may have forgotten is known to have been taken in."""
        return self._proven_at is not None and self._clock() - self._proven_at < self._proof_lasts.total_seconds()

    @asynccontextmanager
    async def followed(self) -> AsyncIterator[None]:
        """Asks once, and then again and again while the block runs."""
        await self.ask()
        asking = asyncio.create_task(self._ask_for_ever(), name="projection recency")
        try:
            yield
        finally:
            asking.cancel()
            await asyncio.wait({asking})

    async def _ask_for_ever(self) -> None:
        while True:
            await asyncio.sleep(_ASK_EVERY if self.is_recent() else _ASK_AGAIN)
            await self.ask()

    async def ask(self) -> None:
        """Asks once. A broker that can't be asked leaves what was known before, for as long as that lasts."""
        asked_at = self._clock()
        try:
            async with asyncio.timeout(_QUESTION_LIMIT):
                behind = await self._behind()
        except (KafkaError, OSError, TimeoutError) as error:
            _log.warning("how recent the projection is can't be told: %s", type(error).__name__)
            return
        except Exception:
            # Whoever stops asking refuses for ever, and nobody would start it again.
            _log.exception("how recent the projection is can't be told, for a reason of our own")
            return
        if behind:
            _log.warning("the projection lacks old changes of %s", ", ".join(sorted(behind)))
        else:
            self._proven_at = asked_at

    async def _behind(self) -> set[str]:
        """The topics of which the group has not taken in all that is too old to be missing."""
        done = await self._committed()
        async with GrouplessConsumer(bootstrap_servers=self._bootstrap_servers) as consumer:
            needed = await self._first_young(consumer)
            beginnings = await consumer.beginning_offsets(self._partitions)
            places = {partition: max(done.get(partition, -1), beginnings[partition]) for partition in self._partitions}
            behind = [partition for partition in self._partitions if places[partition] < needed[partition]]
            return {
                partition.topic
                for partition in behind
                if await _has_record(consumer, partition, places[partition], needed[partition])
            }

    async def _committed(self) -> Mapping[TopicPartition, int]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap_servers)
        try:
            await admin.start()
            found = await admin.list_consumer_group_offsets(self._group_id)
        finally:
            await admin.close()
        return {partition: committed.offset for partition, committed in found.items()}

    async def _first_young(self, consumer: AIOKafkaConsumer) -> Mapping[TopicPartition, int]:
        """Of each partition the offset of the first record that may be missing."""
        ends = await consumer.end_offsets(self._partitions)
        horizon = int((time.time() - self._tolerated.total_seconds()) * 1000)
        found = await consumer.offsets_for_times(dict.fromkeys(self._partitions, horizon))
        return {
            partition: ends[partition] if first is None else first.offset
            for partition, first in ((partition, found.get(partition)) for partition in self._partitions)
        }


async def _has_record(consumer: AIOKafkaConsumer, partition: TopicPartition, start: int, end: int) -> bool:
    """Whether any record stands between two offsets.

    The last offsets of a partition may be none of a record's: the end of a transaction takes one as well, which no
    consumer ever sees. Anybody who may append could leave one, and the group would look behind for ever.
    """
    consumer.assign([partition])
    consumer.seek(partition, start)
    while await consumer.position(partition) < end:
        found = await consumer.getmany(partition, timeout_ms=_POLL_MS, max_records=1)
        if records := found.get(partition):
            return bool(records[0].offset < end)
    return False
