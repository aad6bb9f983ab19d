"""A change commits, wakes the relay if there is something to send, and only then waits until it is in force."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from grantstream.contracts.events.token import CompanyRegistered, GrantRevoked
from grantstream.service.change import Changes
from grantstream.service.in_force import Progress, Version

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
COMPANY = CompanyRegistered(
    company_id="c", name="C", domain="c.example", development_partner=True, sandbox=True, version=3,
    created_at=NOW, updated_at=NOW,
)  # fmt: skip


class Unchanged:
    subject = "company/old"
    version = 7
    updated_at = datetime(2026, 1, 1, tzinfo=UTC)


class Steps:
    """A database, a relay and a fence that write down what is asked of them, in order."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.waited_for: list[Version] = []

    @asynccontextmanager
    async def acquire(self, **_: float) -> AsyncIterator[Any]:
        yield OurConnection(self.taken)

    async def nudge(self) -> None:
        self.taken.append("nudged")

    async def wait(self, versions: Sequence[Version]) -> Progress:
        self.taken.append("waited")
        self.waited_for += versions
        return Progress(reached=False, published=True)


class OurConnection:
    def __init__(self, taken: list[str]) -> None:
        self.taken = taken

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        try:
            yield
        except BaseException:
            self.taken.append("rolled back")
            raise
        self.taken.append("committed")

    async def execute(self, *_: Any) -> str:
        self.taken.append("written")
        return "INSERT 0 1"


def changes(steps: Steps) -> Changes:
    everything: Any = steps
    return Changes(pool=everything, source="urn:test", in_force=everything, nudge=steps.nudge, now=lambda: NOW)


async def test_the_relay_is_woken_between_commit_and_wait() -> None:
    steps = Steps()
    async with changes(steps).begin() as change:
        await change.publish(COMPANY)
        assert not change.progress.reached
    assert steps.taken[-3:] == ["committed", "nudged", "waited"]
    assert steps.waited_for == [Version("company/c", 3, NOW)]
    assert not change.progress.reached


async def test_an_unchanged_object_waits_for_its_current_version() -> None:
    steps = Steps()
    async with changes(steps).begin() as change:
        change.expect(Unchanged())
    assert steps.taken == ["committed", "nudged", "waited"]
    assert steps.waited_for == [Version("company/old", 7, Unchanged.updated_at)]


async def test_an_event_without_permission_change_is_not_awaited() -> None:
    steps = Steps()
    async with changes(steps).begin() as change:
        await change.publish(GrantRevoked(grant_id="g", app_id="a", user_id=None, company_id=None, reason="test"))
        await change.publish_again(COMPANY)
    assert steps.taken[-2:] == ["committed", "nudged"]
    assert change.progress.reached


async def test_what_a_grant_gave_is_void_once_the_wait_is_over() -> None:
    steps = Steps()
    async with changes(steps).begin() as change:
        await change.void("grant/g")
    assert steps.waited_for == [Version("grant/g", 1, NOW)]


async def test_a_failed_change_rolls_back_and_wakes_no_relay() -> None:
    steps = Steps()

    async def fail() -> None:
        async with changes(steps).begin() as change:
            await change.publish(COMPANY)
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert steps.taken[-1] == "rolled back"
    assert "nudged" not in steps.taken
