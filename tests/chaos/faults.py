"""What is done to the platform. Each fault strikes, lasts, and is mended again before its method returns."""

import asyncio
import random
import resource
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import psutil

from deploy.local.services import SERVICES
from tests.chaos import version_log
from tests.chaos.arena import Arena
from tests.chaos.boundaries import Boundaries
from tests.chaos.diary import Diary
from tests.chaos.programs import Programs
from tests.chaos.rebuilds import projections_of, run_to_end
from tests.e2e.waiting import until

TAKEOVER_LIMIT: Final = 5.5
"""Within so many seconds the cluster must have elected others, or processes refuse for a while, as they should: what
they know must be younger than `max_staleness` (8 s), and clients need a moment to find the new leader. A machine that
has no time for its brokers does not keep to it."""
_HOUR: Final = 3600.0
_DISK_SECONDS: Final = 15.0
_STANDS_STILL: Final = 20.0
_START_SECONDS: Final = 30.0
_SKEWED_FOR: Final = 10.0
_CUT_FOR: Final = 12.0
_EFFECT_SECONDS: Final = 30.0
_REBUILD_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class Card:
    """One fault that may be dealt."""

    name: str
    strike: Callable[[], None]


@dataclass(slots=True)
class Faults:
    """All of them, with what they need."""

    arena: Arena
    diary: Diary
    rng: random.Random
    stop: threading.Event
    programs: Programs
    found_odd: Callable[[str], None]
    broker_deaths: list[tuple[float, float]] = field(default_factory=list)
    _copies: int = 0

    def deck(self) -> list["Card"]:
        """Each kind of fault, some twice, and those of a worker's steps for each service."""
        plain = [
            *([Card("process killed", self.process_killed)] * 2),
            *([Card("http worker killed", self.http_worker_killed)] * 2),
            Card("process paused", self.process_paused),
            Card("broker killed", lambda: self.broker_killed("any")),
            Card("fence's leader killed", lambda: self.broker_killed("leader of the fence")),
            Card("controller killed", lambda: self.broker_killed("controller")),
            Card("broker paused", self.broker_paused),
            Card("broker cut off", self.broker_cut_off),
            Card("brokers rolled", self.brokers_rolled),
            Card("disk full", self.disk_full),
            Card("database killed", self.database_killed),
            Card("second worker", self.second_worker),
            Card("group grows and shrinks", self.group_resized),
            *([Card("killed between effect and offset commit", self.killed_after_an_effect)] * 2),
            *([Card("clock off by an hour", self.clock_off)] * 2),
            Card("projection rebuilt", self.projection_rebuilt),
        ]
        return plain + [
            Card(f"killed {name}, {service}", partial(self.killed_at, name, service))
            for service in SERVICES
            for name in BOUNDARIES
        ]

    def killed_at(self, boundary: str, service: str) -> None:
        """A worker dies between two of its steps."""
        self.diary.say(f"waits for the moment {boundary} in {service}-worker")
        if BOUNDARIES[boundary](Boundaries(self.arena, service)):
            self.diary.fault(f"killed {boundary}", service)
            self._last(0, 1.5)
        else:
            self.diary.say(f"the moment did not come: {boundary} in {service}-worker")
        self.arena.revive()

    def process_killed(self) -> None:
        """`kill -9` for a whole process at any moment, and a new one soon."""
        name = self.rng.choice(self.arena.names)
        self.diary.fault("process killed", name)
        self.arena.kill(name)
        self._last(0, 3)
        self.arena.revive()

    def http_worker_killed(self) -> None:
        """`kill -9` for one of the processes that answer behind a port; its server starts another."""
        name = self.rng.choice([name for name in self.arena.names if name.endswith("http")])
        children = self.arena.children(name)
        if children:
            self.diary.fault("http worker killed", name)
            self.arena.kill_pid(self.rng.choice(children))
            self._last(0, 2)

    def process_paused(self) -> None:
        """SIGSTOP for 20 s, for a server with all its workers, or one of them, or a worker of events."""
        name = self.rng.choice(self.arena.names)
        children = self.arena.children(name)
        pids = [self.rng.choice(children)] if children and self.rng.random() < 0.5 else None
        self.diary.fault("process paused", f"{name}{' (one worker of it)' if pids else ''}")
        with _paused(pids) if pids else self._paused_process(name):
            self._last(_STANDS_STILL, _STANDS_STILL)

    def broker_killed(self, which: str) -> None:
        """`kill -9` for a broker; nothing else happens meanwhile, and no request may suffer."""
        broker = self._broker(which)
        self.diary.fault("broker killed", f"{broker} ({which})")
        began = self.diary.now()
        self.arena.kafka.kill(broker)
        until(lambda: self._leads_the_fence() not in (None, broker), "another broker leads the fence", seconds=60)
        takeover = self.diary.now() - began
        self._last(6, 12)
        self.arena.start_broker(broker)
        self._until_whole()
        if takeover <= TAKEOVER_LIMIT:
            self.broker_deaths.append((began, self.diary.now()))
        else:
            self.diary.say(f"the fence had no leader for {takeover:.1f} s: longer than requests can do without")

    def broker_paused(self) -> None:
        """SIGSTOP for 20 s: its connections stay, and nothing comes back."""
        broker = self._broker(self.rng.choice(["any", "leader of the fence", "controller"]))
        self.diary.fault("broker paused", str(broker))
        self.arena.kafka.pause(broker)
        try:
            self._last(_STANDS_STILL, _STANDS_STILL)
        finally:
            self.arena.kafka.resume(broker)
        self._until_whole()

    def broker_cut_off(self) -> None:
        """A broker goes on answering its clients, but nothing passes between it and the other two."""
        broker = self._broker("leader of the fence")
        self.diary.fault("broker cut off", f"{broker}, which leads the fence")
        self.arena.cables.cut(broker)
        try:
            self._last(_CUT_FOR, _CUT_FOR + 6)
        finally:
            self.arena.cables.join(broker)
        self._until_whole()

    def brokers_rolled(self) -> None:
        """Each broker is stopped in order and started again, as for an update."""
        self.diary.fault("brokers rolled")
        began = self.diary.now()
        for broker in self.arena.kafka.brokers:
            self.arena.kafka.stop(broker)
            self.arena.start_broker(broker)
            self._until_whole()
        self.broker_deaths.append((began, self.diary.now()))

    def disk_full(self) -> None:
        """A broker can write no further; it ends itself, and comes back when there is room."""
        broker = self._broker("any")
        self.diary.fault("disk full", f"broker {broker}")
        process = psutil.Process(self.arena.kafka.pid(broker))
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        if psutil.wait_procs([process], timeout=_DISK_SECONDS)[1]:
            self.diary.say("the broker with a full disk goes on, and is killed")
            self.arena.kafka.kill(broker)
        self._last(0, 5)
        self.arena.start_broker(broker)
        self._until_whole()

    def database_killed(self) -> None:
        """`kill -9` for PostgreSQL, and a start a moment later."""
        self.diary.fault("database killed")
        self.arena.kill_postgres()
        self._last(0, 4)
        self.arena.restart_postgres()

    def second_worker(self) -> None:
        """A second relay and a second member of the group, for a while."""
        service = self.rng.choice(SERVICES)
        self._copies += 1
        copy = f"{service}-worker-copy-{self._copies}"
        self.diary.fault("second worker", service)
        self.arena.start_another(f"{service}-worker", copy)
        self._last(5, 8)
        if self.rng.random() < 0.5:
            self.diary.say(f"the first worker of {service} is killed, and the second takes over")
            self.arena.kill(f"{service}-worker")
            self._last(2, 4)
            self.arena.revive()
            self._last(2, 3)
        self._end(copy)

    def group_resized(self) -> None:
        """Members of a group come, are killed, and leave."""
        self.diary.fault("group grows and shrinks")
        for members in (3, 1, 2):
            self.programs.resize(members)
            self._last(2, 4)

    def killed_after_an_effect(self) -> None:
        """Every member of the counting group dies when an effect is committed and its offset is not."""
        if self.programs.kill_after_an_effect(_EFFECT_SECONDS):
            self.diary.fault("killed between effect and offset commit")
            self._last(0, 1)

    def clock_off(self) -> None:
        """A process is started anew with a clock that is an hour ahead or behind, and later with the right one."""
        name, ahead = self.rng.choice(self.arena.names), self.rng.choice((_HOUR, -_HOUR))
        self.diary.fault("clock off by an hour", f"{name}, {ahead:+.0f} s")
        self.arena.stop(name)
        self.arena.start(name, clock_ahead=ahead)
        # Long enough for it to serve, if it does with such a clock.
        deadline = self.diary.now() + _START_SECONDS
        while not self.arena.is_ready(name) and self.diary.now() < deadline:
            self._last(0.1, 0.1)
        self.diary.say(f"{name} {'is' if self.arena.is_ready(name) else 'does not get'} ready with that clock")
        self._last(_SKEWED_FOR, _SKEWED_FOR + 4)
        self.arena.stop(name)
        self.arena.start(name)

    def projection_rebuilt(self) -> None:
        """A projection is made anew beside the live one while traffic goes on: killed first, then to its end."""
        service = self.rng.choice(SERVICES)
        projection = self.rng.choice(projections_of(service))
        self.diary.fault("projection rebuilt", f"{service} {projection}")
        command = self.arena.platform.services[service]
        asyncio.run(version_log.leave_alone(service, self.arena.dsn(service)))
        with (command.logs / "rebuild.log").open("a") as log:

            def run(limit: float) -> int | None:
                return run_to_end(command.command("rebuild", projection), command.env, log, limit)

            run(self.rng.uniform(1, 6))
            code = run(_REBUILD_SECONDS)
        if code != 0:
            self.found_odd(f"a rebuild of {service} {projection} ended with {code}")
        asyncio.run(version_log.follow_again(service, self.arena.dsn(service)))

    def _broker(self, which: str) -> int:
        found = {
            "leader of the fence": self._leads_the_fence,
            "controller": self.arena.kafka.controller,
        }.get(which, lambda: None)()
        return found or self.rng.choice(self.arena.kafka.brokers)

    def _leads_the_fence(self) -> int | None:
        return self.arena.kafka.leader_of("fence")

    def _until_whole(self) -> None:
        until(lambda: self.arena.kafka.members() == set(self.arena.kafka.brokers), "all brokers are back", seconds=60)

    def _end(self, copy: str) -> None:
        if self.rng.random() < 0.5:
            self.arena.kill(copy)
        self.arena.stop(copy)

    def _last(self, least: float, most: float) -> None:
        """The fault lasts a while; nothing could tell that it was long enough."""
        self.stop.wait(self.rng.uniform(least, most))

    @contextmanager
    def _paused_process(self, name: str) -> Iterator[None]:
        self.arena.pause(name)
        try:
            yield
        finally:
            self.arena.resume(name)


BOUNDARIES: Final[dict[str, Callable[[Boundaries], bool]]] = {
    "between commit and send": Boundaries.between_commit_and_send,
    "between send and ack": Boundaries.between_send_and_acknowledgement,
    "between ack and row deleted": Boundaries.between_acknowledgement_and_delete,
    "after the row was deleted": Boundaries.after_delete,
    "between consume and database commit": Boundaries.between_consume_and_commit,
    "between database commit and offset commit": Boundaries.between_commit_and_offset_commit,
}


@contextmanager
def _paused(pids: Sequence[int]) -> Iterator[None]:
    processes = [psutil.Process(pid) for pid in pids]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            if process.is_running():
                process.resume()
