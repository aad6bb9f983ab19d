"""Processes that stand still, start, or lag behind while a permission is taken away."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPException

import pytest

from deploy.local.running_platform import Platform
from tests.e2e.calls import Call, get
from tests.e2e.client import Answer, Connection
from tests.e2e.everywhere import Everywhere, probe
from tests.e2e.processes import READY, Process, stopped
from tests.e2e.stage import SERVICES, App, Stage, User, enabling, new_secret_call, own_call, password_call
from tests.e2e.waiting import until

TRY_AGAIN = (503, 900)


@pytest.fixture
def token_worker(platform: Platform) -> int:
    """The process that keeps the token service's projections."""
    record = platform.supervisor.record("token-worker")
    assert record is not None
    return record.pid


@pytest.fixture
def token_worker_away(platform: Platform) -> Iterator[Callable[[], None]]:
    """Ends that process in good order; it is back, and ready, after the test at the latest."""
    spec = platform.services["token"].spec("worker")
    yield lambda: _end(platform, spec.name)
    platform.supervisor.ensure(spec)


def _end(platform: Platform, name: str) -> None:
    assert platform.supervisor.stop(name)


def _told(answers: list[tuple[Process, Answer]]) -> set[tuple[int, int | None]]:
    return {(answer.status, answer.code) for _, answer in answers}


def _at_once(everywhere: Everywhere, *orders: Call) -> list[Answer]:
    """The answers to orders that are under way in different processes of registration at the same time."""
    processes = everywhere.of("registration")[: len(orders)]
    for process, order in zip(processes, orders, strict=True):
        process.connection.send(order)
    return [process.connection.receive() for process in processes]


def test_no_token_process_mints_from_an_outdated_row(
    stage: Stage, everywhere: Everywhere, admin: User, app: App, token_worker: int
) -> None:
    token, other = stage.token(app, admin), stage.register(admin, "receipts.writeonly")
    for call in (password_call(app, admin), own_call(other)):
        assert everywhere.minted(call)[1] == [], "every process has the rows in mind"
    with_old_secret = own_call(other)
    with stopped([token_worker]):
        changes = _at_once(everywhere, enabling(admin, app, False), new_secret_call(admin, other))
        other.secret = changes[1].json()["value"]
        for change in changes:
            assert change.status == 202, "a member that stands still is waited for"
            assert {(late["service"], late["role"]) for late in change.json()["pending"]} == {("token", "worker")}
        assert everywhere.accepting(token) == []
        for call in (password_call(app, admin), with_old_secret, own_call(other)):
            assert _told(everywhere.asked_to_mint(call)) == {TRY_AGAIN}
    for change in changes:
        stage.settled(change, admin.admin_token)
    assert _told(everywhere.asked_to_mint(password_call(app, admin))) == {(403, 53)}
    assert _told(everywhere.asked_to_mint(with_old_secret)) == {(401, 64)}
    assert everywhere.minted(own_call(other))[1] == []


def test_a_departed_worker_is_not_awaited_nor_its_rows_used(
    stage: Stage,
    everywhere: Everywhere,
    admin: User,
    app: App,
    platform: Platform,
    token_worker_away: Callable[[], None],
) -> None:
    token = stage.token(app, admin)
    token_worker_away()
    disabled = stage.set_enabled(admin, app, False)
    assert disabled.status == 200
    assert everywhere.accepting(token) == []
    assert _told(everywhere.asked_to_mint(password_call(app, admin))) == {TRY_AGAIN}
    platform.supervisor.ensure(platform.services["token"].spec("worker"))
    until(lambda: _told(everywhere.asked_to_mint(password_call(app, admin))) == {(403, 53)}, "the row has arrived")


def test_a_process_that_stood_still_refuses_when_it_goes_on(
    stage: Stage, everywhere: Everywhere, admin: User, app: App
) -> None:
    victims = {service: everywhere.of(service)[0] for service in SERVICES}
    registration = everywhere.of("registration")[1]
    rotating = stage.register(admin, "receipts.writeonly")
    token, with_old_secret = stage.token(app, admin), own_call(rotating)
    assert everywhere.minted(with_old_secret)[1] == []
    minting = [everywhere.another(victims["token"]) for _ in range(3)]
    with stopped([victim.pid for victim in victims.values()]):
        orders = [registration.ask(order) for order in (enabling(admin, app, False), new_secret_call(admin, rotating))]
        assert orders[0].status == 202, "not promised while one that may still take the token is silent"
        rotating.secret = orders[1].expect(200, 202)["value"]
        for order in orders:
            _settle(registration, order, admin)
        # The promise is made. Whoever stood still finds these requests before anything else.
        for victim in victims.values():
            victim.connection.send(probe(victim, token))
        for process, call in zip(
            minting, (password_call(app, admin), with_old_secret, own_call(rotating)), strict=True
        ):
            process.connection.send(call)
    statuses = [victim.connection.receive().status for victim in victims.values()]
    assert set(statuses) <= {401, 503}
    of_disabled, with_old, with_new = [process.connection.receive() for process in minting]
    assert (of_disabled.status, of_disabled.code) in (TRY_AGAIN, (403, 53))
    assert (with_old.status, with_old.code) in (TRY_AGAIN, (401, 64))
    assert with_new.status in (200, 503), "a client with the right secret is never told that it is wrong"
    until(lambda: set(everywhere.statuses(token).values()) == {401}, "all are current again")
    until(lambda: everywhere.minted(own_call(rotating))[1] == [], "all mint again")


def _settle(registration: Process, answer: Answer, admin: User) -> None:
    """Waits until a change is in effect, asking a process that does not stand still."""
    if answer.status == 202:
        where = get(answer.headers["Location"], admin.admin_token)
        until(lambda: registration.ask(where).expect(200)["reached"], "the change is in effect", seconds=30)


class _Newcomers:
    """Asks whatever process takes a new connection, over and over, with the token that was ended last."""

    def __init__(self, stage: Stage, known: set[int]) -> None:
        self._stage = stage
        self._known = known
        self._enough = threading.Event()
        # Several, to meet the newcomer in its first moments.
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(4)]
        self.voided: list[str] = []
        self.let_in: list[str] = []
        self.asked: dict[int, int] = {}

    def __enter__(self) -> "_Newcomers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join()

    def has_met_one(self, times: int) -> bool:
        return any(count >= times for pid, count in self.asked.items() if pid not in self._known)

    def _ask(self) -> None:
        while not self._enough.is_set():
            connection = self._stage.connect("receipts")
            try:
                self._ask_over(connection)
            except (OSError, HTTPException):
                continue  # nobody is there: as good a refusal as any
            finally:
                connection.close()

    def _ask_over(self, connection: Connection) -> None:
        token = self.voided[-1]
        answer = connection.ask(get("/receipts/schemas", token))
        told = connection.ask(get(READY))
        pid = told.json()["pid"]
        if answer.status not in (401, 503):
            self.let_in.append(f"{pid} answered {answer.status}")
        self.asked[pid] = self.asked.get(pid, 0) + 1


def test_a_starting_process_accepts_no_revoked_token(
    stage: Stage, everywhere: Everywhere, admin: User, app: App
) -> None:
    newcomers = _Newcomers(stage, {process.pid for process in everywhere.of("receipts")})
    newcomers.voided.append(_ended_token(stage, admin, app))
    os.kill(everywhere.of("receipts")[0].pid, signal.SIGKILL)
    with newcomers:
        for _ in range(100):
            newcomers.voided.append(_ended_token(stage, admin, app))
            if newcomers.has_met_one(times=20):
                break
    assert newcomers.has_met_one(times=20), "the killed process was not replaced"
    assert newcomers.let_in == []


def _ended_token(stage: Stage, admin: User, app: App) -> str:
    """A token that was good, of an application that was disabled since and is enabled again."""
    token = stage.token(app, admin)
    for enabled in (False, True):
        stage.settled(stage.set_enabled(admin, app, enabled), admin.admin_token).expect(200, 202)
    return token
