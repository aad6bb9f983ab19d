"""Reading topics waits for the brokers for a limited time, in which the caller's own work does not count."""

import time
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition

from grantstream.kafka.errors import TopicsUnreadable
from grantstream.kafka.topic_reading import TopicReading
from grantstream.testing import eventually

PLACE = TopicPartition("app.modified", 0)
PATIENCE = 0.3


class ScriptedTopics:
    """One partition, whose reads bring so many records each; afterwards none."""

    def __init__(self, *reads: int) -> None:
        self.topics = {PLACE.topic: SimpleNamespace(topic_id="id")}
        self.starts, self.next = {PLACE: 0}, {PLACE: 0}
        self._reads = list(reads)

    async def look(self, _limit: float) -> frozenset[str]:
        return frozenset()

    async def look_if_due(self) -> frozenset[str]:
        return frozenset()

    async def read(self, **_: Any) -> list[Any]:
        number = self._reads.pop(0) if self._reads else 0
        self.next[PLACE] += number
        return [object()] * number


class TwoRecords:
    """A consumer that knows of two records."""

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, 2)


def reading(*reads: int) -> TopicReading:
    topics: Any = ScriptedTopics(*reads)
    return TopicReading(topics, TwoRecords(), PATIENCE)


async def test_a_slow_caller_does_not_use_up_the_patience() -> None:
    read = 0
    async for records in reading(1, 0, 1).to_the_ends():
        read += len(records)
        began = time.monotonic()
        await eventually(lambda began=began: time.monotonic() > began + 2 * PATIENCE)
    assert read == 2


async def test_silent_brokers_end_the_reading() -> None:
    with pytest.raises(TopicsUnreadable, match=r"app\.modified"):
        async for _ in reading(1).to_the_ends():
            pass
