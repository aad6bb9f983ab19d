"""Who an answer waits for, whatever somebody appends to the log again."""

from grantstream.contracts.claims import MAX_TOKEN_LIFETIME
from grantstream.contracts.events.fence import FenceReached
from grantstream.fence import FenceSettings
from grantstream.fence.instances import Instances

SETTINGS = FenceSettings(max_staleness=8.0)


def _word(sequence: int, *, offset: int, leaving: bool = False) -> FenceReached:
    return FenceReached(
        client_id="client",
        instance_id="other",
        service="receipts",
        role="http",
        sequence=sequence,
        offset=offset,
        leaving=leaving,
    )


def _note(instances: Instances, word: FenceReached, *, at: float) -> None:
    instances.note(word, now=at, appended_at=at)


def _waited_for(instances: Instances, *, at: float) -> bool:
    return bool(instances.behind(100, now=at, settings=SETTINGS))


def test_replayed_reports_do_not_keep_a_dead_instance_alive() -> None:
    instances = Instances()
    first, last = _word(1, offset=10), _word(2, offset=20)
    _note(instances, first, at=0.0)
    _note(instances, last, at=1.0)
    for again in range(20):
        _note(instances, (first, last)[again % 2], at=2.0 + again)
    assert _waited_for(instances, at=8.9)
    assert not _waited_for(instances, at=9.2)


def test_a_replayed_report_does_not_revive_one_that_left() -> None:
    instances = Instances()
    word = _word(1, offset=10)
    _note(instances, word, at=0.0)
    _note(instances, _word(2, offset=10, leaving=True), at=1.0)
    _note(instances, word, at=2.0)
    assert not _waited_for(instances, at=2.0)


def test_an_old_report_does_not_revive_a_forgotten_instance() -> None:
    instances = Instances()
    word = _word(1, offset=10)
    _note(instances, word, at=0.0)
    instances.forget_silent(at=100.0, settings=SETTINGS)
    instances.forget_ended(at=100.0, settings=SETTINGS)
    instances.forget_expired(before=-1.0)
    _note(instances, word, at=100.0)
    assert not _waited_for(instances, at=100.0)
    _note(instances, _word(2, offset=10), at=101.0)
    assert _waited_for(instances, at=101.0)


def test_reports_are_forgotten_once_they_cannot_be_replayed() -> None:
    instances = Instances()
    _note(instances, _word(7, offset=10), at=0.0)
    instances.forget_silent(at=100.0, settings=SETTINGS)
    instances.forget_expired(before=MAX_TOKEN_LIFETIME.total_seconds())
    assert instances.remembered == 0


def test_an_instance_of_longer_staleness_is_awaited_longer() -> None:
    instances = Instances()
    instances.note(_word(1, offset=10).model_copy(update={"max_staleness": 20.0}), now=0.0, appended_at=0.0)
    instances.forget_ended(at=50.0, settings=SETTINGS)
    instances.forget_silent(at=200.0, settings=SETTINGS)
    assert _waited_for(instances, at=20.3)
    assert not _waited_for(instances, at=20.5)
    instances.forget_silent(at=205.0, settings=SETTINGS)
    assert instances.alive == 0


def test_a_shorter_or_no_staleness_leaves_the_usual_wait() -> None:
    for told in (3.0, None):
        instances = Instances()
        instances.note(_word(1, offset=10).model_copy(update={"max_staleness": told}), now=0.0, appended_at=0.0)
        assert _waited_for(instances, at=8.1)
        assert not _waited_for(instances, at=8.2)
