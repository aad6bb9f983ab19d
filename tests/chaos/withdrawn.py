"""What was withdrawn once: refused everywhere at once, and for ever after.

Each entry is a bag of calls, one for each service that could let it in, and a rule for the answers.
"""

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.chaos.history import History
from tests.chaos.prober import BROKEN, KeepsPromise, Prober
from tests.e2e.calls import Call, get
from tests.e2e.client import Answer, Connection
from tests.e2e.secrets_seen import SecretsSeen

_FAIL_CLOSED = (401, 503)
"""401: it is void. 503: this process does not know for certain, and lets nobody in."""
_ASKED_PER_CONNECTION = 10
_PAUSE = 0.08


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Something that nobody may take any more. `what` names it for people, without the secret."""

    what: str
    calls: Mapping[str, Call] = field(repr=False)
    keeps_promise: KeepsPromise = field(repr=False)


def withdrawn_token(what: str, token: str) -> Withdrawn:
    """An access token. Each question is open to any valid token, whatever its scopes."""
    calls = {
        "receipts": get("/receipts/schemas", token),
        "registration": get("/app-mgmt/v4/apis", token),
        "token": get("/companies/none", token),
    }
    return Withdrawn(what, calls, lambda answer: answer.status in _FAIL_CLOSED)


def withdrawn_grounds(what: str, call: Call) -> Withdrawn:
    """A request for a token whose grounds are gone: an old secret, for one."""
    return Withdrawn(what, {"token": call}, lambda answer: answer.status != 200)


class Bag:
    """What was refused once, and a thread that asks again and again, over new connections too."""

    def __init__(
        self, bases: Mapping[str, str], seen: SecretsSeen, history: History, rng: random.Random, stop: threading.Event
    ) -> None:
        self.asked = 0
        self._bases = bases
        self._seen = seen
        self._history = history
        self._rng = rng
        self._stop = stop
        self._entries: list[Withdrawn] = []
        self._lock = threading.Lock()

    def add(self, entry: Withdrawn) -> None:
        """From now on this must be refused for ever."""
        with self._lock:
            self._entries.append(entry)

    def __len__(self) -> int:
        return len(self._entries)

    def run(self) -> None:
        """Asks until everything ends."""
        while not self._stop.is_set():
            service = self._rng.choice(sorted(self._bases))
            connection = Connection(self._bases[service], self._seen, timeout=40.0)
            try:
                for _ in range(_ASKED_PER_CONNECTION):
                    self._ask_one(service, connection)
                    self._stop.wait(_PAUSE)
            except BROKEN:
                self._stop.wait(_PAUSE)
            finally:
                connection.close()

    def ask_all(self, prober: Prober) -> None:
        """Asks every process about everything."""
        with self._lock:
            entries = list(self._entries)
        for entry in entries:
            prober.ask(entry.calls, entry.keeps_promise, f"{entry.what}, asked again in the end")
            self.asked += len(entry.calls)

    def _ask_one(self, service: str, connection: Connection) -> None:
        with self._lock:
            entries = [entry for entry in self._entries if service in entry.calls]
        if not entries:
            return
        entry = self._rng.choice(entries)
        answer: Answer = connection.ask(entry.calls[service])
        self.asked += 1
        if not entry.keeps_promise(answer):
            self._history.violated(f"{entry.what}, refused before: {service} answered {answer.status}")
