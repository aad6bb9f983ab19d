"""When a change is answered, no process anywhere goes by the old state; GRANTSTREAM_TEST_ROUNDS sets how often."""

import os
from collections.abc import Callable

import pytest

from tests.e2e.everywhere import Everywhere
from tests.e2e.rounds import Outcome, Rounds
from tests.e2e.stage import Stage, User

ROUNDS = int(os.environ.get("GRANTSTREAM_TEST_ROUNDS", "25"))
FEWER = max(1, ROUNDS // 4)


@pytest.fixture
def rounds(stage: Stage, everywhere: Everywhere, admin: User) -> Rounds:
    app = stage.register(admin, "receipts.writeonly", "receipts.read")
    return Rounds(stage, everywhere, admin, app)


def _violations(play: Callable[[], Outcome], count: int) -> list[str]:
    outcomes = [play() for _ in range(count)]
    # A machine that is too busy may answer 202, which promises nothing yet; if all did, nothing would be shown here.
    assert any(outcome.promised for outcome in outcomes), "no change was answered in time"
    return [violation for outcome in outcomes for violation in outcome.violations]


def test_nobody_takes_a_disabled_app_from_the_answer_on(rounds: Rounds) -> None:
    assert _violations(rounds.disable, ROUNDS) == []


def test_nobody_takes_a_deactivated_app_from_the_answer_on(rounds: Rounds) -> None:
    assert _violations(rounds.deactivate_app, FEWER) == []


def test_nobody_takes_an_old_secret_from_the_answer_on(rounds: Rounds) -> None:
    assert _violations(rounds.rotate, FEWER) == []


def test_nobody_takes_a_deactivated_user_from_the_answer_on(rounds: Rounds, stage: Stage, admin: User) -> None:
    user = stage.add_user(admin)
    assert _violations(lambda: rounds.deactivate(user), FEWER) == []


def test_nobody_takes_a_removed_scope_from_the_answer_on(rounds: Rounds) -> None:
    assert _violations(lambda: rounds.take_scope("receipts.writeonly", "receipts.read"), FEWER) == []
