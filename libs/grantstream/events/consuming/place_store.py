"""Stores a member's places in the database of its handlers, if it has one.

Without a database, or without the table or the privilege, the consumer uses the broker's offsets: it holds its
partitions without a claim, and nothing is written.
"""

import logging
import time
from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

import asyncpg
from aiokafka import TopicPartition

from grantstream.events.consuming.kept_places import (
    KeptPlace,
    NewPlace,
    begin_places,
    raise_places,
    read_places,
    take_places,
)
from grantstream.postgres.pool import Pool

logger = logging.getLogger(__name__)

_NOT_KEPT: Final = (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError)
_ASK_AGAIN: Final = 30.0


class PlaceStore:
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

    async def read(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, KeptPlace]:
        """The kept places of these partitions."""
        if not partitions or not self.is_there():
            return {}
        try:
            async with self._pool.acquire(timeout=self._connection_limit) as connection:
                places = await read_places(connection, self._group_id, sorted({each.topic for each in partitions}))
        except _NOT_KEPT as error:
            self._note_refusal(error)
            return {}
        return {partition: place for partition, place in places.items() if partition in partitions}

    async def claim(
        self, kept: Mapping[TopicPartition, KeptPlace], new: Mapping[TopicPartition, NewPlace]
    ) -> Mapping[TopicPartition, KeptPlace]:
        """Claims kept places, and writes new ones; returns the places that this member now holds."""
        if not (kept or new) or not self.is_there():
            return {}
        try:
            async with self._pool.acquire(timeout=self._connection_limit) as connection:
                taken = await take_places(connection, self._group_id, kept) if kept else {}
                begun = await begin_places(connection, self._group_id, new) if new else {}
        except _NOT_KEPT as error:
            self._note_refusal(error)
            return {}
        self._refused_at = None
        return taken | begun

    async def raise_to(self, done: Mapping[TopicPartition, tuple[UUID, int]]) -> set[TopicPartition]:
        """Raises places by their claims; returns the partitions that another member has claimed since."""
        if not done:
            return set()
        claims = {partition: claim for partition, (claim, _) in done.items()}
        offsets = {partition: offset for partition, (_, offset) in done.items()}
        async with self._pool.acquire(timeout=self._connection_limit) as connection:
            return done.keys() - await raise_places(connection, self._group_id, claims, offsets)

    def _note_refusal(self, error: Exception) -> None:
        if self._refused_at is None:
            logger.error(
                "the database keeps no places (%s on group_place): %s uses the broker's offsets",
                type(error).__name__,
                self._group_id,
            )
        self._refused_at = time.monotonic()
