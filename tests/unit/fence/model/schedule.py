"""A random schedule: what people ask for, and what goes wrong, drawn from a seed."""

from dataclasses import dataclass, field, replace
from functools import partial

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.contracts.log_position import LogPosition
from grantstream.fence import FenceSettings
from grantstream.fence.settings import MAX_CLOCK_DRIFT
from tests.unit.fence.model.log import SIGNING_KEY, Faults, Log
from tests.unit.fence.model.permissions import SCOPES, App, Change, Issued, claims_of
from tests.unit.fence.model.process import Habits, Kind, SimulatedProcess
from tests.unit.fence.model.promises import Promises
from tests.unit.fence.model.serving import Answering, Issuing, Judging, Projection
from tests.unit.fence.model.world import World

NEW_KEY = "key-2"


@dataclass(frozen=True)
class Weather:
    """How likely things go wrong. Counts are of a whole schedule; times in units of `max_staleness` / 8."""

    kinds: tuple[Kind, ...] = ("http", "http", "token", "worker")
    staleness: float = 8.0
    uneven: float = 0.0
    """How many processes have twice the `max_staleness` of the others."""
    length: float = 24.0
    changes: float = 10
    last_change: float = 1.0
    requests: float = 20
    issues: float = 8
    stops: float = 2
    longest_stop: float = 20.0
    kills: float = 0.7
    leaves: float = 0.7
    elections: float = 0.4
    quick_to_learn: float = 0.5
    misled: float = 0.3
    broker_clock: float = 13.0
    clock_steps: float = 0.0
    wrong_start: float = 0.0
    wall_error: float = 20.0
    drift: float = MAX_CLOCK_DRIFT
    breather: float = 0.004
    hesitation: float = 0.004
    slow: float = 0.1
    slowest: float = 12.0
    lag: float = 0.1
    longest_lag: float = 10.0
    new_keys: float = 0.1
    faults: Faults = field(default_factory=lambda: Faults(late=0.03, twice=0.03, lost=0.03))
    deletions: float = 0.0
    replacements: float = 0.0
    speedy: float = 0.2
    narrow: float = 0.6


class Schedule:
    """One run of a simulated platform."""

    def __init__(self, seed: int, weather: Weather) -> None:
        self.world = World(seed)
        self.weather = weather
        self.scale = weather.staleness / 8
        faults = replace(weather.faults, longest=weather.faults.longest * self.scale)
        self.log = Log(self.world, faults if self.world.random.random() < 0.5 else Faults(longest=faults.longest))
        if self.world.random.random() < weather.speedy:
            self.log.fastest, self.log.slowest = 0.00001, 0.0001
        self.settings = FenceSettings(
            max_staleness=weather.staleness,
            heartbeat=2 * self.scale,
            reconnect_after=4 * self.scale,
            answer_limit=self.world.random.choice((2.0, 30.0)) * self.scale,
        )
        self.apps = [App("app-1"), App("app-2")]
        self.processes: list[SimulatedProcess] = []
        self.promises = Promises(self.log, self.apps, self.processes)
        self.projection = Projection(self.apps)
        self.tokens: dict[str, Issued] = {}
        self.parts: dict[str, tuple[Judging, Issuing, Answering]] = {}
        self.key_id = SIGNING_KEY

    # A whole run.
    def play(self) -> None:
        """Raises BrokenPromise."""
        for app in self.apps:
            self._begin(app)
        for kind in self.weather.kinds:
            self._start(kind)
        self.world.run(self.world.now + 1.5 * self.scale)
        self._plan()
        self.world.run(self.world.now + self.weather.length * self.scale)
        self._calm()

    def _begin(self, app: App) -> None:
        first = self._commit(app, enabled=True, scopes=frozenset(SCOPES)).client
        self.projection.take(first)
        for scopes in (frozenset(SCOPES), frozenset(SCOPES[:1])):
            number = len(self.tokens)
            claims = claims_of(
                first,
                scopes,
                number=number,
                issued_at=int(self.world.now),
                position=LogPosition(self.log.leader.log_id, -1),
            )
            self.tokens[f"token-{number}"] = Issued(f"token-{number}", claims)

    def _plan(self) -> None:
        weather = self.weather
        for times, action in (
            (weather.changes, self._change),
            (weather.requests, self._request),
            (weather.issues, self._issue),
            (weather.stops, self._stop),
            (weather.kills, self._kill),
            (weather.leaves, self._leave),
            (weather.elections, self._elect),
            (weather.clock_steps, self._step_clock),
            (weather.deletions, self._delete),
            (weather.replacements, self._replace),
            (weather.new_keys, self._new_key),
        ):
            for _ in range(self._count(times)):
                last = weather.last_change if action == self._change else 1.0
                self.world.after(self.world.random.uniform(0, last * weather.length * self.scale), action)

    def _count(self, mean: float) -> int:
        whole = int(self.world.random.uniform(0.5, 1.5) * mean)
        return whole + (self.world.random.random() < mean - int(mean)) if mean < 2 else whole

    # Processes.
    def _start(self, kind: Kind) -> None:
        chance, weather = self.world.random, self.weather
        slow = chance.random() < weather.slow
        habits = Habits(
            rate=1 + chance.choice((-1, 0, 1)) * weather.drift,
            wall_error=self._wall_error(),
            slow=chance.uniform(0, weather.slowest) * self.scale if slow else 0.0,
            breather=weather.breather,
            hesitation=weather.hesitation,
            longest_breather=weather.longest_stop * self.scale,
            misled=weather.misled,
            batch=chance.choice((1, 3, 100)),
        )
        name = f"{kind}-{len(self.processes)}"
        settings = self.settings
        if weather.uneven and chance.random() < weather.uneven:
            settings = replace(settings, max_staleness=2 * settings.max_staleness)
        process = SimulatedProcess(self.world, self.log, kind, name, settings=settings, habits=habits)
        process.on_lost = partial(self._start_again, kind)
        if not self.log.replaced:
            # As the service's database knows it, which remembers every log that its processes ever read.
            process.part.core.log.no_log_came_before()
        self.processes.append(process)
        self.parts[name] = (
            Judging(process, self.promises, self.tokens),
            Issuing(process, self.projection, self.promises, self._publish),
            Answering(process, self.promises, self._answered),
        )
        self.world.after(0.0, process.connect, process)

    def _some(self, *kinds: Kind) -> SimulatedProcess | None:
        found = [process for process in self.processes if process.alive and (not kinds or process.kind in kinds)]
        return self.world.random.choice(found) if found else None

    def _serving(self) -> list[SimulatedProcess]:
        return [process for process in self.processes if process.alive and process.serving]

    # What people ask for.
    def _change(self) -> None:
        chance, process = self.world.random, self._some("http")
        if process is None or not process.serving:
            return
        app = chance.choice(self.apps)
        narrows = chance.random() < self.weather.narrow
        if not app.enabled:
            change = self._commit(app, enabled=True, scopes=app.scopes)
        elif narrows and len(app.scopes) > 1 and chance.random() < 0.4:
            change = self._commit(app, enabled=True, scopes=frozenset({chance.choice(SCOPES)}))
        elif narrows:
            change = self._commit(app, enabled=False, scopes=app.scopes)
        else:
            change = self._commit(app, enabled=True, scopes=frozenset(SCOPES))
        self.parts[process.name][2].wait_for(change)
        for _ in range(2):
            self.world.after(chance.uniform(0, 8 * self.scale), partial(self._issue, app.app_id))
        for _ in range(3):
            self.world.after(chance.uniform(0, self.weather.length * self.scale), partial(self._ask, change))

    def _commit(self, app: App, *, enabled: bool, scopes: frozenset[str]) -> Change:
        chance, weather = self.world.random, self.weather
        change = app.change(enabled=enabled, scopes=scopes)

        def appended() -> None:
            change.appended_at = self.world.now if change.appended_at is None else change.appended_at

        key_id = self.key_id

        def relay() -> None:
            self.log.send(change.event, self.log.leader, key_id=key_id, done=appended)

        self.world.after(chance.uniform(0.0, 0.01), relay)
        longest = weather.longest_lag * self.scale if chance.random() < weather.lag else 0.05
        self.world.after(chance.uniform(0.0, longest), partial(self.projection.take, change.client))
        return change

    def _answered(self, change: Change) -> None:
        """The moment a change is answered, everybody is asked at once, and now and then later."""
        void = [token for token in self.tokens.values() if change.voids(token.claims)][-2:]
        for process in self._serving():
            for token in void:
                for seconds in (0.0, self.world.random.uniform(0, 0.02), self.world.random.uniform(0, 3)):
                    self.world.after(seconds, partial(self._judge, process, token), process)
            if process.kind == "token":
                self._ask_for_token(process, change.app_id)

    def _ask(self, change: Change) -> None:
        process = self._some("http")
        if process is not None and process.serving and not process.stopped:
            self.parts[process.name][2].ask(change)

    def _request(self) -> None:
        process = self._some()
        if process is None or not process.serving or not self.tokens:
            return
        for token in self.world.random.sample(list(self.tokens.values()), min(3, len(self.tokens))):
            self.world.after(0.0, partial(self._judge, process, token), process)

    def _judge(self, process: SimulatedProcess, token: Issued) -> None:
        self.parts[process.name][0].request(token)

    def _issue(self, app_id: str | None = None) -> None:
        process = self._some("token")
        if process is not None and process.serving:
            self._ask_for_token(process, app_id or self.world.random.choice(self.apps).app_id)

    def _ask_for_token(self, process: SimulatedProcess, app_id: str) -> None:
        self.world.start(partial(self.parts[process.name][1].token, app_id), process)

    def _wall_error(self) -> float:
        chance, weather = self.world.random, self.weather
        if chance.random() < weather.wrong_start:
            return chance.choice((-3600.0, 3600.0))
        return chance.uniform(-weather.wall_error, weather.wall_error)

    def _publish(self, claims: AccessTokenClaims) -> None:
        token = Issued(f"token-{len(self.tokens)}", claims)
        self.tokens[token.name] = token
        chance, left = self.world.random, claims.expires_at - self.world.now
        shortly = (0.0, chance.uniform(0, 1), chance.uniform(0, 20) * self.scale, chance.uniform(0, 3600))
        # Bad luck: at its very end, when the rules that void it are about to be forgotten.
        at_its_end = (left - chance.uniform(0, longest) for longest in (5, 40, 200))
        for seconds in (*shortly, *at_its_end):
            self.world.after(seconds, partial(self._show_everywhere, token))

    def _show_everywhere(self, token: Issued) -> None:
        for process in self._serving():
            self.world.after(0.0, partial(self._judge, process, token), process)

    # What goes wrong.
    def _stop(self) -> None:
        process = self._some()
        if process is not None:
            self.world.stop(process, self.world.random.uniform(0.1, self.weather.longest_stop) * self.scale)

    def _kill(self) -> None:
        process = self._some()
        if process is not None:
            process.kill()
            self._start_again(process.kind)

    def _leave(self) -> None:
        process = self._some()
        if process is not None and not process.stopped:
            process.leave()
            self._start_again(process.kind)

    def _start_again(self, kind: Kind) -> None:
        self.world.after(self.world.random.uniform(0.0, 5.0) * self.scale, partial(self._start, kind))

    def _elect(self) -> None:
        weather, chance = self.weather, self.world.random
        old = self.log.elect(chance.uniform(-weather.broker_clock, weather.broker_clock))
        for process in self.processes:
            if process.broker is old and chance.random() < weather.quick_to_learn:
                self.world.after(chance.uniform(0.0, 0.2), process.connect, process)
        self.world.after(chance.uniform(0.0, 30.0) * self.scale, self.log.heal)

    def _step_clock(self) -> None:
        process = self._some()
        if process is not None:
            wrong = self.world.random.choice((-3600.0, 3600.0, 0.0, 0.0))
            process.habits.wall_error = wrong or self.world.random.uniform(-20, 20)
            for token in list(self.tokens.values())[:10]:
                self.world.after(0.0, partial(self._judge, process, token), process)

    def _delete(self) -> None:
        self.log.forget_before(self.world.now - self.world.random.choice((0.0, 2.0, 8.0)) * self.scale)

    def _replace(self) -> None:
        self.log.heal()
        self.log.replace()

    def _new_key(self) -> None:
        self.key_id = NEW_KEY

    # The end.
    def _calm(self) -> None:
        weather, log = self.weather, self.log
        self.weather = replace(weather, breather=0.0, hesitation=0.0, slow=0.0)
        late = weather.faults.longest if log.faults.late or log.faults.twice else 0.0
        slow = max(process.habits.slow / self.scale for process in self.processes)
        log.heal()
        log.faults = Faults(longest=log.faults.longest)
        for app in self.apps:
            self.projection.take(app.changes[-1].client)
        for process in self.processes:
            process.habits.breather = process.habits.hesitation = process.habits.slow = 0.0
            self.world.resume(process)
        # Those who are to start again have done so, what is late has come, and whoever is dead counts as gone.
        gone = max(process.settings.max_staleness for process in self.processes) + 6 * self.scale
        self.world.run(self.world.now + (5 + slow + late) * self.scale + gone)
        self.promises.calm([process for process in self.processes if process.alive])
        self._new_tokens_work()

    def _new_tokens_work(self) -> None:
        """Whatever was lost: who asks for a token now gets one that everybody takes."""
        known = set(self.tokens)
        for process in self._serving():
            if process.kind == "token":
                self._ask_for_token(process, self.apps[0].app_id)
        self.world.run(self.world.now + self.scale)
        for token in [token for name, token in self.tokens.items() if name not in known]:
            for process in self._serving():
                self.parts[process.name][0].request(token, is_calm=True)
