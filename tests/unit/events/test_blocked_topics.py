"""Which topics are tried with one record at a time, and which are not waited for."""

import random

import pytest

from grantstream.kafka.blocked_topics import BlockedTopics, SilentTopics
from grantstream.kafka.errors import AppendTimeMissing

FAULT = AppendTimeMissing("a")
NONE: frozenset[str] = frozenset()


@pytest.fixture(autouse=True)
def no_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every pause is as long as it can be."""
    monkeypatch.setattr(random, "uniform", lambda _shortest, longest: longest)


def test_a_topic_that_is_not_blocked_takes_every_record() -> None:
    blocked = BlockedTopics()
    assert [blocked.refusal("a", 100) for _ in range(3)] == [None, None, None]
    assert not blocked


def test_a_blocked_topic_gets_one_record_per_doubling_pause() -> None:
    blocked = BlockedTopics()
    blocked.settle(NONE, {"a": FAULT}, 100)
    tries = [now for now in range(100, 250) for _ in range(5) if blocked.refusal("a", now) is None]
    assert tries == [101, 103, 107, 115, 131, 161, 191, 221]
    assert blocked.refusal("b", 100) is None


def test_a_failed_retry_does_not_reset_the_pauses() -> None:
    blocked = BlockedTopics()
    for now in (100, 101, 103):
        assert blocked.refusal("a", now) is None
        blocked.settle(NONE, {"a": FAULT}, now)
    assert blocked.refusal("a", 106) is FAULT


def test_acknowledgement_without_a_failure_unblocks_a_topic() -> None:
    blocked = BlockedTopics()
    blocked.settle(NONE, {"a": FAULT}, 100)
    blocked.settle({"a"}, {"a": FAULT}, 101)
    assert blocked
    blocked.settle({"a"}, {}, 102)
    assert not blocked
    assert blocked.refusal("a", 102) is None


def test_a_topic_silent_twice_among_others_is_not_awaited() -> None:
    silent = SilentTopics()
    assert silent.settle({"b"}, {"a"}, 100) == {}
    assert not silent.is_silent("a", 100)
    assert "min.insync.replicas" in str(silent.settle({"b"}, {"a"}, 110)["a"])
    assert silent.is_silent("a", 111)
    assert set(silent.settle(NONE, {"a"}, 120)) == {"a"}, "nor if it is asked alone"
    assert not silent.is_silent("a", 181)


def test_a_single_silence_or_silent_broker_blames_no_topic() -> None:
    silent = SilentTopics()
    silent.settle({"b"}, {"a"}, 100)
    silent.settle({"a", "b"}, NONE, 110)
    assert silent.settle({"b"}, {"a"}, 120) == {}
    for now in range(130, 200, 10):
        assert silent.settle(NONE, {"a", "b"}, now) == {}


def test_a_topic_with_one_silent_partition_is_silent() -> None:
    silent = SilentTopics()
    silent.settle({"a"}, {"a"}, 100)
    assert set(silent.settle({"a"}, {"a"}, 110)) == {"a"}
