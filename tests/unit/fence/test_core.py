"""The fence's promises, played through with times set by hand: no broker, no clock."""

from collections.abc import Iterator

import pytest

from grantstream.contracts.claims import CLOCK_TOLERANCE
from grantstream.contracts.events.fence import FenceReached, PermissionChanged
from grantstream.contracts.void import VoidBelow
from grantstream.fence import FenceCore, FenceRecord, FenceSettings, Identity
from grantstream.fence.known_log import Opening
from grantstream.fence.settings import MAX_CLOCK_DRIFT
from tests.unit.fence.opening import WHOLE

SETTINGS = FenceSettings(max_staleness=8.0)
SUBJECT = "enablement/app-1/company-1"


class Log:
    """A log that hands each of its readers everything, in one order, when it is told to."""

    def __init__(self) -> None:
        self.records: list[FenceRecord] = []
        self._read: dict[int, int] = {}

    def append(self, event: PermissionChanged | FenceReached, *, at: float) -> int:
        self.records.append(FenceRecord(len(self.records), at, event))
        return len(self.records) - 1

    def read(self, core: FenceCore, *, now: float, wall: float | None = None) -> None:
        for record in self._unread(core):
            core.apply(record, now=now, wall=now if wall is None else wall)
        core.forget(wall=now if wall is None else wall)

    def _unread(self, core: FenceCore) -> Iterator[FenceRecord]:
        while self._read.get(id(core), 0) < len(self.records):
            index = self._read.get(id(core), 0)
            self._read[id(core)] = index + 1
            yield self.records[index]


def _process(name: str, *, observer: bool = False) -> FenceCore:
    core = FenceCore(Identity("client", name, "receipts", "http", observer), SETTINGS)
    core.log.opened(WHOLE)
    return core


def _say(core: FenceCore, log: Log, *, now: float, leaving: bool = False) -> None:
    log.append(core.next_reached(now=now, wall=now, leaving=leaving), at=now)


def _change(log: Log, *, at: float, version: int = 2) -> None:
    log.append(PermissionChanged(subject=SUBJECT, version=version, void_below=VoidBelow(version=version)), at=at)


def test_a_process_is_stale_until_it_reads_its_own_report() -> None:
    log, core = Log(), _process("a")
    assert not core.is_fresh(0.0)
    _say(core, log, now=0.0)
    assert not core.is_fresh(0.0)
    log.read(core, now=0.1)
    assert core.is_fresh(0.1)


def test_freshness_counts_from_sending_not_from_reading() -> None:
    log, core = Log(), _process("a")
    _say(core, log, now=0.0)
    log.read(core, now=7.0)
    assert core.staleness(7.0) == pytest.approx(7.0)
    assert not core.is_fresh(8.1)


def test_others_reports_do_not_make_a_reporter_fresh() -> None:
    log, core, other = Log(), _process("a"), _process("b")
    _say(other, log, now=0.0)
    log.read(core, now=0.1)
    assert not core.is_fresh(0.1)


def test_a_resumed_process_is_stale_despite_a_full_buffer() -> None:
    log, core = Log(), _process("a")
    for second in range(5):
        _say(core, log, now=float(second))
    log.read(core, now=30.0)
    assert not core.is_fresh(30.0)


def test_an_answer_waits_until_others_reach_the_change() -> None:
    log, waiter, other = Log(), _process("waiter"), _process("other")
    _say(waiter, log, now=0.0)
    _say(other, log, now=0.0)
    _change(log, at=1.0)
    log.read(waiter, now=1.0)
    status = waiter.status(SUBJECT, 2, now=1.0)
    assert status.known
    assert [pending.instance_id for pending in status.pending] == ["other"]
    log.read(other, now=1.0)
    _say(other, log, now=1.0)
    log.read(waiter, now=1.1)
    assert waiter.status(SUBJECT, 2, now=1.1).reached


def test_a_change_that_was_not_read_yet_is_not_reached() -> None:
    log, waiter = Log(), _process("waiter")
    _say(waiter, log, now=0.0)
    log.read(waiter, now=0.0)
    assert not waiter.status(SUBJECT, 2, now=0.0).reached
    _change(log, at=0.5, version=1)
    log.read(waiter, now=0.5)
    assert not waiter.status(SUBJECT, 2, now=0.5).known


def test_an_instance_that_said_goodbye_is_not_waited_for() -> None:
    log, waiter, other = Log(), _process("waiter"), _process("other")
    _say(waiter, log, now=0.0)
    _say(other, log, now=0.0)
    _say(other, log, now=0.5, leaving=True)
    _change(log, at=1.0)
    log.read(waiter, now=1.0)
    assert waiter.status(SUBJECT, 2, now=1.0).reached


def test_a_silent_instance_is_awaited_until_it_is_stale() -> None:
    log, waiter, silent = Log(), _process("waiter"), _process("silent")
    _say(waiter, log, now=0.0)
    _say(silent, log, now=0.0)
    _change(log, at=0.1)
    log.read(waiter, now=0.2)
    log.read(silent, now=0.05)
    for tenth in range(1, 90):
        now = 0.2 + tenth / 10
        _say(waiter, log, now=now)
        log.read(waiter, now=now)
        if waiter.status(SUBJECT, 2, now=now).reached:
            assert not silent.is_fresh(now)
            return
    pytest.fail("the silent instance was waited for without end")


def test_the_wait_for_an_instance_allows_for_clock_drift() -> None:
    """An instance counts as gone by the waiter's clock, a little late since clocks differ in rate."""
    log, waiter, other = Log(), _process("waiter"), _process("other")
    _say(waiter, log, now=0.0)
    _say(other, log, now=0.0)
    _change(log, at=0.1)
    log.read(waiter, now=0.2)
    slow = (1 - MAX_CLOCK_DRIFT) / (1 + MAX_CLOCK_DRIFT)
    assert not waiter.status(SUBJECT, 2, now=0.2 + SETTINGS.max_staleness).reached
    assert not waiter.status(SUBJECT, 2, now=0.2 + SETTINGS.max_staleness / slow - 0.001).reached
    assert waiter.status(SUBJECT, 2, now=0.2 + SETTINGS.max_staleness / slow + 0.001).reached


def test_a_resumed_waiter_awaits_recent_reporters() -> None:
    log, waiter, other = Log(), _process("waiter"), _process("other")
    _say(waiter, log, now=0.0)
    _say(other, log, now=0.0)
    log.read(waiter, now=0.0)
    _say(other, log, now=18.0)
    _change(log, at=19.0)
    _say(waiter, log, now=20.0)
    log.read(waiter, now=20.0)
    assert waiter.is_fresh(20.0)
    assert not waiter.status(SUBJECT, 2, now=20.0).reached


def test_processes_starting_around_a_change_are_awaited() -> None:
    """One that starts after the change has read it by the time it is fresh."""
    log, waiter = Log(), _process("waiter")
    _say(waiter, log, now=0.0)
    before, after = _process("before"), _process("after")
    _say(before, log, now=0.1)
    _change(log, at=0.2)
    _say(after, log, now=0.3)
    log.read(after, now=0.4)
    assert after.is_fresh(0.4)
    assert after.rules.floor(SUBJECT) == 2
    log.read(waiter, now=0.4)
    assert {pending.instance_id for pending in waiter.status(SUBJECT, 2, now=0.4).pending} == {"before", "after"}


def test_a_new_process_does_not_await_long_dead_instances() -> None:
    log, dead = Log(), _process("dead")
    _say(dead, log, now=0.0)
    waiter = _process("waiter")
    _say(waiter, log, now=60.0)
    _change(log, at=60.1)
    log.read(waiter, now=60.2)
    assert waiter.status(SUBJECT, 2, now=60.2).reached


def test_a_broker_whose_clock_jumps_makes_nobody_look_gone() -> None:
    log, waiter, other = Log(), _process("a"), _process("b")
    for core in (waiter, other):
        _say(core, log, now=0.0)
    for core in (waiter, other):
        log.read(core, now=0.1)
    log.append(PermissionChanged(subject="user/somebody", version=1), at=3600.0)
    _change(log, at=0.2)
    log.read(waiter, now=0.2)
    assert [pending.instance_id for pending in waiter.status(SUBJECT, 2, now=0.2).pending] == ["b"]


def test_more_processes_make_each_report_less_often() -> None:
    assert SETTINGS.pause_between_reports(0) == SETTINGS.coalescing
    assert SETTINGS.pause_between_reports(50) == pytest.approx(50 * SETTINGS.coalescing_per_instance)
    assert SETTINGS.pause_between_reports(1_000_000) == SETTINGS.heartbeat


def test_a_report_on_a_change_is_immediate_then_coalesced() -> None:
    log, core = Log(), _process("a")
    _say(core, log, now=0.0)
    log.read(core, now=0.0)
    assert core.reached_due_at() == pytest.approx(SETTINGS.heartbeat)
    _change(log, at=0.5)
    log.read(core, now=0.5)
    assert core.reached_due_at() <= 0.5
    _say(core, log, now=0.5)
    _change(log, at=0.501, version=3)
    log.read(core, now=0.501)
    assert core.reached_due_at() == pytest.approx(0.5 + SETTINGS.coalescing)


@pytest.mark.parametrize("error", [CLOCK_TOLERANCE.total_seconds() + 5, -CLOCK_TOLERANCE.total_seconds() - 5])
def test_a_wrong_clock_allows_checking_but_not_minting(error: float) -> None:
    log, core = Log(), _process("a")
    event = core.next_reached(now=0.0, wall=1000.0 + error)
    log.append(event, at=1000.0)
    log.read(core, now=0.01, wall=1000.0 + error)
    assert core.is_fresh(0.1)
    assert not core.may_mint(0.1)


def test_an_observer_is_current_by_append_times() -> None:
    log, observer, speaker = Log(), _process("observer", observer=True), _process("speaker")
    _say(speaker, log, now=100.0)
    log.read(observer, now=100.5)
    assert observer.is_fresh(100.5)
    assert not observer.is_fresh(108.5)


def test_a_record_without_broker_time_only_moves_the_offset() -> None:
    core = _process("a")
    core.log.opened(Opening("log-1", 0, reaches_back=False, asked_at=0.0))
    core.apply(FenceRecord(0, 1.0, None, is_dated=False), now=1.0, wall=1.0)
    assert core.applied_offset == 0
    assert core.log.covers_since == float("inf")
    core.apply(FenceRecord(1, 9.0, None), now=9.0, wall=9.0)
    assert core.log.covers_since == 9.0


def test_a_refused_record_moves_the_place_and_nothing_else() -> None:
    core = _process("a")
    core.apply(FenceRecord(0, 1.0, None), now=1.0, wall=1.0)
    assert core.applied_offset == 0
    assert len(core.rules) == 0
