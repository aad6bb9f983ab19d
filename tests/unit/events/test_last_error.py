"""What FastStream says of a consumer, again and again, is passed on once."""

import logging

import pytest

from grantstream.events.consuming.lag import LastError


class Clock:
    """Seconds, set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_repeated_error_is_logged_once_until_it_ceases(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Clock()
    last = LastError(logging.getLogger("test"), clock)
    for _ in range(100):
        clock.now += 5
        last.log(logging.ERROR, "Kafka error occurred", exc_info=ValueError("corrupt"))
    assert last.name() == "ValueError"
    assert len(caplog.records) == 1
    last.log(logging.ERROR, "Kafka error occurred", exc_info=KeyError("another"))
    assert len(caplog.records) == 2
    clock.now += 61
    assert last.name() == ""
    last.log(logging.ERROR, "Kafka error occurred", exc_info=KeyError("again"))
    assert len(caplog.records) == 3


def test_other_lines_pass(caplog: pytest.LogCaptureFixture) -> None:
    last = LastError(logging.getLogger("test"))
    for _ in range(2):
        last.log(logging.WARNING, "Make sure the topics exist.")
    assert len(caplog.records) == 2
    assert last.name() == ""


def test_what_a_handler_fails_of_counts_too() -> None:
    last = LastError(logging.getLogger("test"))
    last.note("InterfaceError")
    assert last.name() == "InterfaceError"
