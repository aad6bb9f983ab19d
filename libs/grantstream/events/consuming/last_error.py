"""The last error of a consumer's fetches and handlers: why it makes no progress.

FastStream reports the errors that it catches only to its logger, every few seconds with a whole traceback, and retries
for ever. This class is its logger: it logs each error once, and keeps the last one for the health check.
"""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

_FORGOTTEN_AFTER: Final = 60.0
"""FastStream retries every 5 or 15 s, and handlers more often: an error that did not come again is over."""


class LastError:
    """A logger for FastStream (`LoggerProto`), for one consumer. `logger`: writes the lines."""

    def __init__(self, logger: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._logger = logger
        self._clock = clock
        self._name: str | None = None
        self._seen_at = 0.0

    def log(self, level: int, msg: Any, /, *, exc_info: Any = None, extra: Mapping[str, Any] | None = None) -> None:
        """FastStream: logs a line, unless it repeats the last error."""
        is_known = isinstance(exc_info, Exception) and type(exc_info).__name__ == self.name()
        if isinstance(exc_info, Exception):
            self.note(type(exc_info).__name__)
        if not is_known:
            self._logger.log(level, msg, exc_info=exc_info, extra=extra)

    def note(self, name: str) -> None:
        """An error of this name has just happened."""
        self._name, self._seen_at = name, self._clock()

    def name(self) -> str:
        """The name of the last error if it is recent; else empty."""
        is_over = self._clock() - self._seen_at > _FORGOTTEN_AFTER
        return "" if self._name is None or is_over else self._name
