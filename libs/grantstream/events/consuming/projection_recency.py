"""Whether a projection lacks only changes that the fence still knows.

A row older than the fence's floor is refused. But the fence forgets a floor after RULE_LIFETIME, and a group may be
behind for longer, such as after a weekend without its worker. Or it lost records for ever, because they or their topic
were deleted before it read them. Rows would then look current, and tokens would be issued from permissions that were
withdrawn long ago. So a process that reads the rows regularly compares the group's offsets in its database
(`kept_offsets.py`) with the topics' logs at the broker (a lagging projection fails closed). The
group's committed offsets prove nothing: any administrator of the broker can move them.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Final, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from grantstream.contracts.claims import CLOCK_TOLERANCE, RULE_LIFETIME
from grantstream.contracts.topics import Topic
from grantstream.events.consuming.group_progress import GroupProgress, wait_until_taken_in
from grantstream.events.consuming.kept_offsets import Loss, read_losses
from grantstream.fence import RowBelowFloor
from grantstream.fence.freshness import boot_clock
from grantstream.kafka.groupless_consumer import GrouplessConsumer
from grantstream.postgres.passing import STATEMENT_FAILURES
from grantstream.postgres.pool import Pool

_log = logging.getLogger(__name__)

_TOLERATED: Final = timedelta(minutes=30)
_PROOF_LASTS: Final = RULE_LIFETIME - _TOLERATED - timedelta(minutes=5)
"""Changes that are not applied yet are younger than both together, so the fence knows them for minutes to come."""

_ASK_EVERY: Final = 60.0
_LOOK_EVERY: Final = 1.0
_QUESTION_LIMIT: Final = 5.0
_WAIT_FOR_GROUP: Final = 3.0
_NAMED: Final = 2

CoversSince = Callable[[], float]
"""From when on the fence has all records within its memory: seconds since 1970, by append times."""


class Recency(Protocol):
    """Whether projections lack only changes that the fence still knows."""

    def is_recent(self) -> bool:
        """Whether that is proven."""
        ...


def require_recent(projections: Recency, subject: str) -> None:
    """Raises RowBelowFloor, for this subject, unless the projections are recent."""
    if not projections.is_recent():
        raise RowBelowFloor(subject)


def covers_everything() -> float:
    """For a fence that was never lost: it covers every change that a recent projection may lack."""
    return 0.0


@dataclass(frozen=True, slots=True)
class _Proof:
    """At `at` (by the clock), all records appended before `until` (since 1970) had been applied."""

    at: float
    until: float


class ProjectionRecency:
    """Checks the group `group_id` and its topics. `clock` counts seconds, and never stands still.

    `pool`: of asyncpg, to the group's database. Changes younger than `tolerated` may be missing, if they were appended
    after `covers_since`: a fence that was lost knows none before. `proof_lasts`: how long a proof counts.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        group_id: str,
        topics: Iterable[Topic],
        pool: Pool,
        *,
        tolerated: timedelta = _TOLERATED,
        proof_lasts: timedelta = _PROOF_LASTS,
        covers_since: CoversSince = covers_everything,
        clock: Callable[[], float] = boot_clock,
    ) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._group_id = group_id
        self._topics = [topic.name for topic in topics]
        self._pool = pool
        self._tolerated = tolerated
        self._proof_lasts = proof_lasts
        self._covers_since = covers_since
        self._clock = clock
        self._proof: _Proof | None = None
        self._asked_at = 0.0
        self._why = "nothing is known yet of how recent the projections are"

    def is_recent(self) -> bool:
        """Whether it is proven that the group has applied all changes that the fence may have forgotten."""
        proof = self._proof
        return (
            proof is not None
            and self._clock() - proof.at < self._proof_lasts.total_seconds()
            and self._covered_from() <= proof.until
        )

    def why_not(self) -> str:
        """Why rows are not used, as a sentence; empty if they are used."""
        return "" if self.is_recent() else self._why

    @asynccontextmanager
    async def followed(self) -> AsyncIterator[None]:
        """Checks once, and then regularly while the block runs."""
        await self.ask()
        asking = asyncio.create_task(self._ask_for_ever(), name="projection recency")
        try:
            yield
        finally:
            asking.cancel()
            await asyncio.wait({asking})

    async def _ask_for_ever(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            if self.is_recent() and self._clock() - self._asked_at < _ASK_EVERY:
                await self._answer(self._look_for_losses)
            else:
                await self.ask()

    async def ask(self) -> None:
        """Checks once. If a server can't be reached, the last proof counts until it expires."""
        self._asked_at = self._clock()
        await self._answer(self._compare)

    async def _answer(self, question: Callable[[], Awaitable[None]]) -> None:
        try:
            async with asyncio.timeout(_QUESTION_LIMIT):
                await question()
        except (KafkaError, *STATEMENT_FAILURES) as error:
            self._complain(f"how recent the projections are can't be learned: {type(error).__name__}")
        except Exception as error:
            # If this task ended, rows would be refused for ever.
            self._complain(f"how recent the projections are can't be learned, by a fault: {type(error).__name__}")
            _log.exception("a fault in asking how recent the projections are")

    async def _look_for_losses(self) -> None:
        """Reads the recorded losses, which costs one statement."""
        async with self._pool.acquire() as connection:
            losses = await read_losses(connection, self._group_id)
        self._withdraw([each for each in losses if each.topic in self._topics], [])

    async def _compare(self) -> None:
        at, now = self._clock(), time.time()
        before = max(now - self._tolerated.total_seconds(), self._covered_from())
        async with GrouplessConsumer(bootstrap_servers=self._bootstrap_servers) as consumer:
            progress = await GroupProgress.read(self._pool, consumer, self._group_id, self._topics)
            if self._withdraw(progress.losses, progress.faults()):
                return
            needed = await _first_since(consumer, progress, before)
            progress, lacking = await wait_until_taken_in(self._pool, consumer, progress, needed, _WAIT_FOR_GROUP)
        if self._withdraw(progress.losses, []):
            return
        if lacking:
            places = _some([f"{each.topic}/{each.partition}" for each in lacking])
            self._complain(f"the group {self._group_id} has not taken in old changes of {places}")
        else:
            # If `before` is in the future, all records so far were applied, and the fence will know the later ones.
            self._proof = _Proof(at, before)
            self._why = "the last proof that the projections are recent is too old"

    def _withdraw(self, losses: Sequence[Loss], faults: Sequence[str]) -> bool:
        """Withdraws the proof if changes may be missing for ever. Returns whether it did."""
        if losses:
            places = _some([f"{each.topic}/{each.partition}: {each.why}" for each in losses])
            self._complain(f"the group {self._group_id} may have lost changes since {_day(losses)} ({places})")
        elif faults:
            self._complain(f"the group {self._group_id} may lack changes ({_some(faults)})")
        else:
            return False
        self._proof = None
        return True

    def _complain(self, why: str) -> None:
        """Logs only changes: it is called every second."""
        if why != self._why:
            _log.warning("%s", why)
        self._why = why

    def _covered_from(self) -> float:
        return self._covers_since() + CLOCK_TOLERANCE.total_seconds()


async def _first_since(
    consumer: AIOKafkaConsumer, progress: GroupProgress, moment: float
) -> Mapping[TopicPartition, int]:
    """Of each partition, the offset of the first record that was appended at `moment` or later."""
    if not progress.logs:
        return {}
    offsets = await consumer.offsets_for_times(dict.fromkeys(progress.logs, int(moment * 1000)))
    return {
        partition: log.end if (first := offsets.get(partition)) is None else first.offset
        for partition, log in progress.logs.items()
    }


def _day(losses: Sequence[Loss]) -> str:
    return f"{min(each.since for each in losses).astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _some(places: Sequence[str]) -> str:
    """The first few places, and the number of the others."""
    more = f" and {len(places) - _NAMED} more" if len(places) > _NAMED else ""
    return ", ".join(places[:_NAMED]) + more
