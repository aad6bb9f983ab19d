"""Follows `key.published`, without a consumer group, so that every process knows every signing key.

Which of them are believed is decided in `key_trust.py`.
"""

import asyncio
import logging
from collections.abc import Mapping
from itertools import chain
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from grantstream.contracts.topics import KEY_PUBLISHED
from grantstream.fence.groupless_consumer import GrouplessConsumer
from grantstream.guard.guard import Guard
from grantstream.guard.key_set import KeySet
from grantstream.guard.key_trust import KeyTrust

_log = logging.getLogger(__name__)
_PAUSE: Final = 1.0
_POLL_MS: Final = 1000
_CATCH_UP_SECONDS: Final = 5.0
_AT_A_TIME: Final = 500
"""Whoever may append can append very many small records; the process has other things to do between them."""
_PARTITIONS: Final = [TopicPartition(KEY_PUBLISHED.name, number) for number in range(KEY_PUBLISHED.partitions)]


class KeyFollower:
    """Keeps a key set up to date, for as long as `run` runs."""

    def __init__(self, bootstrap_servers: str, guard: Guard, keys: KeySet) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._trust = KeyTrust(guard, keys)
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

    async def until_caught_up(self) -> None:
        """Returns once that could be told, however long it takes."""
        while True:
            try:
                return await self.catch_up(_CATCH_UP_SECONDS)
            except (TimeoutError, KafkaError) as error:
                _log.info("not every key is known yet: %s", type(error).__name__)
            await asyncio.sleep(_PAUSE)

    async def _wait_for_progress(self) -> None:
        self._progress.clear()
        await self._progress.wait()

    async def run(self) -> None:
        """Reads the topic from its start and goes on; opens a lost connection anew. Ends when cancelled."""
        while True:
            try:
                # Two clients: on the connection of one that waits for records, no question is answered meanwhile.
                async with self._client() as reader, self._client() as self._surveyor:
                    await self._follow(reader)
            except (KafkaError, OSError) as error:
                _log.warning("key.published can't be followed just now: %s", type(error).__name__)
            except Exception:
                # Without this task no key would ever be learnt again, and nobody would notice.
                _log.exception("key.published can't be followed, for a reason of our own")
            finally:
                self._surveyor = None
            await asyncio.sleep(_PAUSE)

    async def _follow(self, reader: AIOKafkaConsumer) -> None:
        reader.assign(_PARTITIONS)
        starts = await reader.beginning_offsets(_PARTITIONS)
        self._go_to(
            reader, {partition: max(start, self._next.get(partition, 0)) for partition, start in starts.items()}
        )
        while True:
            batches = await reader.getmany(timeout_ms=_POLL_MS, max_records=_AT_A_TIME)
            # Of all partitions: the last offsets of one may be none of a record's, but of a transaction's end.
            reached = {partition: await reader.position(partition) for partition in _PARTITIONS}
            # From here on nothing is awaited: nobody may be told that all is known between a look and another one.
            for record in chain.from_iterable(batches.values()):
                self._trust.take(record)
            self._next |= reached
            if self._trust.wants_another_look():
                self._go_to(reader, starts)
            self._progress.set()
            await asyncio.sleep(0)

    def _go_to(self, reader: AIOKafkaConsumer, places: Mapping[TopicPartition, int]) -> None:
        for partition, offset in places.items():
            reader.seek(partition, offset)
        self._next |= places
        self._progress.set()

    def _client(self) -> AIOKafkaConsumer:
        return GrouplessConsumer(
            bootstrap_servers=self._bootstrap_servers,
            metadata_max_age_ms=5_000,
        )
