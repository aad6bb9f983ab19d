"""Logs refused records without filling the log: a producer can append a million of them."""

import logging
import time
from collections.abc import Callable
from typing import Final

_EVERY: Final = 1.0


class RefusalLog:
    """Logs a warning of each kind of refusal at most once a second, with the number of those in between.

    `what` precedes the kind; both are texts of ours, never a stranger's. `clock` counts seconds.
    """

    def __init__(self, logger: logging.Logger, what: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._logger = logger
        self._what = what
        self._clock = clock
        self._logged_at: dict[str, float] = {}
        self._suppressed: dict[str, int] = {}

    def warn(self, kind: str, place: str = "") -> None:
        """Logs or counts one refusal. `place`: that of the record, if known."""
        now = self._clock()
        if now - self._logged_at.get(kind, float("-inf")) < _EVERY:
            self._suppressed[kind] = self._suppressed.get(kind, 0) + 1
            return
        self._logged_at[kind] = now
        more = self._suppressed.pop(kind, 0)
        since = f" (and {more} more since it was last told)" if more else ""
        self._logger.warning("%s: %s%s%s", self._what, kind, place and f", {place}", since)
