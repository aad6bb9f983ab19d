"""A client that takes long to close holds nobody up."""

import asyncio

import pytest

from grantstream.kafka.closing import closed_soon


async def test_what_closes_in_time_is_closed_afterwards() -> None:
    closed = asyncio.Event()

    async def close() -> None:
        await asyncio.sleep(0)
        closed.set()

    await closed_soon(close())
    assert closed.is_set()


async def test_what_takes_long_goes_on_by_itself() -> None:
    may_end, closed = asyncio.Event(), asyncio.Event()

    async def close() -> None:
        await may_end.wait()
        closed.set()

    async with asyncio.timeout(5):
        await closed_soon(close(), limit=0.01)
        assert not closed.is_set()
        may_end.set()
        await closed.wait()


async def test_closing_goes_on_when_its_waiter_is_cancelled() -> None:
    may_end, closed = asyncio.Event(), asyncio.Event()

    async def close() -> None:
        await may_end.wait()
        closed.set()

    waiting = asyncio.create_task(closed_soon(close(), limit=60))
    await asyncio.sleep(0)
    waiting.cancel()
    async with asyncio.timeout(5):
        with pytest.raises(asyncio.CancelledError):
            await waiting
        may_end.set()
        await closed.wait()


async def test_a_failure_within_the_limit_is_told() -> None:
    async def close() -> None:
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - nothing else is in it
        await closed_soon(close())
