"""When a change is in force: every live process goes by it, or the answer names the processes that may not yet.

The one place where answers wait. `change.py` waits here after each commit; `progress_answer.py` renders the outcome.
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
    """What a service owns: changed under a version, known to others by its subject."""

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
    """How far versions have come. `published`: all were read on the fence. `waited`: seconds."""

    reached: bool
    published: bool
    pending: tuple[Pending, ...] = ()
    waited: float = 0.0


@dataclass(frozen=True, slots=True)
class InForce:
    """Waits until committed versions are in force, and reports how far they have come."""

    pool: Pool
    fence: Fence
    now: Callable[[], datetime] = now_in_utc

    async def wait(self, versions: Sequence[Version]) -> Progress:
        """Waits until all of what was just committed is reached: together, at most the fence's limit for answers.

        Raises DatabaseError, which only versions older than RULE_LIFETIME ask for.
        """
        began = time.monotonic()
        deadline = self._deadline()
        statuses = await asyncio.gather(*(self._wait(version, deadline) for version in versions))
        progress = _together(statuses, waited=time.monotonic() - began)
        metrics.observe_fence_wait(progress.waited, reached=progress.reached)
        return progress

    async def progress(self, newest: Version, version: int) -> Progress:
        """How far a version has come, for clients that were answered 202. `newest`: the newest of its subject.

        That one is long past takes up to a heartbeat to prove. Raises NoSuchChange or DatabaseError.
        """
        if not 1 <= version <= newest.version:
            raise NoSuchChange
        # When an earlier version was made is not kept; it was not after the newest.
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
        """Whether a change is so old that the fence does not have it, and nothing that came before it still counts.

        So is what was lost with an older log of the fence: no token from before that is taken any more. That is so
        only if it was published: a relay may have been without a broker for hours. If it was so just now,
        then this process may still have to read it, hence the proof.
        """
        if version.made_at > self._oldest_on_the_fence() or self._knows(version):
            return False
        if not self.fence.knows_all_instances():
            return False
        async with connection(self.pool) as acquired:
            relayed = await is_relayed(acquired, version.subject)
        return relayed and await self._has_read_all_until_now(deadline) and not self._knows(version)

    def _oldest_on_the_fence(self) -> datetime:
        """What is older than this no longer stands there, or never did in this log.

        Nothing is taken off for clocks: what was changed shortly before a log began would not be in force for as long
        as rules are kept. A change that is dated too early was relayed, so it stands in this log, or in an older one.
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
    # By instance: two changes may find the same one late, each at another offset.
    pending = {(one.client_id, one.instance_id): one for status in statuses for one in status.pending}
    return Progress(
        reached=all(status.reached for status in statuses),
        published=all(status.known for status in statuses),
        pending=tuple(pending.values()),
        waited=waited,
    )
