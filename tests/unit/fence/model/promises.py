"""The promises of the fence, checked at every step of a simulation without asking any code of the product."""

from collections.abc import Iterable

from grantstream.contracts.claims import CLOCK_TOLERANCE
from grantstream.fence import ChangeStatus
from tests.unit.fence.model.log import Log
from tests.unit.fence.model.permissions import App, Change, Issued
from tests.unit.fence.model.process import SimulatedProcess

_RIGHT = CLOCK_TOLERANCE.total_seconds()


class BrokenPromise(AssertionError):
    """What should never happen, did. Its text begins with which promise it was."""


class Promises:
    """What was promised, to whom, and when."""

    def __init__(self, log: Log, apps: Iterable[App], processes: list[SimulatedProcess]) -> None:
        self._log = log
        self._apps = {app.app_id: app for app in apps}
        self._processes = processes
        self._refused: set[tuple[str, str]] = set()
        self._in_order = not (log.faults.late or log.faults.twice)
        # Whoever died is heard for as long as what it sent can be late, and seems younger by brokers' clocks.
        self._latest = 30.0 if self._in_order else 30.0 + 2 * log.faults.longest

    # Safety.
    def accepted(self, process: SimulatedProcess, token: Issued) -> None:
        """A request was let in just now."""
        now = process.world.now
        if (process.name, token.name) in self._refused:
            raise BrokenPromise(f"forgotten: {process.name} let in what it had refused as void")
        for change in self._voiding(token):
            answered, appended = change.answered_at, change.appended_at
            if process.kind == "observer":
                leeway = (
                    process.settings.max_staleness + abs(process.habits.wall_error) + abs(self._log.clock_error) + 1
                )
                if appended is not None and now > appended + leeway:
                    raise BrokenPromise(f"late observer: version {change.version} was told {now - appended:.1f} s ago")
            elif answered is not None and answered < now:
                raise BrokenPromise(f"answered: version {change.version} had been, and {process.name} let a token in")
            elif appended is not None and appended < process.started_at:
                raise BrokenPromise(f"forgotten: version {change.version} was told before {process.name} started")

    def refused_as_void(self, process: SimulatedProcess, token: Issued) -> None:
        """A request was refused because its token is void."""
        if not any(True for _ in self._voiding(token)):
            raise BrokenPromise(f"good token: {process.name} refused one that nothing voids")
        self._refused.add((process.name, token.name))

    def refused_as_expired(self, process: SimulatedProcess, token: Issued, wall_error: float) -> None:
        """A request was refused because its token has expired by a clock with this error."""
        if abs(wall_error) <= _RIGHT and process.world.now < token.claims.expires_at - 2 * _RIGHT:
            raise BrokenPromise(f"good token: {process.name} calls one expired that is not, though its clock is right")

    def went_by(self, process: SimulatedProcess, app_id: str, version: int, *, began: float) -> None:
        """A process decided a request that it began to judge at a true time by a row of this version."""
        for change in self._apps[app_id].changes[version:]:
            if change.answered_at is not None and change.answered_at < began:
                raise BrokenPromise(
                    f"old row: version {change.version} had been answered, {process.name} used {version}"
                )

    def _voiding(self, token: Issued) -> Iterable[Change]:
        return (change for change in self._apps[token.claims.client_id].changes if change.voids(token.claims))

    # Nobody is waited for in vain.
    def waits(self, waiter: SimulatedProcess, change: Change, status: ChangeStatus) -> None:
        """An answer can't go out yet, on account of these instances."""
        by_name = {process.name: process for process in self._processes}
        for pending in status.pending:
            other = by_name[pending.instance_id]
            if not other.part._caught_up:
                raise BrokenPromise(f"held up: {other.name} is waited for while it reads what was there before it")
            if self._said_goodbye_before(other, change):
                raise BrokenPromise(f"held up: {other.name} is waited for after its goodbye")
            longest = max(waiter.settings.gone_after(), other.settings.gone_after())
            silence = longest + CLOCK_TOLERANCE.total_seconds() + self._latest
            if not other.alive and other.died_at < waiter.started_at - silence:
                raise BrokenPromise(f"held up: {other.name} was dead long before {waiter.name} started")

    def _said_goodbye_before(self, other: SimulatedProcess, change: Change) -> bool:
        """Whether it had gone before the change, or a newer one that came first, was told."""
        told = [later.appended_at for later in self._apps[change.app_id].changes[change.version - 1 :]]
        first = min((at for at in told if at is not None), default=None)
        if first is None or other.goodbye_arrived_at is None or not self._log.holds(other.goodbye):
            return False
        return other.goodbye_arrived_at < first

    # Liveness, after a time without faults.
    def calm(self, processes: Iterable[SimulatedProcess]) -> None:
        """By now everybody that lives must be current, and every change reached.

        An observer is current by what others say: where nobody is left to say anything, it refuses, and should.
        """
        living = list(processes)
        if all(process.kind == "observer" for process in living):
            return
        for process in living:
            if not process.part.is_fresh(now=process.boot()):
                raise BrokenPromise(f"never fresh: {process.name}")
            if process.kind != "observer":
                self._all_reached(process)

    def refused_as_before_the_fence(self, process: SimulatedProcess, token: Issued, *, is_calm: bool) -> None:
        """A request was refused because its token may be void by a record that is gone."""
        if is_calm:
            raise BrokenPromise(f"good token: {process.name} refused one that was issued just now")
        if not (self._log.replaced or self._log.beginning):
            raise BrokenPromise(f"good token: {process.name} refused one though nothing was ever deleted")

    def _all_reached(self, process: SimulatedProcess) -> None:
        for change in (change for app in self._apps.values() for change in app.changes[-1:]):
            status = process.status(change.event.subject, change.version)
            if status.known and not status.reached:
                raise BrokenPromise(f"held up: {process.name} waits for {[one.instance_id for one in status.pending]}")
            is_there = process.world.now - (change.appended_at or 0) < 60 and self._log.holds(change.event)
            if not status.known and is_there:
                raise BrokenPromise(f"never told: {process.name} has not read version {change.version}")
