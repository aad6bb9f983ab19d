"""Topics that a window of records must not wait for: those that are blocked, and those that are silent.

A topic is *blocked* if its present settings make every record useless: it is tried with one record at a time. With
`message.timestamp.type=CreateTime`, for example, the broker appends records that every consumer refuses. Sending
the whole backlog again and again would fill the topic with such records, and make a dead letter of each. So while a
topic is blocked, one record is sent after pauses that double up to a limit; the first good acknowledgement unblocks it.

A topic is *silent* if it does not acknowledge while others do, for example with too few replicas in sync. If
`min.insync.replicas` exceeds the running brokers, aiokafka silently retries such a batch for ever. A window that
waited for it until its deadline would delay all its other records: one faulty topic would delay every change of a
permission.
"""

import logging
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Final

from grantstream.kafka.errors import TopicSilent
from grantstream.kafka.retry_pause import RetryPause

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


_TWICE: Final = 2
"""When a leader dies, one window times out without a fault of the topic."""

_REMEMBERED_SECONDS: Final = 60.0


class SilentTopics:
    """Topics for which windows wait only briefly. Times in seconds, by any clock that does not stand still."""

    def __init__(self) -> None:
        self._missed: dict[str, int] = {}
        self._until: dict[str, float] = {}

    def __bool__(self) -> bool:
        return bool(self._missed or self._until)

    def is_silent(self, topic: str, now: float) -> bool:
        """Whether it was silent recently."""
        return now < self._until.get(topic, 0.0)

    def settle(self, acknowledged: Set[str], unanswered: Set[str], now: float) -> dict[str, TopicSilent]:
        """Notes which topics of a window acknowledged records, and which left records unanswered.

        Returns the errors of silent topics. If no topic acknowledges, the broker is at fault.
        """
        for topic in acknowledged - unanswered:
            self._missed.pop(topic, None)
        if acknowledged:
            for topic in unanswered:
                self._missed[topic] = self._missed.get(topic, 0) + 1
        silent = {topic for topic in unanswered if self._missed.get(topic, 0) >= _TWICE or self.is_silent(topic, now)}
        self._until = {topic: until for topic, until in self._until.items() if now < until}
        self._until |= dict.fromkeys(silent, now + _REMEMBERED_SECONDS)
        return {topic: TopicSilent(topic) for topic in silent}
