"""The fence on a real broker."""

import asyncio
import time
import uuid

from grantstream.contracts import subjects
from grantstream.contracts.events.fence import PermissionChanged
from grantstream.contracts.topics import FENCE
from grantstream.contracts.void import VoidBelow
from grantstream.fence import Fence
from tests.integration.fence.conftest import Waters, event_token


def _change(version: int = 2) -> PermissionChanged:
    subject = subjects.enablement(str(uuid.uuid4()), "company-1")
    return PermissionChanged(subject=subject, version=version, void_below=VoidBelow(version=version))


async def _until(fence: Fence, offset: int) -> None:
    async with asyncio.timeout(10):
        while fence.applied_offset < offset:  # noqa: ASYNC110 - the fence tells nobody of records that change nothing
            await asyncio.sleep(0.002)


async def test_an_answer_waits_until_all_processes_apply_a_change(waters: Waters) -> None:
    processes = [waters.process() for _ in range(4)]
    await asyncio.gather(*(process.start() for process in processes))
    for _ in range(20):
        change = _change()
        await waters.append(change)
        status = await processes[0].wait_until_reached(change.subject, 2)
        assert status.reached
        assert [process.rules.floor(change.subject) for process in processes] == [2, 2, 2, 2]


async def test_a_new_process_applies_old_changes_before_serving(waters: Waters) -> None:
    change = _change()
    await waters.append(change)
    process = waters.process()
    await process.start()
    assert process.is_fresh()
    assert process.may_mint()
    assert process.rules.floor(change.subject) == 2


async def test_a_starting_process_is_awaited_or_has_the_change(waters: Waters) -> None:
    waiter = waters.process()
    await waiter.start()
    for _ in range(5):
        starting = waters.process()
        start = asyncio.create_task(starting.start())
        changes = [_change() for _ in range(20)]
        for change in changes:
            await waters.append(change)
            assert (await waiter.wait_until_reached(change.subject, 2)).reached
            # Either it does not serve yet, or it has the change.
            assert not starting.is_fresh() or starting.rules.floor(change.subject) == 2
        await start
        assert all(starting.rules.floor(change.subject) == 2 for change in changes)


async def test_a_goodbye_ends_the_waiting(waters: Waters) -> None:
    waiter, leaving = waters.process(), waters.process()
    await asyncio.gather(waiter.start(), leaving.start())
    await leaving.stop()
    assert not leaving.is_fresh(), "nobody waits for it any more, so it must let nobody in"
    assert not leaving.may_mint()
    change = _change()
    await waters.append(change)
    started = time.monotonic()
    assert (await waiter.wait_until_reached(change.subject, 2)).reached
    assert time.monotonic() - started < waiter.settings.max_staleness


async def test_a_dead_process_delays_an_answer_until_it_is_stale(waters: Waters) -> None:
    waiter, silent = waters.process(), waters.process()
    await asyncio.gather(waiter.start(), silent.start())
    change = _change()
    silent._task.cancel()  # type: ignore[union-attr]
    await asyncio.gather(silent._task, return_exceptions=True)  # type: ignore[arg-type]
    await waters.append(change)
    status = await waiter.wait_until_reached(change.subject, 2, limit=0.3)
    assert [pending.instance_id for pending in status.pending] == [silent.identity.instance_id]
    assert (await waiter.wait_until_reached(change.subject, 2, limit=10)).reached
    assert not silent.is_fresh()


async def test_a_record_of_an_unauthorized_producer_is_ignored(waters: Waters) -> None:
    process = waters.process()
    await process.start()
    outside, without_scope = _change(), _change()
    await waters.append(outside, token=event_token("portal", key_space=("user/*",)))
    offset = await waters.append(without_scope, token=event_token("portal", scope="app.event.writeonly"))
    await _until(process, offset)
    assert process.rules.floor(outside.subject) == 0
    assert process.rules.floor(without_scope.subject) == 0


async def test_an_observer_is_fresh_and_is_not_waited_for(waters: Waters) -> None:
    speaker, observer = waters.process(), waters.process(observer=True)
    await speaker.start()
    await observer.start()
    change = _change()
    offset = await waters.append(change)
    assert (await speaker.wait_until_reached(change.subject, 2)).reached
    await _until(observer, offset)
    assert observer.rules.floor(change.subject) == 2
    assert observer.is_fresh()


async def test_a_null_header_or_value_on_the_fence_stops_nobody(waters: Waters) -> None:
    process = waters.process()
    await process.start()
    await waters.producer.send_and_wait(FENCE.name, None, key=b"app/x", partition=0)
    await waters.producer.send_and_wait(
        FENCE.name, b"\xff", key=b"app/x", partition=0, headers=[("authorization", b"\xff"), ("ce_id", b"")]
    )
    change = _change()
    await waters.append(change)
    assert (await process.wait_until_reached(change.subject, 2)).reached
