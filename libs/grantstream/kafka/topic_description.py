"""Which topics the cluster has, with the id and the partitions of each.

aiokafka has the metadata request up to version 5, and ids come with version 10 (KIP-516). So this module defines the
request, with aiokafka's own types.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, NoError, UnknownTopicOrPartitionError, for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    AbstractType,
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

from grantstream.kafka.asking import ask

_NO_ID: Final = bytes(16)


@dataclass(frozen=True, slots=True)
class TopicDescription:
    """A topic as a broker knows it. `topic_id`: differs from that of every other topic that had its name."""

    name: str
    topic_id: str
    partitions: frozenset[int]


async def describe_topics(
    client: AIOKafkaClient, names: Collection[str], *, limit: float = 3.0, broker: int | None = None
) -> Mapping[str, TopicDescription]:
    """Those of the topics that exist, by name, as one broker knows them. Raises KafkaError or TimeoutError.

    `client`: that of any started consumer, producer or admin client. `limit`: seconds for each broker asked.
    `broker`: the id of the one to ask; by default the first that answers.
    """
    answer = await ask(client, _MetadataRequest(sorted(names)), limit=limit, broker=broker)
    return {topic.name: topic for topic in map(_described, answer.topics) if topic is not None}


def _described(topic: tuple[Any, ...]) -> TopicDescription | None:
    code, name, topic_id, _internal, partitions, _operations, _tags = topic
    error: type[KafkaError] = for_code(code)
    if error is UnknownTopicOrPartitionError:
        return None
    if error is not NoError:
        raise error(name)
    return TopicDescription(name, topic_id.hex(), frozenset(each[1] for each in partitions))


class _Uuid(AbstractType[bytes]):  # type: ignore[misc]  # aiokafka is not typed
    """Sixteen bytes; aiokafka has no type for an id."""

    @classmethod
    def encode(cls, value: bytes) -> bytes:
        return value

    @classmethod
    def decode(cls, data: BytesIO) -> bytes:
        return data.read(16)


class _MetadataResponse(Response):  # type: ignore[misc]  # aiokafka is not typed
    API_KEY = 3
    API_VERSION = 10
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", CompactString()),
                ("port", Int32),
                ("rack", CompactString()),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_id", CompactString()),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("name", CompactString()),
                ("topic_id", _Uuid),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("isr", CompactArray(Int32)),
                        ("offline_replicas", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_authorized_operations", Int32),
        ("tags", TaggedFields),
    )


class _MetadataRequestV10(RequestStruct):  # type: ignore[misc]  # aiokafka is not typed
    API_KEY = 3
    API_VERSION = 10
    RESPONSE_TYPE = _MetadataResponse
    FLEXIBLE_VERSION = True
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", _Uuid), ("name", CompactString()), ("tags", TaggedFields))),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class _MetadataRequest(Request[_MetadataRequestV10]):  # type: ignore[misc]  # aiokafka is not typed
    API_KEY = 3

    def __init__(self, names: Collection[str]) -> None:
        self._names = names

    def build(self, request_struct_class: type[_MetadataRequestV10]) -> _MetadataRequestV10:
        topics: list[tuple[bytes, str, dict[int, bytes]]] = [(_NO_ID, name, {}) for name in self._names]
        return request_struct_class(topics, False, False, False, {})
