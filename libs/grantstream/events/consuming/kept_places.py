"""The places of a group, kept in its own database: how far it has come in each partition, and what it lost on the way.

The enemy: whoever moves or deletes a group's committed offsets, deletes records, or replaces a topic. The broker's
offsets do not survive that, or say the wrong thing afterwards, and a group that goes by them skips changes and never
learns of it. A row says of which log (`topic_id`) everything below `next_offset` was taken in.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
from aiokafka import TopicPartition

from grantstream.postgres.pool import Connection
from grantstream.postgres.queries import load_queries

QUERIES: Final[Any] = load_queries(Path(__file__).with_name("kept_places.sql"))


@dataclass(frozen=True, slots=True)
class Loss:
    """A group lost records of a partition, or may have: `why` says in a few words what was found."""

    group_id: str
    topic: str
    partition: int
    since: datetime
    why: str


@dataclass(frozen=True, slots=True)
class KeptPlace:
    """A row. Everything below `next_offset` of the log `topic_id` is applied or set aside.

    `claim`: of the member that may raise it. `loss`: records that were never taken in are missing, and nobody has
    accepted that yet.
    """

    topic_id: str
    next_offset: int
    claim: UUID | None = None
    loss: Loss | None = None


@dataclass(frozen=True, slots=True)
class NewPlace:
    """Where a member begins to read a partition, which is not where the group was; `lost_why`: what may be lost."""

    topic_id: str
    next_offset: int
    lost_why: str | None = None


async def read_places(connection: Connection, group_id: str, topics: Sequence[str]) -> dict[TopicPartition, KeptPlace]:
    """The places of a group on some topics."""
    found = await QUERIES.read_places(connection, group_id=group_id, topics=list(topics))
    return {TopicPartition(row["topic"], row["partition"]): _kept(group_id, row) for row in found}


async def take_places(
    connection: Connection, group_id: str, places: Mapping[TopicPartition, KeptPlace]
) -> dict[TopicPartition, KeptPlace]:
    """Claims places as they are now, for a member that goes on there; those of other topics meanwhile are left out."""
    found = await QUERIES.take_places(
        connection, group_id=group_id, **_columns(places), topic_ids=[place.topic_id for place in places.values()]
    )
    return {TopicPartition(row["topic"], row["partition"]): _claimed(row) for row in found}


async def begin_places(
    connection: Connection, group_id: str, places: Mapping[TopicPartition, NewPlace]
) -> dict[TopicPartition, KeptPlace]:
    """Writes and claims places where a member begins, and notes what may be lost before them."""
    found = await QUERIES.begin_places(
        connection,
        group_id=group_id,
        **_columns(places),
        topic_ids=[place.topic_id for place in places.values()],
        next_offsets=[place.next_offset for place in places.values()],
        lost_whys=[place.lost_why for place in places.values()],
    )
    return {TopicPartition(row["topic"], row["partition"]): _claimed(row) for row in found}


async def raise_places(
    connection: Connection, group_id: str, claims: Mapping[TopicPartition, UUID], done: Mapping[TopicPartition, int]
) -> set[TopicPartition]:
    """Notes that everything below these offsets is done; gives the partitions that were still this member's."""
    found = await QUERIES.raise_places(
        connection,
        group_id=group_id,
        **_columns(done),
        claims=[claims[partition] for partition in done],
        next_offsets=list(done.values()),
    )
    return {TopicPartition(row["topic"], row["partition"]) for row in found}


async def read_losses(connection: Connection, group_id: str | None = None) -> list[Loss]:
    """What groups of this database lost and nobody has accepted; of all groups without a `group_id`."""
    found = await QUERIES.read_losses(connection, group_id=group_id)
    return [Loss(row["group_id"], row["topic"], row["partition"], row["lost_at"], row["lost_why"]) for row in found]


async def lost_partitions(connection: Connection, group_id: str, topics: Collection[str]) -> list[str]:
    """Those of some topics that the group has noted as lost, as `topic/partition`; none where no places are kept."""
    try:
        losses = await read_losses(connection, group_id)
    except asyncpg.UndefinedTableError:
        return []
    return [f"{loss.topic}/{loss.partition}" for loss in losses if loss.topic in topics]


async def accept_losses(connection: Connection, losses: Sequence[Loss], *, because: str) -> list[Loss]:
    """Takes losses of one group back; gives those that were. One that was found anew meanwhile stays."""
    found = await QUERIES.accept_losses(
        connection,
        group_id=losses[0].group_id,
        topics=[loss.topic for loss in losses],
        partitions=[loss.partition for loss in losses],
        lost_whys=[loss.why for loss in losses],
        because=because,
    )
    accepted = {(row["topic"], row["partition"]) for row in found}
    return [loss for loss in losses if (loss.topic, loss.partition) in accepted]


def _kept(group_id: str, row: Any) -> KeptPlace:
    lost = row["lost_at"] is not None
    loss = Loss(group_id, row["topic"], row["partition"], row["lost_at"], row["lost_why"]) if lost else None
    return KeptPlace(row["topic_id"], row["next_offset"], row["claim"], loss)


def _claimed(row: Any) -> KeptPlace:
    return KeptPlace(row["topic_id"], row["next_offset"], row["claim"])


def _columns(places: Mapping[TopicPartition, object]) -> dict[str, list[Any]]:
    return {"topics": [each.topic for each in places], "partitions": [each.partition for each in places]}
