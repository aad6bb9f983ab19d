"""Topics that do not acknowledge while others do, as when too few of their replicas are in sync.

The enemy is a setting such as `min.insync.replicas` above what is left of the brokers. aiokafka tries such a batch for
ever and says nothing, so a window that waits for it until its deadline makes everything else in it late: every change
of a permission, as long as one topic is not well.
"""

from collections.abc import Set
from typing import Final

from grantstream.events.errors import TopicSilent

_TWICE: Final = 2
"""A leader that dies costs one window, and is none of the topic's fault."""

_REMEMBERED_SECONDS: Final = 60.0


class SilentTopics:
    """Which topics are not waited for as long as others. Times in seconds, by any clock that does not stand still."""

    def __init__(self) -> None:
        self._missed: dict[str, int] = {}
        self._until: dict[str, float] = {}

    def __bool__(self) -> bool:
        return bool(self._missed or self._until)

    def is_silent(self, topic: str, now: float) -> bool:
        """Whether it was silent not long ago."""
        return now < self._until.get(topic, 0.0)

    def settle(self, acknowledged: Set[str], unanswered: Set[str], now: float) -> dict[str, TopicSilent]:
        """Notes the topics of a window that acknowledged something and those that left something unanswered.

        Gives those that are silent, with what to say of it. Where nobody acknowledges anything it is the broker.
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
