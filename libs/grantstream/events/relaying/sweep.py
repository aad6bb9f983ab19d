"""The owner of state topics keeps each newest state the last record of its key on one of its topics, every half hour.

Compaction keeps the last record of a key, so the last one must be right. But a relay that was paused sends an old state
after a newer one, or somebody who can write to the topic copies, forges or deletes a record. No consumer applies such a
record; yet once compaction has removed the ones before it, a projection that is built anew would lack the state. So
the owner reads what was appended to its topics since the last sweep, and compares it with its rows: they are the truth.

It does so well within the time for which the fence remembers what is void: later, a record that was refused because of
that would count as good.

One process of an owner does this: the one whose relay is active.
"""

import asyncio
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from aiokafka import TopicPartition

from grantstream.contracts.events.state import AggregateState
from grantstream.contracts.no_op import no_op
from grantstream.events.consuming.consumer_settings import ConsumerSettings
from grantstream.events.consuming.judging import Accepted, CatchUpKeys, Judge, Skipped, Verdict
from grantstream.events.errors import EventsError
from grantstream.events.relaying.outbox_room import until_room
from grantstream.events.relaying.owned_states import OwnedStates, possible_key
from grantstream.events.relaying.sweep_notes import BadRecord, LastRecord, Outcome, SweepNotes, digest_of
from grantstream.events.relaying.sweep_repair import SweepRepair
from grantstream.guard import Guard, RefusalCode
from grantstream.kafka.followed_topics import Log
from grantstream.kafka.retry_pause import RetryPause
from grantstream.kafka.topic_reading import TopicReading, open_topics
from grantstream.postgres.pool import Connection, Pool
from grantstream.postgres.queries import load_queries

_HALF_HOUR: Final = 1_800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepSettings:
    """All times in seconds.

    `every`: between two sweeps of one kind of aggregate; `look_every`: between two checks whether one is due.
    `records_at_a_time` are judged before other tasks of the event loop have their turn. With more than `most_keys`
    held, those that are right are dropped. `database_limit`: for a connection of the pool. A sweep that fails is
    tried again after a pause that doubles from `first_pause` to `longest_pause`.
    """

    every: float = _HALF_HOUR
    look_every: float = 30.0
    records_at_a_time: int = 50
    most_keys: int = 100_000
    database_limit: float = 5.0
    first_pause: float = 1.0
    longest_pause: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepObserver:
    """`outcome(topic, outcome)`: the result for one aggregate, a value of `Outcome` other than `right`."""

    outcome: Callable[[str, str], None] = no_op


_QUERIES: Final[Any] = load_queries(Path(__file__).with_name("sweep.sql"))


async def read_offsets(connection: Connection, topics: Sequence[str]) -> dict[Log, int]:
    """The next offsets of the topics' partitions, each for the log that was swept."""
    rows = await _QUERIES.read_offsets(connection, topics=topics)
    return {Log(row["topic_id"], row["partition"]): row["next_offset"] for row in rows}


async def seconds_since_sweep(connection: Connection, topics: Sequence[str]) -> float | None:
    """How long ago the topics were swept; None if one of them never was."""
    found: float | None = await _QUERIES.seconds_since(connection, topics=topics)
    return found


async def store_offsets(connection: Connection, offsets: Mapping[TopicPartition, tuple[str, int]]) -> None:
    """Stores the topic's id and the next offset of each partition that was swept."""
    await _QUERIES.store_offsets(
        connection,
        topics=[partition.topic for partition in offsets],
        partitions=[partition.partition for partition in offsets],
        topic_ids=[topic_id for topic_id, _ in offsets.values()],
        next_offsets=[offset for _, offset in offsets.values()],
    )


logger = logging.getLogger(__name__)

_NAMED: Final = 3
_REPAIRS_AT_A_TIME: Final = 100


class NotActive(Exception):
    """Another process is the active one now, and sweeps."""


class SweepIncomplete(EventsError):
    """Some aggregates could not be examined, so the sweep is repeated from where it began."""


@dataclass(slots=True)
class SweepReport:
    """The numbers of one sweep. `outcomes`: of aggregates by outcome; `ahead`: the keys of those that are ahead."""

    records: int = 0
    keys: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    ahead: list[str] = field(default_factory=list)


class OwnerSweep:
    """Sweeps the topics of `owned`. `pool`: of the owner's database. `is_active`: whether this process is to sweep."""

    def __init__(
        self,
        bootstrap_servers: str,
        guard: Guard,
        catch_up_keys: CatchUpKeys,
        pool: Pool,
        owned: Sequence[OwnedStates],
        *,
        source: str,
        is_active: Callable[[], bool],
        settings: SweepSettings | None = None,
        observer: SweepObserver | None = None,
    ) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._pool = pool
        self._owned = owned
        self._source = source
        self._is_active = is_active
        self._settings = settings or SweepSettings()
        self._observer = observer or SweepObserver()
        topics = {topic.name for each in owned for topic in each.topics}
        self._judge = Judge(guard, topics, ConsumerSettings(), catch_up_keys)
        self._pauses = {
            each.name: RetryPause(self._settings.first_pause, self._settings.longest_pause) for each in owned
        }
        self._not_before: dict[str, float] = {}

    async def run(self) -> None:
        """Sweeps each kind of aggregate when it is due, until it is cancelled. A failing sweep is tried again."""
        while True:
            for owned in self._owned:
                if self._is_active() and time.monotonic() >= self._not_before.get(owned.name, 0):
                    await self._sweep_if_due(owned)
            await asyncio.sleep(min(self._settings.look_every, self._settings.every))

    async def _sweep_if_due(self, owned: OwnedStates) -> None:
        topic = owned.topics[0].name
        try:
            async with self._pool.acquire(timeout=self._settings.database_limit) as connection:
                since = await seconds_since_sweep(connection, _names(owned))
            if since is None or since >= self._settings.every:
                with suppress(NotActive):
                    await self.sweep(owned)
            self._pauses[owned.name].reset()
        except Exception as error:
            # Any error: this task shares the process with the relay, which must go on.
            logger.warning("the sweep of %s failed, and is tried again: %s", owned.name, type(error).__name__)
            self._observer.outcome(topic, Outcome.FAILED.value)
            self._not_before[owned.name] = time.monotonic() + self._pauses[owned.name].next()

    async def sweep(self, owned: OwnedStates) -> SweepReport:
        """One sweep of one kind of aggregate, from where the last one ended.

        Its end is stored last, so a sweep that breaks off is repeated. Raises NotActive, KafkaError, EventsError,
        TopicFault and failures of the database.
        """
        began, report = time.monotonic(), SweepReport()
        async with self._pool.acquire(timeout=self._settings.database_limit) as connection:
            reached = await read_offsets(connection, _names(owned))
        async with open_topics(self._bootstrap_servers, _names(owned), reached=reached) as reading:
            for partitions in _with_the_same_keys(reading.next_offsets):
                await self._sweep_partitions(owned, reading, partitions, report)
            offsets = reading.next_offsets
        self._log(owned, report, time.monotonic() - began)
        if report.outcomes[Outcome.FAILED]:
            raise SweepIncomplete(owned.name)
        async with self._pool.acquire(timeout=self._settings.database_limit) as connection:
            await store_offsets(connection, offsets)
        return report

    async def _sweep_partitions(
        self, owned: OwnedStates, reading: TopicReading, partitions: Collection[TopicPartition], report: SweepReport
    ) -> None:
        """Sweeps some partitions of the topics, which have all records of their keys."""
        notes = SweepNotes()
        repair = SweepRepair(self._pool, owned, self._source, self._settings.database_limit)
        for is_final in (False, True):
            # Twice: a row may be newer than what was read of it, because its change was published meanwhile.
            await self._read(owned, reading, partitions, notes, repair, report)
            await self._settle(notes, repair, report, is_final=is_final)

    async def _read(
        self,
        owned: OwnedStates,
        reading: TopicReading,
        partitions: Collection[TopicPartition],
        notes: SweepNotes,
        repair: SweepRepair,
        report: SweepReport,
    ) -> None:
        most = self._settings.most_keys
        for topic in _names(owned):
            # One topic after the other: most states of an aggregate are newer than those on the topics before.
            some = [each for each in partitions if each.topic == topic]
            async for records in reading.to_the_ends(of=some):
                for part in _in_parts(records, self._settings.records_at_a_time):
                    await self._note(part, notes, report)
                    if len(notes) > most:
                        await self._settle(notes, repair, report, is_final=False)
                        # Twice as many, so that a key which is not right yet is not looked up again and again.
                        most = max(self._settings.most_keys, 2 * len(notes))

    async def _note(self, records: Sequence[Any], notes: SweepNotes, report: SweepReport) -> None:
        """Judges a few records, and gives way to the relay, which shares the event loop."""
        if not self._is_active():
            raise NotActive
        keyed = [(record, key) for record in records if (key := possible_key(record.key)) is not None]
        verdicts = await self._judge.judge_all([record for record, _ in keyed])
        for (record, key), verdict in zip(keyed, verdicts, strict=True):
            notes.note(record.topic, key, _last_record(verdict))
        report.records += len(records)
        await asyncio.sleep(0)

    async def _settle(self, notes: SweepNotes, repair: SweepRepair, report: SweepReport, *, is_final: bool) -> None:
        for key, held in notes.held():
            if not self._is_active():
                raise NotActive
            outcome, topic = await repair.settle(key, held, is_final=is_final)
            if is_final or outcome in (Outcome.RIGHT, Outcome.UNKNOWN):
                notes.drop(key)
                report.keys += 1
                report.outcomes[outcome] += 1
                if outcome is not Outcome.RIGHT:
                    self._observer.outcome(topic, outcome.value)
                if outcome is Outcome.AHEAD and len(report.ahead) < _NAMED:
                    report.ahead.append(key)
                if outcome is Outcome.REPUBLISHED and report.outcomes[outcome] % _REPAIRS_AT_A_TIME == 0:
                    await until_room(self._pool)

    def _log(self, owned: OwnedStates, report: SweepReport, seconds: float) -> None:
        if report.ahead:
            logger.error(
                "%d %s have newer states on their topics than in the owner's database, such as %s: nothing is appended",
                report.outcomes[Outcome.AHEAD],
                owned.name,
                ", ".join(report.ahead),
            )
        logger.info(
            "swept %s: %d records of %d keys, %d republished, in %.1f s",
            owned.name,
            report.records,
            report.keys,
            report.outcomes[Outcome.REPUBLISHED],
            seconds,
        )


def _names(owned: OwnedStates) -> list[str]:
    return [topic.name for topic in owned.topics]


def _with_the_same_keys(partitions: Iterable[TopicPartition]) -> list[list[TopicPartition]]:
    """The partitions of several topics in groups, each with all records of its keys.

    A key has the same partition on topics with the same number of partitions. So only the keys of one group are held.
    """
    by_topic: defaultdict[str, set[int]] = defaultdict(set)
    for each in partitions:
        by_topic[each.topic].add(each.partition)
    numbers = list(by_topic.values())
    if any(those != numbers[0] for those in numbers):
        return [sorted(partitions)]
    return [[TopicPartition(topic, number) for topic in by_topic] for number in sorted(numbers[0])] if numbers else []


def _in_parts(records: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    return (records[start : start + size] for start in range(0, len(records), size))


def _last_record(verdict: Verdict) -> LastRecord:
    if isinstance(verdict, Accepted) and isinstance(verdict.data, AggregateState):
        try:
            return digest_of(verdict.data)
        except (TypeError, ValueError):
            # Something that JSON can't say, such as a number of more than 64 bits: no row of ours has it.
            return BadRecord.REFUSED
    is_tombstone = isinstance(verdict, Skipped) and verdict.why == RefusalCode.EVENT_TOMBSTONE
    return BadRecord.TOMBSTONE if is_tombstone else BadRecord.REFUSED
