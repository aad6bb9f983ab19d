"""What a process may vouch for when operators delete the fence's records, or the whole topic."""

import pytest

from grantstream.contracts.claims import CLOCK_TOLERANCE
from grantstream.contracts.log_position import LogPosition
from grantstream.contracts.topics import FENCE
from grantstream.fence.known_log import FenceLost, FenceUnfit, KnownLog, Opening
from grantstream.kafka.topic_description import TopicDescription

GONE_AFTER = 8.0
ISSUED_AT = 1_000


def _topic(log: str = "log-1", partitions: int = 1) -> TopicDescription:
    return TopicDescription(FENCE.name, log, frozenset(range(partitions)))


def _log(*, start: int = 0, reaches_back: bool = False, asked_at: float = 100.0) -> KnownLog:
    log = KnownLog()
    log.opened(Opening("log-1", start, reaches_back, asked_at))
    return log


@pytest.mark.parametrize(
    ("position", "vouches"),
    [
        (LogPosition("log-1", 50), True),
        (LogPosition("log-1", 49), True),  # the record at 50 is the first that its issuer lacked
        (LogPosition("log-1", 48), False),
        (LogPosition("log-0", 50), False),
        (None, False),
    ],
)
def test_a_truncated_log_vouches_for_tokens_after_the_cut(position: LogPosition | None, vouches: bool) -> None:
    assert _log(start=50).vouches_for(position, issued_at=ISSUED_AT) is vouches


@pytest.mark.parametrize(
    ("position", "vouches"),
    [(LogPosition("log-1", 3), True), (None, True), (LogPosition("log-0", 60), False)],
)
def test_a_log_that_reaches_back_vouches_for_all_its_tokens(position: LogPosition | None, vouches: bool) -> None:
    assert _log(start=50, reaches_back=True).vouches_for(position, issued_at=ISSUED_AT) is vouches


@pytest.mark.parametrize(("issued_at", "vouches"), [(1_000, True), (999, False)])
def test_a_token_without_a_position_is_judged_by_its_time(issued_at: int, vouches: bool) -> None:
    log = _log()
    log.read(appended_at=1_000.5)
    assert log.vouches_for(None, issued_at=issued_at) is vouches


def test_nothing_is_vouched_for_before_the_log_is_opened() -> None:
    assert not KnownLog().vouches_for(LogPosition("log-1", 1), issued_at=ISSUED_AT)


def test_what_is_known_begins_with_the_first_record_read() -> None:
    log = _log()
    assert log.covers_since == float("inf")
    log.read(appended_at=1000.0)
    log.read(appended_at=2000.0)
    assert log.covers_since == 1000.0
    assert _log(reaches_back=True).covers_since == 0.0


def test_a_time_that_is_not_the_brokers_dates_nothing() -> None:
    log = _log()
    log.read(appended_at=None)
    assert log.covers_since == float("inf")
    log.read(appended_at=1000.0)
    assert log.covers_since == 1000.0


def test_records_deleted_before_any_was_read_are_not_known() -> None:
    log = _log(start=0)
    log.opened(Opening("log-1", 10, reaches_back=False, asked_at=101.0))
    assert not log.vouches_for(LogPosition("log-1", 5), issued_at=ISSUED_AT)


def test_reopening_does_not_change_how_far_back_is_known() -> None:
    log = _log(start=50)
    log.read(appended_at=1000.0)
    log.opened(Opening("log-1", 70, reaches_back=False, asked_at=101.0))
    assert log.vouches_for(LogPosition("log-1", 50), issued_at=ISSUED_AT)


def test_a_recreated_log_ends_what_was_known() -> None:
    log = _log()
    log.read(appended_at=1000.0)
    with pytest.raises(FenceLost):
        log.looked(_topic("log-2"), asked_at=101.0)
    assert log.age(101.0) == float("inf"), "whoever knows that it is lost is not current"
    with pytest.raises(FenceLost):
        log.opened(Opening("log-2", 0, reaches_back=False, asked_at=102.0))


def test_a_recreated_log_is_opened_if_the_old_was_unread() -> None:
    log = _log()
    with pytest.raises(FenceUnfit):
        log.looked(_topic("log-2"), asked_at=101.0)
    assert log.age(101.0) == float("inf")
    log.opened(Opening("log-2", 0, reaches_back=False, asked_at=102.0))
    log.looked(_topic("log-2"), asked_at=103.0)
    assert log.age(103.0) == 0.0


def test_a_process_is_as_old_as_the_last_look_at_its_topic() -> None:
    log = _log(asked_at=100.0)
    assert log.age(103.0) == 3.0
    log.looked(_topic(), asked_at=102.0)
    log.looked(_topic(), asked_at=101.0)
    assert log.age(103.0) == 1.0


@pytest.mark.parametrize("topic", [None, _topic(partitions=2), _topic(partitions=0)])
def test_a_topic_that_is_not_one_log_makes_nothing_current(topic: TopicDescription | None) -> None:
    log = _log()
    with pytest.raises(FenceUnfit, match="grantstream topics apply"):
        log.looked(topic, asked_at=101.0)
    assert log.age(101.0) == float("inf")
    log.looked(_topic(), asked_at=102.0)
    assert log.age(102.0) == 0.0


def _has_everybody(log: KnownLog, *, now: float, log_time: float) -> bool:
    return log.knows_all_instances(now=now, log_time=log_time, gone_after=GONE_AFTER)


def test_readers_of_another_log_are_awaited_until_stale() -> None:
    log = _log(asked_at=100.0)
    log.read(appended_at=1000.0)
    assert not _has_everybody(log, now=107.9, log_time=1000.0)
    assert _has_everybody(log, now=108.0, log_time=1000.0)


def test_a_log_old_enough_has_everybody_who_lives() -> None:
    log = _log(asked_at=100.0)
    log.read(appended_at=1000.0)
    old_enough = 1000.0 + GONE_AFTER + CLOCK_TOLERANCE.total_seconds()
    assert not _has_everybody(log, now=100.0, log_time=old_enough - 0.1)
    assert _has_everybody(log, now=100.0, log_time=old_enough)
    assert _has_everybody(_log(reaches_back=True), now=100.0, log_time=0.0)


def test_the_first_log_ever_has_everybody_if_it_is_whole() -> None:
    whole, cut = _log(start=0), _log(start=3)
    for log in (whole, cut):
        log.read(appended_at=1000.0)
        log.no_log_came_before()
    assert _has_everybody(whole, now=100.0, log_time=1000.0)
    assert not _has_everybody(cut, now=100.0, log_time=1000.0)
