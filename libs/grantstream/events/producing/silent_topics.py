"""Topics that do not acknowledge while others do, for example with too few replicas in sync.

If `min.insync.replicas` exceeds the running brokers, aiokafka silently retries such a batch for ever. A window that
waited for it until its deadline would delay all its other records: one faulty topic would delay every change of a
permission.
"""

from collections.abc import Set
from typing import Final

from grantstream.events.errors import TopicSilent

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
