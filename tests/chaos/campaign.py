"""One run: the platform under load, fault after fault, rest, and all of it read back."""

import asyncio
import random
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from tests.chaos import counting, poison, version_log
from tests.chaos.arena import Arena
from tests.chaos.checks import Evidence
from tests.chaos.crowd import Crowd
from tests.chaos.diary import Diary
from tests.chaos.faults import Card, Faults
from tests.chaos.history import History
from tests.chaos.operator_faults import OperatorFaults
from tests.chaos.poison import Planted, Raw
from tests.chaos.programs import Programs, fresh_database
from tests.chaos.reading_back import EVENT_TABLES, ReadingBack
from tests.chaos.topic_log import read_topics
from tests.e2e.stage import SERVICES

_POISONED: Final = ("app.modified", "secret.rotated", "app.enabled", "app.disabled", "user.modified", "receipt.posted")
_PLANTED_EVERY: Final = 3
_MEMBERS: Final = 2
_READY_SECONDS: Final = 150.0


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
        self._rest = threading.Event()
        self._planted = Planted()

    def __enter__(self) -> Self:
        self.diary.say(f"seed {self.plan.seed}; everything is in {self.arena.folder}")
        self.arena.__enter__()
        try:
            self._prepare()
        except BaseException:
            self.arena.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._crowd.close()
        self.arena.__exit__(None, None, None)

    def run(self) -> Evidence:
        """Everything, up to what was read back. Raises AssertionError if the platform does not come to rest."""
        self._programs.resize(_MEMBERS)
        with self._crowd.acting():
            dealt = self._dealt()
            for number, card in enumerate(dealt):
                self.diary.say(f"round {number + 1} of {len(dealt)}: {card.name}  ({self._crowd.progress()})")
                if number % _PLANTED_EVERY == 0:
                    self._plant()
                self._play(card)
        self.diary.say(f"rest ({self._crowd.progress()})")
        self._calm()
        reading = ReadingBack(self.arena, self._programs)
        reading.until_all_is_done()
        self._crowd.ask_for_all_that_was_withdrawn()
        self.diary.say(f"all that was withdrawn was asked for again ({self._crowd.progress()})")
        found = reading.evidence(self._crowd, self._faults, self._operator, self._planted.places)
        self.diary.say("all is read back")
        return found

    def _prepare(self) -> None:
        asyncio.run(version_log.install({service: self.arena.dsn(service) for service in SERVICES}))
        self._crowd = Crowd(self.arena, self.diary, self.history, self._new_rng(), self._rest, self.plan.pause)
        counting_dsn = fresh_database(self.arena.postgres, EVENT_TABLES)
        asyncio.run(counting.make_table(counting_dsn))
        self._programs = Programs(self.arena, counting_dsn)
        self._faults = Faults(
            self.arena,
            self.diary,
            self._new_rng(),
            self._rest,
            programs=self._programs,
            found_odd=self.history.found_odd,
        )
        self._operator = OperatorFaults(self.arena, self.diary, self._new_rng(), self._rest, self._programs)
        self.diary.say("the platform runs")

    def _dealt(self) -> list[Card]:
        cards = self._faults.deck() + self._operator.deck()
        if self.plan.order:
            named = {card.name: card for card in cards}
            return [named[name] for name in self.plan.order]
        cards = [card for card in cards if not self.plan.only or card.name.startswith(self.plan.only)]
        if not cards:
            raise ValueError(f"no fault's name begins with any of {self.plan.only}")
        dealt: list[Card] = []
        while len(dealt) < self.plan.rounds:
            self._rng.shuffle(cards)
            dealt += cards
        return dealt[: self.plan.rounds]

    def _play(self, card: Card) -> None:
        began = self.diary.now()
        card.strike()
        self._calm()
        self.diary.say(self.history.suffering(began))

    def _calm(self) -> None:
        """Everything that was harmed is whole again."""
        self._programs.revive()
        self.arena.wait_until_ready(seconds=_READY_SECONDS)
        for line in self.history.violations[-3:]:
            self.diary.say(f"VIOLATION so far: {line}")

    def _plant(self) -> None:
        """Poison of each kind, made of what stands on the topics."""
        rng = self._new_rng()
        found = read_topics(self.arena.kafka.bootstrap_servers, _POISONED)
        good = [each for each in found if each.place not in self._planted.places and each.dated_by_broker]
        records: dict[str, Raw] = {}
        for kind, spoil in poison.KINDS.items():
            topic = rng.choice(sorted({each.place[0] for each in good}))
            chosen = rng.choice([each for each in good if each.place[0] == topic])
            records[kind] = spoil(Raw(topic, chosen.key, chosen.value, list(chosen.raw_headers)), rng)
        self._planted.plant(self.arena.kafka.bootstrap_servers, records)
        self.diary.say(f"planted: {', '.join(record.topic for record in records.values())}")

    def _new_rng(self) -> random.Random:
        return random.Random(self._rng.getrandbits(64))
