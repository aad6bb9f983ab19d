"""Topics whose present settings make every record useless: they are tried with one record at a time.

With `message.timestamp.type=CreateTime`, for example, the broker appends records that every consumer refuses. Sending
the whole backlog again and again would fill the topic with such records, and make a dead letter of each. So while a
topic is blocked, one record is sent after pauses that double up to a limit; the first good acknowledgement unblocks it.
"""

import logging
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Final

from grantstream.fence.retry_pause import RetryPause

_logger = logging.getLogger(__name__)

_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 30.0


@dataclass(slots=True)
class _Blocked:
    fault: Exception
    pause: RetryPause
    try_at: float


class BlockedTopics:
    """Decides which records may be sent now. Times in seconds, by any clock that does not stand still."""

    def __init__(self) -> None:
        self._blocked: dict[str, _Blocked] = {}

    def __bool__(self) -> bool:
        return bool(self._blocked)

    def refusal(self, topic: str, now: float) -> Exception | None:
        """Why a record of the topic must not be sent now; None if it may be, also as the trial of a blocked topic."""
        if not self._blocked or (blocked := self._blocked.get(topic)) is None:
            return None
        if now < blocked.try_at:
            return blocked.fault
        blocked.try_at = now + blocked.pause.next()
        return None

    def settle(self, acknowledged: Set[str], faults: Mapping[str, Exception], now: float) -> None:
        """Notes the outcome of a window: unblocks topics that acknowledged, blocks those with a fault."""
        for topic in acknowledged - faults.keys():
            if self._blocked.pop(topic, None) is not None:
                _logger.info("%s acknowledges again", topic)
        for topic, fault in faults.items():
            if topic not in self._blocked:
                pause = RetryPause(_FIRST_PAUSE, _LONGEST_PAUSE)
                self._blocked[topic] = _Blocked(fault, pause, now + pause.next())
                _logger.error("%s; one record at a time is tried until that has changed", fault)
