"""Which topics are tried with one record at a time, and which are not waited for."""

import random

import pytest

from grantstream.events.errors import AppendTimeMissing
from grantstream.events.producing.blocked_topics import BlockedTopics, SilentTopics

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


def test_a_blocked_topic_is_tried_with_one_record_at_a_time_in_pauses_that_double_up_to_a_limit() -> None:
    blocked = BlockedTopics()
    blocked.settle(NONE, {"a": FAULT}, 100)
    tries = [now for now in range(100, 250) for _ in range(5) if blocked.refusal("a", now) is None]
    assert tries == [101, 103, 107, 115, 131, 161, 191, 221]
    assert blocked.refusal("b", 100) is None


def test_a_try_that_fails_again_leaves_the_pauses_as_they_are() -> None:
    blocked = BlockedTopics()
    for now in (100, 101, 103):
        assert blocked.refusal("a", now) is None
        blocked.settle(NONE, {"a": FAULT}, now)
    assert blocked.refusal("a", 106) is FAULT


def test_the_first_good_acknowledgement_ends_it_unless_another_record_failed_with_it() -> None:
    blocked = BlockedTopics()
    blocked.settle(NONE, {"a": FAULT}, 100)
    blocked.settle({"a"}, {"a": FAULT}, 101)
    assert blocked
    blocked.settle({"a"}, {}, 102)
    assert not blocked
    assert blocked.refusal("a", 102) is None


def test_a_topic_that_is_silent_twice_while_others_acknowledge_is_not_waited_for_any_more() -> None:
    silent = SilentTopics()
    assert silent.settle({"b"}, {"a"}, 100) == {}
    assert not silent.is_silent("a", 100)
    assert "min.insync.replicas" in str(silent.settle({"b"}, {"a"}, 110)["a"])
    assert silent.is_silent("a", 111)
    assert set(silent.settle(NONE, {"a"}, 120)) == {"a"}, "nor if it is asked alone"
    assert not silent.is_silent("a", 181)


def test_one_window_without_an_answer_is_no_topics_fault_nor_is_a_broker_that_answers_nobody() -> None:
    silent = SilentTopics()
    silent.settle({"b"}, {"a"}, 100)
    silent.settle({"a", "b"}, NONE, 110)
    assert silent.settle({"b"}, {"a"}, 120) == {}
    for now in range(130, 200, 10):
        assert silent.settle(NONE, {"a", "b"}, now) == {}


def test_a_topic_of_which_one_partition_answers_and_another_does_not_is_silent() -> None:
    silent = SilentTopics()
    silent.settle({"a"}, {"a"}, 100)
    assert set(silent.settle({"a"}, {"a"}, 110)) == {"a"}
