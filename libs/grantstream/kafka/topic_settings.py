"""The broker's settings of each topic, derived from the register."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from grantstream.contracts.topics import TOPICS, Topic

MAX_RECORD_BYTES: Final = 1_048_588
"""The broker's default limit, set explicitly because the outbox's limit depends on it."""

MAX_DEAD_LETTER_BYTES: Final = 2 * MAX_RECORD_BYTES
"""A dead letter is larger than its record; with the same limit it could block a partition."""

_COMPACTED_AT_LATEST_AFTER: Final = timedelta(days=1)
_SMALLEST_SEGMENT: Final = timedelta(minutes=10)
_LARGEST_SEGMENT: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TopicSettings:
    """The settings of one topic; `config` by the broker's names."""

    name: str
    partitions: int
    config: dict[str, str] = field(default_factory=dict)


def wanted_topics(replication: int) -> list[TopicSettings]:
    """All topics of the register and their dead-letter topics, with `replication` copies each."""
    pairs = ((_source(topic, replication), _dead_letters(topic, replication)) for topic in TOPICS.values())
    return [settings for pair in pairs for settings in pair]


def _source(topic: Topic, replication: int) -> TopicSettings:
    config = _common(replication) | {"cleanup.policy": topic.cleanup, "max.message.bytes": str(MAX_RECORD_BYTES)}
    config |= _compacted(topic.kept) if topic.cleanup == "compact" else _kept_for(topic.kept)
    return TopicSettings(topic.name, topic.partitions, config)


def _dead_letters(topic: Topic, replication: int) -> TopicSettings:
    config = _common(replication) | {"cleanup.policy": "delete", "max.message.bytes": str(MAX_DEAD_LETTER_BYTES)}
    return TopicSettings(topic.dead_letters, 1, config | _kept_for(topic.kept))


def _common(replication: int) -> dict[str, str]:
    return {
        # The guard judges tokens by the append time, so a producer must not be able to choose it.
        "message.timestamp.type": "LogAppendTime",
        # So the broker refuses a record that is small only while compressed. (Our readers have every codec, because
        # some brokers compress despite this setting.)
        "compression.type": "uncompressed",
        "min.insync.replicas": "2" if replication > 2 else "1",
    }


def _compacted(history: timedelta) -> dict[str, str]:
    # Without the upper bound an old state would stay until its segment is closed, which may never happen.
    return {
        "min.compaction.lag.ms": _milliseconds(history),
        "max.compaction.lag.ms": _milliseconds(history + _COMPACTED_AT_LATEST_AFTER),
    }


def _kept_for(time: timedelta) -> dict[str, str]:
    # Only closed segments are deleted, so a segment must be short compared to the retention time.
    segment = min(max(time / 12, _SMALLEST_SEGMENT), _LARGEST_SEGMENT)
    return {"retention.ms": _milliseconds(time), "segment.ms": _milliseconds(segment)}


def _milliseconds(time: timedelta) -> str:
    return str(time // timedelta(milliseconds=1))
