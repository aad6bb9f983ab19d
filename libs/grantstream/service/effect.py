"""The answer to an order goes out when every live process goes by the new state, or tells who does not yet.

The one place where answers wait. A use case commits, then hands what it changed to `Effects`, and gives back the
`Effect` beside its result; `effect_shown.py` is how an answer tells it.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from grantstream.contracts.claims import RULE_LIFETIME
from grantstream.events.producing.outbox import is_relayed
from grantstream.events.producing.outbox_nudge import OutboxNudge
from grantstream.fence import ChangeStatus, Fence, Pending
from grantstream.service.errors import NoSuchChange
from grantstream.service.postgres import Pool, connection
from grantstream.service.telemetry import metrics


def now_in_utc() -> datetime:
    """The present."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Change:
    """A subject's version that must be known everywhere. `made_at`: when it came to be."""

    subject: str
    version: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Effect:
    """How far changes have come. `published`: all were read on the fence. `waited`: seconds."""

    reached: bool
    published: bool
    pending: tuple[Pending, ...] = ()
    waited: float = 0.0


@dataclass(frozen=True, slots=True)
class Effects:
    """Makes committed changes effective, and tells how far they are."""

    pool: Pool
    fence: Fence
    nudge: OutboxNudge
    now: Callable[[], datetime] = now_in_utc

    async def of(self, changes: Sequence[Change]) -> Effect:
        """Waits until all of what was just committed is reached: together, at most the fence's limit for answers.

        Raises DatabaseError, which only changes older than RULE_LIFETIME ask for.
        """
        await self.nudge()
        began = time.monotonic()
        deadline = self._deadline()
        statuses = await asyncio.gather(*(self._wait(change, deadline) for change in changes))
        effect = _together(statuses, waited=time.monotonic() - began)
        metrics.observe_fence_wait(effect.waited, reached=effect.reached)
        return effect

    async def so_far(self, newest: Change, version: int) -> Effect:
        """How far a version has come by now, for those who were answered 202. `newest`: the newest change of the same.

        That one is long past takes up to a heartbeat to prove. Raises NoSuchChange or DatabaseError.
        """
        if not 1 <= version <= newest.version:
            raise NoSuchChange
        # When an earlier version was made nobody knows any more; not after the newest.
        change = replace(newest, version=version)
        if await self._is_long_past(change, self._deadline()):
            return _together([_REACHED], waited=0.0)
        return _together([await self.fence.wait_until_reached(change.subject, change.version, limit=0.0)], waited=0.0)

    async def _wait(self, change: Change, deadline: float) -> ChangeStatus:
        if await self._is_long_past(change, deadline):
            return _REACHED
        limit = max(0.0, deadline - time.monotonic())
        return await self.fence.wait_until_reached(change.subject, change.version, limit)

    def _deadline(self) -> float:
        return time.monotonic() + self.fence.settings.answer_limit

    async def _is_long_past(self, change: Change, deadline: float) -> bool:
        """Whether a change is so old that the fence does not have it, and nothing that came before it still counts.

        So is what was lost with an older log of the fence: no token from before that is taken any more. That is so
        only if it was published: a relay may have been without a broker for hours. If it was so just now,
        then this process may still have to read it, hence the proof.
        """
        if change.made_at > self._oldest_on_the_fence() or self._knows(change) or not self.fence.knows_all_instances():
            return False
        async with connection(self.pool) as acquired:
            relayed = await is_relayed(acquired, change.subject)
        return relayed and await self._has_read_all_until_now(deadline) and not self._knows(change)

    def _oldest_on_the_fence(self) -> datetime:
        """What is older than this no longer stands there, or never did in this log.

        Nothing is taken off for clocks: what was changed shortly before a log began would not be in force for as long
        as rules are kept. A change that is dated too early was relayed, so it stands in this log, or in an older one.
        """
        forgotten, begins = self.now() - RULE_LIFETIME, self.fence.covers_since
        if begins == float("inf"):
            return forgotten
        return max(forgotten, datetime.fromtimestamp(begins, UTC))

    def _knows(self, change: Change) -> bool:
        return self.fence.knows(change.subject, change.version)

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


def _together(statuses: Sequence[ChangeStatus], *, waited: float) -> Effect:
    # By instance: two changes may find the same one late, each at another offset.
    pending = {(one.client_id, one.instance_id): one for status in statuses for one in status.pending}
    return Effect(
        reached=all(status.reached for status in statuses),
        published=all(status.known for status in statuses),
        pending=tuple(pending.values()),
        waited=waited,
    )
