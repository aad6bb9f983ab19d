"""A process looks at the log at once while little happens, and less often while much does."""

from grantstream.fence.fence import PollBackoff


def test_a_lone_change_that_all_answer_makes_nobody_pause() -> None:
    pace = PollBackoff()
    found = [pace.pause(count, instances=12, per_instance=0.002, now=10.0) for count in (1, 4, 8)]
    assert found == [0.0, 0.0, 0.0]


def test_many_changes_cause_pauses_only_while_they_last() -> None:
    pace = PollBackoff()
    pauses = [pace.pause(20, instances=12, per_instance=0.002, now=0.05 * look) for look in range(40)]
    assert pauses[-1] == 12 * 0.002
    assert pace.pause(1, instances=12, per_instance=0.002, now=10.0) == 0.0


def test_a_process_alone_never_pauses() -> None:
    pace = PollBackoff()
    assert {pace.pause(500, instances=0, per_instance=0.002, now=0.001 * look) for look in range(100)} == {0.0}
