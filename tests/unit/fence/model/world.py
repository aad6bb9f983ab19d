"""Time and chance of a simulated world: what happens next, and who is stopped meanwhile."""

import heapq
import itertools
import random
from collections.abc import Callable, Coroutine, Generator
from typing import Any

EPOCH = 1_800_000_000.0


class Killed(Exception):
    """The process in whose name something was going on is no more."""


class Owner:
    """Whoever can be stopped and killed."""

    def __init__(self) -> None:
        self.alive = True
        self.stopped = False
        self.put_off: list[Callable[[], None]] = []


class Delay:
    """What simulated coroutines wait for."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __await__(self) -> Generator[float, None, None]:
        yield self.seconds


class World:
    """A queue of things to come, in the order of one true time that no process can see."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.now = EPOCH
        self._to_come: list[tuple[float, int, Owner | None, Callable[[], None]]] = []
        self._numbers = itertools.count()

    def after(self, seconds: float, action: Callable[[], None], owner: Owner | None = None) -> None:
        """Lets something happen; not while its owner is stopped, and not at all once that is dead."""
        heapq.heappush(self._to_come, (self.now + seconds, next(self._numbers), owner, action))

    def run(self, until: float) -> None:
        while self._to_come and self._to_come[0][0] <= until:
            at, _, owner, action = heapq.heappop(self._to_come)
            self.now = max(self.now, at)
            self._happen(owner, action)
        self.now = max(self.now, until)

    def _happen(self, owner: Owner | None, action: Callable[[], None]) -> None:
        if owner is not None and not owner.alive:
            return
        if owner is not None and owner.stopped:
            owner.put_off.append(action)
            return
        try:
            action()
        except Killed:
            assert owner is not None
            assert not owner.alive

    def stop(self, owner: Owner, seconds: float) -> None:
        """Stops a process between two of its steps (SIGSTOP), and lets it go on later."""
        if owner.alive and not owner.stopped:
            owner.stopped = True
            self.after(seconds, lambda: self.resume(owner))

    def stop_here(self, owner: Owner, seconds: float) -> None:
        """Stops a process in the middle of a step: the rest of the world goes on before this returns."""
        if owner.stopped:
            return
        owner.stopped = True
        self.run(self.now + seconds)
        self.resume(owner)
        if not owner.alive:
            raise Killed

    def resume(self, owner: Owner) -> None:
        """Lets a stopped process go on: what was put off comes at once, in any order."""
        owner.stopped = False
        put_off, owner.put_off = owner.put_off, []
        self.random.shuffle(put_off)
        for action in put_off:
            self.after(self.random.uniform(0, 0.002), action, owner)

    def start(self, make: Callable[[], Coroutine[Any, Any, None]], owner: Owner) -> None:
        """Runs a coroutine that waits for nothing but `Delay`."""
        begun: list[Coroutine[Any, Any, None]] = []

        def step() -> None:
            begun[:] = begun or [make()]
            try:
                seconds = begun[0].send(None)
            except StopIteration:
                return
            self.after(seconds, step, owner)

        self.after(0.0, step, owner)


def finished(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it waits for something")
