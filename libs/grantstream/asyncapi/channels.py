"""One channel a topic, and one for its dead letters (AsyncAPI 3.0.0, Channel Object; Kafka bindings 0.5.0)."""

from typing import Final

from grantstream.asyncapi.messages import DEAD_LETTER
from grantstream.asyncapi.references import Json, identifier, reference
from grantstream.contracts.events.register import EVENT_TYPES
from grantstream.contracts.topics import Topic
from grantstream.kafka.topic_settings import TopicSettings, wanted_topics

_BINDING: Final = "0.5.0"
_NUMBERS: Final = ("retention.ms", "max.message.bytes")
"""The settings of a topic that the binding has a field for, besides cleanup.policy."""

_REPLICATION: Final = 3


def channels_of(topic: Topic) -> Json:
    """The channels of a topic: its own and that of its dead letters, by their names."""
    settings = {each.name: each for each in wanted_topics(_REPLICATION)}
    types = [identifier(kind.name) for kind in EVENT_TYPES.values() if kind.topic.name == topic.name]
    return {
        identifier(topic.name): {
            "address": topic.name,
            "title": f"Topic {topic.name}",
            "description": _description(topic),
            "messages": {name: reference("components", "messages", name) for name in types},
            "bindings": {"kafka": _binding(settings[topic.name])},
        },
        identifier(topic.dead_letters): {
            "address": topic.dead_letters,
            "title": f"Dead letters of {topic.name}",
            "description": f"What could not be consumed from {topic.name}.",
            "messages": {DEAD_LETTER: reference("components", "messages", DEAD_LETTER)},
            "bindings": {"kafka": _binding(settings[topic.dead_letters])},
        },
    }


def _description(topic: Topic) -> str:
    owners = " and ".join(sorted(topic.owners))
    kept = _duration(topic.kept.total_seconds())
    how = f"Compacted, with all of its last {kept}." if topic.cleanup == "compact" else f"Kept for {kept}."
    if topic.partition is not None:
        how += f" Every record stands in partition {topic.partition}, whatever its key: readers go by its one order."
    text = f"Owned by {owners}. Keyed by {topic.key}. {how} To write here a producer needs the scope {topic.scope}."
    return f"{text} No service publishes here yet." if topic.foreseen else text


def _duration(seconds: float) -> str:
    days = seconds / 86_400
    return f"{days:.0f} days" if days >= 1 else f"{seconds / 3600:.1f} hours"


def _binding(settings: TopicSettings) -> Json:
    config = settings.config
    configuration: Json = {"cleanup.policy": config["cleanup.policy"].split(",")}
    configuration |= {name: int(config[name]) for name in _NUMBERS if name in config}
    return {
        "topic": settings.name,
        "partitions": settings.partitions,
        "replicas": _REPLICATION,
        "topicConfiguration": configuration,
        "bindingVersion": _BINDING,
    }
