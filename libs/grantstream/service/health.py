"""`/health/live` and `/health/ready`: plain ASGI, in every process, and each answer names the process.

A port is shared by several workers, and any of them may answer; hence `pid` and `instance_id`.
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
    """What a check found. `detail` is for people and holds nothing secret."""

    ok: bool
    detail: str = ""


Check = Callable[[], Awaitable[Outcome]]


class FreshnessView(Protocol):
    """What readiness asks of the fence."""

    def is_fresh(self) -> bool:
        """Whether this process may decide anything."""
        ...

    @property
    def hindrance(self) -> str:
        """Why it may not; empty if it may."""
        ...


class RecencyView(Protocol):
    """What readiness asks of the projections."""

    def why_not(self) -> str:
        """Why their rows are not used; empty if they are."""
        ...


class Health:
    """The checks of one process. It is ready when it was marked as started and every check that it needs is ok."""

    def __init__(self, *, service: str, role: str) -> None:
        self._service = service
        self._role = role
        self._started = False
        self._checks: dict[str, Check] = {}
        self._shown_only: set[str] = set()

    def add(self, name: str, check: Check, *, needed: bool = True) -> None:
        """Adds a check. One that is not needed is shown with the others, and a process that fails it is still ready:
        it refuses part of its work itself, and answers the rest.
        """
        self._checks[name] = check
        if not needed:
            self._shown_only.add(name)

    def mark_started(self, started: bool = True) -> None:
        """Says that everything is set up, or (False) that the process is about to stop."""
        self._started = started

    async def live(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """200 as long as the event loop turns."""
        await self._tell(send, 200, "live", {})

    async def ready(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """200 if this process can do its work, else 503; the body says what each check found."""
        outcomes = await self.outcomes()
        ready = all(outcome.ok for name, outcome in outcomes.items() if name not in self._shown_only)
        await self._tell(send, 200 if ready else 503, "ready" if ready else "not_ready", outcomes)

    async def outcomes(self) -> dict[str, Outcome]:
        """Runs all checks at once, each within a limit of time."""
        found = await asyncio.gather(*(_bounded(check) for check in self._checks.values()))
        return {"started": Outcome(self._started)} | dict(zip(self._checks, found, strict=True))

    async def _tell(self, send: Send, status: int, word: str, outcomes: dict[str, Outcome]) -> None:
        body = {
            "status": word,
            "service": self._service,
            "role": self._role,
            "pid": os.getpid(),
            "instance_id": instance_id(),
            "checks": {name: asdict(outcome) for name, outcome in outcomes.items()},
        }
        no_store = [(b"cache-control", b"no-store")]
        await send_answer(send, status, "application/json", orjson.dumps(body), no_store)


def database_answers(pool: Pool) -> Check:
    """Whether the database can be reached."""

    async def check() -> Outcome:
        async with connection(pool, limit=_CHECK_LIMIT) as acquired:
            await acquired.fetchval("select 1")
        return Outcome(True)

    return check


def migrations_applied(pool: Pool, *sets: MigrationSet) -> Check:
    """Whether the database has the schema that this program was written for. Once it has, it isn't asked again."""
    complete = False

    async def check() -> Outcome:
        nonlocal complete
        missing = [] if complete else await pending(pool, *sets)
        complete = not missing
        return Outcome(complete, f"missing: {', '.join(missing)}" if missing else "")

    return check


def fence_fresh(fence: FreshnessView) -> Check:
    """Whether this process knows all that was changed."""

    async def check() -> Outcome:
        ok = fence.is_fresh()
        return Outcome(ok, "" if ok else f"no recent proof of being current: {fence.hindrance}")

    return check


def projections_recent(projections: RecencyView) -> Check:
    """Whether what other services own is known recently enough to decide by it.

    Never a needed check: the token service, whose keys and tokens the owners need to publish anything again, would be
    taken out of service by what only they can mend.
    """

    async def check() -> Outcome:
        why_not = projections.why_not()
        return Outcome(not why_not, why_not)

    return check


def holds(condition: Callable[[], bool], otherwise: str) -> Check:
    """A check that needs no waiting; `otherwise` is its detail when it fails."""

    async def check() -> Outcome:
        ok = condition()
        return Outcome(ok, "" if ok else otherwise)

    return check


def free_of(trouble: Callable[[], str]) -> Check:
    """A check that needs no waiting; `trouble` says what is wrong, and nothing while all is well."""

    async def check() -> Outcome:
        found = trouble()
        return Outcome(not found, found)

    return check


async def _bounded(check: Check) -> Outcome:
    try:
        return await asyncio.wait_for(check(), _CHECK_LIMIT)
    except TimeoutError:
        return Outcome(False, f"no answer in {_CHECK_LIMIT:g} s")
    except DatabaseError as error:
        return Outcome(False, str(error))
    except Exception as error:  # whatever it is, the process is not ready
        return Outcome(False, type(error).__name__)
