"""Following `key.published` goes on whatever happens."""

import asyncio
from typing import Any

import pytest

from grantstream.guard import key_follower
from grantstream.guard.key_follower import KeyFollower
from grantstream.testing import Mint


async def test_an_unexpected_error_is_logged_and_reading_resumes(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[int] = []
    again = asyncio.Event()

    def broken(**_: Any) -> Any:
        tries.append(1)
        if len(tries) > 1:
            again.set()
        raise RuntimeError("nobody thought of that")

    monkeypatch.setattr(key_follower, "GrouplessConsumer", broken)
    monkeypatch.setattr(key_follower, "_PAUSE", 0.0)
    mint = Mint()
    following = asyncio.create_task(KeyFollower("nowhere:9092", mint.guard(), mint.keys()).run())
    async with asyncio.timeout(5):
        await again.wait()
    assert not following.done()
    following.cancel()
    assert "nobody thought of that" in caplog.text
