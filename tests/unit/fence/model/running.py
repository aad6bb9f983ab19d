"""Plays many schedules, one after the other, from a seed."""

import os
from collections.abc import Iterator

from tests.unit.fence.model.promises import BrokenPromise
from tests.unit.fence.model.schedule import Schedule, Weather

SCHEDULES = int(os.environ.get("FENCE_SCHEDULES", "1000"))
"""How many schedules a run plays. The long form: FENCE_SCHEDULES=100000."""

FIRST_SEED = int(os.environ.get("FENCE_SEED", "1"))
"""FENCE_SEED=<the one that a failure tells> repeats it; `make test-search` chooses another one each time."""


def play(seed: int, weather: Weather) -> BrokenPromise | None:
    """The promise that broke in one schedule, if any did."""
    try:
        Schedule(seed, weather).play()
    except BrokenPromise as broken:
        return broken
    return None


def broken_promises(weather: Weather, *, first_seed: int, schedules: int) -> Iterator[tuple[int, BrokenPromise]]:
    """What breaks in a number of schedules, with their seeds."""
    for seed in range(first_seed, first_seed + schedules):
        broken = play(seed, weather)
        if broken is not None:
            yield seed, broken
