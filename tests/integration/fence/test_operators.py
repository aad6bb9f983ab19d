"""What a fence vouches for after somebody has changed its topic: on a broker of their own, each with a new topic."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from aiokafka import AIOKafkaProducer

from grantstream.contracts.events.fence import PermissionChanged
from grantstream.contracts.log_position import LogPosition
from grantstream.contracts.topics import FENCE
from grantstream.contracts.void import VoidBelow
from grantstream.fence import Fence
from grantstream.fence.known_log import FenceLost
from grantstream.proof import Credential
from tests.deeds.own_broker import OwnBroker
from tests.deeds.topic_operator import Operator
from tests.integration.fence.conftest import Waters

WITHIN = 60.0
CHANGE = PermissionChanged(subject="app/a", version=2, void_below=VoidBelow(version=2))


@pytest.fixture
async def waters(operator: Operator) -> AsyncIterator[Waters]:
    await operator.create_missing()
    await operator.replace(FENCE.name)
    async with AIOKafkaProducer(bootstrap_servers=operator.bootstrap_servers, acks="all") as producer:
        waters = Waters(operator.bootstrap_servers, producer)
        yield waters
        await asyncio.gather(*(fence.stop() for fence in waters.started))


@pytest.fixture
def operator(own_kafka: OwnBroker) -> Operator:
    return Operator(own_kafka.bootstrap_servers)


class _NoTokenYet:
    async def current(self) -> Credential:
        await asyncio.Event().wait()
        raise AssertionError


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN):
        while not condition():  # noqa: ASYNC110 - nobody says when
            await asyncio.sleep(0.02)


async def _started(waters: Waters) -> Fence:
    fence = waters.process()
    async with asyncio.timeout(WITHIN):
        await fence.start()
    return fence


async def test_records_deleted_are_not_vouched_for(waters: Waters, operator: Operator) -> None:
    first = await _started(waters)
    before = first.position
    await waters.append(CHANGE)
    assert (await first.wait_until_reached(CHANGE.subject, 2)).reached
    await first.stop()
    await operator.delete_records(FENCE.name)
    second = await _started(waters)
    assert not second.vouches_for(before, issued_at=0)
    assert second.vouches_for(second.position, issued_at=0)
    assert second.rules.floor(CHANGE.subject) == 0
    assert 0 < second.covers_since < float("inf")


async def test_a_running_process_keeps_what_it_read(waters: Waters, operator: Operator) -> None:
    fence = await _started(waters)
    before = fence.position
    await waters.append(CHANGE)
    assert (await fence.wait_until_reached(CHANGE.subject, 2)).reached
    await operator.delete_records(FENCE.name)
    reached = fence.applied_offset
    await _until(lambda: fence.applied_offset > reached + 5 and fence.is_fresh())
    assert fence.vouches_for(before, issued_at=0)
    assert waters.lost == []


async def test_a_topic_created_anew_ends_who_read_the_old_one(waters: Waters, operator: Operator) -> None:
    old = await _started(waters)
    position = old.position
    await operator.replace(FENCE.name)
    await _until(lambda: waters.lost == [old.identity.client_id])
    assert not old.is_fresh()
    new = await _started(waters)
    assert not new.vouches_for(position, issued_at=0)
    assert not new.vouches_for(LogPosition(position.log, 10**9), issued_at=0)
    assert new.vouches_for(new.position, issued_at=0)


async def test_a_start_ends_if_what_it_has_read_is_gone(waters: Waters, operator: Operator) -> None:
    """Nothing else would end a process that never comes to serve."""
    await waters.append(CHANGE)
    fence = waters.process()
    fence._token = _NoTokenYet()
    starting = asyncio.create_task(fence.start())
    await _until(lambda: fence.applied_offset >= 0)
    await operator.replace(FENCE.name)
    async with asyncio.timeout(WITHIN):
        with pytest.raises(FenceLost):
            await starting


async def test_a_new_log_longer_than_the_read_one_is_detected(waters: Waters, operator: Operator) -> None:
    old = await _started(waters)
    old._task.cancel()  # type: ignore[union-attr]  # as if it were stopped: it misses what happens now
    await asyncio.gather(old._task, return_exceptions=True)  # type: ignore[arg-type]
    place = old.applied_offset
    await operator.replace(FENCE.name)
    for version in range(place + 3):
        await waters.append(CHANGE.model_copy(update={"version": version + 1}))
    waters.lost.clear()
    old._task = asyncio.create_task(old._run())
    await _until(lambda: waters.lost == [old.identity.client_id])


async def test_answers_wait_for_readers_of_an_old_log_to_expire(waters: Waters) -> None:
    fence = await _started(waters)
    await waters.append(CHANGE)
    status = await fence.wait_until_reached(CHANGE.subject, 2, limit=0.5)
    assert status.known
    assert not status.reached
    assert (await fence.wait_until_reached(CHANGE.subject, 2, limit=WITHIN)).reached


async def test_the_first_log_of_a_platform_waits_for_nobody(waters: Waters) -> None:
    fence = await _started(waters)
    fence.no_log_came_before()
    assert fence.knows_all_instances()


async def test_a_topic_with_two_partitions_is_trusted_by_nobody(waters: Waters, operator: Operator) -> None:
    fence = await _started(waters)
    await operator.grow(FENCE.name, 2)
    await _until(lambda: not fence.is_fresh())
    await _until(lambda: "2 partitions" in fence.hindrance)
    another = waters.process()
    starting = asyncio.create_task(another.start())
    await _until(lambda: "2 partitions" in another.hindrance)
    assert not starting.done()
    await operator.replace(FENCE.name)
    await _until(lambda: fence.identity.client_id in waters.lost)
    async with asyncio.timeout(WITHIN):
        await starting


async def test_whoever_starts_on_a_compacted_topic_refuses(waters: Waters, operator: Operator) -> None:
    running = await _started(waters)
    await operator.set_config(FENCE.name, {"cleanup.policy": "compact"})
    fence = waters.process()
    try:
        starting = asyncio.create_task(fence.start())
        await _until(lambda: "is compacted" in fence.hindrance)
        assert running.is_fresh()
    finally:
        await operator.set_config(FENCE.name, {"cleanup.policy": "delete"})
    async with asyncio.timeout(WITHIN):
        await starting


async def test_a_topic_that_is_missing_is_waited_for(waters: Waters, operator: Operator) -> None:
    await operator.delete(FENCE.name)
    fence = waters.process()
    starting = asyncio.create_task(fence.start())
    await _until(lambda: "does not exist" in fence.hindrance)
    await operator.create_missing()
    async with asyncio.timeout(WITHIN):
        await starting
    assert fence.is_fresh()
