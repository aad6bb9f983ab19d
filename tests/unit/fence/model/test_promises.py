"""The fence keeps its promises in every schedule of pauses, retries, slow readers, lost leaders and restarts.

The same schedules each time, unless `FENCE_SEED` says otherwise. A failure tells its seed; FENCE_SEED=<seed>
FENCE_SCHEDULES=1 plays that schedule alone.
"""

import pytest

from tests.unit.fence.model import operators, rules
from tests.unit.fence.model.running import FIRST_SEED, SCHEDULES, broken_promises
from tests.unit.fence.model.schedule import Weather

WEATHERS: dict[str, tuple[float, Weather]] = {
    "fair": (0.05, Weather(stops=0, kills=0, elections=0, slow=0, breather=0, hesitation=0, faults=rules.NO_FAULTS)),
    "ordinary": (0.4, Weather()),
    "brokers that are cut off": (0.15, Weather(**rules.CUT_OFF, speedy=0.5)),
    "slow readers": (0.1, Weather(**rules.SLOW_READERS)),
    "many restarts": (0.1, Weather(kills=4, leaves=4, elections=1, new_keys=1, slow=0.3)),
    "values that differ": (0.05, Weather(uneven=0.5, stops=4, changes=14)),
    "observers": (0.05, Weather(kinds=("http", "token", "observer"), wall_error=2, broker_clock=2)),
    "operators": (0.15, Weather(**operators.OPERATORS)),
    "operators, among slow readers": (0.05, Weather(**operators.OPERATORS | rules.SLOW_READERS)),
    "hours": (0.1, Weather(**rules.HOURS)),
    "hours with wrong clocks": (0.05, Weather(wrong_start=0.3, clock_steps=6, kills=3, **rules.HOURS)),
}


@pytest.mark.parametrize("weather", WEATHERS)
def test_no_schedule_breaks_a_promise(weather: str) -> None:
    share, conditions = WEATHERS[weather]
    schedules = max(1, round(share * SCHEDULES))
    for seed, broken in broken_promises(conditions, first_seed=FIRST_SEED, schedules=schedules):
        pytest.fail(f"FENCE_SEED={seed} FENCE_SCHEDULES=1, {weather}: {broken}")
