"""Which topics and partitions exist now, as all brokers know it together.

Stands against metadata that lag: when an operator adds partitions, or deletes a topic and creates it anew, each broker
learns of it at a moment of its own, some 100 ms apart. Whoever asks only one broker may not see a partition to which
another broker's clients write already, or may read the old log under the new topic's id.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError, KafkaError, StaleMetadata

from grantstream.kafka.topic_description import TopicDescription, describe_topics

_log = logging.getLogger(__name__)
_PAUSE: Final = 0.1


async def describe_agreed(
    client: AIOKafkaClient, names: Collection[str], *, limit: float
) -> Mapping[str, TopicDescription]:
    """Those of the topics that exist, by name, each with every partition that some broker knows.

    Asks again until every broker answers and all know the same topics. `client` as for `describe_topics`. Raises
    TimeoutError if they don't within `limit` seconds, and KafkaError if asking again can't help.
    """
    async with asyncio.timeout(limit):
        while True:
            try:
                return combined(await _asked_everywhere(client, names))
            except KafkaError as error:
                if not error.retriable:
                    raise
                _log.debug("the brokers are asked again which topics there are: %r", error)
            await asyncio.sleep(_PAUSE)


async def existing_topics(
    bootstrap_servers: str, names: Collection[str], *, limit: float
) -> Mapping[str, TopicDescription]:
    """`describe_agreed` for a caller without a client. Raises what that raises."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap_servers)
    try:
        async with asyncio.timeout(limit):
            await client.bootstrap()
            return await describe_agreed(client, names, limit=limit)
    finally:
        await client.close()


def partitions_of(topics: Mapping[str, TopicDescription]) -> list[TopicPartition]:
    """Every partition of the topics, in order."""
    return [TopicPartition(name, number) for name in sorted(topics) for number in sorted(topics[name].partitions)]


def combined(answers: Collection[Mapping[str, TopicDescription]]) -> Mapping[str, TopicDescription]:
    """What several brokers know, as one answer.

    A topic only ever gets more partitions, so whoever knows of most is right. Raises StaleMetadata if they disagree
    whether a topic exists, or which one has the name.
    """
    found: dict[str, TopicDescription] = {}
    for name in sorted({name for answer in answers for name in answer}):
        told = [answer.get(name) for answer in answers]
        known = [each for each in told if each is not None]
        if len(known) < len(told) or len({each.topic_id for each in known}) > 1:
            raise StaleMetadata(f"the brokers do not agree yet about {name}")
        found[name] = replace(known[0], partitions=frozenset().union(*(each.partitions for each in known)))
    return found


async def _asked_everywhere(client: AIOKafkaClient, names: Collection[str]) -> list[Mapping[str, TopicDescription]]:
    for name in names:
        client.add_topic(name)  # a client that follows no topic would ask for all that the cluster has
    if not await client.force_metadata_update():
        raise KafkaConnectionError("no broker answers")
    brokers = [broker.nodeId for broker in client.cluster.brokers()]
    if not brokers:
        raise KafkaConnectionError("no broker is known")
    return await asyncio.gather(*(describe_topics(client, names, broker=broker) for broker in brokers))
