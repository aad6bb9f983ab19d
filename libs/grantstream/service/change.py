"""A change: one transaction with its events, then the wait until it is in force everywhere.

    async with parts.changes.begin() as change:
        app = await apps.lock(change.connection, order.app_id)
        ...
        await apps.update(change.connection, modified)
        await change.publish(modified.event(AppModified, actor))
    return modified, change.progress

If the block raises, nothing has happened. After the block the change is committed, the relay was nudged, and `progress`
says whether every process uses it. (Receipts writes its one event in the statement that stores the receipt.)
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from grantstream.contracts.events.fence import PermissionChanged
from grantstream.contracts.events.state import AggregateState, EventData
from grantstream.contracts.void import VoidBelow
from grantstream.events.producing.outbox import append, append_change
from grantstream.postgres.pool import Connection, Pool, transaction
from grantstream.service.in_force import Aggregate, InForce, Progress, Version, now_in_utc

_NOT_YET: Final = Progress(reached=False, published=False)
_NOTHING_TO_WAIT_FOR: Final = Progress(reached=True, published=True)


class Change:
    """A change in progress. `connection` is in its transaction, `now` is its time; `progress` is set at the end."""

    def __init__(self, connection: Connection, source: str, now: datetime) -> None:
        self.connection = connection
        self.now = now
        self.progress = _NOT_YET
        self.expected: list[Version] = []
        self.has_events = False
        self._source = source

    async def publish(self, event: EventData) -> None:
        """Writes an event, and for an aggregate's new state its version on the fence, which the answer waits for.

        Raises EventTooLarge.
        """
        if not isinstance(event, AggregateState):
            await self._append(event)
            return
        self.has_events = True
        await append_change(self.connection, event, source=self._source, now=self.now)
        self.expected.append(Version(event.subject, event.version, self.now))

    async def publish_again(self, state: AggregateState) -> None:
        """Writes the event of an unchanged state, for consumers that missed it; nothing on the fence."""
        await self._append(state)

    async def announce(self, subject: str, version: int, void_below: VoidBelow | None = None) -> None:
        """Writes a version on the fence alone, which the answer waits for."""
        await self._append(PermissionChanged(subject=subject, version=version, void_below=void_below or VoidBelow()))
        self.expected.append(Version(subject, version, self.now))

    async def void(self, subject: str) -> None:
        """Voids all tokens issued from a grant, a token, a key or a secret."""
        await self.announce(subject, 1, VoidBelow(version=1))

    def expect(self, unchanged: Aggregate) -> None:
        """Makes the answer wait for an existing version: a repeated request waits like the first one."""
        self.expected.append(Version.of(unchanged))

    async def _append(self, event: EventData) -> None:
        self.has_events = True
        await append(self.connection, event, source=self._source, now=self.now)


async def without_a_nudge() -> None:
    """Does nothing: the relay polls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Makes a service's changes. `source` is the `ce_source` of its events; `nudge` wakes the relay.

    Without `in_force` it does not wait: a command does not follow the fence.
    """

    pool: Pool
    source: str
    in_force: InForce | None = None
    nudge: Callable[[], Awaitable[None]] = without_a_nudge
    now: Callable[[], datetime] = now_in_utc

    async def progress(self, newest: Version, version: int) -> Progress:
        """The progress of a version; `newest` is of the same aggregate. Raises NoSuchChange and DatabaseError."""
        return await self._in_force_or_raise().progress(newest, version)

    async def wait(self, versions: Sequence[Version]) -> Progress:
        """Waits until committed versions are in force. Raises DatabaseError."""
        return await self._in_force_or_raise().wait(versions)

    def _in_force_or_raise(self) -> InForce:
        if self.in_force is None:
            raise RuntimeError("a command has no place on the fence")
        return self.in_force

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Change]:
        """One change. Raises DatabaseError, and whatever the block raises."""
        async with transaction(self.pool) as connection:
            change = Change(connection, self.source, self.now())
            yield change
        if change.has_events or change.expected:
            await self.nudge()
        if not change.expected:
            change.progress = _NOTHING_TO_WAIT_FOR
        elif self.in_force is not None:
            change.progress = await self.in_force.wait(change.expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeParts:
    """The parts that the use cases of every service work with."""

    pool: Pool
    changes: Changes

    def now(self) -> datetime:
        """The present."""
        return self.changes.now()
