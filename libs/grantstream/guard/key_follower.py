"""Follows `key.published`, without a consumer group, so that every process knows every signing key.

A key that is not known yet can be believed because the event that brings it is signed by one that is.
"""

import asyncio
import logging
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from grantstream.contracts.events.token import KeyPublished
from grantstream.contracts.topics import KEY_PUBLISHED
from grantstream.fence import forgiving_records
from grantstream.fence.stoppable_consumer import StoppableConsumer
from grantstream.guard.errors import EventRefused, KeyRefused
from grantstream.guard.guard import Guard
from grantstream.guard.kafka_record import KafkaRecord, judge_record
from grantstream.guard.key_set import KeySet

_log = logging.getLogger(__name__)
_PAUSE: Final = 1.0
_POLL_MS: Final = 1000
_PARTITIONS: Final = [TopicPartition(KEY_PUBLISHED.name, number) for number in range(KEY_PUBLISHED.partitions)]


class KeyFollower:
    """Keeps a key set up to date, for as long as `run` runs."""

    def __init__(self, bootstrap_servers: str, guard: Guard, keys: KeySet) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._guard = guard
        self._keys = keys
        self._next: dict[TopicPartition, int] = {}
        self._surveyor: AIOKafkaConsumer | None = None
        self._progress = asyncio.Event()

    async def catch_up(self, limit: float) -> None:
        """Returns once every key that was published by now is known.

        Raises TimeoutError or KafkaError if that can't be told within `limit` seconds.
        """
        async with asyncio.timeout(limit):
            while self._surveyor is None:
                await self._wait_for_progress()
            ends = await self._surveyor.end_offsets(_PARTITIONS)
            while any(self._next.get(partition, 0) < end for partition, end in ends.items()):
                await self._wait_for_progress()

    async def _wait_for_progress(self) -> None:
        self._progress.clear()
        await self._progress.wait()

    async def run(self) -> None:
        """Reads the topic from its start and goes on; opens a lost connection anew. Ends when cancelled."""
        forgiving_records.install()
        while True:
            try:
                # Two clients: on the connection of one that waits for records, no question is answered meanwhile.
                async with self._client() as reader, self._client() as self._surveyor:
                    await self._follow(reader)
            except (KafkaError, OSError) as error:
                _log.warning("key.published can't be followed just now: %s", type(error).__name__)
            finally:
                self._surveyor = None
            await asyncio.sleep(_PAUSE)

    async def _follow(self, reader: AIOKafkaConsumer) -> None:
        reader.assign(_PARTITIONS)
        for partition, offset in (await reader.beginning_offsets(_PARTITIONS)).items():
            self._next[partition] = max(offset, self._next.get(partition, 0))
            reader.seek(partition, self._next[partition])
        self._progress.set()
        while True:
            for partition, records in (await reader.getmany(timeout_ms=_POLL_MS)).items():
                for record in records:
                    self._take(record)
                self._next[partition] = await reader.position(partition)
            self._progress.set()

    def _client(self) -> AIOKafkaConsumer:
        return StoppableConsumer(
            bootstrap_servers=self._bootstrap_servers,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            metadata_max_age_ms=5_000,
        )

    def _take(self, record: KafkaRecord) -> None:
        try:
            event = judge_record(self._guard, record)
            # The key space was checked for the `kid` of the subject, so the key must be of that name.
            if isinstance(event.data, KeyPublished) and event.data.jwk.get("kid") == event.data.kid:
                self._keys.add(event.data.jwk)
        except (EventRefused, KeyRefused) as refusal:
            _log.warning("a key on key.published is not believed: %s", refusal)
