"""The fence as a state machine: records and times go in, decisions come out. No I/O, no clock of its own.

It uses three clocks. `now` is the boot-time clock of this process: only its differences count. `wall` is this process's
time of day, and `appended_at` the broker's; they are compared only to detect a wrong clock and to forget rules.
"""

from dataclasses import dataclass
from typing import Literal

from grantstream.contracts import subjects
from grantstream.contracts.claims import CLOCK_TOLERANCE, RULE_LIFETIME
from grantstream.contracts.events.fence import FenceReached, PermissionChanged
from grantstream.contracts.log_position import LogPosition
from grantstream.fence.freshness import Freshness
from grantstream.fence.instances import Instances, Pending
from grantstream.fence.known_log import KnownLog
from grantstream.fence.records import FenceRecord
from grantstream.fence.rules import RuleBook
from grantstream.fence.settings import FenceSettings


@dataclass(frozen=True, slots=True)
class Identity:
    """A process's identity on the fence. `observer`: it may not write, and no answer waits for it."""

    client_id: str
    instance_id: str
    service: str
    role: Literal["http", "worker", "other"]
    observer: bool = False

    @property
    def subject(self) -> str:
        """The subject of its own records."""
        return subjects.instance(self.client_id, self.instance_id)


@dataclass(frozen=True, slots=True)
class ChangeStatus:
    """Which instances have not reached a change.

    `known`: it was read on the fence. `pending`: who has not reached it. `all_known`: no other instance can be behind.
    """

    known: bool
    pending: tuple[Pending, ...] = ()
    all_known: bool = True

    @property
    def reached(self) -> bool:
        """Whether no process uses an older state."""
        return self.known and self.all_known and not self.pending


class FenceCore:
    """What one process knows from the fence."""

    def __init__(self, identity: Identity, settings: FenceSettings, rules: RuleBook | None = None) -> None:
        self.identity = identity
        self.rules = RuleBook() if rules is None else rules
        self.applied_offset = -1
        self.log = KnownLog()
        self._settings = settings
        self._freshness = Freshness()
        self._instances = Instances()
        self._log_time = 0.0
        self._sequence = 0
        self._last_sent = float("-inf")
        self._unreported_change = False

    @property
    def instances_alive(self) -> int:
        """How many other processes are known to be alive."""
        return self._instances.alive

    def apply(self, record: FenceRecord, *, now: float, wall: float) -> None:
        """Applies the next record of the log."""
        self.log.read(appended_at=record.appended_at if record.is_dated else None)
        event = record.event
        if isinstance(event, PermissionChanged):
            self.rules.apply(event, offset=record.offset, appended_at=record.appended_at)
            self._unreported_change = True
        elif isinstance(event, FenceReached):
            self._note(event, record, now=now)
        self.applied_offset = record.offset
        if record.is_dated:
            self._log_time = max(self._log_time, record.appended_at)
        self._observe(record, now=now, wall=wall)

    def apply_report(self, report: FenceRecord, *, read_at: float, now: float, wall: float) -> None:
        """Applies another instance's report, whose offset was passed at `read_at` by the clock of `now`."""
        if isinstance(report.event, FenceReached):
            self._note(report.event, report, now=read_at)
            self._observe(report, now=now, wall=wall)

    def _observe(self, record: FenceRecord, *, now: float, wall: float) -> None:
        if self.identity.observer and record.event is not None:
            self._freshness.observed(appended_at=record.appended_at, now=now, wall=wall)

    def _note(self, event: FenceReached, record: FenceRecord, *, now: float) -> None:
        if (event.client_id, event.instance_id) == (self.identity.client_id, self.identity.instance_id):
            was_proven = self.is_proven
            self._freshness.read_back(event.sequence, appended_at=record.appended_at, now=now)
            if not was_proven:
                self._instances.forget_ended(at=record.appended_at, settings=self._settings)
        else:
            self._instances.note(event, now=now, appended_at=record.appended_at)

    def forget(self, *, wall: float) -> None:
        """Drops what no longer matters; call it after each batch of records."""
        self.rules.expire(min(self._log_time, wall))
        proven_at = self._freshness.proven_at
        if proven_at is not None:
            self._instances.forget_silent(at=proven_at, settings=self._settings)
        self._instances.forget_expired(before=min(self._log_time, wall) - RULE_LIFETIME.total_seconds())

    def reached_due_at(self) -> float:
        """When the next `fence.reached` is due: soon after a change, else by the heartbeat."""
        coalescing = self._settings.pause_between_reports(self._instances.alive)
        pause = coalescing if self._unreported_change else self._settings.heartbeat
        return self._last_sent + pause

    def next_reached(self, *, now: float, wall: float, leaving: bool = False) -> FenceReached:
        """The record to send now. Call it before passing the record to the producer: it dates the proof."""
        self._sequence += 1
        self._last_sent = now
        self._unreported_change = False
        self._freshness.sent(self._sequence, now=now, wall=wall)
        return FenceReached(
            client_id=self.identity.client_id,
            instance_id=self.identity.instance_id,
            service=self.identity.service,
            role=self.identity.role,
            sequence=self._sequence,
            offset=self.applied_offset,
            leaving=leaving,
            max_staleness=self._settings.max_staleness,
        )

    def staleness(self, now: float) -> float:
        """Age of the proof of being current, in seconds: that of its older part.

        The parts: every record of this log was read, and it is the topic's log.
        """
        return max(self._freshness.age(now), self.log.age(now))

    @property
    def position(self) -> LogPosition:
        """The last position that this process has applied."""
        return LogPosition(self.log.log, self.applied_offset)

    @property
    def is_proven(self) -> bool:
        """Whether it ever had a proof of being current."""
        return self._freshness.proven_at is not None

    def is_fresh(self, now: float) -> bool:
        """Whether everything appended up to `max_staleness` ago has been seen."""
        return self.staleness(now) <= self._settings.max_staleness

    def may_mint(self, now: float) -> bool:
        """Whether tokens may be issued: the process is fresh, and `time_of_day`, which dates them, is right."""
        return self.is_fresh(now) and self._freshness.clock_error <= CLOCK_TOLERANCE.total_seconds()

    def time_of_day(self, now: float) -> float:
        """The time that dates tokens: the wall clock when it was last compared with the log's, carried on since."""
        return self._freshness.time_of_day(now)

    def status(self, subject: str, version: int, *, now: float) -> ChangeStatus:
        """Whether every live instance has reached `version` of a subject."""
        offset = self.rules.offset_of(subject, version)
        if offset is None or not self.is_proven:
            return ChangeStatus(known=False)
        pending = self._instances.behind(offset, now=now, settings=self._settings)
        return ChangeStatus(known=True, pending=pending, all_known=self.knows_all_instances(now=now))

    def knows_all_instances(self, *, now: float) -> bool:
        """Whether every instance that may still decide anything is known from this log."""
        return self.log.knows_all_instances(now=now, log_time=self._log_time, gone_after=self._settings.gone_after())
