"""Whether a projection is so recent that what is missing in it is still told by the fence.

A row that is older than the fence's floor is refused. But the fence forgets a floor after RULE_LIFETIME, and a group
of consumers may be behind for longer than that: its worker was down, or the whole service was, over a weekend. Or it
lost records that nobody will ever bring again: they were deleted before it read them, or their topic was. Rows would
then look current, and tokens would be issued from permissions that were taken away long ago. So whoever reads the rows
compares, now and then, the places of the group in its database (`kept_places.py`) with the topics as the broker has
them (design, section 4: a lagging projection fails closed). The group's offsets at the broker prove nothing: anybody
who administers it may move them.
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
from grantstream.events.consuming.kept_places import Loss, read_losses
from grantstream.fence import RowBelowFloor
from grantstream.fence.clocks import boot_clock
from grantstream.fence.groupless_consumer import GrouplessConsumer
from grantstream.postgres.passing import STATEMENT_FAILURES
from grantstream.postgres.pool import Pool

_log = logging.getLogger(__name__)

_TOLERATED: Final = timedelta(minutes=30)
_PROOF_LASTS: Final = RULE_LIFETIME - _TOLERATED - timedelta(minutes=5)
"""What is not taken in yet is younger than both together, so that the fence tells of it for minutes to come."""

_ASK_EVERY: Final = 60.0
_LOOK_EVERY: Final = 1.0
_QUESTION_LIMIT: Final = 5.0
_WAIT_FOR_GROUP: Final = 3.0
_NAMED: Final = 2

CoversSince = Callable[[], float]
"""Since when the fence has all that it was ever told and still remembers: seconds since 1970, by append times."""


class Recency(Protocol):
    """Whether what projections lack, if anything, is young enough for the fence to tell of it."""

    def is_recent(self) -> bool:
        """Whether that is known for certain."""
        ...


def refuse_far_behind(projections: Recency, subject: str) -> None:
    """Raises RowBelowFloor unless a row of the subject may be gone by, as far as the age of the projection says."""
    if not projections.is_recent():
        raise RowBelowFloor(subject)


def covers_everything() -> float:
    """A fence that was never lost: whatever it forgot is older than what a projection may lack."""
    return 0.0


@dataclass(frozen=True, slots=True)
class _Proof:
    """At `at` (by the clock) everything that was appended before `until` (since 1970) was taken in."""

    at: float
    until: float


class ProjectionRecency:
    """Asks about the group `group_id` and the topics that it follows. `clock` counts seconds, and never stands still.

    `pool`: of asyncpg, to the group's database. What is younger than `tolerated` may be missing, as long as the fence
    tells of it: not what was appended before `covers_since`, since when a fence that was lost has been remembering
    anew. `proof_lasts`: for how long a good answer counts.
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
        """Whether everything that the fence may have forgotten is known to have been taken in."""
        proof = self._proof
        return (
            proof is not None
            and self._clock() - proof.at < self._proof_lasts.total_seconds()
            and self._covered_from() <= proof.until
        )

    def why_not(self) -> str:
        """A sentence that says why rows are not used; empty if they are."""
        return "" if self.is_recent() else self._why

    @asynccontextmanager
    async def followed(self) -> AsyncIterator[None]:
        """Asks once, and then again and again while the block runs."""
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
        """Asks once. Servers that can't be asked leave what was known before, for as long as that lasts."""
        self._asked_at = self._clock()
        await self._answer(self._compare)

    async def _answer(self, question: Callable[[], Awaitable[None]]) -> None:
        try:
            async with asyncio.timeout(_QUESTION_LIMIT):
                await question()
        except (KafkaError, *STATEMENT_FAILURES) as error:
            self._complain(f"how recent the projections are can't be learned: {type(error).__name__}")
        except Exception as error:
            # Whoever stops asking refuses for ever, and nobody would start it again.
            self._complain(f"how recent the projections are can't be learned, by a fault: {type(error).__name__}")
            _log.exception("a fault in asking how recent the projections are")

    async def _look_for_losses(self) -> None:
        """What the group has noted itself, which costs one statement."""
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
            # Where `before` is still to come, all there is was taken in; what comes later the fence will tell of.
            self._proof = _Proof(at, before)
            self._why = "the last proof that the projections are recent is too old"

    def _withdraw(self, losses: Sequence[Loss], faults: Sequence[str]) -> bool:
        """Whether changes may be missing that nobody brings again; then no earlier proof counts any more."""
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
        """Logs what is new in it only: it is asked every second."""
        if why != self._why:
            _log.warning("%s", why)
        self._why = why

    def _covered_from(self) -> float:
        return self._covers_since() + CLOCK_TOLERANCE.total_seconds()


async def _first_since(
    consumer: AIOKafkaConsumer, progress: GroupProgress, moment: float
) -> Mapping[TopicPartition, int]:
    """Of each partition the offset of the first record that was appended at `moment` or later."""
    if not progress.logs:
        return {}
    found = await consumer.offsets_for_times(dict.fromkeys(progress.logs, int(moment * 1000)))
    return {
        partition: log.end if (first := found.get(partition)) is None else first.offset
        for partition, log in progress.logs.items()
    }


def _day(losses: Sequence[Loss]) -> str:
    return f"{min(each.since for each in losses).astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _some(places: Sequence[str]) -> str:
    """The first few, and how many more."""
    more = f" and {len(places) - _NAMED} more" if len(places) > _NAMED else ""
    return ", ".join(places[:_NAMED]) + more
