"""A rotation does not wait without end for a fence that can't be followed."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from services.token.commands.keys import _start
from services.token.errors import NotEffective


class OurProcess:
    """It never becomes current."""

    fence = SimpleNamespace(hindrance="the topic fence has 2 partitions")
    stopped = False

    async def start(self) -> None:
        await asyncio.Event().wait()

    async def stop(self) -> None:
        self.stopped = True


async def test_a_rotation_fails_if_the_fence_cannot_be_followed() -> None:
    process: Any = OurProcess()
    with pytest.raises(NotEffective, match="has 2 partitions"):
        await _start(process, limit=0.01)
    assert process.stopped
