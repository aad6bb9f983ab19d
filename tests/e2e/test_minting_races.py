"""Tokens that are being minted at the very moment when what they rest on is taken away."""

import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from tests.e2e.calls import get
from tests.e2e.client import Answer
from tests.e2e.everywhere import Everywhere, used
from tests.e2e.hammer import Hammer, NextCall, always, refreshing
from tests.e2e.processes import Process
from tests.e2e.stage import App, Stage, User, enabling, own_call, password_call

ROUNDS = 3
_LAST = 150
"""How many of the tokens of each round are tried: those nearest to the change."""


@pytest.fixture
def processes(stage: Stage, everywhere: Everywhere) -> Iterator[list[Process]]:
    """Two connections to each token process."""
    more = stage.processes("token")
    yield [*everywhere.of("token"), *more]
    for process in more:
        process.connection.close()


def _strike_while(
    stage: Stage,
    everywhere: Everywhere,
    admin: User,
    strikers: Sequence[tuple[Process, NextCall]],
    take: Callable[[], Answer],
) -> list[str]:
    """What went wrong in a round: tokens issued to requests sent after the answer, and tokens that still open doors."""
    with Hammer(strikers) as hammer:
        hammer.wait_for_tokens(2)
        stage.settled(take(), admin.admin_token).expect(200, 202)
        answered_at = time.perf_counter()
        hammer.wait_for_strikes_after(answered_at)
    late = hammer.tokens(sent_after=answered_at)
    wrong = [f"{len(late)} tokens were issued after the answer"] if late else []
    for token in hammer.tokens()[-_LAST:]:
        wrong += [f"a token is taken: {status}" for status in used(everywhere.of("receipts"), token) if status != 401]
    return wrong + hammer.failures()


def _with_password_and_by_refreshing(
    stage: Stage, processes: Sequence[Process], app: App, user: User
) -> list[tuple[Process, NextCall]]:
    signed_in = [stage.ask(password_call(app, user)).expect(200)["refresh_token"] for _ in range(stage.workers)]
    calls = [always(password_call(app, user))] * stage.workers + [refreshing(app, first) for first in signed_in]
    return list(zip(processes, calls, strict=True))


def test_a_token_minted_during_app_disabling_is_refused(
    stage: Stage, everywhere: Everywhere, processes: list[Process], admin: User, app: App
) -> None:
    for _ in range(ROUNDS):
        strikers = _with_password_and_by_refreshing(stage, processes, app, admin)
        wrong = _strike_while(stage, everywhere, admin, strikers, lambda: stage.set_enabled(admin, app, False))
        assert wrong == []
        stage.settled(stage.set_enabled(admin, app, True), admin.admin_token).expect(200, 202)
        assert everywhere.refusing(stage.token(app, admin)) == []


def test_a_token_minted_during_user_deactivation_is_refused(
    stage: Stage, everywhere: Everywhere, processes: list[Process], admin: User, app: App
) -> None:
    user = stage.add_user(admin)
    for _ in range(ROUNDS):
        strikers = _with_password_and_by_refreshing(stage, processes, app, user)
        wrong = _strike_while(stage, everywhere, admin, strikers, lambda: stage.modify_user(admin, user, active=False))
        assert wrong == []
        stage.settled(stage.modify_user(admin, user, active=True), admin.admin_token).expect(200, 202)
        assert everywhere.refusing(stage.token(app, user)) == []


def test_a_token_minted_during_app_deactivation_is_refused(
    stage: Stage, everywhere: Everywhere, processes: list[Process], admin: User, app: App
) -> None:
    for _ in range(ROUNDS):
        strikers = [(process, always(own_call(app))) for process in processes]
        wrong = _strike_while(stage, everywhere, admin, strikers, lambda: stage.modify(admin, app, active=False))
        assert wrong == []
        stage.settled(stage.modify(admin, app, active=True), admin.admin_token).expect(200, 202)
        assert everywhere.refusing(stage.token(app)) == []


def test_a_token_minted_during_a_leak_report_is_refused(
    stage: Stage, everywhere: Everywhere, processes: list[Process], admin: User, app: App
) -> None:
    for _ in range(ROUNDS):
        strikers = [(process, always(own_call(app))) for process in processes]
        wrong = _strike_while(stage, everywhere, admin, strikers, lambda: stage.new_secret(admin, app, leaked=True))
        assert wrong == []
        assert everywhere.refusing(stage.token(app)) == []


def test_concurrent_opposite_changes_leave_one_state(
    stage: Stage, everywhere: Everywhere, admin: User, app: App
) -> None:
    first, second = everywhere.of("registration")[:2]
    for _ in range(2 * ROUNDS):
        first.connection.send(enabling(admin, app, False))
        second.connection.send(enabling(admin, app, True))
        for process in (first, second):
            stage.settled(process.connection.receive(), admin.admin_token).expect(200, 202)
        is_enabled = first.ask(get(enabling(admin, app, True).path, admin.admin_token)).expect(200)["enabled"]
        minted = everywhere.minting(password_call(app, admin))
        assert len(minted) == (stage.workers if is_enabled else 0)
