"""Several wait at one process while it judges what it had put aside: the real `Fence`, over a log kept by hand."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from grantstream.contracts.events.fence import FenceReached, PermissionChanged
from grantstream.contracts.topics import FENCE
from grantstream.fence import Fence, FenceSettings, Identity, RawRecord, fence
from grantstream.fence.freshness import boot_clock
from grantstream.kafka.topic_description import TopicDescription
from grantstream.testing import FixedCredentials
from tests.unit.fence.opening import WHOLE

SUBJECT = "app/x"
Event = PermissionChanged | FenceReached
# Nobody hears anything but who waits, and nobody but the own process speaks.
SETTINGS = FenceSettings(heartbeat=3.9, answer_limit=5.0)


class Log:
    """The broker's part: it keeps what is appended, and hands it out in batches as they were appended."""

    def __init__(self) -> None:
        self._batches: asyncio.Queue[list[RawRecord]] = asyncio.Queue()
        self._events: dict[int, Event] = {}
        self.held: set[int] = set()
        self.failing: set[int] = set()
        self.go_on = asyncio.Event()
        self.put_off = 0

    def append(self, *events: Event) -> list[int]:
        """Appends events that are read together; their offsets."""
        first = len(self._events)
        self._events |= {first + place: event for place, event in enumerate(events)}
        self._batches.put_nowait([self._raw(first + place, event) for place, event in enumerate(events)])
        return list(range(first, first + len(events)))

    def _raw(self, offset: int, event: Event) -> RawRecord:
        kind = b"fence.reached" if isinstance(event, FenceReached) else b"permission.changed"
        key, headers = event.subject.encode(), (("ce_type", kind),)
        return RawRecord("fence", offset, 1_800_000_000_000, 1, key, headers, event.to_bytes(), boot_clock())

    async def judge(self, raw: RawRecord) -> Event:
        if raw.offset in self.failing:
            self.put_off += 1
            raise TimeoutError
        if raw.offset in self.held:
            await self.go_on.wait()
        return self._events[raw.offset]

    # As the reader of a connection.
    opening = WHOLE
    client = None

    async def is_caught_up(self) -> bool:
        return True

    async def batch(self, wait: float) -> list[RawRecord]:
        try:
            async with asyncio.timeout(wait):
                return await self._batches.get()
        except TimeoutError:
            return []

    async def rest(self, pause: float) -> None:
        await asyncio.sleep(pause)


def word(sequence: int, *, offset: int) -> FenceReached:
    return FenceReached(
        client_id="token", instance_id="another", service="token", role="http", sequence=sequence, offset=offset
    )


@pytest.fixture
async def running(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Fence, Log]]:
    log = Log()

    @asynccontextmanager
    async def opened(*_: Any, **__: Any) -> AsyncIterator[Log]:
        yield log

    async def say(_: object, event: FenceReached, **__: object) -> "asyncio.Future[object]":
        log.append(event)
        done: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    async def described(_: object) -> TopicDescription:
        return TopicDescription(FENCE.name, WHOLE.log, frozenset({0}))

    monkeypatch.setattr(fence, "described", described)
    monkeypatch.setattr(fence, "open_reader", opened)
    monkeypatch.setattr(fence, "open_writer", opened)
    monkeypatch.setattr(fence, "announce", say)
    process = Fence(
        Identity("registration", "own", "registration", "http"),
        SETTINGS,
        bootstrap_servers="",
        judge=log.judge,
        token=FixedCredentials.of("a token"),
        on_lost=lambda: None,
    )
    await process.start()
    yield process, log
    await process.stop()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.001)


async def test_no_waiter_is_answered_while_reports_are_judged(running: tuple[Fence, Log]) -> None:
    process, log = running
    log.held = {len(log._events)}
    came, changed = log.append(word(1, offset=0), PermissionChanged(subject=SUBJECT, version=2))
    await until(lambda: process.applied_offset >= changed)
    first = asyncio.create_task(process.wait_until_reached(SUBJECT, 2))
    second = asyncio.create_task(process.wait_until_reached(SUBJECT, 2))
    status = await process.wait_until_reached(SUBJECT, 2, limit=0.05)
    assert (status.known, status.all_known, status.reached) == (True, False, False)
    first.cancel()
    status = await process.wait_until_reached(SUBJECT, 2, limit=0.05)
    assert not status.reached
    log.go_on.set()
    status = await process.wait_until_reached(SUBJECT, 2, limit=0.05)
    assert [(one.instance_id, one.reached) for one in status.pending] == [("another", 0)]
    assert status.all_known
    assert came < changed
    log.append(word(2, offset=changed))
    assert (await second).reached


async def test_a_report_that_cannot_be_judged_yet_answers_nobody(running: tuple[Fence, Log]) -> None:
    process, log = running
    log.failing = {len(log._events)}
    _, changed = log.append(word(1, offset=0), PermissionChanged(subject=SUBJECT, version=2))
    await until(lambda: process.applied_offset >= changed)
    assert not (await process.wait_until_reached(SUBJECT, 2, limit=0.3)).all_known
    log.failing = set()
    status = await process.wait_until_reached(SUBJECT, 2, limit=0.05)
    assert [one.instance_id for one in status.pending] == ["another"]


async def test_asking_without_waiting_hears_too(running: tuple[Fence, Log]) -> None:
    process, log = running
    _, changed = log.append(word(1, offset=9), PermissionChanged(subject=SUBJECT, version=2))
    log.append(word(2, offset=changed))
    await until(lambda: process.applied_offset > changed)
    assert (await process.wait_until_reached(SUBJECT, 2, limit=0.0)).reached


async def test_deferred_reports_are_judged_first_on_reconnection(
    running: tuple[Fence, Log],
) -> None:
    process, log = running
    before = len(log._events)
    log.failing = {before, before + 1}
    log.append(word(1, offset=0), PermissionChanged(subject=SUBJECT, version=2))
    # The reader stops at the change, and comes back to a word that it still can't judge.
    await until(lambda: process.applied_offset == before)
    log.append(PermissionChanged(subject=SUBJECT, version=3))
    put_off = log.put_off
    await until(lambda: log.put_off > put_off + 1)
    assert not process.knows(SUBJECT, 3)
    log.failing = set()
    await until(lambda: process.knows(SUBJECT, 3))
