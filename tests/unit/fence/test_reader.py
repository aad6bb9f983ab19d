"""How far back a process that starts may claim to know the fence."""

from types import SimpleNamespace
from typing import Any

import pytest

from grantstream.fence.connection import Reader
from grantstream.fence.records import LOG_APPEND_TIME

CREATE_TIME = 0


class OurConsumer:
    """The first record from an offset on, if there is one."""

    def __init__(self, record: Any) -> None:
        self._record = record

    def seek(self, _partition: object, _offset: int) -> None:
        pass

    async def getmany(self, partition: object, **_: int) -> dict[object, list[Any]]:
        return {} if self._record is None else {partition: [self._record]}


def _reader(record: Any) -> Reader:
    consumer: Any = OurConsumer(record)
    return Reader(consumer, "log-1", 0.0)


@pytest.mark.parametrize(
    ("offset", "timestamp_type", "is_older"),
    [(7, LOG_APPEND_TIME, True), (7, CREATE_TIME, False), (8, CREATE_TIME, True)],
    ids=["dated by the broker", "dated by somebody", "the end of a transaction"],
)
async def test_only_what_the_broker_wrote_shows_an_older_log(offset: int, timestamp_type: int, is_older: bool) -> None:
    record = SimpleNamespace(offset=offset, timestamp_type=timestamp_type)
    assert await _reader(record)._is_older(7) is is_older


async def test_a_record_that_does_not_come_shows_nothing() -> None:
    with pytest.raises(TimeoutError):
        await _reader(None)._is_older(7)
