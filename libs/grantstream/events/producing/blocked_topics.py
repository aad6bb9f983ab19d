"""Topics that take nothing as they are set up now, or nothing that counts: tried with one record at a time.

The enemy is an operator's setting, such as `message.timestamp.type=CreateTime`: the broker takes the record, and every
consumer refuses it. Sending all that waits again and again would fill the topic with records that nobody believes, and
leave a dead letter of each. So while a topic is blocked one record goes now and then, with pauses that double up to a
limit, and the first good acknowledgement ends it.
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
    """Which records may be sent now. Times in seconds, by any clock that does not stand still."""

    def __init__(self) -> None:
        self._blocked: dict[str, _Blocked] = {}

    def __bool__(self) -> bool:
        return bool(self._blocked)

    def refusal(self, topic: str, now: float) -> Exception | None:
        """Why a record of the topic is not to be sent now; None if it is: as the one that tries, if it is blocked."""
        if not self._blocked or (blocked := self._blocked.get(topic)) is None:
            return None
        if now < blocked.try_at:
            return blocked.fault
        blocked.try_at = now + blocked.pause.next()
        return None

    def settle(self, acknowledged: Set[str], faults: Mapping[str, Exception], now: float) -> None:
        """Notes what became of what was sent: topics that acknowledged all, and those that must be blocked, and why."""
        for topic in acknowledged - faults.keys():
            if self._blocked.pop(topic, None) is not None:
                _logger.info("%s acknowledges again", topic)
        for topic, fault in faults.items():
            if topic not in self._blocked:
                pause = RetryPause(_FIRST_PAUSE, _LONGEST_PAUSE)
                self._blocked[topic] = _Blocked(fault, pause, now + pause.next())
                _logger.error("%s; one record at a time is tried until that has changed", fault)
