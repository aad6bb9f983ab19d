"""Why a consumer gets nothing done: the last error of its fetches and of its handlers.

What FastStream catches it writes to its logger and nowhere else, every few seconds with a whole traceback, and it tries
again for ever. So this is given to it as its logger: it passes each error on once, and keeps the last one for whoever
asks why a group stands still.
"""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

_FORGOTTEN_AFTER: Final = 60.0
"""FastStream tries again every 5 or 15 s, and handlers more often: an error that did not come again is over."""


class LastError:
    """A logger as FastStream wants one (`LoggerProto`), for one consumer. `logger`: where lines go in the end."""

    def __init__(self, logger: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._logger = logger
        self._clock = clock
        self._name: str | None = None
        self._seen_at = 0.0

    def log(self, level: int, msg: Any, /, *, exc_info: Any = None, extra: Mapping[str, Any] | None = None) -> None:
        """FastStream: passes a line on, but for an error that is the last one again."""
        is_known = isinstance(exc_info, Exception) and type(exc_info).__name__ == self.name()
        if isinstance(exc_info, Exception):
            self.note(type(exc_info).__name__)
        if not is_known:
            self._logger.log(level, msg, exc_info=exc_info, extra=extra)

    def note(self, name: str) -> None:
        """An error of this name was met just now."""
        self._name, self._seen_at = name, self._clock()

    def name(self) -> str:
        """The name of the last error, if it was not long ago; else empty."""
        is_over = self._clock() - self._seen_at > _FORGOTTEN_AFTER
        return "" if self._name is None or is_over else self._name
