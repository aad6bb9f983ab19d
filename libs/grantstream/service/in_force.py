"""Waits until a change is in force: every live process uses it, or the answer names the processes that may not.

Answers wait only here. `change.py` calls this after each commit; `progress_answer.py` renders the outcome.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Protocol, Self

from grantstream.contracts.claims import RULE_LIFETIME
from grantstream.events.producing.outbox import is_relayed
from grantstream.fence import ChangeStatus, Fence, Pending
from grantstream.postgres.pool import Pool, connection
from grantstream.service.errors import NoSuchChange
from grantstream.service.telemetry import metrics


def now_in_utc() -> datetime:
    """The present."""
    return datetime.now(UTC)


class Aggregate(Protocol):
    """What a service owns: an object with a subject and a version."""

    @property
    def subject(self) -> str: ...

    @property
    def version(self) -> int: ...

    @property
    def updated_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Version:
    """A subject's version that every process must know. `made_at`: when it was made."""

    subject: str
    version: int
    made_at: datetime

    @classmethod
    def of(cls, aggregate: Aggregate) -> Self:
        """An aggregate as it is now."""
        return cls(aggregate.subject, aggregate.version, aggregate.updated_at)


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of versions. `published`: all were read on the fence. `waited`: seconds."""

    reached: bool
    published: bool
    pending: tuple[Pending, ...] = ()
    waited: float = 0.0


@dataclass(frozen=True, slots=True)
class InForce:
    """Waits until committed versions are in force, and reports their progress."""

    pool: Pool
    fence: Fence
    now: Callable[[], datetime] = now_in_utc

    async def wait(self, versions: Sequence[Version]) -> Progress:
        """Waits until all versions are reached, in total at most the fence's limit for answers.

        Raises DatabaseError: for versions older than RULE_LIFETIME it reads the outbox.
        """
        began = time.monotonic()
        deadline = self._deadline()
        statuses = await asyncio.gather(*(self._wait(version, deadline) for version in versions))
        progress = _together(statuses, waited=time.monotonic() - began)
        metrics.observe_fence_wait(progress.waited, reached=progress.reached)
        return progress

    async def progress(self, newest: Version, version: int) -> Progress:
        """The progress of a version, for clients that got a 202. `newest`: the newest version of its subject.

        For an old version the proof may take up to a heartbeat. Raises NoSuchChange or DatabaseError.
        """
        if not 1 <= version <= newest.version:
            raise NoSuchChange
        # The time of an earlier version is not stored; it was not after the newest.
        asked = replace(newest, version=version)
        if await self._is_long_past(asked, self._deadline()):
            return _together([_REACHED], waited=0.0)
        return _together([await self.fence.wait_until_reached(asked.subject, asked.version, limit=0.0)], waited=0.0)

    async def _wait(self, version: Version, deadline: float) -> ChangeStatus:
        if await self._is_long_past(version, deadline):
            return _REACHED
        limit = max(0.0, deadline - time.monotonic())
        return await self.fence.wait_until_reached(version.subject, version.version, limit)

    def _deadline(self) -> float:
        return time.monotonic() + self.fence.settings.answer_limit

    async def _is_long_past(self, version: Version, deadline: float) -> bool:
        """Whether a change is in force because it is older than the fence's memory.

        Then no token or row from before the change counts any more. The same holds for a change that was lost with an
        older log of the fence, because tokens from before the new log are refused. It must have been published: a relay
        may have been without a broker for hours. If it was published just now, this process may still have to read it,
        so it waits for a proof of being current.
        """
        if version.made_at > self._oldest_on_the_fence() or self._knows(version):
            return False
        if not self.fence.knows_all_instances():
            return False
        async with connection(self.pool) as acquired:
            relayed = await is_relayed(acquired, version.subject)
        return relayed and await self._has_read_all_until_now(deadline) and not self._knows(version)

    def _oldest_on_the_fence(self) -> datetime:
        """The fence has no older changes: it has forgotten them, or they were in another log.

        No tolerance for clocks is subtracted: otherwise a change from shortly before a log's beginning would not count
        as in force until rules expire. A change with too early a time was relayed, so this log or an older one has it.
        """
        forgotten, begins = self.now() - RULE_LIFETIME, self.fence.covers_since
        if begins == float("inf"):
            return forgotten
        return max(forgotten, datetime.fromtimestamp(begins, UTC))

    def _knows(self, version: Version) -> bool:
        return self.fence.knows(version.subject, version.version)

    async def _has_read_all_until_now(self, deadline: float) -> bool:
        """Waits for a proof of being current that is younger than this call; False if none comes in time."""
        asked_at = time.monotonic()
        while self.fence.staleness() >= time.monotonic() - asked_at:
            if time.monotonic() >= deadline:
                return False
            await asyncio.sleep(_RECHECK)
        return True


_REACHED: Final = ChangeStatus(known=True)
_RECHECK: Final = 0.02


def _together(statuses: Sequence[ChangeStatus], *, waited: float) -> Progress:
    # By instance: the same one may be late for two changes, at different offsets.
    pending = {(one.client_id, one.instance_id): one for status in statuses for one in status.pending}
    return Progress(
        reached=all(status.reached for status in statuses),
        published=all(status.known for status in statuses),
        pending=tuple(pending.values()),
        waited=waited,
    )
