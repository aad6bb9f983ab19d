"""The offsets of a group, kept in its own database: its next offset in each partition, and the losses there.

Somebody may move or delete a group's committed offsets at the broker, delete records, or replace a topic. A group that
used the broker's offsets would then skip changes without notice. A row says that all records of the log `topic_id`
below `next_offset` were applied or dead-lettered.

Without a database, or without the table or the privilege, the consumer uses the broker's offsets: it holds its
partitions without a claim, and nothing is written.
"""

import logging
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
from aiokafka import TopicPartition

from grantstream.postgres.pool import Connection, Pool
from grantstream.postgres.queries import load_queries

QUERIES: Final[Any] = load_queries(Path(__file__).with_name("kept_offsets.sql"))


@dataclass(frozen=True, slots=True)
class Loss:
    """A group lost records of a partition, or may have lost them; `why` is a short text."""

    group_id: str
    topic: str
    partition: int
    since: datetime
    why: str


@dataclass(frozen=True, slots=True)
class KeptOffset:
    """A row. All records of the log `topic_id` below `next_offset` are applied or dead-lettered.

    `claim`: of the member that may raise it. `loss`: a loss that no operator has accepted yet.
    """

    topic_id: str
    next_offset: int
    claim: UUID | None = None
    loss: Loss | None = None


@dataclass(frozen=True, slots=True)
class NewOffset:
    """The offset at which a member begins a partition, if it is not the kept one; `lost_why`: what may be lost."""

    topic_id: str
    next_offset: int
    lost_why: str | None = None


async def read_offsets(
    connection: Connection, group_id: str, topics: Sequence[str]
) -> dict[TopicPartition, KeptOffset]:
    """The offsets of a group on some topics."""
    rows = await QUERIES.read_offsets(connection, group_id=group_id, topics=list(topics))
    return {TopicPartition(row["topic"], row["partition"]): _kept(group_id, row) for row in rows}


async def claim_offsets(
    connection: Connection, group_id: str, offsets: Mapping[TopicPartition, KeptOffset]
) -> dict[TopicPartition, KeptOffset]:
    """Claims kept offsets for a member that resumes there, and returns them; not those whose topic id has changed."""
    rows = await QUERIES.claim_offsets(
        connection, group_id=group_id, **_columns(offsets), topic_ids=[offset.topic_id for offset in offsets.values()]
    )
    return {TopicPartition(row["topic"], row["partition"]): _claimed(row) for row in rows}


async def begin_offsets(
    connection: Connection, group_id: str, offsets: Mapping[TopicPartition, NewOffset]
) -> dict[TopicPartition, KeptOffset]:
    """Writes and claims new offsets, and records the losses before them."""
    rows = await QUERIES.begin_offsets(
        connection,
        group_id=group_id,
        **_columns(offsets),
        topic_ids=[offset.topic_id for offset in offsets.values()],
        next_offsets=[offset.next_offset for offset in offsets.values()],
        lost_whys=[offset.lost_why for offset in offsets.values()],
    )
    return {TopicPartition(row["topic"], row["partition"]): _claimed(row) for row in rows}


async def raise_offsets(
    connection: Connection, group_id: str, claims: Mapping[TopicPartition, UUID], done: Mapping[TopicPartition, int]
) -> set[TopicPartition]:
    """Records that all records below these offsets are done; returns the partitions that this member still holds."""
    rows = await QUERIES.raise_offsets(
        connection,
        group_id=group_id,
        **_columns(done),
        claims=[claims[partition] for partition in done],
        next_offsets=list(done.values()),
    )
    return {TopicPartition(row["topic"], row["partition"]) for row in rows}


async def read_losses(connection: Connection, group_id: str | None = None) -> list[Loss]:
    """The losses of this database's groups that were not accepted; without a `group_id`, of all groups."""
    rows = await QUERIES.read_losses(connection, group_id=group_id)
    return [Loss(row["group_id"], row["topic"], row["partition"], row["lost_at"], row["lost_why"]) for row in rows]


async def lost_partitions(connection: Connection, group_id: str, topics: Collection[str]) -> list[str]:
    """The partitions of some topics with a recorded loss, as `topic/partition`; none if no offsets are kept."""
    try:
        losses = await read_losses(connection, group_id)
    except asyncpg.UndefinedTableError:
        return []
    return [f"{loss.topic}/{loss.partition}" for loss in losses if loss.topic in topics]


async def accept_losses(connection: Connection, losses: Sequence[Loss], *, because: str) -> list[Loss]:
    """Accepts losses of one group, and returns the accepted ones. A loss that was recorded meanwhile stays."""
    rows = await QUERIES.accept_losses(
        connection,
        group_id=losses[0].group_id,
        topics=[loss.topic for loss in losses],
        partitions=[loss.partition for loss in losses],
        lost_whys=[loss.why for loss in losses],
        because=because,
    )
    accepted = {(row["topic"], row["partition"]) for row in rows}
    return [loss for loss in losses if (loss.topic, loss.partition) in accepted]


def _kept(group_id: str, row: Any) -> KeptOffset:
    lost = row["lost_at"] is not None
    loss = Loss(group_id, row["topic"], row["partition"], row["lost_at"], row["lost_why"]) if lost else None
    return KeptOffset(row["topic_id"], row["next_offset"], row["claim"], loss)


def _claimed(row: Any) -> KeptOffset:
    return KeptOffset(row["topic_id"], row["next_offset"], row["claim"])


def _columns(offsets: Mapping[TopicPartition, object]) -> dict[str, list[Any]]:
    return {"topics": [each.topic for each in offsets], "partitions": [each.partition for each in offsets]}


logger = logging.getLogger(__name__)

_NOT_KEPT: Final = (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError)
_ASK_AGAIN: Final = 30.0


class OffsetStore:
    """The rows of `group_id` in the database of an asyncpg `pool`; None: nothing is kept. Raises asyncpg's errors.

    `connection_limit`: seconds to wait for a connection.
    """

    def __init__(self, pool: Pool | None, group_id: str, connection_limit: float) -> None:
        self._pool: Pool = pool  # not asked where it is None: see `is_there`
        self._group_id = group_id
        self._connection_limit = connection_limit
        self._refused_at: float | None = None

    def is_there(self) -> bool:
        """Whether to try the database: a table that was missing may exist now."""
        if self._pool is None:
            return False
        return self._refused_at is None or time.monotonic() - self._refused_at > _ASK_AGAIN

    async def read(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, KeptOffset]:
        """The kept offsets of these partitions."""
        if not partitions or not self.is_there():
            return {}
        try:
            async with self._pool.acquire(timeout=self._connection_limit) as connection:
                offsets = await read_offsets(connection, self._group_id, sorted({each.topic for each in partitions}))
        except _NOT_KEPT as error:
            self._note_refusal(error)
            return {}
        return {partition: offset for partition, offset in offsets.items() if partition in partitions}

    async def claim(
        self, kept: Mapping[TopicPartition, KeptOffset], new: Mapping[TopicPartition, NewOffset]
    ) -> Mapping[TopicPartition, KeptOffset]:
        """Claims kept offsets, and writes new ones; returns the offsets that this member now holds."""
        if not (kept or new) or not self.is_there():
            return {}
        try:
            async with self._pool.acquire(timeout=self._connection_limit) as connection:
                taken = await claim_offsets(connection, self._group_id, kept) if kept else {}
                begun = await begin_offsets(connection, self._group_id, new) if new else {}
        except _NOT_KEPT as error:
            self._note_refusal(error)
            return {}
        self._refused_at = None
        return taken | begun

    async def raise_to(self, done: Mapping[TopicPartition, tuple[UUID, int]]) -> set[TopicPartition]:
        """Raises offsets by their claims; returns the partitions that another member has claimed since."""
        if not done:
            return set()
        claims = {partition: claim for partition, (claim, _) in done.items()}
        offsets = {partition: offset for partition, (_, offset) in done.items()}
        async with self._pool.acquire(timeout=self._connection_limit) as connection:
            return done.keys() - await raise_offsets(connection, self._group_id, claims, offsets)

    def _note_refusal(self, error: Exception) -> None:
        if self._refused_at is None:
            logger.error(
                "the database keeps no offsets (%s on group_place): %s uses the broker's offsets",
                type(error).__name__,
                self._group_id,
            )
        self._refused_at = time.monotonic()
