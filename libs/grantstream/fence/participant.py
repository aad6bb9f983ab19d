"""One process's part in the fence, without I/O: what it may say and decide at a moment, and what it must do."""

from dataclasses import replace

from grantstream.contracts.events.fence import FenceReached
from grantstream.fence.core import ChangeStatus, FenceCore, Identity
from grantstream.fence.known_log import Opening
from grantstream.fence.put_aside import PutAside
from grantstream.fence.records import FenceRecord, RawRecord
from grantstream.fence.settings import FenceSettings


class Participant:
    """The order in which a process reads, speaks, serves and leaves. `now`: its boot-time clock; `wall`: time of day.

    `Fence` does what this says on a real topic; the simulation in tests/unit/fence/model does it on a made-up one.
    """

    def __init__(self, identity: Identity, settings: FenceSettings) -> None:
        self.core = FenceCore(identity, settings)
        self.put_aside = PutAside(identity.subject)
        self._settings = settings
        self._moving_at = float("-inf")
        self._is_behind = True
        self._caught_up = False
        self._leaving = False

    @property
    def place(self) -> int:
        """The last record that was taken in: a connection that is opened anew reads on behind it. -1: none was."""
        return self.core.applied_offset

    @property
    def is_leaving(self) -> bool:
        """Whether it said goodbye or is about to."""
        return self._leaving

    def connected(self, opening: Opening, *, now: float) -> None:
        """Notes that its connection has been opened, anew or for the first time.

        Raises FenceLost if that leads to another log than the one that it has read.
        """
        self.core.log.opened(opening)
        self._moving_at = now
        self._is_behind = True

    def caught_up(self) -> None:
        """Notes that all was taken in that was on the log when the connection was opened."""
        self._is_behind = False
        self._caught_up = True

    def take(self, record: FenceRecord, *, now: float, wall: float) -> None:
        """Takes in the next record of the log."""
        if self._is_behind:
            self._moving_at = now
        self.core.apply(record, now=now, wall=wall)

    def hear(self, word: FenceRecord, *, read_at: float, now: float, wall: float) -> None:
        """Takes in what another instance said, which was put aside when it was read, at `read_at`."""
        self.core.hear(word, read_at=read_at, now=now, wall=wall)

    def end_batch(self, *, wall: float) -> None:
        """Drops what can matter no more."""
        self.core.forget(wall=wall)

    def is_stalled(self, *, now: float) -> bool:
        """Whether nothing comes back although the connection is open, so that it must be opened anew.

        It may lead to a broker that was cut off from the others, and still answers. Whoever reads what was there when
        the connection was opened can have no proof yet, and is on its way.
        """
        return min(self.core.staleness(now), now - self._moving_at) > self._settings.reconnect_after

    @property
    def may_speak(self) -> bool:
        """Whether it may say how far it has come.

        Not before it has caught up: from its first word on answers wait for it. Nothing may follow the goodbye, or
        they would wait for it again.
        """
        return self._caught_up and not self._leaving

    def pause_before_word(self, *, now: float) -> float:
        """Seconds until the next word is due; it may be overdue."""
        return self.core.reached_due_at() - now

    def next_word(self, *, now: float, wall: float) -> FenceReached | None:
        """What to say now, to be handed to the producer at once, since it dates the proof; None if it may not speak."""
        return self.core.next_reached(now=now, wall=wall) if self.may_speak else None

    def leave(self) -> None:
        """From here on it lets nobody in, and says nothing but goodbye."""
        self._leaving = True

    def goodbye(self, *, now: float, wall: float) -> FenceReached:
        """The last word: nobody waits for this process any more."""
        self.leave()
        return self.core.next_reached(now=now, wall=wall, leaving=True)

    def is_fresh(self, *, now: float) -> bool:
        """Whether it may decide anything."""
        return not self._leaving and self.core.is_fresh(now)

    def may_mint(self, *, now: float) -> bool:
        """Whether it may issue tokens: fresh, and its clock agrees with the log's."""
        return not self._leaving and self.core.may_mint(now)

    def must_hear_before(self, raw: RawRecord) -> bool:
        """Whether the words that were put aside are due before a record is judged."""
        return self.put_aside.depends_on(raw)

    def must_hear(self, *, now: float) -> bool:
        """Whether the words that were put aside are due though nobody waits.

        Soon, so that it knows about how many there are: by that it speaks. At once before its first proof, and by an
        observer, for which every other's word is one.
        """
        at_once = self.core.identity.observer or not self.core.is_proven
        return at_once or self.put_aside.is_due(now=now, after=self._settings.heartbeat / 4)

    def knows(self, subject: str, version: int) -> bool:
        """Whether it has read of `version` of a subject, or of a later one."""
        return self.core.rules.offset_of(subject, version) is not None

    def status(self, subject: str, version: int, *, now: float) -> ChangeStatus:
        """Who has not reached `version` of a subject yet: nobody knows while a word from before it is put aside."""
        status = self.core.status(subject, version, now=now)
        offset, unheard = self.core.rules.offset_of(subject, version), self.put_aside.first_offset
        has_heard = offset is None or unheard is None or offset < unheard
        return replace(status, all_heard=status.all_heard and has_heard)
