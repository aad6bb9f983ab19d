"""A simulated process: it does with a made-up log what `Fence` does with a topic, over the real `Participant`."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from grantstream.contracts.events.fence import FenceReached, PermissionChanged
from grantstream.contracts.log_position import LogPosition
from grantstream.fence import ChangeStatus, FenceRecord, FenceSettings, Identity, RawRecord, RuleBook
from grantstream.fence.known_log import FenceLost, FenceUnfit, Opening, oldest_that_matters, resume_offset
from grantstream.fence.participant import Participant
from tests.unit.fence.model.believing import Believing
from tests.unit.fence.model.log import Appended, Log
from tests.unit.fence.model.world import EPOCH, Owner, World, finished

Kind = Literal["http", "worker", "token", "observer"]
_LOOK_EVERY = 0.5


@dataclass
class Habits:
    """How a process runs. Rates and errors of clocks; `slow`: seconds that a batch can take to be handed out.

    `breather`, `hesitation`: the chance of being stopped at a place where that is possible, or amid a decision.
    `misled`: the chance of connecting to a broker that was cut off.
    """

    rate: float = 1.0
    wall_error: float = 0.0
    slow: float = 0.0
    breather: float = 0.0
    hesitation: float = 0.0
    longest_breather: float = 20.0
    misled: float = 0.3
    batch: int = 100


class SimulatedProcess(Owner):
    """One instance, from its start to its end; whoever starts again is another one."""

    def __init__(
        self, world: World, log: Log, kind: Kind, name: str, *, settings: FenceSettings, habits: Habits
    ) -> None:
        super().__init__()
        self.world, self.log, self.kind, self.name, self.habits = world, log, kind, name, habits
        self.settings = settings
        role = kind if kind in ("http", "worker") else "other"
        observer = kind == "observer"
        self.part = Participant(Identity("client", name, "service", role, observer), settings)
        self.believing = Believing(world.random, self.breathe)
        self.serving = False
        self.on_lost: Callable[[], None] = lambda: None
        self.started_at = world.now
        self.left_at: float | None = None
        self.goodbye: FenceReached | None = None
        self.goodbye_arrived_at: float | None = None
        self.died_at = float("inf")
        self.on_progress: list[Callable[[], None]] = []
        self.broker = log.leader
        self.next_offset = 0
        self.opening_end = 0
        self._connection = 0
        self._appended: dict[int, Appended] = {}
        self._idle = True
        self._next_word = float("inf")
        self._boot_offset = world.random.uniform(0, 1e6)

    # Its clocks, and its view of the fence as guards and minters have it.
    def boot(self) -> float:
        return (self.world.now - EPOCH) * self.habits.rate + self._boot_offset

    def wall(self) -> float:
        return self.world.now + self.habits.wall_error

    @property
    def rules(self) -> RuleBook:
        self.hesitate()
        return self.part.core.rules

    @property
    def position(self) -> LogPosition:
        self.hesitate()
        return self.part.core.position

    def vouches_for(self, position: LogPosition | None, *, issued_at: float) -> bool:
        self.hesitate()
        return self.part.core.log.vouches_for(position, issued_at=issued_at)

    def is_fresh(self) -> bool:
        self.hesitate()
        return self.part.is_fresh(now=self.boot())

    def may_mint(self) -> bool:
        self.hesitate()
        return self.part.may_mint(now=self.boot())

    def time_of_day(self) -> float:
        return self.part.core.time_of_day(self.boot())

    def breathe(self) -> None:
        """A place where the process can be stopped."""
        self._perhaps_stop(self.habits.breather)

    def hesitate(self) -> None:
        """Such a place in the midst of a decision."""
        self._perhaps_stop(self.habits.hesitation)

    def _perhaps_stop(self, chance: float) -> None:
        if chance and self.world.random.random() < chance:
            self.world.stop_here(self, self.world.random.uniform(0.0, self.habits.longest_breather))

    # Reading.
    def connect(self) -> None:
        """Opens the connection, for the first time or anew."""
        chance, log = self.world.random, self.log
        self._connection += 1
        self.broker = log.cut_off if log.cut_off is not None and chance.random() < self.habits.misled else log.leader
        asked_at, log_id = self.boot(), self.broker.log_id
        self.breathe()
        self.opening_end = log.end(self.broker)
        try:
            self.next_offset, reaches_back = self._start()
            self.part.connected(Opening(log_id, self.next_offset, reaches_back, asked_at), now=self.boot())
        except FenceLost:
            self._end_as_lost()
            return
        try:
            self.hear()
        except TimeoutError:
            self._open_anew()
            return
        self._watch(self._connection)
        self._read(self._connection)
        self._look(self._connection)
        self._schedule_word()

    def _start(self) -> tuple[int, bool]:
        """Where it reads on, and whether something older is left."""
        records = self.broker.records
        beginning = records[0].raw.offset if records else self.log.beginning
        if self.part.offset >= 0:
            return resume_offset(self.part.offset, beginning=beginning, end=self.opening_end), False
        if not records:
            return beginning, False
        oldest = oldest_that_matters(wall=self.wall(), log_time=records[-1].raw.appended_at)
        found = self.log.offset_for_time(self.broker, oldest)
        return (beginning, False) if found is None else (found, found > beginning)

    def _end_as_lost(self) -> None:
        """It can't know what it missed; whoever supervises it starts another."""
        self.kill()
        self.on_lost()

    def _watch(self, connection: int) -> None:
        """Asks now and then whether this is still the topic's log."""
        asked_at = self.boot()
        found = self.log.described(self.broker)

        def answered() -> None:
            if connection != self._connection:
                return
            try:
                self.part.core.log.looked(found, asked_at=asked_at)
            except FenceLost:
                self._end_as_lost()
                return
            except FenceUnfit:
                self._open_anew()
                return
            self.world.after(self.settings.heartbeat, lambda: self._watch(connection), self)

        self.world.after(self._transport(), answered, self)

    def _read(self, connection: int) -> None:
        if connection != self._connection:
            return
        if self.next_offset >= self.opening_end:
            self.part.caught_up()
            self._schedule_word()
        batch = self.log.read(self.broker, self.next_offset, self.habits.batch)
        self._idle = not batch
        if batch is None:
            self.world.after(self.settings.reconnect_after / 4, self.connect, self)
        elif batch:
            # What was fetched may lie in a buffer for a while.
            self.world.after(self._transport(), lambda: self._deliver(batch, connection), self)
        else:
            self.broker.waiting.append(
                lambda: self.world.after(self._transport() / 2, lambda: self._read(connection), self)
            )

    def _transport(self) -> float:
        slow = self.world.random.uniform(0, self.habits.slow) if self.habits.slow else 0.0
        return self.world.random.uniform(self.log.fastest, self.log.slowest) + slow

    def _deliver(self, batch: list[Appended], connection: int) -> None:
        if connection != self._connection:
            return
        for appended in batch:
            self.breathe()
            try:
                self._take(appended)
                if appended is batch[-1] and self.part.must_judge_deferred(now=self.boot()):
                    self.hear()
            except TimeoutError:
                self._open_anew()
                return
        self.part.end_batch(wall=self.wall())
        self._progress()
        if self.part.is_stalled(now=self.boot()):
            self.connect()
        else:
            self._read(connection)

    def _take(self, appended: Appended) -> None:
        raw, event = appended.raw, None
        self._appended[raw.offset] = appended
        if not self.part.deferred.take(raw, now=self.boot()):
            if self.part.must_judge_deferred_before(raw):
                self.hear()
            event = finished(self.believing.judge(appended))
        self.part.take(FenceRecord(raw.offset, raw.appended_at, event, raw.is_dated), now=self.boot(), wall=self.wall())
        self.next_offset = raw.offset + 1

    def _open_anew(self) -> None:
        self._connection += 1
        self.world.after(self.world.random.uniform(0.05, 1.0), self.connect, self)

    def hear(self) -> None:
        """Judges what was put aside. Raises TimeoutError if that can't be done now."""

        async def judge(raw: RawRecord) -> PermissionChanged | FenceReached | None:
            return await self.believing.judge(self._appended[raw.offset])

        async def hear() -> None:
            async for word, read_at in self.part.deferred.judged(judge):
                self.part.apply_report(word, read_at=read_at, now=self.boot(), wall=self.wall())
            if not self.part.deferred:
                self._appended.clear()

        finished(hear())

    def status(self, subject: str, version: int) -> ChangeStatus:
        """Who has not reached `version` of a subject yet."""
        if self.part.knows(subject, version):
            with suppress(TimeoutError):
                self.hear()
        return self.part.status(subject, version, now=self.boot())

    def _progress(self) -> None:
        if not self.serving and self.left_at is None and self.part.is_fresh(now=self.boot()):
            self.serving = True
        for tell in list(self.on_progress):
            tell()
        self._schedule_word()

    def _look(self, connection: int) -> None:
        """Now and then it looks whether anything comes back at all."""
        if connection != self._connection:
            return
        for tell in list(self.on_progress):
            tell()
        if self._idle and self.part.is_stalled(now=self.boot()):
            self.connect()
        else:
            pause = _LOOK_EVERY * self.settings.max_staleness / 8
            self.world.after(pause, lambda: self._look(connection), self)

    # Speaking.
    def _schedule_word(self) -> None:
        if self.kind == "observer" or not self.part.may_report:
            return
        pause = max(0.0, self.part.pause_before_report(now=self.boot()) / self.habits.rate) + 1e-6
        if self.world.now + pause < self._next_word:
            self._next_word = at = self.world.now + pause
            self.world.after(pause, lambda: self._speak(at), self)

    def _speak(self, at: float) -> None:
        if at != self._next_word:
            return
        self._next_word = float("inf")
        if self.part.pause_before_report(now=self.boot()) <= 0:
            self.breathe()
            word = self.part.next_report(now=self.boot(), wall=self.wall())
            if word is None:
                return
            self.breathe()
            self.log.send(word, self.broker, self)
        self._schedule_word()

    # Ending.
    def leave(self) -> None:
        """Stops in an orderly way; what still comes in while it does is served, or refused."""
        if self.kind != "observer" and self.part.may_report:
            self.left_at = self.world.now
            goodbye = self.part.goodbye(now=self.boot(), wall=self.wall())
            self.goodbye = goodbye
            self.log.send(goodbye, self.broker, self, done=self._goodbye_arrived)
        else:
            self.part.leave()
        self.world.after(self.world.random.uniform(0.0, 2.0), self.kill, self)

    def _goodbye_arrived(self) -> None:
        self.goodbye_arrived_at = self.world.now

    def kill(self) -> None:
        if self.alive:
            self.died_at = self.world.now
        self.alive = False
        self.serving = False
