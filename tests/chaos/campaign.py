"""One run: the platform under load, fault after fault, rest, and all of it read back."""

import asyncio
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from grantstream.contracts.topics import FENCE, TOPICS
from services.receipts.store.schema import MIGRATIONS as RECEIPTS_SCHEMA
from services.registration.store.schema import MIGRATIONS as REGISTRATION_SCHEMA
from services.token.store.schema import MIGRATIONS as TOKEN_SCHEMA
from tests.chaos import counting, poison, rows, version_log
from tests.chaos.administrator import SCOPES, Administrator
from tests.chaos.arena import Arena
from tests.chaos.bystander import Bystander
from tests.chaos.census import Census
from tests.chaos.checks import Evidence
from tests.chaos.diary import Diary
from tests.chaos.faults import Card, Faults
from tests.chaos.groups import lag
from tests.chaos.history import History
from tests.chaos.poison import Planted, Raw
from tests.chaos.prober import Prober
from tests.chaos.programs import Programs, fresh_database
from tests.chaos.replay import GROUPS, HANDLERS
from tests.chaos.session import Session
from tests.chaos.topic_log import read_topics
from tests.chaos.version_log import OWNED, PROJECTED, fetch
from tests.chaos.withdrawn import Bag
from tests.e2e.stage import SERVICES, Stage, User
from tests.e2e.waiting import until

ADMINISTRATORS: Final = 2
_READERS: Final = {
    topic.name: frozenset(
        [GROUPS[service] for service, handlers in HANDLERS.items() if topic.name in handlers]
        + ([counting.GROUP_ID] if topic.name == counting.EVENT_TYPE else [])
    )
    for topic in TOPICS.values()
}
_SCHEMAS: Final = {"registration": REGISTRATION_SCHEMA, "token": TOKEN_SCHEMA, "receipts": RECEIPTS_SCHEMA}
_POISONED: Final = ("app.modified", "secret.rotated", "app.enabled", "app.disabled", "user.modified", "receipt.posted")
_REST_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class Plan:
    """`rounds` faults strike, in an order that the seed decides; or those of `order`, if that names any.

    `pause`: seconds between two acts of somebody who acts, on average. `only`: names of faults, or how they begin.
    """

    seed: int
    rounds: int
    pause: float = 0.3
    only: tuple[str, ...] = ()
    order: tuple[str, ...] = ()


class Campaign:
    """A context manager: the platform runs inside it."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.plan = plan
        self.diary = Diary(folder / "diary.txt")
        self.history = History(self.diary.now)
        self.arena = Arena(folder)
        self._rng = random.Random(plan.seed)
        self._stop = threading.Event()
        self._asked_to_rest = threading.Event()
        self._census = Census(self.arena, self._stop)
        self._planted = Planted()
        self._bystanders: list[Bystander] = []
        self._failures: list[str] = []
        self.bag: Bag
        self.programs: Programs
        self.faults: Faults
        self.stage: Stage

    def __enter__(self) -> "Campaign":
        self.diary.say(f"seed {self.plan.seed}, {self.plan.rounds} rounds; everything is in {self.arena.folder}")
        self.arena.__enter__()
        try:
            self._prepare()
        except BaseException:
            self.arena.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._asked_to_rest.set()
        self._stop.set()
        self.arena.__exit__(None, None, None)

    def run(self) -> Evidence:
        """Everything, up to what was read back. Raises AssertionError if the platform does not come to rest."""
        with self._load():
            dealt = self._dealt()
            for number, card in enumerate(dealt, start=1):
                self.diary.say(f"round {number} of {len(dealt)}: {card.name}  ({self._progress()})")
                if number % 3 == 1:
                    self._plant()
                began = self.diary.now()
                card.strike()
                self._calm()
                self.diary.say(self.history.suffering(began))
        self._rest()
        return self._evidence()

    # Before

    def _prepare(self) -> None:
        asyncio.run(version_log.install({service: self.arena.dsn(service) for service in SERVICES}))
        self.stage = Stage(self.arena.description, workers=2)
        self.bag = Bag(
            {service: self.arena.description[service] for service in SERVICES},
            self.stage.seen,
            self.history,
            self._new_rng(),
            self._stop,
        )
        postgres = self.arena.postgres
        counting_dsn = fresh_database(postgres, TOKEN_SCHEMA[0])
        asyncio.run(_create_table(counting_dsn))
        self.programs = Programs(self.arena, counting_dsn)
        self.faults = Faults(
            self.arena, self.diary, self._new_rng(), self._asked_to_rest, counters=self.programs.resize
        )
        self.diary.say("the platform runs")

    def _new_rng(self) -> random.Random:
        return random.Random(self._rng.getrandbits(64))

    # Meanwhile

    def _dealt(self) -> list[Card]:
        cards = self.faults.deck()
        if self.plan.order:
            named = {card.name: card for card in cards}
            return [named[name] for name in self.plan.order]
        cards = [card for card in cards if not self.plan.only or card.name.startswith(self.plan.only)]
        dealt: list[Card] = []
        while len(dealt) < self.plan.rounds:
            self._rng.shuffle(cards)
            dealt += cards
        return dealt[: self.plan.rounds]

    @contextmanager
    def _load(self) -> Iterator[None]:
        """Everybody acts within the block."""
        self.programs.resize(2)
        self._census.count()
        actors = [self._administrator(f"administrator {number}") for number in range(ADMINISTRATORS)]
        self._bystanders = [self._bystander()]
        threads = [
            threading.Thread(target=partial(self._guarded, run), daemon=True)
            for run in (*(actor.run for actor in actors), *(one.run for one in self._bystanders))
        ]
        watchers = [threading.Thread(target=partial(self._guarded, run)) for run in (self._census.run, self.bag.run)]
        for thread in (*watchers, *threads):
            thread.daemon = True
            thread.start()
        try:
            yield
        finally:
            self._asked_to_rest.set()
            for thread in threads:
                thread.join(timeout=200)
            self._stop.set()
            for thread in watchers:
                thread.join(timeout=60)

    def _guarded(self, run: Callable[[], None]) -> None:
        try:
            run()
        except Exception as error:
            self._failures.append(repr(error))
            self.diary.say(f"an actor broke down: {error!r}")

    def _administrator(self, name: str) -> Administrator:
        admin = self.stage.open_company()
        return Administrator(
            name=name,
            session=self._session(admin),
            prober=Prober(self.arena.description, self._census, self.history, self.stage.seen),
            bag=self.bag,
            app=self.stage.register(admin, *SCOPES),
            user=self.stage.add_user(admin),
            rng=self._new_rng(),
            stop=self._asked_to_rest,
            pause=self.plan.pause,
        )

    def _bystander(self) -> Bystander:
        admin = self.stage.open_company()
        app = self.stage.register(admin, *SCOPES)
        return Bystander(self._session(admin), app, self._new_rng(), self._asked_to_rest, self.plan.pause / 2)

    def _session(self, user: User) -> Session:
        return Session(self.arena.description, self.stage.seen, user, self.history, self._stop)

    def _plant(self) -> None:
        """Poison on a few topics, made of what stands there."""
        rng = self._new_rng()
        topics = rng.sample(_POISONED, 3)
        found = read_topics(self.arena.kafka.bootstrap_servers, topics)
        records: dict[str, Raw] = {}
        for topic in topics:
            good = [each for each in found if each.place[0] == topic and each.place not in self._planted.places]
            if good:
                chosen, kind = rng.choice(good), rng.choice(sorted(poison.KINDS))
                raw = Raw(topic, chosen.key, chosen.value, list(chosen.raw_headers))
                records[kind] = poison.KINDS[kind](raw, rng)
        self._planted.plant(self.arena.kafka.bootstrap_servers, records)
        self.diary.say(f"planted: {', '.join(records)}")

    def _calm(self) -> None:
        """Everything that was harmed is whole again."""
        self.programs.revive()
        self.arena.wait_until_ready(seconds=_REST_SECONDS)
        for line in self.history.violations[-3:]:
            self.diary.say(f"VIOLATION so far: {line}")

    def _progress(self) -> str:
        history = self.history
        return (
            f"{len(history.answered)} changes answered, {history.unanswered} not, {history.promises} promises, "
            f"{history.probes} probes, {len(history.requests)} requests, {len(self.bag)} withdrawn, "
            f"{self.bag.asked} asked again, {len(history.violations)} violations"
        )

    # After

    def _rest(self) -> None:
        """Nobody asks for anything any more, and all that waits is done."""
        self.diary.say(f"rest ({self._progress()})")
        self._calm()
        servers = self.arena.kafka.bootstrap_servers
        groups = [*((GROUPS[service], HANDLERS[service]) for service in SERVICES)]
        until(lambda: not any(self._outbox().values()), "every outbox is empty", seconds=_REST_SECONDS)
        for group, topics in [*groups, (counting.GROUP_ID, {counting.EVENT_TYPE: None})]:
            until(
                partial(self._is_done, servers, group, sorted(topics)), f"{group} has read all", seconds=_REST_SECONDS
            )
        prober = Prober(self.arena.description, self._census, self.history, self.stage.seen)
        self._census.count()
        self.bag.ask_all(prober)
        prober.close()
        self.diary.say(f"all that was withdrawn was asked for again ({self._progress()})")

    def _is_done(self, servers: str, group: str, topics: Sequence[str]) -> bool:
        return lag(servers, group, topics) == 0

    def _outbox(self) -> dict[str, int]:
        return {
            service: asyncio.run(fetch(self.arena.dsn(service), "select count(*) as n from outbox"))[0]["n"]
            for service in SERVICES
        }

    def _evidence(self) -> Evidence:
        dsns = {service: self.arena.dsn(service) for service in SERVICES}
        servers = self.arena.kafka.bootstrap_servers
        dead = read_topics(servers, [topic.dead_letters for topic in TOPICS.values()])
        replayed = self._replay(dsns)
        self.diary.say("all is read back")
        return Evidence(
            history=self.history,
            owned={table.name: asyncio.run(version_log.read(dsns[table.service], table)) for table in OWNED},
            projected={table.name: asyncio.run(version_log.read(dsns[table.service], table)) for table in PROJECTED},
            differing_rows={table.name: asyncio.run(rows.differences_from_owner(dsns, table)) for table in PROJECTED},
            replayed_rows=replayed,
            events=read_topics(servers, set(TOPICS) - {FENCE.name}),
            fence=read_topics(servers, {FENCE.name}),
            dead=dead,
            planted=self._planted.places,
            readers=_READERS,
            receipts=[receipt for one in self._bystanders for receipt in one.receipts],
            counted=[
                row["receipt_id"]
                for row in asyncio.run(fetch(self.programs.counting_dsn, "select receipt_id from counted"))
            ],
            outbox=self._outbox(),
            broker_deaths=self.faults.broker_deaths,
            leaked=self.stage.seen.found_in_files(self.arena.platform.settings.state_dir / "logs"),
            failures=self._failures,
        )

    def _replay(self, dsns: dict[str, str]) -> dict[str, list[str]]:
        """What a replay of everything into empty databases makes differently."""
        servers = self.arena.kafka.bootstrap_servers
        fresh = {service: fresh_database(self.arena.postgres, *_SCHEMAS[service]) for service in SERVICES}
        groups = {service: self.programs.replay(service, fresh[service]) for service in SERVICES}
        for service, group in groups.items():
            topics = sorted(HANDLERS[service])
            until(partial(self._is_done, servers, group, topics), f"{group} has read all", seconds=_REST_SECONDS)
        return {
            table.name: asyncio.run(rows.differences_from_replay(dsns[table.service], fresh[table.service], table))
            for table in PROJECTED
        }


async def _create_table(dsn: str) -> None:
    await fetch(dsn, counting.TABLE)
