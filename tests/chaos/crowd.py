"""Everybody who uses the platform meanwhile, each in a thread of their own."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from tests.chaos.administrator import SCOPES, Administrator
from tests.chaos.arena import HTTP_WORKERS, Arena
from tests.chaos.bystander import Bystander
from tests.chaos.census import Census
from tests.chaos.diary import Diary
from tests.chaos.history import History
from tests.chaos.prober import Prober
from tests.chaos.session import Session
from tests.chaos.withdrawn import Bag
from tests.e2e.stage import SERVICES, Stage, User

ADMINISTRATORS: Final = 2
_LAST_ANSWER_SECONDS: Final = 200.0


@dataclass(slots=True)
class Crowd:
    """`rest` ends what changes something; what only asks goes on until all is at rest."""

    arena: Arena
    diary: Diary
    history: History
    rng: random.Random
    rest: threading.Event
    pause: float
    failures: list[str] = field(default_factory=list)
    """Who broke down: then the tests themselves are wrong."""
    bystanders: list[Bystander] = field(default_factory=list)
    stage: Stage = field(init=False)
    bag: Bag = field(init=False)
    _end: threading.Event = field(default_factory=threading.Event)
    _census: Census = field(init=False)

    def __post_init__(self) -> None:
        bases = {service: self.arena.description[service] for service in SERVICES}
        self.stage = Stage(self.arena.description, workers=HTTP_WORKERS)
        self.bag = Bag(bases, self.stage.seen, self.history, self.new_rng(), self._end)
        self._census = Census(self.arena, self._end)

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Everybody acts within the block."""
        self._census.count()
        administrators = [self._administrator(f"administrator {number}") for number in range(ADMINISTRATORS)]
        self.bystanders = [self._bystander()]
        actors = self._started([each.run for each in administrators] + [each.run for each in self.bystanders])
        watchers = self._started([self._census.run, self.bag.run])
        try:
            yield
        finally:
            self.rest.set()
            for thread in actors:
                thread.join(timeout=_LAST_ANSWER_SECONDS)
            self._end.set()
            for thread in watchers:
                thread.join(timeout=_LAST_ANSWER_SECONDS)

    def ask_for_all_that_was_withdrawn(self) -> None:
        """Once more, of every process."""
        self._census.count()
        prober = self._prober()
        self.bag.ask_all(prober)
        prober.close()

    def close(self) -> None:
        """Closes what is still open."""
        self._end.set()
        self.stage.base.close()

    def receipts(self) -> list[str]:
        """Those that were answered."""
        return [receipt for each in self.bystanders for receipt in each.receipts]

    def progress(self) -> str:
        """How much was asked until now, in words."""
        history = self.history
        return (
            f"{len(history.answered)} changes answered, {history.unanswered} not, {history.promises} promises, "
            f"{history.probes} probes, {len(history.requests)} requests, {len(self.bag)} withdrawn, "
            f"{self.bag.asked} asked again, {len(history.violations)} violations"
        )

    def new_rng(self) -> random.Random:
        """One for a thread of its own."""
        return random.Random(self.rng.getrandbits(64))

    def _started(self, runs: list[Callable[[], None]]) -> list[threading.Thread]:
        threads = [threading.Thread(target=partial(self._guarded, run), daemon=True) for run in runs]
        for thread in threads:
            thread.start()
        return threads

    def _guarded(self, run: Callable[[], None]) -> None:
        try:
            run()
        except Exception as error:
            self.failures.append(repr(error))
            self.diary.say(f"an actor broke down: {error!r}")

    def _administrator(self, name: str) -> Administrator:
        admin = self.stage.open_company()
        return Administrator(
            name=name,
            session=self._session(admin),
            prober=self._prober(),
            bag=self.bag,
            app=self.stage.register(admin, *SCOPES),
            user=self.stage.add_user(admin),
            rng=self.new_rng(),
            stop=self.rest,
            pause=self.pause,
        )

    def _bystander(self) -> Bystander:
        admin = self.stage.open_company()
        app, described = (self.stage.register(admin, *SCOPES) for _ in range(2))
        return Bystander(self._session(admin), app, described, self.new_rng(), self.rest, self.pause / 2)

    def _session(self, user: User) -> Session:
        return Session(self.arena.description, self.stage.seen, user, self.history, self._end)

    def _prober(self) -> Prober:
        return Prober(self.arena.description, self._census, self.history, self.stage.seen)
