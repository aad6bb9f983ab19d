"""`/health/live` and `/health/ready`: plain ASGI, in every process.

Several workers share a port, and any of them may answer; so each answer has `pid` and `instance_id`.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Final, Protocol

import orjson
from starlette.types import Receive, Scope, Send

from grantstream.postgres.errors import DatabaseError
from grantstream.postgres.migrations import MigrationSet, pending
from grantstream.postgres.pool import Pool, connection
from grantstream.service.answers import send_answer
from grantstream.service.process import instance_id

_CHECK_LIMIT: Final = 2.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a check. `detail` is for people and holds no secret."""

    ok: bool
    detail: str = ""


Check = Callable[[], Awaitable[Outcome]]


class FreshnessView(Protocol):
    """The fence, for readiness."""

    def is_fresh(self) -> bool:
        """Whether this process may decide anything."""
        ...

    @property
    def hindrance(self) -> str:
        """Why it may not; empty if it may."""
        ...


class RecencyView(Protocol):
    """The projections, for readiness."""

    def why_not(self) -> str:
        """Why their rows are not used; empty if they are."""
        ...


class Health:
    """The checks of one process. It is ready if it is marked as started and every needed check is ok."""

    def __init__(self, *, service: str, role: str) -> None:
        self._service = service
        self._role = role
        self._started = False
        self._checks: dict[str, Check] = {}
        self._optional: set[str] = set()

    def add(self, name: str, check: Check, *, needed: bool = True) -> None:
        """Adds a check. A process that fails a check that is not needed is still ready: it refuses part of its work
        itself. The answer lists such checks, too.
        """
        self._checks[name] = check
        if not needed:
            self._optional.add(name)

    def mark_started(self, started: bool = True) -> None:
        """Marks the process as started, or (False) as stopping."""
        self._started = started

    async def live(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """200 while the event loop runs."""
        await self._answer(send, 200, "live", {})

    async def ready(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """200 if this process is ready, else 503; the body has the result of each check."""
        outcomes = await self.outcomes()
        ready = all(outcome.ok for name, outcome in outcomes.items() if name not in self._optional)
        await self._answer(send, 200 if ready else 503, "ready" if ready else "not_ready", outcomes)

    async def outcomes(self) -> dict[str, Outcome]:
        """Runs all checks at once, each within a time limit."""
        outcomes = await asyncio.gather(*(_bounded(check) for check in self._checks.values()))
        return {"started": Outcome(self._started)} | dict(zip(self._checks, outcomes, strict=True))

    async def _answer(self, send: Send, code: int, status: str, outcomes: dict[str, Outcome]) -> None:
        body = {
            "status": status,
            "service": self._service,
            "role": self._role,
            "pid": os.getpid(),
            "instance_id": instance_id(),
            "checks": {name: asdict(outcome) for name, outcome in outcomes.items()},
        }
        no_store = [(b"cache-control", b"no-store")]
        await send_answer(send, code, "application/json", orjson.dumps(body), no_store)


def database_answers(pool: Pool) -> Check:
    """Whether the database can be reached."""

    async def check() -> Outcome:
        async with connection(pool, limit=_CHECK_LIMIT) as acquired:
            await acquired.fetchval("select 1")
        return Outcome(True)

    return check


def migrations_applied(pool: Pool, *sets: MigrationSet) -> Check:
    """Whether the database has this program's migrations. Once it has, the database isn't asked again."""
    complete = False

    async def check() -> Outcome:
        nonlocal complete
        missing = [] if complete else await pending(pool, *sets)
        complete = not missing
        return Outcome(complete, f"missing: {', '.join(missing)}" if missing else "")

    return check


def fence_fresh(fence: FreshnessView) -> Check:
    """Whether this process has a recent proof of knowing all changes."""

    async def check() -> Outcome:
        ok = fence.is_fresh()
        return Outcome(ok, "" if ok else f"no recent proof of being current: {fence.hindrance}")

    return check


def projections_recent(projections: RecencyView) -> Check:
    """Whether the projections of other services' aggregates are recent enough for decisions.

    Never a needed check. Otherwise outdated projections would take the token service out of service, without whose
    keys and tokens the other services can't publish the missing events.
    """

    async def check() -> Outcome:
        why_not = projections.why_not()
        return Outcome(not why_not, why_not)

    return check


def free_of(trouble: Callable[[], str]) -> Check:
    """A check that fails if `trouble` returns a text."""

    async def check() -> Outcome:
        detail = trouble()
        return Outcome(not detail, detail)

    return check


async def _bounded(check: Check) -> Outcome:
    try:
        return await asyncio.wait_for(check(), _CHECK_LIMIT)
    except TimeoutError:
        return Outcome(False, f"no answer in {_CHECK_LIMIT:g} s")
    except DatabaseError as error:
        return Outcome(False, str(error))
    except Exception as error:  # any error: the process is not ready
        return Outcome(False, type(error).__name__)
