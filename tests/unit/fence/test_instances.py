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


def test_an_instance_that_died_is_not_waited_for_because_somebody_appends_its_words_again() -> None:
    instances = Instances()
    first, last = _word(1, offset=10), _word(2, offset=20)
    _note(instances, first, at=0.0)
    _note(instances, last, at=1.0)
    for again in range(20):
        _note(instances, (first, last)[again % 2], at=2.0 + again)
    assert _waited_for(instances, at=8.9)
    assert not _waited_for(instances, at=9.2)


def test_an_instance_that_left_is_not_waited_for_because_somebody_appends_an_earlier_word_again() -> None:
    instances = Instances()
    word = _word(1, offset=10)
    _note(instances, word, at=0.0)
    _note(instances, _word(2, offset=10, leaving=True), at=1.0)
    _note(instances, word, at=2.0)
    assert not _waited_for(instances, at=2.0)


def test_a_silent_instance_that_was_forgotten_does_not_come_back_with_an_old_word() -> None:
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


def test_newest_words_are_forgotten_once_nobody_can_append_them_again() -> None:
    instances = Instances()
    _note(instances, _word(7, offset=10), at=0.0)
    instances.forget_silent(at=100.0, settings=SETTINGS)
    instances.forget_expired(before=MAX_TOKEN_LIFETIME.total_seconds())
    assert instances.remembered == 0


def test_one_that_goes_on_for_longer_without_a_proof_is_waited_for_as_long() -> None:
    instances = Instances()
    instances.note(_word(1, offset=10).model_copy(update={"max_staleness": 20.0}), now=0.0, appended_at=0.0)
    instances.forget_ended(at=50.0, settings=SETTINGS)
    instances.forget_silent(at=200.0, settings=SETTINGS)
    assert _waited_for(instances, at=20.3)
    assert not _waited_for(instances, at=20.5)
    instances.forget_silent(at=205.0, settings=SETTINGS)
    assert instances.alive == 0


def test_one_that_would_go_on_for_a_shorter_time_or_does_not_say_is_waited_for_as_usual() -> None:
    for told in (3.0, None):
        instances = Instances()
        instances.note(_word(1, offset=10).model_copy(update={"max_staleness": told}), now=0.0, appended_at=0.0)
        assert _waited_for(instances, at=8.1)
        assert not _waited_for(instances, at=8.2)
