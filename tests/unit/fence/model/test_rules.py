"""Every rule of the fence is needed: with any one of them left out of the real code, some schedule breaks a promise."""

import pytest

from tests.unit.fence.model import operators
from tests.unit.fence.model.rules import RULES
from tests.unit.fence.model.running import broken_promises

assert operators.OPERATORS  # importing it registers its rules

SCHEDULES = 600
"""A fixed first seed, so that a rule is found to be needed in each run or in none."""


@pytest.mark.parametrize("name", RULES)
def test_without_it_a_promise_breaks(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = RULES[name]
    rule.leave_out(monkeypatch)
    broken = broken_promises(rule.weather, first_seed=rule.first_seed, schedules=SCHEDULES)
    assert any(str(promise).startswith(rule.promise) for _, promise in broken), "it can be left out: is it a rule?"
