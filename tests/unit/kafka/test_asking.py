"""A broker that does not answer is left for another one, and its connection is not used again."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from grantstream.kafka.asking import ask

SILENT, ANSWERING = 1, 2


class OurClient:
    """Two brokers, of which one takes requests and never answers."""

    def __init__(self, *brokers: int) -> None:
        self.cluster = SimpleNamespace(brokers=lambda: [SimpleNamespace(nodeId=broker) for broker in brokers])
        self.closed: list[int] = []
        self._conns: dict[tuple[int, str], Any] = {}

    async def send(self, broker: int, _request: object, *, group: str) -> str:
        self._conns[broker, group] = SimpleNamespace(close=lambda: self.closed.append(broker))
        if broker == SILENT:
            await asyncio.Event().wait()
        return "the answer"


async def test_a_silent_broker_is_left_for_another_one() -> None:
    client: Any = OurClient(SILENT, ANSWERING)
    for _ in range(20):  # in any order
        assert await ask(client, None, limit=0.01) == "the answer"
    assert set(client.closed) == {SILENT}


async def test_the_connection_to_a_silent_broker_is_dropped() -> None:
    """The next request to it opens a new one."""
    client: Any = OurClient(SILENT)
    with pytest.raises(TimeoutError):
        await ask(client, None, limit=0.01)
    assert client.closed == [SILENT]
    assert client._conns == {}
