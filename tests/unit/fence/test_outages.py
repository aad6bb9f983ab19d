"""A fence that reaches no broker, however long it takes."""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from grantstream.fence import Fence, FenceSettings, Identity, fence
from grantstream.fence.known_log import FenceLost

DAYS_OF_TRIES = 100_000


async def test_it_tries_again_for_days_and_the_process_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    lost: list[str] = []
    enough = asyncio.Event()

    def refused(*_: Any, **__: Any) -> AbstractAsyncContextManager[Any]:
        raise OSError("connection refused")

    async def no_time(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == DAYS_OF_TRIES:
            enough.set()
            await asyncio.Event().wait()

    monkeypatch.setattr(fence, "open_reader", refused)
    monkeypatch.setattr(asyncio, "sleep", no_time)
    process = _observer(lost)
    starting = asyncio.create_task(process.start())
    await asyncio.wait({asyncio.create_task(enough.wait()), starting}, return_when=asyncio.FIRST_COMPLETED)
    assert not starting.done()
    assert lost == []
    assert max(pauses) <= 2.0
    assert min(pauses[100:]) >= 1.0
    starting.cancel()
    await process.stop()


async def test_start_fails_when_the_process_can_never_be_current(monkeypatch: pytest.MonkeyPatch) -> None:
    lost: list[str] = []

    def refused(*_: Any, **__: Any) -> AbstractAsyncContextManager[Any]:
        raise FenceLost("what it missed")

    monkeypatch.setattr(fence, "open_reader", refused)
    process = _observer(lost)
    async with asyncio.timeout(10):
        with pytest.raises(FenceLost, match="what it missed"):
            await process.start()
    assert lost == ["lost"]


async def _nobody(_: object) -> None:
    return None


def _observer(lost: list[str]) -> Fence:
    return Fence(
        Identity("observer", "own", "observer", "other", observer=True),
        FenceSettings(),
        bootstrap_servers="",
        judge=_nobody,
        token=None,
        on_lost=lambda: lost.append("lost"),
    )
