"""Wait on a condition, never on a clock."""

from collections.abc import Callable
from typing import TypeVar

from grantstream.testing import eventually_sync

FoundT = TypeVar("FoundT")


def until(find: Callable[[], FoundT | None], what: str, *, seconds: float = 20.0) -> FoundT:
    """The first true thing that `find` gives; fails the test if there is none within `seconds`."""
    return eventually_sync(find, within=seconds, what=what)
