"""One process's part in the fence, without I/O: what it may report and decide at a moment, and what it must do."""

from dataclasses import replace

from grantstream.contracts.events.fence import FenceReached
from grantstream.fence.core import ChangeStatus, FenceCore, Identity
from grantstream.fence.deferred_reports import DeferredReports
from grantstream.fence.known_log import Opening
from grantstream.fence.records import FenceRecord, RawRecord
from grantstream.fence.rules import RuleBook
from grantstream.fence.settings import FenceSettings


class Participant:
    """The order in which a process reads, reports, serves and leaves. `now`: its boot-time clock; `wall`: time of day.

    `Fence` follows it on a real topic; the simulation in tests/unit/fence/model does so on a simulated one.
    """

    def __init__(self, identity: Identity, settings: FenceSettings, rules: RuleBook | None = None) -> None:
        self.core = FenceCore(identity, settings, rules)
        self.deferred = DeferredReports(identity.subject)
        self._settings = settings
        self._moving_at = float("-inf")
        self._is_behind = True
        self._caught_up = False
        self._leaving = False

    @property
    def offset(self) -> int:
        """The offset of the last applied record, after which a new connection continues; -1: none."""
        return self.core.applied_offset

    @property
    def is_leaving(self) -> bool:
        """Whether it has left the fence or is leaving it."""
        return self._leaving

    def connected(self, opening: Opening, *, now: float) -> None:
        """Notes that its connection was opened, for the first time or again.

        Raises FenceLost if that is another log than the one that it has read.
        """
        self.core.log.opened(opening)
        self._moving_at = now
        self._is_behind = True

    def caught_up(self) -> None:
        """Notes that every record from before the connection was opened is applied."""
        self._is_behind = False
        self._caught_up = True
        self.core.rules.is_followed = True

    def take(self, record: FenceRecord, *, now: float, wall: float) -> None:
        """Applies the next record of the log."""
        if self._is_behind:
            self._moving_at = now
        self.core.apply(record, now=now, wall=wall)

    def apply_report(self, report: FenceRecord, *, read_at: float, now: float, wall: float) -> None:
        """Applies another instance's report, which was deferred when it was read, at `read_at`."""
        self.core.apply_report(report, read_at=read_at, now=now, wall=wall)

    def end_batch(self, *, wall: float) -> None:
        """Drops what no longer matters."""
        self.core.forget(wall=wall)

    def is_stalled(self, *, now: float) -> bool:
        """Whether no proof comes although the connection is open, so that it must be reopened.

        It may lead to a broker that is cut off from the others and still answers. A process that is still reading the
        records from before the opening can have no proof yet, and is not stalled.
        """
        return min(self.core.staleness(now), now - self._moving_at) > self._settings.reconnect_after

    @property
    def may_report(self) -> bool:
        """Whether it may report how far it has read.

        Not before it has caught up: from its first report on answers wait for it. No report may follow the goodbye, or
        they would wait for it again.
        """
        return self._caught_up and not self._leaving

    def pause_before_report(self, *, now: float) -> float:
        """Seconds until the next report is due; negative if it is overdue."""
        return self.core.reached_due_at() - now

    def next_report(self, *, now: float, wall: float) -> FenceReached | None:
        """The report to send at once, since it dates the proof; None if the process may not report."""
        return self.core.next_reached(now=now, wall=wall) if self.may_report else None

    def leave(self) -> None:
        """Stops serving and reporting; only the goodbye may follow."""
        self._leaving = True

    def goodbye(self, *, now: float, wall: float) -> FenceReached:
        """The last report: after it no answer waits for this process."""
        self.leave()
        return self.core.next_reached(now=now, wall=wall, leaving=True)

    def is_fresh(self, *, now: float) -> bool:
        """Whether it may decide anything."""
        return not self._leaving and self.core.is_fresh(now)

    def may_mint(self, *, now: float) -> bool:
        """Whether it may issue tokens: fresh, and its clock agrees with the log's."""
        return not self._leaving and self.core.may_mint(now)

    def must_judge_deferred_before(self, raw: RawRecord) -> bool:
        """Whether the deferred reports must be judged before a record is."""
        return self.deferred.depends_on(raw)

    def must_judge_deferred(self, *, now: float) -> bool:
        """Whether the deferred reports must be judged although no caller waits.

        Soon, since the number of instances decides how often to report. At once before the first proof, and by an
        observer, to which every other's report is a proof.
        """
        at_once = self.core.identity.observer or not self.core.is_proven
        return at_once or self.deferred.is_due(now=now, after=self._settings.heartbeat / 4)

    def knows(self, subject: str, version: int) -> bool:
        """Whether it has read `version` of a subject, or a later one."""
        return self.core.rules.offset_of(subject, version) is not None

    def status(self, subject: str, version: int, *, now: float) -> ChangeStatus:
        """Who has not reached `version` of a subject yet; unknown while a report from before it is deferred."""
        status = self.core.status(subject, version, now=now)
        offset, deferred = self.core.rules.offset_of(subject, version), self.deferred.first_offset
        is_complete = offset is None or deferred is None or offset < deferred
        return replace(status, all_known=status.all_known and is_complete)
