"""Answering a change once it is effective everywhere; or, past a limit, with the address that tells who is late."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import BaseModel

from grantstream.events.outbox_nudge import OutboxNudge
from grantstream.fence import ChangeStatus, Fence, Pending
from grantstream.service.telemetry.metrics import observe_fence_wait
from services.token.entrypoints.json_answer import json_answer
from services.token.use_cases.change import Change


class PendingProcess(BaseModel):
    """A process that has not taken in a change yet."""

    service: str
    role: str
    instance: str


class ChangeProgress(BaseModel):
    """How far a change has come."""

    reached: bool
    pending: list[PendingProcess]


@dataclass(frozen=True, slots=True)
class Effects:
    """Makes committed changes effective, and answers for them."""

    fence: Fence
    nudge: OutboxNudge

    async def answer(self, status: int, body: dict[str, Any], changes: Sequence[Change], *, status_url: str) -> Any:
        """The answer to a change: `status` once every process has reached it, else 202 with `status_url`."""
        await self.nudge()
        began = perf_counter()
        statuses = [await self.fence.wait_until_reached(change.subject, change.version) for change in changes]
        waited = perf_counter() - began
        reached = all(one.reached for one in statuses)
        observe_fence_wait(waited, reached=reached)
        headers = {"Server-Timing": f"fence;dur={waited * 1000:.1f}", "Cache-Control": "no-store"}
        if reached:
            return json_answer(body, status, headers)
        pending = [process.model_dump() for one in statuses for process in progress(one).pending]
        late = {"status": status_url, "pending": pending}
        return json_answer(body | late, 202, headers | {"Location": status_url})

    async def revoked(self, subject: str) -> None:
        """Waits until every process has heard that something issued is void."""
        await self.nudge()
        await self.fence.wait_until_reached(subject, 1)


def progress(status: ChangeStatus) -> ChangeProgress:
    """A status as it is told."""
    return ChangeProgress(reached=status.reached, pending=[_told(process) for process in status.pending])


def _told(process: Pending) -> PendingProcess:
    return PendingProcess(service=process.service, role=process.role, instance=process.instance_id)


def _effects(request: Request) -> Effects:
    effects: Effects = request.app.state.effects
    return effects


EffectsOfProcess = Annotated[Effects, Depends(_effects)]
"""The process's own."""
