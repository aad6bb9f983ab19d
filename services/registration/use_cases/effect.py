"""The answer to an order goes out when every live process goes by the new state, or tells who does not yet."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from grantstream.contracts import subjects
from grantstream.contracts.claims import RULE_LIFETIME
from grantstream.fence import ChangeStatus
from grantstream.service.postgres import connection
from grantstream.service.telemetry import metrics
from services.registration.domain.app import App
from services.registration.domain.enablement import Enablement
from services.registration.store.queries import QUERIES
from services.registration.use_cases.parts import Parts


@dataclass(frozen=True, slots=True)
class Change:
    """A subject's version that must be known everywhere. `made_at`: when it came to be."""

    subject: str
    version: int
    made_at: datetime

    @classmethod
    def of_app(cls, app: App) -> "Change":
        """An application as it is now."""
        return cls(subjects.app(app.app_id), app.version, app.updated_at)

    @classmethod
    def of_enablement(cls, enablement: Enablement) -> "Change":
        """An enablement as it is now."""
        subject = subjects.enablement(enablement.app_id, enablement.company_id)
        return cls(subject, enablement.version, enablement.updated_at)


@dataclass(frozen=True, slots=True)
class Pending:
    """An instance that has not said that it goes by a change."""

    service: str
    role: str
    instance: str


@dataclass(frozen=True, slots=True)
class Effect:
    """How far changes have come. `published`: all were read on the fence. `waited`: seconds."""

    reached: bool
    published: bool
    pending: tuple[Pending, ...] = ()
    waited: float = 0.0


async def effect_of(parts: Parts, changes: Sequence[Change]) -> Effect:
    """Waits until every change is reached, at most the fence's limit for answers."""
    started = time.monotonic()
    statuses = await asyncio.gather(*(_wait(parts, change) for change in changes))
    effect = _together(statuses, waited=time.monotonic() - started)
    metrics.observe_fence_wait(effect.waited, reached=effect.reached)
    return effect


async def present_effect(parts: Parts, change: Change) -> Effect:
    """How far a change has come by now."""
    if await _is_long_past(parts, change):
        return _together([_REACHED], waited=0.0)
    return _together([parts.fence.status(change.subject, change.version)], waited=0.0)


_REACHED = ChangeStatus(known=True)


async def _wait(parts: Parts, change: Change) -> ChangeStatus:
    if await _is_long_past(parts, change):
        return _REACHED
    return await parts.fence.wait_until_reached(change.subject, change.version)


async def _is_long_past(parts: Parts, change: Change) -> bool:
    """Whether a change is so old that the fence has forgotten it, and nothing that came before it still counts.

    That is so only if it was published: a relay may have been without a broker for hours.
    """
    if change.made_at > parts.now() - RULE_LIFETIME or not parts.fence.is_fresh():
        return False
    if parts.fence.status(change.subject, change.version).known:
        return False
    async with connection(parts.pool) as acquired:
        return bool(await QUERIES.is_relayed(acquired, subject=change.subject))


def _together(statuses: Sequence[ChangeStatus], *, waited: float) -> Effect:
    pending = dict.fromkeys(
        Pending(one.service, one.role, one.instance_id) for status in statuses for one in status.pending
    )
    return Effect(
        reached=all(status.reached for status in statuses),
        published=all(status.known for status in statuses),
        pending=tuple(pending),
        waited=waited,
    )
