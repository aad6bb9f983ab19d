"""Where a group goes on, by the place that it kept and the log as it is now."""

import pytest

from grantstream.events.consuming.kept_offsets import KeptOffset
from grantstream.events.consuming.resume_point import ResumePoint, resume_point_of
from grantstream.kafka.log_bounds import LogBounds

STATES, FACTS = "app.modified", "receipt.posted"
LOG = LogBounds("this", 10, 20)


def kept(offset: int, topic_id: str = "this") -> KeptOffset:
    return KeptOffset(topic_id, offset)


@pytest.mark.parametrize("offset", [10, 15, 20])
@pytest.mark.parametrize("committed", [None, 0, 12, 99])
def test_a_place_within_the_log_beats_the_brokers_offset(offset: int, committed: int | None) -> None:
    assert resume_point_of(STATES, kept(offset), committed, LOG) == ResumePoint(offset)


@pytest.mark.parametrize(
    ("place", "why"),
    [
        (kept(15, "that"), "the topic was deleted and created anew, at offset 15 of the old one (id that)"),
        (kept(9), "the records from offset 9 to 9 were deleted unread"),
        (kept(21), "everything before offset 21 was read, and the log now ends at 20"),
    ],
)
def test_a_place_outside_the_log_is_a_gap(place: KeptOffset, why: str) -> None:
    point = resume_point_of(STATES, place, 15, LOG)
    assert (point.next_offset, point.gap) == (10, why)
    assert point.new_offset(STATES, LOG.topic_id).lost_why == why
    assert resume_point_of(FACTS, place, 15, LOG).new_offset(FACTS, LOG.topic_id).lost_why is None


def test_a_group_without_place_resumes_at_committed_offset() -> None:
    assert resume_point_of(STATES, None, 12, LOG) == ResumePoint(12)


@pytest.mark.parametrize("committed", [5, 25])
def test_a_committed_offset_outside_the_log_is_a_gap(committed: int) -> None:
    point = resume_point_of(STATES, None, committed, LOG)
    assert (point.next_offset, point.gap is None) == (10, False)


def test_a_new_group_lost_the_states_deleted_before_it() -> None:
    assert resume_point_of(STATES, None, None, LogBounds("this", 0, 20)) == ResumePoint(0)
    assert resume_point_of(FACTS, None, None, LOG) == ResumePoint(10)
    assert resume_point_of(STATES, None, None, LOG).gap == "the records before offset 10 were deleted unread"


def test_only_a_log_cut_at_its_end_is_certain_at_once() -> None:
    """A lagging broker may show an old topic id, and the batch in hand may be what was deleted."""
    assert resume_point_of(STATES, kept(21), None, LOG).certain
    assert not resume_point_of(STATES, kept(9), None, LOG).certain
    assert not resume_point_of(STATES, kept(15, "that"), None, LOG).certain
