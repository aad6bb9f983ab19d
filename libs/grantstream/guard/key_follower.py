"""Follows `key.published`, without a consumer group, so that every process knows every signing key.

`key_trust.py` decides which of them are believed. The brokers say which partitions are read: an unread one would hold
unknown keys, and what such a key signed on the fence would be skipped.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Final

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError

from grantstream.contracts.topics import KEY_PUBLISHED
from grantstream.guard.guard import Guard
from grantstream.guard.key_set import KeySet
from grantstream.guard.key_trust import KeyTrust
from grantstream.kafka.agreed_topics import describe_agreed, partitions_of
from grantstream.kafka.followed_topics import FollowedTopics, Log
from grantstream.kafka.groupless_consumer import GrouplessConsumer
from grantstream.kafka.topic_description import TopicDescription

_log = logging.getLogger(__name__)
_PAUSE: Final = 1.0
_POLL: Final = 0.5
_CATCH_UP_SECONDS: Final = 5.0
_ASK_EVERY: Final = 5.0
_STUCK_AFTER: Final = 15.0
_REQUEST_TIMEOUT_MS: Final = 3_000
"""Also the longest wait for a broker that accepts connections and never answers."""
_AT_A_TIME: Final = 500
"""A producer can append very many small records; the process has other work to do between them."""


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
        self._reached: Mapping[Log, int] = {}
        self._surveyor: AIOKafkaConsumer | None = None
        self._look_at_once = False
        self._progress = asyncio.Event()

    async def catch_up(self, limit: float) -> None:
        """Returns once every key is known that is on the topic now, in all partitions that it has now.

        Raises TimeoutError or KafkaError if that is unknown after `limit` seconds.
        """
        async with asyncio.timeout(limit):
            while self._surveyor is None:
                await self._wait_for_progress()
            surveyor, asked_at = self._surveyor, self._clock()
            topic = await _described(surveyor, limit)
            ends = await _ends(surveyor, topic)
            while not (_is_read(self._reached, ends) and _still_reach(await _ends(surveyor, topic), self._reached)):
                self._look_at_once |= not ends.keys() <= self._reached.keys()
                await self._wait_for_progress()
        self._all_known_at, self._error = asked_at, ""

    async def until_caught_up(self) -> None:
        """Returns once every key is known, however long it takes."""
        while True:
            try:
                return await self.catch_up(_CATCH_UP_SECONDS)
            except (TimeoutError, KafkaError) as error:
                _log.info("not every key is known yet: %s", type(error).__name__)
            await asyncio.sleep(_PAUSE)

    def trouble(self) -> str:
        """Why keys may be missing, for people; empty if every key was known not long ago.

        A starting process waits for every key; a running one reports here that it would have to wait.
        """
        age = self._clock() - self._all_known_at
        why = f" ({self._error})" if self._error else ""
        return f"{KEY_PUBLISHED.name} could not be followed for {age:.0f} s{why}" if age > _STUCK_AFTER else ""

    async def _wait_for_progress(self) -> None:
        self._progress.clear()
        await self._progress.wait()

    async def run(self) -> None:
        """Reads the topic from its start and goes on; reopens a lost connection. Ends when cancelled."""
        asking = asyncio.create_task(self._ask_for_ever(), name="whether all keys are known")
        try:
            await self._follow_for_ever()
        finally:
            asking.cancel()
            await asyncio.wait({asking})

    async def _ask_for_ever(self) -> None:
        """A reader that gets no records can't know whether there are any: only the broker's end offsets show it."""
        while True:
            try:
                await self.catch_up(_CATCH_UP_SECONDS)
            except Exception as error:  # any error is reported by `trouble`, and the next round asks again
                self._error = self._error or type(error).__name__
            await asyncio.sleep(_ASK_EVERY)

    async def _follow_for_ever(self) -> None:
        while True:
            try:
                # Two clients: while one waits for records, its connection answers no other request.
                async with self._client() as reader, self._client() as self._surveyor:
                    await self._follow(reader, self._surveyor)
            except (KafkaError, OSError) as error:
                if self._is_new(error):
                    _log.warning("key.published can't be followed just now: %s", type(error).__name__)
            except Exception as error:
                # Without this task no key would ever be learnt again.
                if self._is_new(error):
                    _log.exception("key.published can't be followed: an unexpected error")
            finally:
                self._surveyor = None
            await asyncio.sleep(_PAUSE)

    def _is_new(self, error: Exception) -> bool:
        """Whether it is another error than the last one, which may come every second until it is fixed."""
        before, self._error = self._error, type(error).__name__
        return self._error != before

    async def _follow(self, reader: AIOKafkaConsumer, surveyor: AIOKafkaConsumer) -> None:
        topics = FollowedTopics(reader, surveyor, [KEY_PUBLISHED.name], reached=self._reached)
        while True:
            at_once, self._look_at_once = self._look_at_once, False
            await topics.look_if_due(at_once=at_once)
            records = await topics.read(wait=_POLL, at_most=_AT_A_TIME)
            # Nothing is awaited from here on: `catch_up` must not return between a reading and a needed second one.
            for record in records:
                self._trust.take(record)
            if self._trust.needs_reread():
                topics.begin_again()
            self._reached = topics.reached
            self._progress.set()
            await asyncio.sleep(0)

    def _client(self) -> AIOKafkaConsumer:
        return GrouplessConsumer(
            bootstrap_servers=self._bootstrap_servers,
            auto_offset_reset="none",
            metadata_max_age_ms=5_000,
            request_timeout_ms=_REQUEST_TIMEOUT_MS,
        )


async def _described(surveyor: AIOKafkaConsumer, limit: float) -> TopicDescription:
    topics = await describe_agreed(surveyor._client, [KEY_PUBLISHED.name], limit=limit)
    if not topics:
        raise UnknownTopicOrPartitionError(KEY_PUBLISHED.name)
    return topics[KEY_PUBLISHED.name]


async def _ends(surveyor: AIOKafkaConsumer, topic: TopicDescription) -> dict[Log, int]:
    ends = await surveyor.end_offsets(partitions_of({topic.name: topic}))
    return {Log(topic.topic_id, place.partition): end for place, end in ends.items()}


def _is_read(reached: Mapping[Log, int], ends: Mapping[Log, int]) -> bool:
    return all(reached.get(log, 0) >= end for log, end in ends.items())


def _still_reach(ends: Mapping[Log, int], reached: Mapping[Log, int]) -> bool:
    """Whether the logs still reach as far as was read; if not, a log was cut short."""
    return all(reached.get(log, 0) <= end for log, end in ends.items())
