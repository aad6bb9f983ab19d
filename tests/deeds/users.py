"""What users do while topics are harmed, and what must be refused from then on, whatever happens.

Nothing here fails a test: each act gives what it came to; what was taken and must not be is a line of `violations`.
"""

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import Any, Final

from aiokafka import AIOKafkaProducer

from grantstream.contracts.topics import TOPICS
from tests.chaos.prober import BROKEN
from tests.chaos.withdrawn import Withdrawn, withdrawn_grounds, withdrawn_token
from tests.deeds.ground import SERVICES, Ground
from tests.e2e.calls import Call, bearer, get, post_receipt
from tests.e2e.client import Connection
from tests.e2e.everywhere import probe
from tests.e2e.processes import Process, every_process
from tests.e2e.stage import App, Stage, User, enabling, new_secret_call, own_call, password_call

SCOPES: Final = ("receipts.writeonly", "receipts.read")
_REACHED_IN_THE_END_WITHIN: Final = 60.0
_ANSWER_SECONDS: Final = 20.0
_POLL: Final = 0.25


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that somebody asked for. `told`: what came of it, in a few words."""

    name: str
    went_well: bool
    told: str

    def __str__(self) -> str:
        return f"{self.name} {self.told}"


@dataclass(slots=True)
class _Told:
    status: int
    seconds: float
    location: str = ""
    body: Any = None

    def __str__(self) -> str:
        return f"{self.status or 'no answer'} in {self.seconds:.1f} s"


@dataclass(slots=True)
class Users:
    """One company's administrator, with applications enough for a few rounds. To be prepared while all is well."""

    ground: Ground
    rounds: int = 4
    """How often an application is disabled."""
    reached_within: float = 12.0
    """For how many seconds a change that was answered 202 is waited for."""
    stage: Stage = field(init=False)
    violations: list[str] = field(default_factory=list)
    """What was taken although an answer had promised that it would not be."""
    stored: list[str] = field(default_factory=list)
    """The ids of the receipts that were answered."""
    renewals: int = 0
    """How often the administrator's token was refused, and another one was good."""
    _admin: User = field(init=False)
    _steady: App = field(init=False)
    _toggled: App = field(init=False)
    _holder: App = field(init=False)
    _victims: list[tuple[App, str]] = field(default_factory=list)
    _bag: list[Withdrawn] = field(default_factory=list)
    _unsettled: list[tuple[str, list[Withdrawn]]] = field(default_factory=list)
    """What was changed without any promise yet, and where its progress is told: it must come into effect in the end."""
    _base: Connection = field(init=False)

    def __post_init__(self) -> None:
        self.stage = Stage(self.ground.description, workers=self.ground.platform.settings.http_workers)
        self._base = Connection(self.ground.description["base"], self.stage.seen, timeout=_ANSWER_SECONDS)

    def prepare(self) -> None:
        """Applications, their tokens, and something that is withdrawn before anything happens."""
        self._admin = self.stage.open_company()
        apps = [self.stage.register(self._admin, *SCOPES) for _ in range(self.rounds + 4)]
        self._steady, self._toggled, self._holder, *victims = apps
        self._victims = [(app, self.stage.token(app, self._admin)) for app in victims]
        self.post()
        for act in (self.disable("before"), self.rotate_secret("before")):
            assert act.went_well, str(act)

    def round(self, when: str, *, with_keys: bool) -> list[Act]:
        """What everybody does: a token, a receipt, a secret, a key, a disabling; and everything withdrawn is tried."""
        acts = [self.post(), self.rotate_secret(when)]
        if with_keys:
            acts.append(self.rotate_key())
        acts.append(self.disable(when))
        self.try_all_withdrawn(when)
        return acts

    def is_served(self) -> str:
        """What does not work of the main things, in a few words; nothing if all of it does, and at once."""
        for enabled in (False, True):
            told = self._ask(enabling(self._admin, self._toggled, enabled))
            if told.status != 200:
                return f"{'enable' if enabled else 'disable'} {told}"
        act = self.post()
        return "" if act.went_well else str(act)

    def post(self) -> Act:
        """Somebody gets a token and posts a receipt with it."""
        token = self._ask(password_call(self._steady, self._admin))
        if token.status != 200:
            return Act("token", False, str(token))
        posted = self._ask(post_receipt(token.body["access_token"], self._admin.user_id))
        if posted.status == 201:
            self.stored.append(posted.location.rsplit("/", 1)[-1])
        return Act("token and receipt", posted.status == 201, str(posted))

    def disable(self, when: str) -> Act:
        """The administrator takes an application's permission; its token is tried everywhere after the answer."""
        app, token = self._victims.pop()
        entries = [
            withdrawn_token(f"token of an app disabled {when}", token),
            withdrawn_grounds(f"an app disabled {when}, minting", password_call(app, self._admin)),
        ]
        return self._withdraw("disable", enabling(self._admin, app, False), entries)

    def rotate_secret(self, when: str) -> Act:
        """An application gets a new secret; the old one must give no token."""
        entries = [withdrawn_grounds(f"a secret replaced {when}", own_call(self._holder))]
        return self._withdraw("new secret", new_secret_call(self._admin, self._holder), entries)

    def rotate_key(self) -> Act:
        """An operator lets a new key sign; what it signs must be taken everywhere."""
        began = time.monotonic()
        complaint = self.ground.keys("rotate")
        seconds = time.monotonic() - began
        if complaint:
            return Act("key rotation", False, f"{complaint} ({seconds:.1f} s)")
        token = self._ask(password_call(self._steady, self._admin))
        if token.status != 200:
            return Act("key rotation", False, f"done, and then no token: {token}")
        refusing = [
            f"{process}: {status}"
            for process, status in self._statuses(token.body["access_token"])
            if status in (0, 401, 503)
        ]
        return Act("key rotation", not refusing, ", ".join(refusing) or f"in {seconds:.1f} s")

    def try_all_withdrawn(self, when: str) -> None:
        """Everything that was promised to be refused is tried at every process."""
        for entry in self._bag:
            self._try(entry, f"{entry.what}, tried {when}")

    def try_all_unsettled(self) -> None:
        """What was changed and never promised must be in effect once everything is well again."""
        for location, entries in self._unsettled:
            if self._is_reached(location, _REACHED_IN_THE_END_WITHIN):
                self._bag += entries
                for entry in entries:
                    self._try(entry, f"{entry.what}, promised late, tried when all was well again")
            else:
                self.violations.append(f"{entries[0].what}: it never came into effect")
        self._unsettled.clear()

    def plant_poison(self, topic: str) -> int:
        """Records that nobody believes, one on each partition; gives how many there are."""
        return asyncio.run(_plant(self.ground.broker.bootstrap_servers, topic))

    def close(self) -> None:
        """Closes the connections."""
        self._base.close()
        self.stage.base.close()

    def _withdraw(self, name: str, order: Call, entries: list[Withdrawn]) -> Act:
        told = self._ask(order)
        if 200 <= told.status < 300 and name == "new secret":
            self._holder.secret = told.body["value"]
        promised = told.status == 200 or (told.status == 202 and self._is_reached(told.location, self.reached_within))
        if promised:
            self._bag += entries
            for entry in entries:
                self._try(entry, f"{entry.what}, right after the answer")
        elif told.status == 202:
            self._unsettled.append((told.location, entries))
        late = "" if told.status != 202 else ", reached soon" if promised else ", not reached"
        return Act(name, promised, f"{told}{late}")

    def _is_reached(self, location: str, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            status = self._ask(get(location, self._admin.admin_token))
            if status.status == 200 and status.body["reached"]:
                return True
            time.sleep(_POLL)
        return False

    def _try(self, entry: Withdrawn, what: str) -> None:
        for service, call in entry.calls.items():
            for process in self._processes(service):
                try:
                    answer = process.ask(call)
                except BROKEN:
                    continue
                finally:
                    process.connection.close()
                if not entry.keeps_promise(answer):
                    self.violations.append(f"{what}: {service} answered {answer.status}")

    def _statuses(self, token: str) -> list[tuple[Process, int]]:
        found = []
        for service in SERVICES:
            for process in self._processes(service):
                try:
                    found.append((process, process.ask(probe(process, token)).status))
                except BROKEN:
                    found.append((process, 0))
                finally:
                    process.connection.close()
        return found

    def _processes(self, service: str) -> list[Process]:
        """A new connection to each process of a service that takes one."""
        try:
            return every_process(service, self.ground.description[service], self.stage.seen, workers=self.stage.workers)
        except (AssertionError, *BROKEN):
            return []

    def _ask(self, call: Call) -> _Told:
        """The answer. Whose own token is refused signs in again and asks once more, as any client does."""
        told, own = self._ask_once(call), bearer(self._admin.admin_token)
        if told.status == 401 and own.items() <= call.headers.items() and self._sign_in():
            self.renewals += 1
            return self._ask_once(replace(call, headers={**call.headers, **bearer(self._admin.admin_token)}))
        return told

    def _sign_in(self) -> bool:
        try:
            self.stage.sign_in(self._admin)
        except (AssertionError, *BROKEN):
            return False
        return True

    def _ask_once(self, call: Call) -> _Told:
        began = time.monotonic()
        try:
            answer = self._base.ask(call)
        except BROKEN:
            self._base.close()
            return _Told(0, time.monotonic() - began)
        body = answer.json() if answer.body.startswith(b"{") else None
        return _Told(answer.status, time.monotonic() - began, answer.headers.get("Location", ""), body)


async def _plant(bootstrap_servers: str, topic: str) -> int:
    partitions = TOPICS[topic].partitions
    async with AIOKafkaProducer(bootstrap_servers=bootstrap_servers, acks="all") as producer:
        for partition in range(partitions):
            await producer.send_and_wait(topic, b"{}", key=b"poison", partition=partition)
    return partitions
