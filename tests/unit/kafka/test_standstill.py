"""When a reader of topics is said to stand still, and what is said of it."""

import pytest
from aiokafka import TopicPartition

from grantstream.kafka.standstill import Standstill

FIRST, SECOND = TopicPartition("app.modified", 0), TopicPartition("app.modified", 1)


class Clock:
    """Seconds, set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def standstill(clock: Clock) -> Standstill:
    return Standstill(15, clock)


def test_a_stalled_partition_is_named_with_the_reason(standstill: Standstill, clock: Clock) -> None:
    standstill.measured(FIRST, 7, 10)
    clock.now += 15
    standstill.measured(FIRST, 7, 12)
    assert standstill.trouble() == ""
    clock.now += 1
    assert standstill.trouble() == "app.modified partition 0 stands still at 7 for 16 s, 5 before it"
    assert standstill.trouble("ANewCodec").endswith("5 before it (ANewCodec)")


def test_slow_or_idle_partitions_are_not_stalled(standstill: Standstill, clock: Clock) -> None:
    for done in range(10):
        standstill.measured(FIRST, done, 1_000)
        standstill.measured(SECOND, 5, 5)
        clock.now += 10
        assert standstill.trouble() == ""


def test_one_partition_that_moves_hides_none_that_does_not(standstill: Standstill, clock: Clock) -> None:
    for done in range(3):
        standstill.measured(FIRST, done, 1_000)
        standstill.measured(SECOND, 5, 6)
        clock.now += 10
    assert standstill.trouble() == "app.modified partition 1 stands still at 5 for 30 s, 1 before it"


def test_going_back_is_moving_too(standstill: Standstill, clock: Clock) -> None:
    standstill.measured(FIRST, 7, 10)
    clock.now += 20
    standstill.measured(FIRST, 0, 10)
    assert standstill.trouble() == ""


def test_what_went_to_another_reader_is_not_its_trouble(standstill: Standstill, clock: Clock) -> None:
    standstill.measured(FIRST, 7, 10)
    clock.now += 20
    assert standstill.trouble()
    standstill.keep_only({SECOND})
    assert standstill.trouble() == ""


def test_of_many_partitions_a_few_are_named(standstill: Standstill, clock: Clock) -> None:
    for number in range(6):
        standstill.measured(TopicPartition("app.modified", number), 0, 1)
    clock.now += 20
    assert standstill.trouble().count("stands still") == 3
    assert standstill.trouble().endswith("and 3 partitions more")
