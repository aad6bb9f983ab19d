"""Rebuilds a projection from its topics, in a new table that then replaces the live one while traffic goes on.

    report = await rebuild(projection, group_id=..., dsn=..., bootstrap_servers=..., guard=...)

The topics are read from their starts into a new table. Live rows that they lack are copied. When hardly anything is
left to read, writers of the live table are blocked for one more comparison, readers for the moment of renaming; then
they continue with the new table. If the rebuild is killed at any moment, the live table stays as it was.
"""

import asyncio
import gc
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence, Set
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from grantstream.contracts.no_op import no_op
from grantstream.events.consuming.consumer_settings import ConsumerSettings
from grantstream.events.consuming.judging import Accepted, CatchUpKeys, Judge, Rejected
from grantstream.events.consuming.kept_offsets import lost_partitions
from grantstream.events.consuming.projection import Projection
from grantstream.events.dead.rows import Place, read_left_out
from grantstream.events.errors import RebuildRefused, RebuiltNotCompared
from grantstream.events.replay.rebuild_merge import Difference, LeftOut, LiveRows
from grantstream.events.replay.rebuild_table import NewTable, RowLoader, open_new_table
from grantstream.guard import Guard
from grantstream.kafka.retry_pause import RetryPause
from grantstream.kafka.topic_reading import Progress, TopicReading, open_topics
from grantstream.postgres.pool import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildReport:
    """Records read and rows written. If there is a report, the live table has been replaced.

    `left_out`: number of the group's dead letters; `missed`: the keys of those that are believed and newer than their
    rows. `refused`: other records that are not believed or can't be applied, by reason. Compared to the live table,
    `added` rows are new, `advanced` rows are newer, `corrected` rows have other columns; `kept` rows were copied from
    it. Of these, `contradictions` are the keys of rows whose version has another content in the topics, `unexplained`
    those whose version the topics lack; `not_named` counts further ones. `lost`: partitions of which the group may have
    lost records; a rebuild can't restore them.
    """

    projection: str
    records: int
    events: int
    skipped: int
    left_out: int
    missed: Sequence[str]
    refused: Mapping[str, int]
    rows: int
    added: int
    advanced: int
    corrected: int
    kept: int
    contradictions: Sequence[str]
    unexplained: Sequence[str]
    not_named: int
    lost: Sequence[str]
    seconds: float
    locked_seconds: float

    @property
    def is_clean(self) -> bool:
        """Whether the topics, with every record believed, explain all rows and have no newer states."""
        explained = not (self.missed or self.refused or self.contradictions or self.unexplained or self.not_named)
        return explained and not self.lost


_THRESHOLDS: Final = (50_000, 20, 100)


@contextmanager
def reduced_gc() -> Iterator[None]:
    """Runs the collector a seventieth as often until the block ends. For a process that does nothing else meanwhile.

    A batch of thousands of records outlives the collector's first generations, so each object is examined again and
    again: that is a quarter of the time of a rebuild.
    """
    before = gc.get_threshold()
    gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)


_NEARLY_THERE: Final = 500
_ROUNDS: Final = 20
_LOCK_TRIES: Final = 50
_LOCK_TIMEOUT: Final = "500ms"


async def rebuild(
    projection: Projection[Any],
    *,
    group_id: str,
    dsn: str,
    bootstrap_servers: str,
    guard: Guard,
    catch_up_keys: CatchUpKeys | None = None,
    progress: Progress = no_op,
) -> RebuildReport:
    """Rebuilds a projection. `group_id` maintains it; `guard` judges events; `catch_up_keys` as for `Judge`.

    Raises RebuildRefused, TopicsUnreadable, KafkaError and asyncpg's errors: then nothing has changed. Raises
    RebuiltNotCompared if the live table was replaced, and the comparison afterwards failed.
    """
    judge = Judge(guard, dict.fromkeys(projection.event_types), ConsumerSettings(), catch_up_keys)
    topics = {topic.name for topic in projection.topics}
    began = time.monotonic()
    async with _connected(dsn) as another:  # with the search path of the service, which a new table takes away
        dead_letters = await read_left_out(another, group_id)
    async with (
        _connected(dsn) as connection,
        open_topics(bootstrap_servers, topics) as reading,
        open_new_table(connection, projection.table) as new,
    ):
        loader = RowLoader(connection, new, projection)
        live, left_out = LiveRows(connection, new, projection), LeftOut(connection, new, projection)
        run = _Run(connection, new, loader, live, left_out, judge, dead_letters)
        difference, locked_seconds = await run.replace_live(reading, progress)
        try:
            await run.explain_the_rest(reading)
            missed = await left_out.missed()
            rows = await connection.fetchval(f"select count(*) from {new.live_name}")  # noqa: S608 - quoted
            async with _connected(dsn) as another:
                lost = await lost_partitions(another, group_id, topics)
        except Exception as error:
            raise RebuiltNotCompared(type(error).__name__) from error
        return run.report(projection.name, difference, missed, lost, rows, time.monotonic() - began, locked_seconds)


class _Run:
    """One rebuild, from reading to the swap."""

    def __init__(
        self,
        connection: Connection,
        new: NewTable,
        loader: RowLoader,
        live: LiveRows,
        left_out: LeftOut,
        judge: Judge,
        dead_letters: Set[Place],
    ) -> None:
        self._connection = connection
        self._new = new
        self._loader = loader
        self._live = live
        self._left_out = left_out
        self._judge = judge
        self._dead_letters = dead_letters
        self._seen: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()

    async def replace_live(self, reading: TopicReading, progress: Progress) -> tuple[Difference, float]:
        """The whole rebuild. Returns the difference of the tables, and for how many seconds writers were blocked."""
        await self._read(reading, progress)
        await self._connection.execute(f"analyze {self._new.full_name}")
        difference = await self._live.compare()
        await self._live.take_over()
        for _ in range(_ROUNDS):
            if await reading.behind() <= _NEARLY_THERE:
                break
            await self._read(reading, progress)
        return difference, await self._swap()

    async def explain_the_rest(self, reading: TopicReading) -> None:
        """Reads the records that the live consumer had read before us: they explain its rows, which were copied."""
        async for records in reading.to_the_ends():
            self._live.explain(await self._believed(records))

    async def _read(self, reading: TopicReading, progress: Progress) -> None:
        async for records in reading.to_the_ends(progress):
            events = await self._believed(records)
            self._live.explain(events)
            await self._loader.load(events)

    async def _believed(self, records: Sequence[Any]) -> list[Accepted]:
        wanted = [each for each in records if not self._is_dead_letter(each)]
        if len(wanted) < len(records):
            self._left_out.take(await self._judge.judge_all([each for each in records if self._is_dead_letter(each)]))
        verdicts = await self._judge.judge_all(wanted)
        self._seen["records"] += len(records)
        self._seen["left_out"] += len(records) - len(wanted)
        self._refused.update(verdict.reason for verdict in verdicts if isinstance(verdict, Rejected))
        events = [verdict for verdict in verdicts if isinstance(verdict, Accepted)]
        self._seen["events"] += len(events)
        self._seen["skipped"] += len([each for each in verdicts if not isinstance(each, Accepted | Rejected)])
        return events

    def _is_dead_letter(self, record: Any) -> bool:
        return (record.topic, record.partition, record.offset, record.timestamp) in self._dead_letters

    async def _swap(self) -> float:
        pause = RetryPause(0.05, 1.0)
        for _ in range(_LOCK_TRIES):
            try:
                return await self._swap_once()
            except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
                # Waiting longer would block all later statements on the table.
                await asyncio.sleep(pause.next())
        raise RebuildRefused(f"{self._new.live_name} is never free: some transaction holds it for long")

    async def _swap_once(self) -> float:
        async with self._connection.transaction():
            await self._connection.execute(
                f"set local lock_timeout = '{_LOCK_TIMEOUT}'; set local synchronous_commit = on;"
                f" lock table {self._new.live_name} in exclusive mode"
            )
            began = time.monotonic()
            await self._live.take_over()
            await self._new.take_the_live_place(self._connection)
        return time.monotonic() - began

    def report(
        self,
        projection: str,
        difference: Difference,
        missed: Sequence[str],
        lost: Sequence[str],
        rows: int,
        seconds: float,
        locked_seconds: float,
    ) -> RebuildReport:
        """The report."""
        return RebuildReport(
            projection=projection,
            records=self._seen["records"],
            events=self._seen["events"],
            skipped=self._seen["skipped"],
            left_out=self._seen["left_out"],
            missed=missed,
            refused=+(self._refused + self._loader.unstorable),
            rows=rows,
            added=difference.added,
            advanced=difference.advanced,
            corrected=difference.corrected,
            kept=difference.kept,
            contradictions=self._live.contradictions(),
            unexplained=self._live.unexplained(),
            not_named=self._live.not_named,
            lost=lost,
            seconds=seconds,
            locked_seconds=locked_seconds,
        )


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(
        dsn,
        timeout=10.0,
        # Rows lost in a crash are read again; the swap itself waits for the disk.
        server_settings={"application_name": "grantstream-rebuild", "synchronous_commit": "off", "timezone": "UTC"},
    )
    try:
        yield connection
    finally:
        connection.terminate()
