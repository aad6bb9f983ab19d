"""The owner of state topics keeps its newest state the last word on each key.

Compaction keeps the last record of a key, so the last one must be right. But a relay that was paused sends an old state
after a newer one, or somebody who can write to the topic copies, forges or deletes a record. Consumers go by none of
it; yet once compaction has taken what came before, a projection that is built anew would never hear of the state. So
the owner reads its own topics, from the start and without a group, and where that happened it appends its newest state.

One process of an owner does this: the one whose relay is active.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from grantstream.contracts.events.state import AggregateState
from grantstream.events.consuming.judging import CatchUpKeys
from grantstream.events.relaying.last_word_memory import Fault, LastWordMemory, Suspicion
from grantstream.events.relaying.last_word_repair import LONGEST_KEY, LastWordRepair, Repair, word_of
from grantstream.events.relaying.last_word_settings import LastWordObserver, LastWordSettings
from grantstream.events.relaying.owned_states import OwnedStates
from grantstream.events.relaying.repair_pace import RepairPace
from grantstream.fence.groupless_consumer import GrouplessConsumer
from grantstream.guard import EventRefused, Guard, RefusalCode
from grantstream.guard.kafka_record import judge_record
from grantstream.kafka.agreed_topics import partitions_of
from grantstream.kafka.standstill import Standstill
from grantstream.kafka.topic_description import TopicDescription, describe_topics
from grantstream.postgres.passing import DATABASE_FAILURES

logger = logging.getLogger(__name__)


class LastWords:
    """Keeps the last words of the topics of `owned`. `pool` is an asyncpg pool of the owner's database.

    `is_active` says whether this process is the one to do it.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        guard: Guard,
        catch_up_keys: CatchUpKeys,
        pool: Any,
        owned: Sequence[OwnedStates],
        *,
        source: str,
        is_active: Callable[[], bool],
        settings: LastWordSettings | None = None,
        observer: LastWordObserver | None = None,
    ) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._guard = guard
        self._catch_up_keys = catch_up_keys
        self._pool = pool
        self._owned = owned
        self._source = source
        self._is_active = is_active
        self._settings = settings or LastWordSettings()
        self._observer = observer or LastWordObserver()
        self._topics = {topic.name for states in owned for topic in states.topics}
        self._failure = ""
        self._failing_since = 0.0
        self._forget()

    async def run(self) -> None:
        """Goes on until it is cancelled, whatever happens to the broker or the database."""
        while True:
            try:
                if self._is_active():
                    await self._keep()
                else:
                    self._forget()
            except (KafkaError, *DATABASE_FAILURES) as error:
                self._fail(type(error).__name__)
            await asyncio.sleep(self._settings.recheck)

    def has_read_all(self) -> bool:
        """Whether everything was heard that stood on the topics when this process began."""
        return self._has_read_all

    def trouble(self) -> str:
        """Why last words are not kept, for people; empty if they are, or if it is not for this process to do it."""
        if stuck := self._standstill.trouble(self._failure):
            return stuck
        lasting = time.monotonic() - self._failing_since
        is_lasting = self._failure and lasting > self._settings.stuck_after
        return f"nothing could be read or repaired for {lasting:.0f} s ({self._failure})" if is_lasting else ""

    def _fail(self, failure: str) -> None:
        if not self._failure:
            self._failing_since = time.monotonic()
        if failure != self._failure:  # not the same line twice a second
            logger.warning("last words can't be kept just now: %s", failure)
        self._failure = failure

    def _forget(self) -> None:
        """What another process does now may make all of it untrue."""
        self._memory = LastWordMemory()
        self._repair = LastWordRepair(self._pool, self._owned, self._source, self._memory)
        self._pace = RepairPace(self._settings)
        self._known: Mapping[str, TopicDescription] = {}
        self._next: dict[TopicPartition, int] = {}
        self._has_read_all = False
        self._standstill = Standstill(self._settings.stuck_after)
        self._ask_at = 0.0
        self._failure = ""

    async def _keep(self) -> None:
        """Goes on until another process is the active one, or the topics are not what they were."""
        async with self._client() as reader:
            topics = await describe_topics(reader._client, self._topics)
            if self._are_others(topics):
                self._forget()
            self._known = {**self._known, **topics}
            partitions = partitions_of(topics)
            reader.assign(partitions)
            ends = await reader.end_offsets(partitions)
            for partition, offset in (await reader.beginning_offsets(partitions)).items():
                self._next[partition] = max(offset, self._next.get(partition, 0))
                reader.seek(partition, self._next[partition])
            self._measure(ends)
            while self._is_active():
                is_full = self._memory.suspect >= self._settings.most_suspicions
                if is_full:
                    await asyncio.sleep(self._settings.recheck)
                else:
                    await self._read(reader, partitions)
                self._has_read_all = all(self._next[partition] >= end for partition, end in ends.items())
                if self._has_read_all or is_full:
                    await self._repair_some()
                self._failure = ""
                if time.monotonic() >= self._ask_at:
                    self._measure(await reader.end_offsets(partitions))
                    if await describe_topics(reader._client, self._topics) != topics:
                        return

    def _are_others(self, topics: Mapping[str, TopicDescription]) -> bool:
        """Whether one was created anew: what was heard of it stands nowhere any more."""
        return any(name in topics and topics[name].topic_id != known.topic_id for name, known in self._known.items())

    def _measure(self, ends: Mapping[TopicPartition, int]) -> None:
        self._ask_at = time.monotonic() + self._settings.ask_every
        for partition, end in ends.items():
            self._standstill.measured(partition, self._next[partition], end)

    async def _read(self, reader: Any, partitions: Sequence[TopicPartition]) -> None:
        """Hears a few records at a time, since the relay shares the event loop."""
        fetched = await reader.getmany(
            timeout_ms=int(self._settings.recheck * 1000), max_records=self._settings.records_at_a_time
        )
        for partition, records in fetched.items():
            await self._take(records)
            self._next[partition] = records[-1].offset + 1
        for partition in partitions:
            # The last offsets of a partition may be none of a record's.
            self._next[partition] = max(self._next[partition], await reader.position(partition))
        await asyncio.sleep(0)

    async def _take(self, records: Sequence[Any]) -> None:
        has_all_keys = False
        for record in records:
            refusal = self._judge(record)
            if refusal is RefusalCode.KID_UNKNOWN and not has_all_keys:
                # A key may be on its way; but once all that is published is known, an unknown one is nobody's.
                await self._catch_up_keys(self._settings.key_limit)
                has_all_keys = True
                self._judge(record)

    def _judge(self, record: Any) -> RefusalCode | None:
        """Remembers what a record says, and tells why the guard refuses it if it does."""
        if record.key is None or len(record.key) > LONGEST_KEY:
            # No aggregate of ours has such a key, which may be a megabyte long: there is nothing to remember it for.
            return None
        try:
            data = judge_record(self._guard, record).data
        except EventRefused as refusal:
            fault: Fault = "tombstone" if refusal.code is RefusalCode.EVENT_TOMBSTONE else "refused"
            self._memory.refused(record.topic, record.key, fault, time.monotonic())
            return refusal.code
        except Exception as error:
            # Whatever a stranger sent made the guard itself fail: it is not to be believed, and stops nobody.
            logger.error("a record could not be judged: %s", type(error).__name__)
            self._memory.refused(record.topic, record.key, "refused", time.monotonic())
            return None
        if isinstance(data, AggregateState):
            self._memory.accepted(record.topic, record.key, word_of(data), time.monotonic())
        return None

    async def _repair_some(self) -> None:
        for suspicion in self._pace.due(self._memory.suspicions(), time.monotonic()):
            outcome = await self._repaired(suspicion)
            if outcome is Repair.WAITING:
                self._memory.postpone(suspicion, time.monotonic())
                continue
            if outcome is Repair.REPAIRED:
                self._pace.repaired(suspicion, time.monotonic())
            # What was appended will be heard, and is suspect again if it is not good.
            self._memory.drop(suspicion)
            self._report(suspicion, outcome)

    async def _repaired(self, suspicion: Suspicion) -> Repair:
        try:
            return await self._repair.repair(suspicion, self._settings.database_limit)
        except DATABASE_FAILURES:
            raise
        except Exception as error:
            # One aggregate that can't be read or said must not end the process.
            logger.error("a last word on %s could not be looked into: %s", suspicion.topic, type(error).__name__)
            return Repair.FAILED

    def _report(self, suspicion: Suspicion, outcome: Repair) -> None:
        self._observer.outcome(suspicion.topic, outcome.value)
        if outcome in (Repair.REPAIRED, Repair.AHEAD):
            said = "its newest state is said again" if outcome is Repair.REPAIRED else "it is newer than our own"
            logger.warning("the last word on a key of %s was %s: %s", suspicion.topic, suspicion.fault, said)

    def _client(self) -> GrouplessConsumer:
        return GrouplessConsumer(
            bootstrap_servers=self._bootstrap_servers,
            metadata_max_age_ms=5_000,
        )
