"""Which topics and partitions exist now, agreed between the brokers.

Protects against lagging metadata: when an operator adds partitions, or deletes a topic and creates it again, the
brokers learn of it up to some 100 ms apart. A client that asks only one broker may miss a partition that another
broker's clients already write to, or may read the old log under the new topic's id.

Also protects against a hanging broker, which is listed as alive for some seconds more: it is waited for, but not longer
than the others need to learn what it knows. Most brokers must answer: a few may all be cut off from the rest.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Final

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError, KafkaError, StaleMetadata

from grantstream.kafka.starting import started
from grantstream.kafka.topic_description import TopicDescription, describe_topics

_log = logging.getLogger(__name__)
_PAUSE: Final = 0.1
_SLOWEST: Final = 1.0
_SLOWEST_LIST: Final = 0.5


async def describe_agreed(
    client: AIOKafkaClient, names: Collection[str], *, limit: float
) -> Mapping[str, TopicDescription]:
    """Those of the topics that exist, by name, each with every partition that some broker knows.

    Asks again until most brokers answer and all of these know the same topics. `client` as for `describe_topics`.
    Raises TimeoutError if they don't within `limit` seconds, and KafkaError if asking again can't help.
    """
    async with asyncio.timeout(limit):
        while True:
            try:
                return combined(await _ask_all_brokers(client, names))
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
            await started(client.bootstrap())
            return await describe_agreed(client, names, limit=limit)
    finally:
        await client.close()


def partitions_of(topics: Mapping[str, TopicDescription]) -> list[TopicPartition]:
    """Every partition of the topics, in order."""
    return [TopicPartition(name, number) for name in sorted(topics) for number in sorted(topics[name].partitions)]


def combined(answers: Collection[Mapping[str, TopicDescription]]) -> Mapping[str, TopicDescription]:
    """What several brokers know, as one answer.

    A topic only gets more partitions, so the answer with most is right. Raises StaleMetadata if they disagree whether a
    topic exists, or which id it has.
    """
    topics: dict[str, TopicDescription] = {}
    for name in sorted({name for answer in answers for name in answer}):
        known = [answer[name] for answer in answers if name in answer]
        if len(known) < len(answers) or len({each.topic_id for each in known}) > 1:
            raise StaleMetadata(f"the brokers do not agree yet about {name}")
        topics[name] = replace(known[0], partitions=frozenset().union(*(each.partitions for each in known)))
    return topics


async def _ask_all_brokers(client: AIOKafkaClient, names: Collection[str]) -> list[Mapping[str, TopicDescription]]:
    await _refresh_brokers(client, names)
    brokers = [broker.nodeId for broker in client.cluster.brokers()]
    questions = (describe_topics(client, names, limit=_SLOWEST, broker=broker) for broker in brokers)
    return most_answers(await asyncio.gather(*questions, return_exceptions=True))


async def _refresh_brokers(client: AIOKafkaClient, names: Collection[str]) -> None:
    """Learns of brokers that joined. aiokafka may ask the one that hangs, so the wait is short."""
    for name in names:
        client.add_topic(name)  # a client that follows no topic would ask for all that the cluster has
    with suppress(TimeoutError):
        async with asyncio.timeout(_SLOWEST_LIST):
            if not await client.force_metadata_update():
                raise KafkaConnectionError("no broker answers")


def most_answers(
    answers: Collection[Mapping[str, TopicDescription] | BaseException],
) -> list[Mapping[str, TopicDescription]]:
    """The answers that arrived, if most brokers answered.

    Raises an error in place of a missing answer: first of all one that asking again can't help.
    """
    given = [each for each in answers if not isinstance(each, BaseException)]
    missing = [each for each in answers if isinstance(each, BaseException)]
    for fault in missing:
        if not isinstance(fault, TimeoutError) and not (isinstance(fault, KafkaError) and fault.retriable):
            raise fault
    if 2 * len(given) <= len(answers):
        raise KafkaConnectionError(f"{len(given)} of {len(answers)} brokers answer") from next(iter(missing), None)
    return given
