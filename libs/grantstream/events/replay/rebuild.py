"""A projection made anew from its topics, beside the live one, which it then replaces while traffic goes on.

    report = await rebuild(projection, group_id=..., dsn=..., bootstrap_servers=..., guard=..., dead_letters=...)

The topics are read from their starts into a new table. What the live table has and they don't is taken over. When
hardly anything is left to read, writers of the live table are held for as long as it takes to compare the two once
more, readers for a moment of renaming; whoever waits then goes on with the new table. Killed at any moment, it leaves
the live table as it was.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol

import asyncpg

from grantstream.events.consuming.consumer_settings import ConsumerSettings
from grantstream.events.consuming.judging import Accepted, CatchUpKeys, Judge, Refused
from grantstream.events.consuming.kept_places import lost_partitions
from grantstream.events.consuming.projection import Projection
from grantstream.events.errors import RebuildRefused
from grantstream.events.replay.rebuild_left_out import LeftOut
from grantstream.events.replay.rebuild_loading import RowLoader
from grantstream.events.replay.rebuild_merge import Difference, LiveRows
from grantstream.events.replay.rebuild_report import RebuildReport
from grantstream.events.replay.rebuild_table import NewTable, open_new_table
from grantstream.events.replay.topic_reading import Progress, TopicReading, open_topics
from grantstream.fence.retry_pause import RetryPause
from grantstream.guard import Guard
from grantstream.guard.no_op import no_op
from grantstream.postgres.pool import Connection

_NEARLY_THERE: Final = 500
_ROUNDS: Final = 20
_LOCK_TRIES: Final = 50
_LOCK_TIMEOUT: Final = "500ms"


class SetAside(Protocol):
    """Which records the projection's group has set aside as dead letters, and has not been told to take again."""

    def contains(self, topic: str, partition: int, offset: int, appended_at_ms: int) -> bool:
        """Whether this record is one."""
        ...


async def rebuild(
    projection: Projection[Any],
    *,
    group_id: str,
    dsn: str,
    bootstrap_servers: str,
    guard: Guard,
    dead_letters: SetAside,
    catch_up_keys: CatchUpKeys | None = None,
    progress: Progress = no_op,
) -> RebuildReport:
    """Makes a projection anew. `group_id` maintains it; `guard` judges events; `catch_up_keys` as for `Judge`.

    Raises RebuildRefused and TopicsUnreadable, and asyncpg's errors: in each case nothing has changed.
    """
    judge = Judge(guard, dict.fromkeys(projection.event_types), ConsumerSettings(), catch_up_keys)
    topics = {topic.name for topic in projection.topics}
    began = time.monotonic()
    async with (
        _connected(dsn) as connection,
        open_topics(bootstrap_servers, topics) as reading,
        open_new_table(connection, projection.table) as new,
    ):
        loader = RowLoader(connection, new, projection)
        live, left_out = LiveRows(connection, new, projection), LeftOut(connection, new, projection)
        run = _Run(connection, new, loader, live, left_out, judge, dead_letters)
        difference, locked_seconds = await run.replace_live(reading, progress)
        missed = await left_out.missed()
        rows = await connection.fetchval(f"select count(*) from {new.live_name}")  # noqa: S608 - quoted
        async with _connected(dsn) as another:  # with the search path of the service, which was taken from the first
            lost = await lost_partitions(another, group_id, topics)
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
        dead_letters: SetAside,
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
        """All of it, in order; gives how the tables differed, and for how long writers were held."""
        await self._read(reading, progress)
        await self._connection.execute(f"analyze {self._new.full_name}")
        difference = await self._live.compare()
        await self._live.take_over()
        for _ in range(_ROUNDS):
            if await reading.behind() <= _NEARLY_THERE:
                break
            await self._read(reading, progress)
        locked_seconds = await self._swap()
        async for records in reading.to_the_ends():
            # What the live consumer was ahead of us, and so what explains its rows. It is in the table already.
            self._live.explain(await self._believed(records))
        return difference, locked_seconds

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
        self._refused.update(verdict.reason for verdict in verdicts if isinstance(verdict, Refused))
        events = [verdict for verdict in verdicts if isinstance(verdict, Accepted)]
        self._seen["events"] += len(events)
        self._seen["skipped"] += len([each for each in verdicts if not isinstance(each, Accepted | Refused)])
        return events

    def _is_dead_letter(self, record: Any) -> bool:
        return self._dead_letters.contains(record.topic, record.partition, record.offset, record.timestamp)

    async def _swap(self) -> float:
        pause = RetryPause(0.05, 1.0)
        for _ in range(_LOCK_TRIES):
            try:
                return await self._swap_once()
            except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
                # Waiting longer would hold up everybody who came to the table after us.
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
        """What came of it."""
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
        # What a crash undoes is read again; the swap itself waits for the disk.
        server_settings={"application_name": "grantstream-rebuild", "synchronous_commit": "off", "timezone": "UTC"},
    )
    try:
        yield connection
    finally:
        connection.terminate()
