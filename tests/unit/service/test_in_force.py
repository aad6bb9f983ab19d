"""An answer waits until all of its versions are in force everywhere, together and for a limited time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from grantstream.contracts.claims import RULE_LIFETIME
from grantstream.fence import ChangeStatus, FenceSettings, Pending
from grantstream.service.errors import NoSuchChange
from grantstream.service.in_force import InForce, Version

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
RECENT = Version("user/u", 2, NOW - timedelta(minutes=1))
OLD = replace(RECENT, made_at=NOW - RULE_LIFETIME - timedelta(minutes=1))
REACHED = ChangeStatus(known=True)
UNKNOWN = ChangeStatus(known=False)


def late(instance: str, *, reached: int = 0) -> Pending:
    return Pending(client_id="c", instance_id=instance, service="receipts", role="http", reached=reached)


@dataclass
class OurFence:
    """Says of each subject how far it is. `meanwhile` happens while a change is waited for.

    `proof`: the age of its newest proof of being current; asking for that makes it read on, to `on_proof`.
    """

    statuses: dict[str, ChangeStatus] = field(default_factory=dict)
    proof: float = 0.0
    settings: FenceSettings = field(default_factory=lambda: FenceSettings(answer_limit=0.2))
    on_proof: dict[str, ChangeStatus] = field(default_factory=dict)
    meanwhile: Callable[[], Awaitable[Any]] | None = None
    limits: list[float] = field(default_factory=list)
    versions: list[int] = field(default_factory=list)

    covers_since: float = 0.0

    def knows_all_instances(self) -> bool:
        return True

    def staleness(self) -> float:
        self.statuses |= self.on_proof
        return self.proof

    def knows(self, subject: str, _version: int) -> bool:
        return self.statuses.get(subject, UNKNOWN).known

    async def wait_until_reached(self, subject: str, version: int, limit: float) -> ChangeStatus:
        self.limits.append(limit)
        self.versions.append(version)
        if self.meanwhile is not None:
            await self.meanwhile()
        return self.statuses.get(subject, UNKNOWN)


@dataclass
class OurConnection:
    """Answers the one question that is asked of it."""

    waiting: frozenset[str]

    async def fetchval(self, _sql: str, subject: str) -> bool:
        return subject not in self.waiting


@dataclass
class OurDatabase:
    """A pool whose outbox holds something about the subjects `waiting`."""

    waiting: frozenset[str] = frozenset()

    @asynccontextmanager
    async def acquire(self, **_: float) -> AsyncIterator["OurConnection"]:
        yield OurConnection(self.waiting)


def in_force(fence: OurFence, database: OurDatabase | None = None) -> InForce:
    pool = database or OurDatabase()
    return InForce(pool, fence, lambda: NOW)  # type: ignore[arg-type]


async def test_changes_are_awaited_concurrently_under_one_limit() -> None:
    changes = [replace(RECENT, subject=f"user/{number}") for number in range(5)]
    all_wait = asyncio.Barrier(len(changes))  # one after another they would wait here for ever
    fence = OurFence({change.subject: REACHED for change in changes}, meanwhile=all_wait.wait)
    async with asyncio.timeout(5):
        assert (await in_force(fence).wait(changes)).reached
    assert len(fence.limits) == len(changes)
    assert max(fence.limits) <= fence.settings.answer_limit


async def test_one_change_that_is_late_makes_all_of_them_pending() -> None:
    other = replace(RECENT, subject="company/c")
    statuses = {RECENT.subject: REACHED, other.subject: ChangeStatus(known=True, pending=(late("i-1"),))}
    progress = await in_force(OurFence(statuses)).wait([RECENT, other])
    assert (progress.reached, progress.published, progress.pending) == (False, True, (late("i-1"),))


async def test_an_instance_late_for_two_changes_is_listed_once() -> None:
    other = replace(RECENT, subject="company/c")
    statuses = {
        RECENT.subject: ChangeStatus(known=True, pending=(late("i-1", reached=3), late("i-2"))),
        other.subject: ChangeStatus(known=True, pending=(late("i-1", reached=4),)),
    }
    progress = await in_force(OurFence(statuses)).wait([RECENT, other])
    assert [one.instance_id for one in progress.pending] == ["i-1", "i-2"]


async def test_nothing_to_wait_for_is_reached_at_once() -> None:
    assert (await in_force(OurFence()).wait([])).reached


async def test_a_forgotten_change_is_in_force_without_waiting() -> None:
    fence = OurFence()
    made = in_force(fence)
    assert (await made.wait([OLD])).reached
    assert (await made.progress(OLD, OLD.version)).reached
    assert fence.limits == []


@pytest.mark.parametrize(("seconds_before", "reached"), [(1, True), (-1, False)])
async def test_a_change_just_before_the_log_began_is_in_force(seconds_before: int, reached: bool) -> None:
    """It stood on an older log, and no token from before this one is taken any more."""
    fence = OurFence(covers_since=(RECENT.made_at + timedelta(seconds=seconds_before)).timestamp())
    assert (await in_force(fence).progress(RECENT, RECENT.version)).reached is reached


async def test_progress_of_an_earlier_version_can_be_queried() -> None:
    """By its own number; its age is that of the newest version."""
    fence = OurFence({RECENT.subject: REACHED})
    assert (await in_force(fence).progress(RECENT, 1)).reached
    assert fence.versions == [1]
    assert (await in_force(OurFence()).progress(OLD, 1)).reached


@pytest.mark.parametrize("version", [0, -1, RECENT.version + 1])
async def test_a_version_that_never_was_is_no_change(version: int) -> None:
    with pytest.raises(NoSuchChange):
        await in_force(OurFence({RECENT.subject: REACHED})).progress(RECENT, version)


@pytest.mark.parametrize(
    ("change", "fence", "database"),
    [
        (RECENT, OurFence(), OurDatabase()),
        (OLD, OurFence(proof=float("inf")), OurDatabase()),
        (OLD, OurFence(on_proof={OLD.subject: ChangeStatus(known=True, pending=(late("i-1"),))}), OurDatabase()),
        (OLD, OurFence(), OurDatabase(waiting=frozenset({OLD.subject}))),
        (OLD, OurFence({OLD.subject: ChangeStatus(known=True, pending=(late("i-1"),))}), OurDatabase()),
    ],
    ids=[
        "made a minute ago",
        "asked of a stale process",
        "published a moment ago",
        "not published yet",
        "published late",
    ],
)
async def test_a_recent_change_must_be_confirmed_by_all_instances(
    change: Version, fence: OurFence, database: OurDatabase
) -> None:
    """So must an old change that is not published yet, was published late, or is asked of a stale process."""
    made = in_force(fence, database)
    assert not (await made.wait([change])).reached
    assert not (await made.progress(change, change.version)).reached


@pytest.mark.parametrize(("status", "outcome"), [(REACHED, "reached"), (UNKNOWN, "pending")])
async def test_every_wait_is_measured(status: ChangeStatus, outcome: str) -> None:
    def count() -> float:
        return REGISTRY.get_sample_value("grantstream_fence_wait_seconds_count", {"outcome": outcome}) or 0.0

    before = count()
    await in_force(OurFence({RECENT.subject: status})).wait([RECENT])
    assert count() == before + 1
