"""Telling of refused records without filling the log: whoever may append can append a million of them."""

import logging
import time
from collections.abc import Callable
from typing import Final

_EVERY: Final = 1.0


class RefusalLog:
    """Warns of each kind of refusal at most once a second, and says how many there were since.

    `what` is told with the kind; both are texts of ours, never a stranger's. `clock` counts seconds.
    """

    def __init__(self, logger: logging.Logger, what: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._logger = logger
        self._what = what
        self._clock = clock
        self._told_at: dict[str, float] = {}
        self._untold: dict[str, int] = {}

    def tell(self, kind: str, place: str = "") -> None:
        """One more. `place`: where it stands, if that is known."""
        now = self._clock()
        if now - self._told_at.get(kind, float("-inf")) < _EVERY:
            self._untold[kind] = self._untold.get(kind, 0) + 1
            return
        self._told_at[kind] = now
        more = self._untold.pop(kind, 0)
        since = f" (and {more} more since it was last told)" if more else ""
        self._logger.warning("%s: %s%s%s", self._what, kind, place and f", {place}", since)
