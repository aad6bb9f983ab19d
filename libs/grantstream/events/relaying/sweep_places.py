"""Where the last sweep of each topic ended, in the owner's database. Raises asyncpg's errors."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from aiokafka import TopicPartition

from grantstream.kafka.followed_topics import Log
from grantstream.postgres.pool import Connection
from grantstream.postgres.queries import load_queries

_QUERIES: Final[Any] = load_queries(Path(__file__).with_name("sweep_places.sql"))


async def read_places(connection: Connection, topics: Sequence[str]) -> dict[Log, int]:
    """The next offsets of the topics' partitions, each for the log that was swept."""
    rows = await _QUERIES.read_places(connection, topics=topics)
    return {Log(row["topic_id"], row["partition"]): row["next_offset"] for row in rows}


async def seconds_since_sweep(connection: Connection, topics: Sequence[str]) -> float | None:
    """How long ago the topics were swept; None if one of them never was."""
    found: float | None = await _QUERIES.seconds_since(connection, topics=topics)
    return found


async def store_places(connection: Connection, places: Mapping[TopicPartition, tuple[str, int]]) -> None:
    """Stores the topic's id and the next offset of each partition that was swept."""
    await _QUERIES.store_places(
        connection,
        topics=[partition.topic for partition in places],
        partitions=[partition.partition for partition in places],
        topic_ids=[topic_id for topic_id, _ in places.values()],
        next_offsets=[offset for _, offset in places.values()],
    )
