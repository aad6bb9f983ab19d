"""The broker's settings of each topic, from what the register says of it."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from grantstream.contracts.topics import TOPICS, Topic

MAX_RECORD_BYTES: Final = 1_048_588
"""What the broker takes at once (its own default, written down because the outbox's limit follows from it)."""

MAX_DEAD_LETTER_BYTES: Final = 2 * MAX_RECORD_BYTES
"""A dead letter is its record and more; a limit as tight as its source's could leave a partition stuck."""

_COMPACTED_AT_LATEST_AFTER: Final = timedelta(days=1)
_FOR_EVER: Final = "-1"
_COPIES_KEPT: Final = timedelta(days=90)
"""How long copies stay of a topic that itself stays for ever."""

_SMALLEST_SEGMENT: Final = timedelta(minutes=10)
_LARGEST_SEGMENT: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TopicSettings:
    """How one topic is to be: `config` by the broker's own names."""

    name: str
    partitions: int
    config: dict[str, str] = field(default_factory=dict)


def wanted_topics(replication: int) -> list[TopicSettings]:
    """Every topic of the register and its dead-letter topic, for a cluster that keeps `replication` copies."""
    pairs = ((_source(topic, replication), _dead_letters(topic, replication)) for topic in TOPICS.values())
    return [settings for pair in pairs for settings in pair]


def _source(topic: Topic, replication: int) -> TopicSettings:
    config = _common(replication) | {"cleanup.policy": topic.cleanup, "max.message.bytes": str(MAX_RECORD_BYTES)}
    if topic.kept is None:
        config |= {"retention.ms": _FOR_EVER}
    else:
        config |= _compacted(topic.kept) if topic.cleanup == "compact" else _kept_for(topic.kept)
    return TopicSettings(topic.name, topic.partitions, config)


def _dead_letters(topic: Topic, replication: int) -> TopicSettings:
    config = _common(replication) | {"cleanup.policy": "delete", "max.message.bytes": str(MAX_DEAD_LETTER_BYTES)}
    return TopicSettings(topic.dead_letters, 1, config | _kept_for(topic.kept or _COPIES_KEPT))


def _common(replication: int) -> dict[str, str]:
    return {
        # The guard judges tokens at append time, so a producer must not be able to say when that was.
        "message.timestamp.type": "LogAppendTime",
        # A record that is small only while it is compressed is refused by the broker. (Our readers have every codec all
        # the same: some brokers compress whatever they are told.)
        "compression.type": "uncompressed",
        "min.insync.replicas": "2" if replication > 2 else "1",
    }


def _compacted(history: timedelta) -> dict[str, str]:
    # Without the upper bound an old state would stay as long as its segment is open, which may be for ever.
    return {
        "min.compaction.lag.ms": _milliseconds(history),
        "max.compaction.lag.ms": _milliseconds(history + _COMPACTED_AT_LATEST_AFTER),
    }


def _kept_for(time: timedelta) -> dict[str, str]:
    # Only closed segments are ever deleted, so segments are small beside the time that records are kept.
    segment = min(max(time / 12, _SMALLEST_SEGMENT), _LARGEST_SEGMENT)
    return {"retention.ms": _milliseconds(time), "segment.ms": _milliseconds(segment)}


def _milliseconds(time: timedelta) -> str:
    return str(time // timedelta(milliseconds=1))
