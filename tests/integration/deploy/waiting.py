"""Wait on a condition, never on a clock."""

from collections.abc import Callable

from grantstream.testing import eventually_sync


def wait_for(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    """Return once `condition` holds; fail the test if it doesn't within `seconds`."""
    eventually_sync(condition, within=seconds)
