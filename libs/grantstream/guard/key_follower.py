"""Follows `key.published`, without a consumer group, so that every process knows every signing key.

Which of them are believed is decided in `key_trust.py`.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
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
_ASK_EVERY: Final = 5.0
_STUCK_AFTER: Final = 15.0
_AT_A_TIME: Final = 500
"""Whoever may append can append very many small records; the process has other things to do between them."""
_PARTITIONS: Final = [TopicPartition(KEY_PUBLISHED.name, number) for number in range(KEY_PUBLISHED.partitions)]


class KeyFollower:
    """Keeps a key set up to date, for as long as `run` runs. `clock` counts seconds."""

    def __init__(
        self, bootstrap_servers: str, guard: Guard, keys: KeySet, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._clock = clock
        self._all_known_at = clock()
        self._error = ""
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
            asked_at = self._clock()
            ends = await self._surveyor.end_offsets(_PARTITIONS)
            while any(self._next.get(partition, 0) < end for partition, end in ends.items()):
                await self._wait_for_progress()
        self._all_known_at, self._error = asked_at, ""

    async def until_caught_up(self) -> None:
        """Returns once that could be told, however long it takes."""
        while True:
            try:
                return await self.catch_up(_CATCH_UP_SECONDS)
            except (TimeoutError, KafkaError) as error:
                _log.info("not every key is known yet: %s", type(error).__name__)
            await asyncio.sleep(_PAUSE)

    def trouble(self) -> str:
        """Why keys may be missing, for people; empty if every key was known not long ago.

        A process that starts waits for every key; one that runs shows here that it would have to wait.
        """
        age = self._clock() - self._all_known_at
        why = f" ({self._error})" if self._error else ""
        return f"{KEY_PUBLISHED.name} could not be followed for {age:.0f} s{why}" if age > _STUCK_AFTER else ""

    async def _wait_for_progress(self) -> None:
        self._progress.clear()
        await self._progress.wait()

    async def run(self) -> None:
        """Reads the topic from its start and goes on; opens a lost connection anew. Ends when cancelled."""
        asking = asyncio.create_task(self._ask_for_ever(), name="whether all keys are known")
        try:
            await self._follow_for_ever()
        finally:
            asking.cancel()
            await asyncio.wait({asking})

    async def _ask_for_ever(self) -> None:
        """A reader that gets nothing can't know whether there is something: only the broker's ends tell."""
        while True:
            try:
                await self.catch_up(_CATCH_UP_SECONDS)
            except Exception as error:  # whatever it is, `trouble` tells of it, and it is asked again
                self._error = self._error or type(error).__name__
            await asyncio.sleep(_ASK_EVERY)

    async def _follow_for_ever(self) -> None:
        while True:
            try:
                # Two clients: on the connection of one that waits for records, no question is answered meanwhile.
                async with self._client() as reader, self._client() as self._surveyor:
                    await self._follow(reader)
            except (KafkaError, OSError) as error:
                if self._is_new(error):
                    _log.warning("key.published can't be followed just now: %s", type(error).__name__)
            except Exception as error:
                # Without this task no key would ever be learnt again.
                if self._is_new(error):
                    _log.exception("key.published can't be followed, for a reason of our own")
            finally:
                self._surveyor = None
            await asyncio.sleep(_PAUSE)

    def _is_new(self, error: Exception) -> bool:
        """Whether it is not the last one again, which is met every second until somebody mends something."""
        before, self._error = self._error, type(error).__name__
        return self._error != before

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
