"""What one process may say and when it gives up a connection, with times set by hand."""

import pytest

from grantstream.contracts.claims import RULE_LIFETIME
from grantstream.contracts.events.fence import FenceReached, PermissionChanged
from grantstream.fence import FenceRecord, FenceSettings, Identity, RawRecord
from grantstream.fence.known_log import FenceLost, oldest_that_matters, resume_offset
from grantstream.fence.participant import Participant
from tests.unit.fence.opening import WHOLE

SETTINGS = FenceSettings()


def _participant() -> Participant:
    part = Participant(Identity("client", "a", "receipts", "http"), SETTINGS)
    part.connected(WHOLE, now=0.0)
    return part


def _prove(part: Participant, *, at: float, wall: float) -> None:
    word = part.next_report(now=at, wall=wall)
    assert word is not None
    part.take(FenceRecord(part.offset + 1, wall, word), now=at, wall=wall)


def test_a_process_that_is_catching_up_is_not_stalled() -> None:
    part = _participant()
    for second in range(20):
        part.take(FenceRecord(second, float(second), None), now=float(second), wall=float(second))
        assert not part.is_stalled(now=float(second))
    assert part.is_stalled(now=19.0 + SETTINGS.reconnect_after + 0.1)


def test_a_connection_that_brings_no_proof_is_stalled() -> None:
    part = _participant()
    part.caught_up()
    for second in range(5):
        part.take(FenceRecord(second, float(second), None), now=float(second), wall=float(second))
    assert part.is_stalled(now=SETTINGS.reconnect_after + 0.1)


def test_it_reports_only_between_catching_up_and_goodbye() -> None:
    part = _participant()
    assert part.next_report(now=0.0, wall=0.0) is None
    part.caught_up()
    assert part.next_report(now=0.0, wall=0.0) is not None
    assert part.goodbye(now=1.0, wall=1.0).leaving
    assert part.next_report(now=2.0, wall=2.0) is None


def test_after_leaving_it_is_not_fresh_and_may_not_mint() -> None:
    part = _participant()
    part.caught_up()
    _prove(part, at=1.0, wall=1000.0)
    assert part.is_fresh(now=1.1)
    assert part.may_mint(now=1.1)
    part.leave()
    assert not part.is_fresh(now=1.2)
    assert not part.may_mint(now=1.2)


def test_tokens_are_dated_by_the_clock_as_of_the_last_proof() -> None:
    part = _participant()
    part.caught_up()
    assert part.core.time_of_day(0.5) == float("inf")
    _prove(part, at=1.0, wall=1000.0)
    part.take(FenceRecord(7, 1001.0, None), now=2.0, wall=4600.0)
    assert part.core.time_of_day(3.0) == pytest.approx(1002.0)


def test_a_new_process_reads_back_from_the_slower_clock() -> None:
    lifetime = RULE_LIFETIME.total_seconds()
    assert oldest_that_matters(wall=10_000.0, log_time=9_000.0) < 9_000.0 - lifetime
    assert oldest_that_matters(wall=9_000.0, log_time=10_000.0) < 9_000.0 - lifetime


@pytest.mark.parametrize("after", [3, 9, 10])
def test_a_place_that_the_log_has_is_read_on_from(after: int) -> None:
    assert resume_offset(after, beginning=4, end=11) == after + 1


@pytest.mark.parametrize("after", [2, 11, 500])
def test_a_place_that_the_log_does_not_have_is_lost(after: int) -> None:
    with pytest.raises(FenceLost):
        resume_offset(after, beginning=4, end=11)


def _another(part: Participant, sequence: int, *, now: float) -> FenceRecord:
    """A word of another instance, which the participant puts aside."""
    word = FenceReached(
        client_id="client", instance_id="b", service="token", role="http", sequence=sequence, offset=part.offset
    )
    key, headers = word.subject.encode(), (("ce_type", b"fence.reached"),)
    offset = part.offset + 1
    raw = RawRecord("fence", offset, int(now * 1000), 1, key, headers, word.to_bytes())
    assert part.deferred.take(raw, now=now)
    part.take(FenceRecord(offset, now, None), now=now, wall=now)
    return FenceRecord(offset, now, word)


async def _heard(part: Participant, *words: FenceRecord) -> None:
    believed = {word.offset: word.event for word in words}

    async def judge(raw: RawRecord) -> PermissionChanged | FenceReached | None:
        return believed[raw.offset]

    async for word, read_at in part.deferred.judged(judge):
        part.apply_report(word, read_at=read_at, now=read_at, wall=read_at)


def _change(part: Participant, *, now: float) -> None:
    change = PermissionChanged(subject="app/x", version=2)
    part.take(FenceRecord(part.offset + 1, now, change), now=now, wall=now)


async def test_a_report_deferred_before_a_change_blocks_answers() -> None:
    part = _participant()
    part.caught_up()
    _prove(part, at=1000.0, wall=1000.0)
    first = _another(part, 1, now=1000.1)
    _change(part, now=1000.2)
    status = part.status("app/x", 2, now=1000.2)
    assert (status.known, status.all_known, status.reached) == (True, False, False)
    await _heard(part, first)
    status = part.status("app/x", 2, now=1000.2)
    assert (status.all_known, [one.instance_id for one in status.pending]) == (True, ["b"])


async def test_a_report_after_a_change_counts_only_once_judged() -> None:
    """Until then it doesn't hide which instances there are."""
    part = _participant()
    part.caught_up()
    _prove(part, at=1000.0, wall=1000.0)
    await _heard(part, _another(part, 1, now=1000.1))
    _change(part, now=1000.2)
    then = _another(part, 2, now=1000.3)
    status = part.status("app/x", 2, now=1000.3)
    assert (status.all_known, status.reached) == (True, False)
    await _heard(part, then)
    assert part.status("app/x", 2, now=1000.3).reached


async def test_deferred_reports_are_due_at_once_until_first_proof() -> None:
    part = _participant()
    part.caught_up()
    assert part.must_judge_deferred(now=1000.0)
    _prove(part, at=1000.0, wall=1000.0)
    assert not part.must_judge_deferred(now=1000.0)
    word = _another(part, 1, now=1000.1)
    assert not part.must_judge_deferred(now=1000.1)
    assert part.must_judge_deferred(now=1000.1 + SETTINGS.heartbeat / 4)
    await _heard(part, word)
    assert not part.must_judge_deferred(now=1000.1 + SETTINGS.heartbeat)


async def test_an_observer_hears_every_word_at_once() -> None:
    part = Participant(Identity("observer", "a", "observer", "other", observer=True), SETTINGS)
    part.connected(WHOLE, now=0.0)
    await _heard(part, _another(part, 1, now=1000.1))
    assert part.is_fresh(now=1000.1)
    assert part.must_judge_deferred(now=1000.1)


def test_reports_are_judged_before_what_may_void_them() -> None:
    part = _participant()
    _another(part, 1, now=1000.1)
    assert part.must_judge_deferred_before(RawRecord("fence", 9, 1, 1, b"app/client", (), b"{}"))
    assert not part.must_judge_deferred_before(RawRecord("fence", 9, 1, 1, b"app/x", (), b"{}"))
