"""The fence as a state machine: records and times go in, decisions come out. No I/O, no clock of its own.

Three clocks appear. `now` is the boot-time clock of this process: only differences of it count. `wall` is this
process's time of day, and `appended_at` the broker's; they are compared only to find a clock that is wrong and to
forget rules.
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
    """Who this process is on the fence. `observer`: it may not write, and nobody waits for it."""

    client_id: str
    instance_id: str
    service: str
    role: Literal["http", "worker", "other"]
    observer: bool = False

    @property
    def subject(self) -> str:
        """What it speaks as."""
        return subjects.instance(self.client_id, self.instance_id)


@dataclass(frozen=True, slots=True)
class ChangeStatus:
    """How far a change has come.

    `known`: it was read on the fence. `pending`: who has not reached it. `all_heard`: nobody else can be behind.
    """

    known: bool
    pending: tuple[Pending, ...] = ()
    all_heard: bool = True

    @property
    def reached(self) -> bool:
        """Whether no process anywhere goes by an older state."""
        return self.known and self.all_heard and not self.pending


class FenceCore:
    """All that one process knows from the fence."""

    def __init__(self, identity: Identity, settings: FenceSettings) -> None:
        self.identity = identity
        self.rules = RuleBook()
        self.applied_offset = -1
        self.log = KnownLog()
        self._settings = settings
        self._freshness = Freshness()
        self._instances = Instances()
        self._log_time = 0.0
        self._sequence = 0
        self._last_sent = float("-inf")
        self._untold_change = False

    @property
    def instances_alive(self) -> int:
        """How many other processes are heard of."""
        return self._instances.alive

    def apply(self, record: FenceRecord, *, now: float, wall: float) -> None:
        """Takes in the next record of the log."""
        self.log.read(appended_at=record.appended_at if record.is_dated else None)
        event = record.event
        if isinstance(event, PermissionChanged):
            self.rules.apply(event, offset=record.offset, appended_at=record.appended_at)
            self._untold_change = True
        elif isinstance(event, FenceReached):
            self._note(event, record, now=now)
        self.applied_offset = record.offset
        if record.is_dated:
            self._log_time = max(self._log_time, record.appended_at)
        self._observe(record, now=now, wall=wall)

    def hear(self, word: FenceRecord, *, read_at: float, now: float, wall: float) -> None:
        """Takes in what another instance says, whose place was passed already. `read_at`: when, as `now`."""
        if isinstance(word.event, FenceReached):
            self._note(word.event, word, now=read_at)
            self._observe(word, now=now, wall=wall)

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
        """Drops what can matter no more; to be called after each batch of records."""
        self.rules.expire(min(self._log_time, wall))
        proven_at = self._freshness.proven_at
        if proven_at is not None:
            self._instances.forget_silent(at=proven_at, settings=self._settings)
        self._instances.forget_expired(before=min(self._log_time, wall) - RULE_LIFETIME.total_seconds())

    def reached_due_at(self) -> float:
        """When the next `fence.reached` is due: soon after a change, else by the heartbeat."""
        coalescing = self._settings.pause_between_words(self._instances.alive)
        pause = coalescing if self._untold_change else self._settings.heartbeat
        return self._last_sent + pause

    def next_reached(self, *, now: float, wall: float, leaving: bool = False) -> FenceReached:
        """The record to send now. Must be called before it is handed to the producer: it dates the proof."""
        self._sequence += 1
        self._last_sent = now
        self._untold_change = False
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
        """Age of the proof of being current, in seconds: of its older half, for it has two.

        Everything was read that stood in this log, and this was the topic's log.
        """
        return max(self._freshness.age(now), self.log.age(now))

    @property
    def position(self) -> LogPosition:
        """Up to where this process goes by the log."""
        return LogPosition(self.log.log, self.applied_offset)

    @property
    def is_proven(self) -> bool:
        """Whether it ever had a proof of being current."""
        return self._freshness.proven_at is not None

    def is_fresh(self, now: float) -> bool:
        """Whether everything appended up to `max_staleness` ago has been seen."""
        return self.staleness(now) <= self._settings.max_staleness

    def may_mint(self, now: float) -> bool:
        """Whether tokens may be issued: fresh, and `iat`, told by `time_of_day`, would not be wrong."""
        return self.is_fresh(now) and self._freshness.clock_error <= CLOCK_TOLERANCE.total_seconds()

    def time_of_day(self, now: float) -> float:
        """By what tokens are dated: the own clock as it was when it was held against the log's, and carried on."""
        return self._freshness.time_of_day(now)

    def status(self, subject: str, version: int, *, now: float) -> ChangeStatus:
        """Whether every live instance has reached `version` of a subject."""
        offset = self.rules.offset_of(subject, version)
        if offset is None or not self.is_proven:
            return ChangeStatus(known=False)
        pending = self._instances.behind(offset, now=now, settings=self._settings)
        return ChangeStatus(known=True, pending=pending, all_heard=self.has_everybody(now=now))

    def has_everybody(self, *, now: float) -> bool:
        """Whether every instance that may still decide anything is known from this log."""
        return self.log.has_everybody(now=now, log_time=self._log_time, gone_after=self._settings.gone_after())
